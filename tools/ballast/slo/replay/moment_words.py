"""A moment of an alert in words, for the terminal and for its page."""

from __future__ import annotations

from dataclasses import dataclass

from ballast.slo.explain import human_seconds, human_share
from ballast.slo.replay.model import Firing
from ballast.slo.replay.moment import Earlier, Moment, PairNow
from ballast.slo.replay.words import moment as clock

__all__ = ["EARLIER_HEADS", "PAIR_HEADS", "MomentText", "moment_text"]

PAIR_HEADS = ("alert", "windows", "long\nwindow", "short\nwindow", "fires\nabove", "now")
EARLIER_HEADS = ("windows of the page", "page after", "pages then")


@dataclass(frozen=True, slots=True)
class MomentText:
    """Sentences and rows, with the heads of the same name."""

    title: str
    verdict: str
    pairs: list[list[str]]
    arithmetic: list[str]
    resolves: list[str]
    earlier: list[list[str]]
    stretch: str


def moment_text(one: Moment) -> MomentText:
    """Everything that is said of a moment."""
    days = (one.told.end - one.told.start) / 86400
    earlier = [_earlier(each) for each in ([one.now, *one.earlier] if one.now else [])]
    return MomentText(
        title=f"{clock(one.at)} UTC",
        verdict=_verdict(one),
        pairs=[_row(pair) for pair in one.pairs],
        arithmetic=[line for pair in one.pairs for line in _worked(pair, one.budget)],
        resolves=_resolves(one),
        earlier=earlier,
        stretch=f"{days:.3g} days of history, {clock(one.told.start)} to {clock(one.told.end)} UTC",
    )


def _row(pair: PairNow) -> list[str]:
    burns = (_burn(value) for value in (pair.long_burn, pair.short_burn, pair.factor))
    return [pair.severity, f"{pair.long} + {pair.short}", *burns, "above" if pair.holds else "no"]


def _verdict(one: Moment) -> str:
    firing = [("page", fire) for fire in one.pages] + [("ticket", fire) for fire in one.tickets]
    said = [_fired(severity, fire, one) for severity, fire in firing]
    for severity, firings in (("page", one.pages), ("ticket", one.tickets)):
        if not firings and any(pair.holds for pair in one.pairs if pair.severity == severity):
            said.append(
                f"A {severity} pair is above its factor and the {severity} does not fire: too few events "
                "(minimum_traffic, low_traffic), or it is maintenance."
            )
    if all(pair.long_burn is None and pair.short_burn is None for pair in one.pairs):
        said.append("Nothing is known of this moment.")
    return " ".join(said) or "Nothing fires at this moment."


def _fired(severity: str, fire: Firing, one: Moment) -> str:
    group = "".join(f" of {name} {value}" for name, value in sorted(fire.labels.items()))
    text = f"The {severity}{group} has been firing since {clock(fire.start)}, by the windows {fire.pair}."
    if one.incident and severity == "page" and one.incident.page is not None:
        since = human_seconds(one.incident.page) if one.incident.page else "less than a minute"
        text += f" Burning began at {clock(one.incident.start)}: it took {since} to page."
    return text


def _burn(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}x"


def _worked(pair: PairNow, budget: float) -> list[str]:
    """The division and the comparison, for both windows."""
    lines = []
    for window, burn in ((pair.long, pair.long_burn), (pair.short, pair.short_burn)):
        if burn is None:
            lines.append(f"{pair.severity} {window}: no data, so that the pair cannot fire")
            continue
        sign = ">" if burn > pair.factor else "<="
        ratio = burn * budget
        division = f"{ratio:.6g} / {budget:.6g} = {burn:.4g} {sign} {pair.factor:.6g}"
        lines.append(f"{pair.severity} {window}: {ratio:.6g} of events failed; {division}")
    return lines


def _resolves(one: Moment) -> list[str]:
    lines = []
    for severity, firings in (("page", one.pages), ("ticket", one.tickets)):
        holding = [pair for pair in one.pairs if pair.severity == severity and pair.holds]
        if not firings:
            continue
        for pair in holding:
            how = "counted from the events in the window" if pair.exact else "by the formula, for errors spread evenly"
            lines.append(
                f"{severity} {pair.long}/{pair.short}: if nothing fails from now on, in {human_seconds(pair.resolves)}, when "
                f"the {pair.by} window is down to {human_share(pair.factor * one.budget)} ({how})"
            )
        if holding:
            after = max(pair.resolves or 0.0 for pair in holding)
            lines.append(f"the {severity} resolves when all of its pairs let go: {human_seconds(after)} at the soonest")
        ends = [fire.end for fire in firings if fire.end is not None]
        if ends:
            lines.append(f"in fact the {severity} ended at {clock(max(ends))}")
    return lines


def _earlier(one: Earlier) -> list[str]:
    after = "no page" if one.after is None else human_seconds(one.after) if one.after else "at once"
    return [one.what, after, str(one.pages)]
