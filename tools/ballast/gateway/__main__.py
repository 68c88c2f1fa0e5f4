"""`python -m ballast.gateway`: a gateway from its environment, as a container runs it."""

import sys

from ballast.gateway.server import serve
from ballast.gateway.settings import environment, read_settings
from ballast.repo import CannotRun

if __name__ == "__main__":
    try:
        serve(read_settings(environment()))
    except CannotRun as error:
        print(f"ballast: {error}", file=sys.stderr)
        sys.exit(2)
