"""Writers to kill: `python -m tests.audit.writer LOG COUNT` reads a line for each, forks, and says the child's process id.

A child appends COUNT entries (0: for ever) and notes each that is on the disk in LOG.acks.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ballast.audit import append
from tests.audit.conftest import entry


def scribble(path: Path, count: int) -> None:
    number = 0
    with path.with_name(path.name + ".acks").open("ab", buffering=0) as acks:
        while not count or number < count:
            number += 1
            acks.write(f"{append(entry(number, writer=os.getpid()), path).hash}\n".encode())


def main() -> None:
    path, count = Path(sys.argv[1]), int(sys.argv[2])
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            scribble(path, count)
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0) if not count else None
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


if __name__ == "__main__":
    main()
