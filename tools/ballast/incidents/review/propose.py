"""Proposals for an SLO, each with the numbers that it comes from.

- measure: too little of the month is on record to say anything else.
- tighten: it was met, less than a fifth of its budget was spent, and a stricter candidate keeps within `suggest`'s limits.
- loosen: it was missed, and not because of one bad day; what the service kept is the strictest candidate that passes.
- mend: it was missed, and one or two days spent most of it: a postmortem, not another objective.
- split: one value of a label holds most of the failures and little of the traffic (asked of Prometheus, where there is one).
- keep: none of these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ballast.budget import Line
from ballast.incidents.review.model import Page, Proposal
from ballast.slo.replay import Candidate, counted

__all__ = ["Share", "propose"]

CALM = 0.2
"""The share of a month's budget below which an objective is easily kept."""
FEW_DAYS, MOST_OF_IT = 2, 0.8
SPLIT_BAD, SPLIT_TRAFFIC = 0.6, 0.2

Share = tuple[str, str, float, float]
"""A label, one of its values, and that value's share of bad events and of all events."""


def propose(
    line: Line, pages: Sequence[Page], candidates: Callable[[], Sequence[Candidate]], shares: Sequence[Share]
) -> list[Proposal]:
    """What the numbers of a month speak for. `candidates` are worked out when they are needed."""
    if line.verdict == "unknown":
        why = f"{100 * line.on_record:.0f}% of the month is on record, and 90% is needed to say whether it was met"
        return [Proposal("measure", "collect the rest of the month", why)]
    spent = 1 - line.balance.remaining
    found = [_split(share) for share in shares if share[2] >= SPLIT_BAD and share[3] <= SPLIT_TRAFFIC]
    if line.verdict == "missed":
        found.append(_missed(line, spent, candidates))
    elif spent < CALM:
        found += _tighten(line, spent, candidates)
    false = sum(page.false is True for page in pages)
    if pages and false * 2 > len(pages):
        why = f"{false} of {len(pages)} pages spent next to nothing of the budget"
        found.append(Proposal("mend", "ask for more events or a longer window before it pages (docs/low-traffic.md)", why))
    return found or [Proposal("keep", "keep it", f"met, {100 * spent:.0f}% of the budget spent, {counted(len(pages), 'page')}")]


def _split(share: Share) -> Proposal:
    label, value, bad, traffic = share
    why = f"{100 * bad:.0f}% of the failed events are {label}={value}, which is {100 * traffic:.0f}% of the traffic"
    return Proposal("split", f'give {label}="{value}" an SLO of its own', why)


def _missed(line: Line, spent: float, candidates: Callable[[], Sequence[Candidate]]) -> Proposal:
    days = sorted((day or 0.0 for day in line.days), reverse=True)
    worst = sum(days[:FEW_DAYS]) / sum(days) if sum(days) else 0.0
    if worst >= MOST_OF_IT:
        why = f"{100 * spent:.0f}% spent, {100 * worst:.0f}% of that on {FEW_DAYS} days"
        return Proposal("mend", "mend what happened on those days; the objective is not the trouble", why)
    now = float(line.balance.known.objective)
    chosen = next((one for one in candidates() if one.proposed and one.objective < now), None)
    if chosen is None:
        return Proposal("mend", "no objective that is worth promising was kept", f"{100 * spent:.0f}% spent")
    why = f"{100 * spent:.0f}% spent, spread over the month; {_would(chosen)}"
    return Proposal("loosen", f"{now:g}% to {chosen.objective:g}%, until the service is better", why)


def _tighten(line: Line, spent: float, candidates: Callable[[], Sequence[Candidate]]) -> list[Proposal]:
    now = float(line.balance.known.objective)
    chosen = next((one for one in candidates() if one.proposed and one.objective > now), None)
    if chosen is None:
        return []
    why = f"{100 * spent:.0f}% spent; {_would(chosen)}"
    return [Proposal("tighten", f"{now:g}% to {chosen.objective:g}%, if users need it", why)]


def _would(one: Candidate) -> str:
    spent = "unknown" if one.spent is None else f"{100 * one.spent:.0f}%"
    told = f"{counted(one.pages, 'page')} and {counted(one.tickets, 'ticket')}"
    return f"{one.objective:g}% would have spent {spent} and sent {told}"
