"""May a plan go ahead, as far as money is concerned? Free, ask, owner, or stop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ballast.release.cost.allowance import Allowance
from ballast.release.cost.estimate import Estimate, difference
from ballast.release.cost.interval import money

State = Literal["free", "ask", "owner", "stop"]


@dataclass(frozen=True, slots=True)
class CostVerdict:
    """`free` needs nobody; `ask` an approval; `owner` that of `owner`, given in person; `stop` is over budget."""

    state: State
    reasons: list[str] = field(default_factory=list)
    owner: str = ""


def judge_cost(estimate: Estimate, allowance: Allowance) -> CostVerdict:
    """The strictest of: over budget, a subscription or purchase, anything that may cost more than it did.

    A budget counts the most that the root may cost. Anything above $0 asks; so does whatever nobody can tell. A reduction never
    stops, also over budget.
    """
    grows = estimate.delta.high > 0
    over = allowance.budget is not None and estimate.monthly.high > allowance.budget
    if over and grows:
        assert allowance.budget is not None
        most = money(estimate.monthly.high)
        return CostVerdict(
            "stop",
            [f"{most} a month at most is over the budget of {money(allowance.budget)}: raise it in cost.tfvars, or plan less"],
        )
    reasons = []
    if grows:
        reasons.append(f"{difference(estimate.delta)} a month")
    if unknown := estimate.unknown_delta:
        reasons.append(f"nobody can tell what {len(unknown)} changed resources cost")
    if grows and allowance.budget is None:
        reasons.append("nobody has set a budget (monthly_budget_usd in cost.tfvars)")
    if estimate.subscriptions:
        reasons.append(f"subscriptions or purchases: {', '.join(estimate.subscriptions)}")
        return CostVerdict("owner", reasons, allowance.owner)
    return CostVerdict("ask" if reasons else "free", reasons)
