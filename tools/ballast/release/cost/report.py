"""Estimates as Markdown and CSV: by root, in the order in which a rollout takes them, then by module, then what is unknown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from ballast.release.cost.estimate import Estimate, difference
from ballast.release.cost.gate import CostVerdict
from ballast.release.cost.interval import Interval, money, total

WAVES = (("staging", "production"), ("bootstrap", "cluster", "platform", "content"))
"""Environments, and within each its roots: a wave needs the ones before it."""


def wave_of(root: str) -> tuple[int, int, str]:
    """A sort key: the wave of a root's path; roots outside environments come last."""
    parts = root.split("/")
    places = [next((i for i, name in enumerate(names) if name in parts), len(names)) for names in WAVES]
    return places[0], places[1], root


def wave_name(root: str) -> str:
    """`production cluster`."""
    parts = root.split("/")
    named = [next((name for name in names if name in parts), "") for names in WAVES]
    return " ".join(name for name in named if name) or "-"


def markdown(estimates: Iterable[Estimate], verdicts: dict[str, CostVerdict] | None = None) -> str:
    """A report of one or more roots."""
    ordered = sorted(estimates, key=lambda e: wave_of(e.root))
    return "\n".join(_lines(ordered, verdicts or {})) + "\n"


def _lines(estimates: list[Estimate], verdicts: dict[str, CostVerdict]) -> Iterator[str]:
    yield "## Cost"
    yield ""
    yield "US dollars a month without tax, at list prices, from least to most. What nobody can tell is in no sum."
    yield ""
    yield "| wave | root | a month | by this plan | unknown |"
    yield "|---|---|---:|---:|---:|"
    for one in estimates:
        figures = f"{one.monthly} | {difference(one.delta)} | {len(one.unknown) or ''}"
        yield f"| {wave_name(one.root)} | `{one.root or '-'}` | {figures} |"
    if len(estimates) > 1:
        together, change = total([e.monthly for e in estimates]), total([e.delta for e in estimates])
        missing = sum(len(e.unknown) for e in estimates)
        yield f"| | **together** | **{together}** | **{difference(change)}** | {missing or ''} |"
    for one in estimates:
        if verdict := verdicts.get(one.root):
            yield ""
            yield f"`{one.root}`: **{verdict.state}**{': ' if verdict.reasons else ''}{'; '.join(verdict.reasons)}"
    for one in estimates:
        if modules := one.modules():
            yield ""
            yield f"### By module: `{one.root or '-'}`"
            yield ""
            yield "| module | a month | by this plan |"
            yield "|---|---:|---:|"
            for module, (monthly, delta, unknown) in modules.items():
                known = f"{monthly}{f' and {unknown} unknown' if unknown else ''}"
                yield f"| {_code(module or 'the root itself')} | {known} | {difference(delta)} |"
    for one in estimates:
        if one.unknown:
            yield ""
            yield f"### Nobody can tell: `{one.root or '-'}`"
            yield ""
            yield from (f"- {_code(address)}: {'; '.join(reasons)}" for address, reasons in one.unknown.items())
    dates = sorted(e.oldest_price for e in estimates if e.oldest_price)
    if dates:
        yield ""
        yield f"The oldest price used is of {dates[0]} (terraform/prices.csv; `ballast cost refresh`)."


COLUMNS = (
    *("wave", "root", "module", "address", "action", "item", "quantity_low", "quantity_high", "unit", "usd"),
    *("monthly_low", "monthly_high", "note", "date", "source"),
)


def table(estimates: Iterable[Estimate]) -> str:
    """CSV, a line an item; a line without figures and with `unknown` as its item for what nobody can tell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in sorted(estimates, key=lambda e: wave_of(e.root)):
        for resource in one.resources:
            head = [wave_name(one.root), one.root, resource.module, resource.address, resource.action]
            for item in resource.items:
                writer.writerow(
                    [
                        *head,
                        item.item,
                        *_ends(item.quantity),
                        item.price.unit,
                        f"{item.price.usd:f}",
                        *_ends(item.monthly),
                        item.note,
                        item.price.date.isoformat(),
                        item.price.source,
                    ]
                )
            for why in resource.unknown:
                writer.writerow([*head, "unknown", "", "", "", "", "", "", why, "", ""])
    return out.getvalue()


def _code(text: str) -> str:
    """A code span that may stand in a table."""
    return "`" + text.replace("`", "'").replace("|", "\\|") + "`"


def _ends(interval: Interval) -> tuple[str, str]:
    return f"{interval.low:f}", f"{interval.high:f}"


def text(estimates: Iterable[Estimate]) -> str:
    """A table for a terminal of 80 columns."""
    rows = []
    for one in sorted(estimates, key=lambda e: wave_of(e.root)):
        name = one.root.removeprefix("terraform/environments/") or "-"
        unknown = f"{len(one.unknown)} unknown" if one.unknown else ""
        rows.append((name, money(one.monthly.low), money(one.monthly.high), unknown))
    widths = [max(len(row[i]) for row in [("root", "least", "most", ""), *rows]) for i in range(4)]
    lines = [f"{'root':<{widths[0]}}  {'least':>{widths[1]}}  {'most':>{widths[2]}}"]
    lines += [f"{r[0]:<{widths[0]}}  {r[1]:>{widths[1]}}  {r[2]:>{widths[2]}}  {r[3]}".rstrip() for r in rows]
    return "\n".join(lines) + "\n"
