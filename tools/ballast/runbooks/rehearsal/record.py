"""Records of rehearsals: `runbooks/rehearsals/<page>/<date>.json`, one a rehearsal, kept for good."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from ballast.findings import Tree

FOLDER = "runbooks/rehearsals"
Outcome = Literal["passed", "failed", "refused", "unproven", "not rehearsed"]


@dataclass(frozen=True, slots=True)
class StepResult:
    """What came of a step. `detail` says why where it is not `passed`; `seconds` is how long it took."""

    section: str
    number: int
    line: int
    kind: str
    outcome: Outcome
    expect: str
    detail: str = ""
    seconds: float = 0.0
    calls: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One rehearsal of one page: when, by whom, of which commit. `fired` are those of its alerts that fired meanwhile.

    `digest` is `Runbook.digest` as it was rehearsed; "" in records from before it was kept.
    """

    page: str
    at: str
    who: str
    commit: str
    confirmed: bool
    alerts: tuple[str, ...]
    fired: tuple[str, ...]
    steps: tuple[StepResult, ...] = field(default=())
    digest: str = ""

    @property
    def result(self) -> Literal["passed", "partial", "failed"]:
        """`failed` if any step did, `passed` if all did what they say, else `partial`."""
        outcomes = {step.outcome for step in self.steps}
        if "failed" in outcomes:
            return "failed"
        return "passed" if outcomes == {"passed"} else "partial"

    @property
    def day(self) -> date:
        """Its date (UTC)."""
        return datetime.fromisoformat(self.at).date()

    def count(self, outcome: Outcome) -> int:
        """How many steps ended so."""
        return sum(step.outcome == outcome for step in self.steps)


def who_and_commit(root: Path) -> tuple[str, str]:
    """Who rehearses, and the commit with a `+` where the tree differs from it; `unknown` outside Git."""
    who = os.environ.get("BALLAST_ACTOR") or _git(root, "config", "user.name") or "unknown"
    commit = _git(root, "rev-parse", "HEAD") or "unknown"
    changed = _git(root, "status", "--porcelain", "--", "runbooks/*.md", "runbooks/procedures/*.md", "runbooks/rehearsal.yaml")
    return who, f"{commit}+" if changed else commit


def write_record(root: Path, record: Record) -> Path:
    """Write a record beside the earlier ones. A second one on the same day gets `-2`: none is written over."""
    folder = root / FOLDER / record.page
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"result": record.result, **asdict(record)}, indent=1, ensure_ascii=False) + "\n"
    for number in range(1, 1000):
        path = folder / (f"{record.day}.json" if number == 1 else f"{record.day}-{number}.json")
        try:
            with path.open("x", encoding="utf-8") as out:
                out.write(text)
        except FileExistsError:
            continue
        return path
    raise ValueError(f"{folder} holds a thousand records of {record.day}")


def last_records(tree: Tree) -> dict[str, Record]:
    """The newest record of each page, by the page's name. A file that is no record is passed over."""
    found: dict[str, Record] = {}
    for file in tree.match(f"{FOLDER}/*/*.json"):
        record = _read(file.text)
        if record and (record.page not in found or found[record.page].at < record.at):
            found[record.page] = record
    return found


def record_files() -> tuple[str, ...]:
    """Globs of the records."""
    return (f"{FOLDER}/*/*.json",)


def now() -> str:
    """The time of a record: UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0).isoformat()


def _read(text: str) -> Record | None:
    try:
        data = json.loads(text)
        steps = tuple(StepResult(**{**s, "calls": tuple(map(tuple, s.get("calls", ())))}) for s in data.pop("steps"))
        del data["result"]
        record = Record(**{**data, "alerts": tuple(data["alerts"]), "fired": tuple(data["fired"]), "steps": steps})
        datetime.fromisoformat(record.at)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return record


def _git(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
