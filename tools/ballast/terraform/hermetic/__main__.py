"""Started by a mirror's shim, see plugin.py."""

import os
import sys

from ballast.terraform.hermetic.plugin import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
