"""Which objective a service could promise: candidates, and what each would have meant in the past.

Proposed is the strictest objective that spends no more of its budget than `most_spent` and sends no more pages than
`most_pages` in 30 days. Of a latency SLO each bucket of the histogram is a candidate threshold. The past is no promise: what a
user needs is the upper bound of an objective, and no history knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ballast.repo import SloFile
from ballast.slo.compiler import compile_slo
from ballast.slo.model import CompiledSlo, Context
from ballast.slo.replay.engine import Run
from ballast.slo.replay.inputs import History, Ledger
from ballast.slo.replay.line import Grid
from ballast.slo.replay.model import Replay
from ballast.slo.replay.replay import simulate, told_by

__all__ = ["OBJECTIVES", "Candidate", "suggest", "variant"]

OBJECTIVES = (90.0, 95.0, 98.0, 99.0, 99.5, 99.8, 99.9, 99.95, 99.99)
"""Percent; the candidates beside the present one."""
MONTH = 30 * 86400


@dataclass(frozen=True, slots=True)
class Candidate:
    """An objective (percent) and, of a latency SLO, a threshold (seconds), over the history.

    `good` is the share of good events, `spent` the share of a window's budget, `pages` and `tickets` what would have been
    sent, `noise` the pages a 30 days. `now` marks what the spec says today, `proposed` the choice, `why` what speaks against
    one that is stricter than the choice.
    """

    objective: float
    threshold: float | None
    good: float | None
    spent: float | None
    pages: int
    tickets: int
    noise: float
    now: bool
    proposed: bool = False
    why: str = ""


def variant(
    compiled: CompiledSlo, context: Context, objective: float | None = None, threshold: float | None = None
) -> CompiledSlo:
    """The same SLO with another objective (percent) or latency threshold (seconds)."""
    slo = compiled.slo
    if objective is not None:
        slo = slo.model_copy(update={"objective": objective})
    if threshold is not None and slo.sli.latency:
        latency = slo.sli.latency.model_copy(update={"threshold": threshold})
        slo = slo.model_copy(update={"sli": slo.sli.model_copy(update={"latency": latency})})
    return compile_slo(SloFile(version="prometheus/v1", service=compiled.service, slos=[slo]), slo, context)


def suggest(
    compiled: CompiledSlo,
    history: History,
    start: int,
    end: int,
    context: Context,
    *,
    most_spent: float = 0.8,
    most_pages: float = 4.0,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Candidate]:
    """Candidates by threshold, then by objective. Raises what `replay` raises."""
    present = compiled.slo.objective
    own = compiled.slo.sli.latency
    thresholds: Sequence[float | None] = [None]
    if own and not own.native and not isinstance(history, Ledger):
        thresholds = sorted({own.threshold, *_buckets(own.metric, own.selector, history, end)})
    found: list[Candidate] = []
    for threshold in thresholds:
        rows = []
        done: Run | None = None
        for objective in sorted({*OBJECTIVES, present}):
            progress(f"{compiled.slo.name}: {objective:g}%" + (f" within {threshold:g} s" if threshold else ""))
            other = variant(compiled, context, objective, threshold)
            done = simulate(other, history, start, end, earlier=done)
            now = objective == present and threshold in (None, own.threshold if own else None)
            told = told_by(other, done, history, start, cost=False)
            rows.append(_candidate(told, objective, threshold, now=now))
        found += _judged(rows, most_spent, most_pages)
    return found


def _candidate(done: Replay, objective: float, threshold: float | None, *, now: bool) -> Candidate:
    pages = len(done.pages)
    noise = pages * MONTH / (done.end - done.start)
    return Candidate(objective, threshold, done.good, done.spent, pages, len(done.tickets), noise, now)


def _judged(rows: Sequence[Candidate], most_spent: float, most_pages: float) -> list[Candidate]:
    """Mark the strictest that passes; of stricter ones say what speaks against them."""
    judged = []
    for one in rows:
        if one.spent is None:
            why = "nothing is known"
        elif one.spent > 1:
            why = "missed"
        elif one.spent > most_spent:
            why = f"more than {100 * most_spent:.3g}% of its budget spent"
        elif one.noise > most_pages:
            why = f"{one.noise:.3g} pages in 30 days"
        else:
            why = ""
        judged.append(replace(one, why=why))
    strictest = max((one.objective for one in judged if not one.why), default=None)
    return [replace(one, proposed=one.objective == strictest) for one in judged]


def _buckets(metric: str, selector: str, history: History, at: int) -> list[float]:
    """The upper bounds of a classic histogram's buckets in the last day, without the infinite one."""
    inside = f"{{{selector}}}" if selector else ""
    answer = history.ask(f"count by (le) (last_over_time({metric}_bucket{inside}[1d]))", Grid(at, 60, 1))
    bounds = (dict(labels).get("le", "") for labels in answer)
    return sorted({float(le) for le in bounds if le and "inf" not in le.lower()})
