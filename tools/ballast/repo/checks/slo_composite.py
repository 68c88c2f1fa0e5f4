"""A composite SLO that does not add up.

A composite is made of what other SLOs record: `all_of` (a moment is good while no member burns too fast) or `weighted` (the
mean of the members' error ratios, over the same windows). So it takes two members or more, each of them is there, is active and
is no composite itself, and members of a weighted one have the composite's own windows.

Mend: name SLOs as service/slo, as `ballast slo list` prints them.

    - slos:
    - - {name: basket, objective: 99, sli: {gauge: {metric: up}}}
    - - {name: all, objective: 99, sli: {composite: {all_of: [checkout/basket, checkout/payment]}}}
    + slos:
    + - {name: basket, objective: 99, sli: {gauge: {metric: up}}}
    + - {name: payment, objective: 99, sli: {gauge: {metric: pays}}}
    + - {name: all, objective: 99, sli: {composite: {all_of: [checkout/basket, checkout/payment]}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.repo.burn_rates import window_pairs
from ballast.repo.checks.registry import All, Found, check, check_across
from ballast.repo.issue import Issue
from ballast.repo.models import Slo, SloFile
from ballast.repo.source import Path


@check("slo/composite", on=SloFile)
def shape(file: SloFile) -> Iterator[Issue]:
    """What one composite says by itself."""
    for index, slo in enumerate(file.slos):
        one = slo.sli.composite
        if one is None:
            continue
        path: Path = ("slos", index, "sli", "composite")
        members = [*one.all_of, *one.weighted]
        if bool(one.all_of) == bool(one.weighted):
            yield Issue(path, "a composite is either `all_of` or `weighted`", "give one of the two")
        elif len(set(members)) < 2:
            yield Issue(path, "a composite of fewer than two SLOs", "name another, or measure the one directly")
        elif len(set(members)) < len(members):
            yield Issue(path, "a member stands twice", "remove one; `weighted` says how much it counts")
        for name, weight in one.weighted.items():
            if weight <= 0:
                yield Issue((*path, "weighted", name), f"the weight {weight:g} counts for nothing", "a number above 0")
        if slo.groups:
            yield Issue(("slos", index, "groups"), "a composite has no groups", "group its members instead")


@check_across("slo/composite")
def members(everything: All) -> Iterator[Found]:
    """What composites say of others."""
    known = {f"{d.model.service}/{s.name}": s for d in everything.slo_files for s in d.model.slos if s.status == "active"}
    for document in everything.slo_files:
        for index, slo in enumerate(document.model.slos):
            one = slo.sli.composite
            if one is None or slo.status == "archived":
                continue
            path: Path = ("slos", index, "sli", "composite")
            for where, name in [
                *(((*path, "all_of", n), name) for n, name in enumerate(one.all_of)),
                *(((*path, "weighted", name), name) for name in one.weighted),
            ]:
                message, hint = _wrong(name, known, slo if one.weighted else None, complete=everything.complete)
                if message:
                    yield document, Issue(where, message, hint, at_key=bool(one.weighted))


def _wrong(name: str, known: dict[str, Slo], composite: Slo | None, *, complete: bool) -> tuple[str, str]:
    """What is wrong with a member of a composite; `composite` is given where its windows must be the member's, too."""
    if name.count("/") != 1 or not all(name.split("/")):
        return f"{name!r} is not service/slo", "such as checkout/availability"
    member = known.get(name)
    if member is None:
        return (f"there is no active SLO {name}", "`ballast slo list` prints them") if complete else ("", "")
    if member.sli.composite:
        return f"{name} is a composite itself", "name its members"
    if composite and _windows(member) != _windows(composite):
        return f"{name} records other windows than this SLO", "give both the same `window` and `burn_rates`"
    return "", ""


def _windows(slo: Slo) -> set[str]:
    rows = [row for row in slo.burn_rates if (row.factor is None) != (row.budget is None)]
    return {slo.window, *(w for pair in window_pairs(slo.window, rows) for w in (pair.long, pair.short))}
