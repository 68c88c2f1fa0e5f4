"""Apply exactly the bundle that was approved, and write down what happened.

In order: the bundle is whole, in time, of this commit, these files, this core and this state; it is approved; the freeze gate
lets it pass now; then `started` is written to the audit log, the plan applied under the state's own lock, an empty plan asked
for, smoke checks run, pages watched; the last entry is written whatever happened. A `started` without an end is an apply that
was cut off: running it again finds out how far it came.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Literal

from ballast.audit import Entry, actor, append, log_path, plan_secrets, read
from ballast.budget import Endpoint
from ballast.release.approve import Statement, approvals, lacking
from ballast.release.bundle import PLAN, Bundle, ask_gate, open_bundle
from ballast.release.rollback import propose
from ballast.release.settings import read_delivery
from ballast.release.source import commit_of, sources, state_of, workspace
from ballast.release.watch import POLL, Checked, Pages, smoke, watch
from ballast.repo import CannotRun
from ballast.terraform import Workspace

Result = Literal["applied", "applied, unproven", "applied, broken", "failed", "interrupted", "refused"]


@dataclass(slots=True)
class Applied:
    """How it ended. `reasons` say why not, or what nobody could prove; `proposal` is the file that proposes a rollback."""

    root: str
    result: Result
    reasons: list[str] = field(default_factory=list)
    checks: dict[str, str] = field(default_factory=dict)
    proposal: str = ""
    mode: str = "real"

    @property
    def code(self) -> int:
        """The exit code: 0 when it was applied and nothing is broken; what a real apply could not prove is a finding too."""
        if self.result == "applied":
            return 0
        return 0 if self.result == "applied, unproven" and self.mode == "hermetic" else 1


def apply_bundle(
    repo: Path, path: Path, *, minutes: float | None = None, poll: float = POLL, told: Callable[[str], None] = print
) -> Applied:
    """Verify, apply, prove and record. `minutes` is how long pages are watched (default: the environment's).

    Raises CannotRun when the bundle cannot be opened or another apply of the root is under way; everything else is a result.
    """
    bundle = open_bundle(repo, path)
    m = bundle.manifest
    with _alone(repo, m.root), _stopped_in_order():
        refused, people = _refusals(repo, bundle)
        if refused:
            return _end(bundle, people, Applied(m.root, "refused", refused))
        return _apply(repo, bundle, people, minutes, poll, told)


@contextmanager
def _alone(repo: Path, root: str) -> Iterator[None]:
    """One apply of a root at a time on this machine; the state's own lock is for the others."""
    path = repo / ".ballast/release" / f"{root.replace('/', '-')}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotRun(f"another apply of {root} is under way on this machine: wait for it") from None
        yield


@contextmanager
def _stopped_in_order() -> Iterator[None]:
    """SIGTERM ends as Ctrl-C does, so that the last entry is written."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _refusals(repo: Path, bundle: Bundle) -> tuple[list[str], list[Statement]]:
    """Why the bundle may not be applied now, and who approved it."""
    m, now = bundle.manifest, datetime.now(UTC)
    found = list(m.refusals)
    if m.expired(now):
        found.append(f"it expired at {m.expires}: plan again")
    root = repo / m.root
    if not root.is_dir():
        return [*found, f"{m.root} is not in this repository"], []
    tf = workspace(root)
    commit, clean = commit_of(repo)
    if commit != m.commit:
        found.append(
            f"it was planned from commit {m.commit[:12]}, and {commit[:12]} is checked out: git checkout {m.commit[:12]}"
        )
    elif sources(repo) != m.sources:
        found.append(
            "files differ from those it was planned from: plan again" if clean else "files that roots read were changed"
        )
    if tf.mode != m.mode:
        found.append(f"it was planned with {m.mode} providers, and BALLAST_TF_MODE says {tf.mode}")
    if str(tf.core) != m.core:
        found.append(f"it was planned by {m.core}, and {tf.core} is here: set TF_BIN")
    holding, unheld = approvals(repo, bundle, now)
    if missing := lacking(repo, bundle, holding):
        found += missing + unheld
    if not found:
        gate = ask_gate(repo, m.environment, m.mode, m.services, _change_type(m.change_type), f"apply of {m.root}")
        found += [f"{g['service']} is {g['state']}: {'; '.join(g['reasons'])}" for g in gate if not g["passes"]]
    return found, holding


def _change_type(name: str) -> Literal["feature", "reliability", "security"]:
    match name:
        case "reliability" | "security":
            return name
    return "feature"


def _apply(
    repo: Path, bundle: Bundle, people: list[Statement], minutes: float | None, poll: float, told: Callable[[str], None]
) -> Applied:
    m = bundle.manifest
    delivery = read_delivery(repo)
    length = delivery.rules(m.environment).watch_minutes if minutes is None else minutes
    ended = Applied(m.root, "interrupted", ["it was stopped before it ended"])
    begun = False
    try:
        with workspace(repo / m.root) as tf:
            _plan_file(tf, bundle).unlink(missing_ok=True)  # of a run that was killed: it holds secrets
            tf.init()
            state, cut_off = state_of(tf), _cut_off(m.digest)
            if state != m.state:
                earlier = f"; an apply of it began at {cut_off} and was cut off" if cut_off else ""
                if not cut_off or _difference(tf).state != "held":
                    why = f"it was planned against {m.state}, and now there is {state}{earlier}: plan again"
                    ended = Applied(m.root, "refused", [why])
                    return ended
                told(f"the apply that was cut off at {cut_off} had come to its end: proving it")
            pages, before = _pages(m.mode, length)
            append(Entry(actor(), "tf/apply", m.root, "started", _why(people), _details(bundle, people)))
            begun = True
            if state == m.state and (said := _core(tf, bundle)):
                ended = Applied(m.root, "failed", [said])
            else:
                ended = _proved(tf, repo, bundle, pages, before, length, poll, told)
        return ended
    except CannotRun as error:
        ended = Applied(m.root, "failed" if begun else "refused", [str(error)])
        return ended
    finally:
        if begun and ended.result in ("applied, broken", "failed", "interrupted"):
            ended.proposal = propose(repo, bundle, ended.result, ended.reasons)
        _end(bundle, people, ended)


def _plan_file(tf: Workspace, bundle: Bundle) -> Path:
    return tf.folder / f".ballast-{bundle.manifest.id}.tfplan"


def _core(tf: Workspace, bundle: Bundle) -> str:
    """Apply the plan file; what the core said when that failed. The file is in the root for no longer than that."""
    file = _plan_file(tf, bundle)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(bundle.members[PLAN])
        done = tf.run("apply", "-input=false", "-no-color", "-lock-timeout=60s", file.name, capture=True)
    finally:
        file.unlink(missing_ok=True)
    return "" if done.returncode == 0 else (done.stderr.strip() or f"{tf.core} ended with {done.returncode}")


def _proved(
    tf: Workspace,
    repo: Path,
    bundle: Bundle,
    pages: Pages | None,
    before: set[str],
    minutes: float,
    poll: float,
    told: Callable[[str], None],
) -> Applied:
    m = bundle.manifest
    found = {"empty plan": _difference(tf)}
    if found["empty plan"].state == "held":
        found["smoke checks"] = smoke(repo, read_delivery(repo).smoke, m.root, m.mode)
        if found["smoke checks"].state != "broken":
            found["pages"] = _watched(pages, before, minutes, poll, told)
    states = {check.state for check in found.values()}
    result: Result = "applied, broken" if "broken" in states else "applied, unproven" if "unproven" in states else "applied"
    reasons = [words for check in found.values() if check.state != "held" for words in check.said]
    return Applied(m.root, result, reasons, {name: check.state for name, check in found.items()})


def _difference(tf: Workspace) -> Checked:
    """Whether nothing is left to do."""
    done, plan = tf.plan("-input=false", "-detailed-exitcode", "-lock-timeout=60s", capture=True)
    if done.returncode == 0:
        return Checked("held")
    if done.returncode == 2:
        left = [r["address"] for r in plan.get("resource_changes", []) if r["change"]["actions"] not in (["no-op"], ["read"])]
        return Checked("broken", [f"after the apply {len(left)} resources still differ: {', '.join(left[:5])}"])
    return Checked("unproven", [f"the plan after the apply failed: {done.stderr.strip()[:300]}"])


def _pages(mode: str, minutes: float) -> tuple[Pages | None, set[str]]:
    """What to watch, and what fires already. None when nobody can be asked: then they are unproven."""
    if mode != "real" or minutes <= 0:
        return None, set()
    try:
        pages = Pages(Endpoint.from_environment())
        return pages, pages.firing()
    except CannotRun:
        return None, set()


def _watched(pages: Pages | None, before: set[str], minutes: float, poll: float, told: Callable[[str], None]) -> Checked:
    if pages is None:
        return Checked("unproven", ["pages were not watched: no Prometheus was asked (BALLAST_PROMETHEUS_URL, real providers)"])
    told(f"watching pages for {minutes:g} min")
    return watch(pages, before, minutes, poll=poll, told=told)


def _cut_off(digest: str) -> str:
    """When an apply of this bundle began that never ended; empty when there is none."""
    if not log_path().exists():
        return ""
    begun = ""
    for line in read():
        if b'"tf/apply"' not in line or digest.encode() not in line:
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if entry.get("what") == "tf/apply" and entry.get("details", {}).get("bundle") == digest:
            if entry["result"] == "started":
                begun = str(entry["at"])
            elif entry["result"] != "refused":
                begun = ""
    return begun


def _end(bundle: Bundle, people: list[Statement], ended: Applied) -> Applied:
    """The last entry."""
    ended.mode = bundle.manifest.mode
    details = _details(bundle, people) | {"checks": ended.checks, "proposal": ended.proposal}
    entry = Entry(actor(), "tf/apply", ended.root, ended.result, "; ".join(ended.reasons) or _why(people), details)
    append(entry, hide=plan_secrets(json.loads(bundle.members["plan.json"])))  # a core's last words may hold them
    return ended


def _why(people: list[Statement]) -> str:
    return "; ".join(f"{one.person}: {one.reason}" for one in people) or "no approval was needed"


def _details(bundle: Bundle, people: list[Statement]) -> dict[str, object]:
    m = bundle.manifest
    return {
        "bundle": m.digest,
        "plan": m.members[PLAN],
        "commit": m.commit,
        "mode": m.mode,
        "state": str(m.state),
        "approved_by": [one.person for one in people],
        "cost": m.cost["delta"],
    }
