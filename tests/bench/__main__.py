"""`python -m tests.bench [NAME …] [--quick]`: run the benchmarks named, or all, and write build/bench/."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

from tests.bench.figures import Figure, write

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def main() -> int:
    """Exit 0 when all goals that were measured are met, 1 when one is missed, 2 when a benchmark could not run."""
    known = sorted(p.stem.removeprefix("bench_") for p in HERE.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=main.__doc__)
    parser.add_argument("names", nargs="*", help=f"which of: {', '.join(known)}")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, to try a benchmark out")
    args = parser.parse_args()
    if unknown := set(args.names) - set(known):
        print(f"bench: no such benchmark: {', '.join(sorted(unknown))} (there are: {', '.join(known)})", file=sys.stderr)
        return 2
    os.chdir(ROOT)
    figures: list[Figure] = []
    for name in args.names or known:
        print(f"bench: {name} …", file=sys.stderr, flush=True)
        for figure in import_module(f"tests.bench.bench_{name}").run(args.quick):
            print(f"  {figure.name}: {figure.value} {figure.unit} {figure.note}", file=sys.stderr, flush=True)
            figures.append(figure)
    folder = ROOT / "build" / "bench"
    write(figures, folder)
    print(f"bench: {folder.relative_to(ROOT)}/results.md", file=sys.stderr)
    return 1 if any(f.met is False for f in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
