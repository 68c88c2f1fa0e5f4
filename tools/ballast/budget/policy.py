"""What a budget means, by the policy of `alerts/budget-policy.yaml`."""

from __future__ import annotations

from datetime import datetime, timedelta

from ballast.budget.balance import Balance
from ballast.repo import BudgetAction, BudgetPolicy, seconds

ORDER: tuple[BudgetAction, ...] = ("notify", "slow_down", "freeze")


def action_of(policy: BudgetPolicy, tier: int | None, remaining: float) -> BudgetAction | None:
    """The strictest step that `remaining` (1 untouched, 0 spent) has reached; a service without a tier is under tier 3."""
    reached = [step.action for step in policy.steps if step.tier == (tier or 3) and remaining * 100 <= step.left]
    return max(reached, key=ORDER.index, default=None)


def doubts(policy: BudgetPolicy, balance: Balance, now: datetime) -> list[str]:
    """Why the ledger cannot tell; empty when it can."""
    known = balance.known
    if known.first_known is None or known.last_known is None:
        return ["nothing has ever been recorded"]
    found = []
    if (age := now - known.last_known) > timedelta(seconds=seconds(policy.fresh)):
        found.append(f"its newest data is {human(age)} old (more than {policy.fresh} is stale)")
    if (length := known.last_known - known.first_known) < timedelta(seconds=seconds(policy.history)):
        found.append(f"only {human(length)} are recorded (less than {policy.history})")
    if balance.unknown * 100 > policy.unknown:
        found.append(f"nothing is known of {balance.unknown:.1%} of its recorded time (more than {policy.unknown:g} %)")
    return found


def human(length: timedelta) -> str:
    """`3 d 4 h`, `5 h 10 min`, `7 min`."""
    minutes = int(length.total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    return f"{hours} h {rest} min" if hours else f"{rest} min"
