"""A replay as a picture: burn rate, budget, and when alerts fire; lanes have names and hatches, so that colour is never alone.

The same replay gives the same bytes with the same matplotlib. The picture says in its metadata (`Description`) what it shows.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ballast.repo import window_pairs
from ballast.slo.replay.compare import Change
from ballast.slo.replay.line import Flags
from ballast.slo.replay.model import Replay, Told
from ballast.slo.replay.notifications import stretches
from ballast.slo.replay.words import alt_text, moment, promise

if TYPE_CHECKING:
    from ballast.repo import Slo

__all__ = ["draw"]

# The dashboards' colours: told apart with every kind of colour vision, 3:1 on white.
BLUE, PINK, OCHRE, GREY = "#308cf6", "#ed3b87", "#826817", "#6c6c6c"
INK = "#24292f"


def draw(change: Change, slo: Slo, path: Path, *, at: int | None = None) -> None:
    """Write a PNG of 1080 x 660 pixels, whole or not at all. `slo` is the new spec's, `at` a moment (Unix seconds) to mark."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    with mpl.rc_context({"font.family": "DejaVu Sans", "font.size": 9, "axes.edgecolor": GREY, "hatch.linewidth": 0.8}):
        ratios = [3, 2, 1.5 if change.old else 0.9]
        figure, (burn, budget, lanes) = plt.subplots(
            3, 1, figsize=(9, 5.5), sharex=True, layout="constrained", gridspec_kw={"height_ratios": ratios}
        )
        _burn(burn, change.new, slo)
        _budget(budget, change)
        _lanes(lanes, change)
        for axes in (burn, budget, lanes):
            if at is not None:
                axes.axvline(np.datetime64(at, "s"), color=INK, linewidth=1, linestyle=(0, (1, 1)))
            axes.spines[["top", "right"]].set_visible(False)
        was = f"{promise(change.old)}, now " if change.old and promise(change.old) != promise(change.new) else ""
        figure.suptitle(f"{change.new.name}: {was}{promise(change.new)}", x=0.01, ha="left", fontsize=11, color=INK)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        figure.savefig(part, dpi=120, format="png", metadata={"Software": None, "Description": alt_text(change)})
        plt.close(figure)
    part.replace(path)


def _days(told: Told) -> Any:
    return told.times.astype("int64").astype("datetime64[s]")


def _burn(axes: Any, new: Replay, slo: Slo) -> None:
    times, burn = _days(new.told), new.told.burn
    low = 0.05
    axes.semilogy(times, np.clip(burn, low, None), color=BLUE, linewidth=1)
    axes.fill_between(times, low, np.clip(np.nan_to_num(burn, nan=low), low, None), color=BLUE, alpha=0.15, linewidth=0)
    top = max(float(np.nanmax(np.append(burn, 1.0))), 20.0)
    axes.set_ylim(low, top * 1.6)
    seen: set[float] = set()
    for pair in window_pairs(slo.window, slo.burn_rates):
        if pair.factor in seen or pair.factor > top * 1.6:
            continue
        seen.add(pair.factor)
        colour, dashes = (PINK, "--") if pair.severity == "page" else (OCHRE, ":")
        axes.axhline(pair.factor, color=colour, linestyle=dashes, linewidth=1)
        text = f"{pair.severity} {pair.long}/{pair.short}: {pair.factor:.4g}x"
        axes.annotate(
            text, (1, pair.factor), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=7.5, color=INK
        )
    _unknown(axes, new)
    axes.set_ylabel("burn rate, 5 min\n(at least 0.05)")
    axes.set_yticks([0.1, 1, 10, 100] if top < 500 else [0.1, 1, 10, 100, 1000])
    axes.set_yticklabels([f"{tick:g}x" for tick in axes.get_yticks()])
    axes.minorticks_off()


def _unknown(axes: Any, one: Replay) -> None:
    """Where nothing is known."""
    times = _days(one.told)
    for low, high in stretches(np.isnan(one.told.burn)):
        axes.axvspan(times[low], times[high - 1], facecolor="none", edgecolor=GREY, hatch="xxx", alpha=0.5, linewidth=0)


def _budget(axes: Any, change: Change) -> None:
    shown = [(change.new, "-", BLUE, "after" if change.old else "")]
    if change.old:
        shown.append((change.old, "--", GREY, "before"))
    for one, dashes, colour, label in shown:
        axes.plot(_days(one.told), 100 * one.told.spent, linestyle=dashes, color=colour, linewidth=1.5, label=label or None)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(f"% of {change.new.window}\nbudget spent")
    if change.old:
        axes.legend(frameon=False, loc="upper left", fontsize=8)


def _lanes(axes: Any, change: Change) -> None:
    lanes: list[tuple[str, Replay, Flags, str, str]] = []
    for when, one in (("before", change.old), ("after", change.new)):
        if one is not None:
            word = f" {when}" if change.old else ""
            lanes.append((f"page{word}", one, one.told.page, PINK, "////"))
            lanes.append((f"ticket{word}", one, one.told.ticket, OCHRE, "...."))
    lanes.sort(key=lambda lane: lane[0].split()[0])  # pages together, then tickets
    length = change.new.end - change.new.start
    for place, (_, one, flags, colour, hatch) in enumerate(lanes):
        times = one.told.times
        least = length / 250  # so that a short page is seen
        for low, high in stretches(flags):
            begin = times[low]
            wide = max(times[min(high, len(times) - 1)] - begin, least)
            box = [(np.datetime64(int(begin), "s"), np.timedelta64(int(wide), "s"))]
            axes.broken_barh(box, (place - 0.35, 0.7), facecolor="white", edgecolor=colour, hatch=hatch, linewidth=1)
    axes.set_ylim(len(lanes) - 0.4, -0.6)
    axes.set_yticks(range(len(lanes)), [name for name, *_ in lanes])
    axes.set_xlim(np.datetime64(change.new.start, "s"), np.datetime64(change.new.end, "s"))
    dates: Any = import_module("matplotlib.dates")
    locator = dates.AutoDateLocator(minticks=4, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    axes.set_xlabel(f"{moment(change.new.start)} to {moment(change.new.end)} UTC; crossed out: no data")
