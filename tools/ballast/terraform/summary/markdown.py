"""A plan's summary as a GitHub comment: what is lost first and loud, then who may do what, what can be reached, the rest."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from ballast.terraform.summary.model import ORDER, Action, Change, Summary

LIMIT = 65_536
"""Characters of a comment on GitHub."""
WORDS: dict[Action, str] = {
    "replace": "replaced",
    "destroy": "destroyed",
    "forget": "forgotten, not destroyed",
    "create": "created",
    "update": "changed",
    "import": "imported",
    "move": "moved",
    "read": "read",
}
SIGNS: dict[Action, str] = {
    "replace": "🔴 replace",
    "destroy": "🔴 destroy",
    "forget": "🟠 forget",
    "create": "🟢 create",
    "update": "🟡 change",
    "import": "🔵 import",
    "move": "🔵 move",
    "read": "read",
}
_LONGEST = 200


def markdown(summary: Summary, limit: int = LIMIT) -> str:
    """The comment, at most `limit` characters long. What does not fit is left out from the end and counted."""
    head = "\n".join([*_head(summary), ""])
    out, left_out = [head], 0
    room = limit - len(head) - 400  # for the last line
    for block in _blocks(summary):
        if len(block) + 1 <= room:
            out.append(block)
            room -= len(block) + 1
        else:
            short, cut = _shortened(block, room)
            out += [short] if short else []
            room -= len(short) + 1 if short else 0
            left_out += cut
    if left_out:
        out.append(f"\n**{left_out} lines do not fit into a comment: they are in the JSON beside it (`--output json`).**\n")
    return "\n".join(out)[:limit]


def _head(summary: Summary) -> Iterator[str]:
    yield f"## Terraform plan{f' of {_code(summary.root)}' if summary.root else ''}"
    yield ""
    counts = summary.counts
    if not counts:
        yield "**No changes.**"
    else:
        yield ", ".join(f"**{number} {WORDS[action]}**" for action, number in counts.items())
    lost = counts.get("replace", 0) + counts.get("destroy", 0)
    if lost:
        yield ""
        yield "> [!CAUTION]"
        are = "resource is" if lost == 1 else "resources are"
        yield f"> {lost} {are} destroyed or replaced: read the list below before you approve."
    yield ""
    notes = [_code(summary.result)] if summary.result else []
    notes += [f"Terraform {summary.terraform}"] if summary.terraform else []
    yield " · ".join(notes)


def _blocks(summary: Summary) -> Iterator[str]:
    """Sections, the most important first; each is whole Markdown by itself."""
    if summary.refused:
        yield "### Refused\n" + "\n".join(f"- {_text(sentence)}" for sentence in summary.refused) + "\n"
    lost = [c for c in summary.changes if c.action in ("replace", "destroy")]
    lost.sort(key=lambda c: "data" not in c.topics)
    if lost:
        yield "### 🔴 Destroyed and replaced\n" + "\n".join(_lost(change) for change in lost) + "\n"
    if summary.drifted:
        yield "### Changed outside Terraform\n" + "\n".join(f"- {_code(address)}" for address in summary.drifted) + "\n"
    yield _policies(summary)
    for topic, title in (("identity", "Who may do what"), ("network", "What can be reached")):
        told = [c for c in summary.changes if topic in c.topics and c.action in ("replace", "destroy", "create", "update")]
        if told:
            yield f"### {title}\n" + "\n".join(_told(change, topic) for change in told) + "\n"
    if summary.changes:
        yield "### By module\n" + "\n".join(_modules(summary)) + "\n"
    for module, changes in _by_module(summary.changes).items():
        yield _details(module, changes)
    if summary.outputs:
        rows = "\n".join(f"- {_code(name)}: {what}" for name, what in summary.outputs.items())
        yield f"<details><summary>Outputs ({len(summary.outputs)})</summary>\n\n{rows}\n\n</details>\n"


def _lost(change: Change) -> str:
    forces = [attribute for attribute in change.attributes if attribute.forces]
    why = "; because " + ", ".join(_attribute(a) for a in forces) if forces else ""
    data = " **It holds data.**" if "data" in change.topics else ""
    return f"- {SIGNS[change.action]} {_code(change.address)}{why}.{data}"


def _policies(summary: Summary) -> str:
    title = "### Policies\n"
    if summary.policies is None:
        return f"{title}**unproven**: {_text(summary.unproven or 'they were not asked')}\n"
    later = summary.unknown_documents
    rest = f"\n{later} policy documents are known only after apply and were not judged here: `make validate` judges them so.\n"
    if not summary.policies:
        return f"{title}All hold.\n" + (rest if later else "")
    rows = [
        f"| {_code(p.policy)}{' (unproven)' if p.crashed else ''} | {_code(p.address)} | {_text(p.message)} |"
        for p in summary.policies
    ]
    return "\n".join([title + "| policy | resource | what is wrong |", "|---|---|---|", *rows, ""]) + (rest if later else "")


def _told(change: Change, topic: str) -> str:
    lines = change.effects if topic == "identity" or "rule" in change.type or "firewall" in change.type else ()
    head = f"- {SIGNS[change.action]} {_code(change.address)}"
    shown = [f"  - {_code(line)}" for line in lines[:20]]
    if len(lines) > 20:
        shown.append(f"  - and {len(lines) - 20} more")
    if not lines and change.attributes:
        shown = [f"  - {_attribute(attribute)}" for attribute in change.attributes[:20]]
    return "\n".join([head, *shown])


def _modules(summary: Summary) -> Iterator[str]:
    actions = [action for action in ORDER if action in summary.counts]
    yield f"| module | {' | '.join(WORDS[a] for a in actions)} |"
    yield f"|---|{'---:|' * len(actions)}"
    for module, changes in _by_module(summary.changes).items():
        numbers = [str(sum(c.action == a for c in changes) or "") for a in actions]
        yield f"| {_code(module) if module else 'the root itself'} | {' | '.join(numbers)} |"


def _details(module: str, changes: list[Change]) -> str:
    rows = ["| what | resource | arguments |", "|---|---|---|"]
    for change in changes:
        named = ", ".join(_attribute(attribute) for attribute in change.attributes[:12])
        more = f" and {len(change.attributes) - 12} more" if len(change.attributes) > 12 else ""
        moved = f"from {_code(change.previous_address)}" if change.previous_address else ""
        inner = change.address.removeprefix(f"{module}.")
        rows.append(f"| {SIGNS[change.action]} | {_code(inner)} | {' '.join(part for part in (moved, named + more) if part)} |")
    title = f"<code>{_text(module)}</code>" if module else "The root itself"
    table = "\n".join(rows)
    return f"<details><summary>{title} ({len(changes)})</summary>\n\n{table}\n\n</details>\n"


def _by_module(changes: list[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        found[change.module].append(change)
    return dict(sorted(found.items()))


def _attribute(attribute: Any) -> str:
    return f"{_code(attribute.path)}: {_code(_value(attribute.before))} → {_code(_value(attribute.after))}"


def _value(value: Any) -> str:
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def _code(text: str) -> str:
    """A code span in which nothing is Markdown, a mention or the end of a table's cell."""
    flat = " ".join(text.split()).replace("|", "\\|")
    fence = "``" if "`" in flat else "`"
    pad = " " if "`" in flat else ""
    return f"{fence}{pad}{flat.replace('``', '` `') or ' '}{pad}{fence}"


def _text(text: str) -> str:
    """Plain words: no HTML, no table, no mention of anybody."""
    flat = " ".join(text.split())
    for raw, safe in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "\\|"), ("@", "@\u200b")):
        flat = flat.replace(raw, safe)
    return flat


def _shortened(block: str, room: int) -> tuple[str, int]:
    """As many whole lines of a section as fit (none of a folded one, which needs its end), and how many were left out."""
    lines = block.split("\n")
    if block.startswith("<details>"):
        return "", max(len(lines) - 7, 1)
    kept: list[str] = []
    for line in lines:
        if len(line) + 1 > room:
            break
        kept.append(line)
        room -= len(line) + 1
    return "\n".join(kept), len([line for line in lines[len(kept) :] if line])
