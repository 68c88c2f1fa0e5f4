"""The table that auditors ask for: every alert, who gets it, what it protects, its page, and when that was last rehearsed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape

from ballast.graph.model import Graph, Node

HEAD = {
    "alert": "alert",
    "severity": "kind",
    "tier": "tier",
    "service": "service",
    "slo": "SLO",
    "owner": "owner",
    "runbook": "runbook",
    "dashboard": "dashboard",
    "rehearsed": "last rehearsal",
    "result": "result",
    "source": "evaluated by",
}
EVALUATED = {"rules": "Prometheus", "grafana": "Grafana"}


@dataclass(frozen=True, slots=True)
class Row:
    """One alert. `rehearsed` is a date (UTC) or "", `runbook` and `path` are paths, `dashboard` is a uid."""

    alert: str
    severity: str
    tier: str
    service: str
    slo: str
    owner: str
    runbook: str
    dashboard: str
    rehearsed: str
    result: str
    source: str
    path: str
    line: int


def inventory(graph: Graph) -> list[Row]:
    """A row each alert that is loaded, by service and name. What is missing is "", and `result` then says so."""
    return sorted((_row(graph, alert) for alert in graph.of("alert")), key=lambda row: (row.service, row.alert))


def _row(graph: Graph, alert: Node) -> Row:
    page = next(iter(graph.after(alert, "runbook")), None)
    section = next(iter(graph.after(alert, "section")), None)
    if page is None and section is not None:
        page = graph.find("runbook", section.name.partition("#")[0])
    board = next(iter(graph.after(alert, "dashboard")), None)
    slo = next(iter(graph.before(alert, "slo")), None)
    source = alert.facts.get("source", "")
    return Row(
        alert.name,
        alert.facts.get("severity", ""),
        alert.facts.get("tier", ""),
        alert.facts.get("service", ""),
        slo.name if slo else "",
        alert.facts.get("owner", ""),
        page.path if page else "",
        board.name if board else "",
        page.facts.get("rehearsed", "") if page else "",
        page.facts.get("result", "") if page else "no runbook",
        EVALUATED.get(source, f"Prometheus ({source})"),
        alert.path,
        alert.line,
    )


def data(rows: list[Row]) -> list[dict[str, str | int]]:
    """For machines."""
    return [asdict(row) for row in rows]


def summary(rows: list[Row]) -> str:
    """One sentence of counts."""
    results: dict[str, int] = {}
    for row in rows:
        results[row.result] = results.get(row.result, 0) + 1
    counts = ", ".join(f"{count} {result}" for result, count in sorted(results.items(), key=lambda item: -item[1]))
    without = sum(not row.runbook for row in rows)
    return f"{len(rows)} alerts, {without} without a runbook. Last rehearsal of their pages: {counts or 'none'}."


def markdown(rows: list[Row]) -> str:
    """A document with the table; links are relative to the repository's root."""
    lines = ["# Alerts and their runbooks", "", summary(rows), "", f"| {' | '.join(HEAD.values())} |", "|---" * len(HEAD) + "|"]
    for row in rows:
        cells = {**{key: str(getattr(row, key)).replace("|", "\\|") for key in HEAD}, "alert": f"[{row.alert}]({row.path})"}
        cells["runbook"] = f"[{_name(row)}]({row.runbook})" if row.runbook else "**none**"
        lines.append(f"| {' | '.join(cells.values())} |")
    return "\n".join(lines) + "\n"


def html(rows: list[Row]) -> str:
    """The same as one file with its own style, which prints well."""
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in HEAD.values())
    body = []
    for row in rows:
        cells = {key: escape(str(getattr(row, key))) for key in HEAD}
        cells["runbook"] = f"<code>{escape(row.runbook)}</code>" if row.runbook else "<strong>none</strong>"
        cells["alert"] = f"<strong>{escape(row.alert)}</strong><br><code>{escape(row.path)}:{row.line}</code>"
        mark = {"passed": "✓ ", "failed": "✗ "}.get(row.result, "! ")
        cells["result"] = f"{mark}{escape(row.result)}"
        body.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells.values()) + "</tr>")
    return PAGE.format(head=head, body="\n".join(body), summary=escape(summary(rows)))


def _name(row: Row) -> str:
    return row.runbook.rpartition("/")[2].removesuffix(".md")


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Alerts and their runbooks</title>
<style>
:root {{ color-scheme: light dark; --ink: #1b2330; --paper: #fff; --line: #c3cad6; --soft: #4d5868; --band: #f4f6fa; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ink: #e8ecf3; --paper: #12161d; --line: #3b4658; --soft: #a3adbd; --band: #1d2430; }}
}}
body {{ font: 13px/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; color: var(--ink);
  background: var(--paper); margin: 24px; }}
h1 {{ font-size: 22px; }}
div {{ overflow-x: auto; }}
table {{ border-collapse: collapse; }}
th, td {{ border-bottom: 1px solid var(--line); padding: 5px 9px; text-align: left; vertical-align: top; }}
th {{ position: sticky; top: 0; background: var(--paper); white-space: nowrap; }}
tbody tr:nth-child(even) {{ background: var(--band); }}
code {{ color: var(--soft); font-size: 12px; overflow-wrap: anywhere; }}
td:nth-child(6), td:nth-child(9), td:nth-child(10) {{ white-space: nowrap; }}
td:nth-child(1) {{ min-width: 17em; max-width: 19em; overflow-wrap: anywhere; }}
td:nth-child(7) {{ min-width: 16em; }}
@media print {{ body {{ margin: 0; font-size: 9px; }} th {{ position: static; }} tr {{ break-inside: avoid; }} }}
</style>
</head>
<body>
<h1>Alerts and their runbooks</h1>
<p>{summary}</p>
<div tabindex="0" role="region" aria-label="Table of alerts">
<table>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
</div>
</body>
</html>
"""
