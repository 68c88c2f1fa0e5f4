"""A rollback, proposed: the commit that was applied before, and the commands that bring it back. Nobody rolls back unasked."""

from __future__ import annotations

import json
from pathlib import Path

from ballast.audit import log_path, read
from ballast.release.bundle import Bundle

FOLDER = "build/rollback"


def last_good(root: str, but: str) -> str:
    """The commit of the last apply of a root that ended well, from the audit log; `but` is the bundle that did not."""
    found = ""
    for line in read() if log_path().exists() else ():
        if b'"tf/apply"' not in line:
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        details = entry.get("details", {})
        if (
            entry.get("subject") == root
            and entry.get("result") in ("applied", "applied, unproven")
            and details.get("bundle") != but
        ):
            found = str(details.get("commit", ""))
    return found


def propose(repo: Path, bundle: Bundle, result: str, reasons: list[str]) -> str:
    """Write the proposal; its path in the repository."""
    m = bundle.manifest
    good = last_good(m.root, m.digest)
    lines = [f"# Rollback of {m.root}", "", f"Bundle `{m.id}` (commit `{m.commit[:12]}`): **{result}**.", ""]
    lines += [f"- {' '.join(reason.split())}" for reason in reasons]
    lines += ["", "## Proposed", ""]
    if good and good != m.commit:
        lines += [
            f"Commit `{good[:12]}` was the last whose apply broke nothing. As a repair, which passes a freeze:",
            "",
            "```",
            f"git switch -c rollback-{m.id[:8]}",
            f"git revert --no-edit {good[:12]}..{m.commit[:12]}",
            f"ballast tf plan {m.root} --bundle rollback.bundle --change-type reliability --as YOU --key KEY",
            "ballast tf approve rollback.bundle --as APPROVER --key KEY --reason '…'",
            "ballast tf apply rollback.bundle",
            "```",
        ]
    else:
        lines += [
            "The audit log knows no earlier apply that broke nothing and came from another commit. See first what is there:",
            "",
            "```",
            f"ballast tf plan {m.root}",
            "ballast audit show --what tf/apply --last 0",
            "```",
        ]
    lines += [
        "",
        "A revert destroys what the change made. Read the plan's destroyed resources, data first, before you approve it.",
        "",
    ]
    path = repo / FOLDER / f"{m.root.replace('/', '-')}-{m.id}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text("\n".join(lines))
    part.replace(path)
    return path.relative_to(repo).as_posix()
