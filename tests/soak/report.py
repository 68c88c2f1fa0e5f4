"""The table of faults: `build/soak/faults.json` and `faults.md`, one row a fault, kept over runs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tests.soak.faults import FAULTS, Fault
from tests.soak.verdict import Verdict

FOLDER = ROOT / "build" / "soak"
COLUMNS = ("faults", "notifications", "cycles", "incidents", "lost", "doubled", "disordered", "skipped", "events")
_HEAD = """# Faults of the page path

Written by `make soak`. A cycle is one time that a group fires until it ceases; incidents are the receiver's.

"""


def write(fault: Fault, verdict: Verdict, seed: int, folder: Path = FOLDER) -> None:
    """Put a fault's row into the table."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "faults.json"
    rows: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    rows[fault.name] = {"what": fault.what, "seed": seed, **asdict(verdict)}
    rows = {known.name: rows[known.name] for known in FAULTS if known.name in rows}
    _replace(path, json.dumps(rows, indent=1) + "\n")
    lines = [f"| fault | {' | '.join(COLUMNS)} | seconds |", "|---" * (len(COLUMNS) + 2) + "|"]
    lines += [f"| {r['what']} | {' | '.join(str(r[c]) for c in COLUMNS)} | {r['seconds']:.0f} |" for r in rows.values()]
    problems = [f"```\n{problem}\n```" for row in rows.values() for problem in row["problems"]]
    _replace(folder / "faults.md", _HEAD + "\n".join([*lines, "", *problems]) + "\n")


def _replace(path: Path, text: str) -> None:
    part = path.with_suffix(path.suffix + ".part")
    part.write_text(text)
    part.replace(path)
