"""Exemptions from a freeze that end soon: whoever counts on one has to know before."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date

from ballast.budget.exemption import FOLDER, Exemption
from ballast.findings import Due, Tree, due


@due("budget/exemption")
def exemption(tree: Tree, today: date) -> Iterable[Due]:
    """Every exemption file that can be read; the gate says what is wrong with the others."""
    for file in tree.match(f"{FOLDER}/*.json"):
        try:
            found = Exemption(**json.loads(file.text))
            until = found.span[1].date()
        except (ValueError, TypeError):
            continue
        yield Due(
            "budget/exemption",
            found.service,
            until,
            f"{found.person}'s exemption from the freeze ends: {found.reason}",
            "see that the budget has recovered, or that releases can wait",
            file.path,
            ends=True,
        )
