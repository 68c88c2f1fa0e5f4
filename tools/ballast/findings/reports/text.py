"""Text for a terminal of 80 columns or more: each finding with the line it means, then one table of all checks."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ballast.findings.model import Finding
from ballast.findings.report import Outcome, Report
from ballast.repo import Severity

# A symbol says what a colour says.
LOOK = {Severity.ERROR: ("✗", "red"), Severity.WARNING: ("!", "yellow"), Severity.NOTE: ("·", "cyan")}
UNPROVEN = ("?", "magenta")
CLEAN = ("✓", "green")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def plain(report: Report) -> str:
    """The report without colours, 100 columns wide: for a file."""
    out = StringIO()
    show(report, Console(file=out, width=100, no_color=True, highlight=False))
    return out.getvalue()


def show(report: Report, console: Console, *, most: int | None = None, command: str = "ballast validate --only") -> None:
    """Print the report on a console, at most `most` findings of each check id; `command` shows the rest of one."""
    lines: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    for finding in report.findings:
        counts[finding.check] += 1
        if most is None or counts[finding.check] <= most:
            show_finding(finding, console, report.root, lines)
            console.print()
    for check, count in counts.items():
        if most is not None and count > most:
            console.print(f"… and {count - most} more of {check}: `{command} {check}` shows all\n", soft_wrap=True)
    console.print(_table(report, console.width))
    console.print(_verdict(report))


def show_finding(finding: Finding, console: Console, root: Path, lines: dict[str, list[str]] | None = None) -> None:
    """Print one finding: where, what, the line itself with its columns underlined, and what mends it."""
    symbol, colour = UNPROVEN if finding.unproven else LOOK[finding.severity]
    where = f"{finding.position}: " if finding.position.path else ""
    kind = "could not run" if finding.unproven else finding.severity.value
    head = Text.assemble((f"{symbol} ", colour), (where, "bold"), (f"{kind} ", colour), finding.check)
    console.print(head, soft_wrap=True)
    _wrapped(console, finding.message, "  ")
    for line in _excerpt(finding, console.width, root, {} if lines is None else lines):
        console.print(line, no_wrap=True, overflow="ellipsis")
    if finding.mend:
        _wrapped(console, f"Mend: {finding.mend}", "  ", "green")


def _harmless(text: str) -> str:
    """Without what a terminal would obey instead of print."""
    return _CONTROL.sub("\ufffd", text)


def _wrapped(console: Console, text: str, indent: str, style: str = "") -> None:
    for line in _harmless(text).splitlines():
        for part in textwrap.wrap(line, max(40, console.width - 2), initial_indent=indent, subsequent_indent=indent + "  "):
            console.print(Text(part, style), soft_wrap=True)


def _excerpt(finding: Finding, width: int, root: Path, known: dict[str, list[str]]) -> list[Text]:
    """The line that is meant, and a line of carets under the columns that are."""
    where = finding.position
    if finding.secret or not where.path or (where.line == 1 and where.column == 1 and not finding.width):
        return []  # not to be shown, or the whole file is meant
    if where.path not in known:
        try:
            known[where.path] = (root / where.path).read_text(errors="replace").split("\n")
        except OSError:
            known[where.path] = []
    if where.line > len(known[where.path]):
        return []
    line = _harmless(known[where.path][where.line - 1].replace("\t", " ").rstrip())
    first = where.column - 1
    shown = width - 9
    start = max(0, min(first - 12, len(line) - shown)) if len(line) > shown else len(line) - len(line.lstrip())
    start = min(start, first)
    meant = finding.width or max(1, len(line) - first)
    meant = max(1, min(meant, len(line) - first, shown - (first - start)))
    carets = " " * (first - start) + "^" * meant
    return [
        Text.assemble((f"  {where.line:>4} │ ", "dim"), line[start : start + shown]),
        Text.assemble(("       │ ", "dim"), (carets, LOOK[finding.severity][1])),
    ]


def _table(report: Report, width: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", min_width=min(width, 72))
    table.add_column("")
    table.add_column("check", no_wrap=True)
    table.add_column("looked at", justify="right", no_wrap=True)
    table.add_column("found")
    table.add_column("took", justify="right", no_wrap=True)
    for outcome in report.outcomes:
        symbol, colour, found = _found(outcome)
        unit = "file" if outcome.units == 1 else "files"
        looked = "nothing" if not outcome.units else f"{outcome.units} {unit}" if outcome.of_files else "the whole"
        took = "known" if outcome.units and outcome.remembered == outcome.units else f"{outcome.seconds:.1f} s"
        table.add_row(Text(symbol, colour), outcome.check.id, Text(looked), Text(found, colour), Text(took, "dim"))
    return table


def _found(outcome: Outcome) -> tuple[str, str, str]:
    """Symbol, colour and words for what a check found."""
    if outcome.unproven:
        return *UNPROVEN, "could not run"
    if not outcome.units:
        return "-", "dim", "-"
    worst = [s for s in Severity if any(f.severity is s for f in outcome.findings)]
    if not worst:
        return *CLEAN, "-"
    counts = ", ".join(_count(sum(f.severity is s for f in outcome.findings), s.value) for s in worst)
    return *LOOK[worst[0]], counts


def _verdict(report: Report) -> Text:
    found = [_count(report.count(s), s.value) for s in Severity if report.count(s)]
    known = sum(1 for o in report.outcomes if o.units and o.remembered == o.units)
    tail = f" · {_count(len(report.outcomes), 'check')}, {known} known from before, {report.seconds:.1f} s"
    if report.unproven:
        symbol, colour = UNPROVEN
        head = f"unproven: {', '.join(report.unproven)} could not run" + (f"; {', '.join(found)}" if found else "")
    elif report.idle:
        symbol, colour = UNPROVEN
        head = "unproven: there is no file here that these checks look at"
    elif report.exit_code:
        symbol, colour = LOOK[Severity.ERROR]
        head = ", ".join(found)
    else:
        symbol, colour = CLEAN
        head = ", ".join(["nothing to mend", *found])
    return Text.assemble("\n", (f"{symbol} {head}", f"bold {colour}"), tail)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
