"""The freeze gate: may this service be released? 0 allow, 1 frozen, 2 cannot tell.

A feature release is stopped by a freeze, and by a ledger that knows too little: missing data holds a release, it does not wave
it through. A reliability or security change passes either way, and is written down. So is every verdict.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ballast.repo import CannotRun

if TYPE_CHECKING:
    import psycopg

    from ballast.repo import BudgetPolicy

ChangeType = Literal["feature", "reliability", "security"]
Result = Literal["allow", "slow_down", "frozen", "cannot tell"]
CODES: dict[Result, int] = {"allow": 0, "slow_down": 0, "frozen": 1, "cannot tell": 2}


@dataclass(frozen=True, slots=True)
class SloVerdict:
    """One SLO: `remaining` is 1 untouched, 0 spent; `action` is the policy's, `doubts` say why nobody can tell."""

    slo: str
    remaining: float
    action: str | None
    doubts: list[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer. `passes` is what a pipeline asks; `state` is what the budget says, whatever kind of change it is.

    `milliseconds` is how long the question took within this process, connection included.
    """

    service: str
    change_type: ChangeType
    state: Result
    passes: bool
    reasons: list[str]
    slos: list[SloVerdict] = field(default_factory=list)
    exemption: str = ""
    milliseconds: float = 0.0

    @property
    def code(self) -> int:
        """The exit code: 0 when it passes, else 1 frozen, 2 cannot tell."""
        return 0 if self.passes else CODES[self.state]


def freeze_gate(
    service: str,
    change_type: ChangeType = "feature",
    *,
    root: Path,
    url: str | None = None,
    now: datetime | None = None,
    reason: str = "",
    record: bool = True,
) -> Verdict:
    """Ask the ledger whether `service` may be released, and write the verdict to the audit log.

    A ledger that cannot be reached, a policy with an error and a service without an SLO are all "cannot tell"; nothing raises
    for them. Raises CannotRun only when the verdict cannot be written to the audit log.
    """
    import psycopg  # noqa: F401 - loaded before the clock starts: the figure is the question's, not Python's

    from ballast.budget.connect import connect

    began = time.perf_counter()
    now = now or datetime.now(UTC)
    try:
        policy = _policy(root)
        with connect(url) as connection:
            state, reasons, slos = judge(connection, policy, service, now)
    except CannotRun as error:
        state, reasons, slos = "cannot tell", [str(error)], []
    exemption = ""
    passes = CODES[state] == 0
    if not passes and change_type != "feature":
        passes = True
        reasons.append(f"a {change_type} change passes a freeze")
    elif not passes:
        from ballast.budget.exemption import exemptions

        holding, refused = exemptions(root, service, now)
        reasons += refused
        if holding:
            exemption, found = holding[0]
            passes = True
            reasons.append(f"{found.person} exempts it until {found.until}: {found.reason}")
    took = (time.perf_counter() - began) * 1000
    verdict = Verdict(service, change_type, state, passes, reasons, slos, exemption, round(took, 1))
    if record:
        _record(verdict, reason)
    return verdict


def judge(
    connection: psycopg.Connection, policy: BudgetPolicy, service: str, now: datetime
) -> tuple[Result, list[str], list[SloVerdict]]:
    """The state of a service: that of its worst SLO. A freeze outweighs a doubt about another SLO."""
    from ballast.budget.balance import balances, slos
    from ballast.budget.policy import action_of, doubts

    found = []
    for balance in balances(connection, slos(connection, service), now, zone=policy.time_zone):
        one = balance.known
        found.append(
            SloVerdict(one.slo, balance.remaining, action_of(policy, one.tier, balance.remaining), doubts(policy, balance, now))
        )
    if not found:
        return "cannot tell", [f"the ledger has no SLO of {service}: `ballast budget collect` reads them from alerts/slos"], []
    frozen = [one for one in found if one.action == "freeze" and not one.doubts]
    doubtful = [one for one in found if one.doubts]
    slow = [one for one in found if one.action == "slow_down"]
    notified = [one for one in found if one.action == "notify"]
    left = [f"{one.slo} has {one.remaining:.1%} of its budget left" for one in frozen or slow or notified]
    if frozen:
        return "frozen", left, found
    if doubtful:
        return "cannot tell", [f"{one.slo}: {doubt}" for one in doubtful for doubt in one.doubts], found
    return "slow_down" if slow else "allow", left, found


def _policy(root: Path) -> BudgetPolicy:
    from ballast.repo import read_budget_policy

    policy, problems = read_budget_policy(root)
    if policy is None:
        raise CannotRun(str(problems[0]).splitlines()[0] if problems else "there is no alerts/budget-policy.yaml")
    return policy


def _record(verdict: Verdict, reason: str) -> None:
    from ballast.audit import Entry, actor, append

    details = {
        "change_type": verdict.change_type,
        "passes": verdict.passes,
        "slos": {one.slo: f"{one.remaining:.6f}" for one in verdict.slos},
    }
    why = "; ".join([*([reason] if reason else []), *verdict.reasons])
    if verdict.exemption:
        append(Entry(actor(), "budget/exemption", verdict.service, "used", why, {"file": verdict.exemption}))
    append(Entry(actor(), "budget/gate", verdict.service, verdict.state, why, details))
