"""terraform/environments/<environment>/cost.tfvars: what an environment may cost, who pays, and what a plan cannot tell.

    owner              = "ada@acme.example"
    monthly_budget_usd = { "aws/cluster" = 8000 }
    usage              = { "aws/cluster" = { nat_gb = [500, 3000] } }

Written as tfvars, read by `ballast cost` and the gate before an apply; no root reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from ballast.release.cost.interval import Interval
from ballast.repo import CannotRun

FILE = "cost.tfvars"
_ROOT = re.compile(r"(?:^|/)terraform/environments/(?P<environment>[^/]+)/(?P<root>.+)$")


@dataclass(frozen=True, slots=True)
class Allowance:
    """Of one root: its monthly budget (None: nobody has set one), its owner, and its usage, least and most, a month."""

    owner: str = ""
    budget: Decimal | None = None
    usage: dict[str, Interval] = field(default_factory=dict)


def environment_of(root: str) -> str:
    """The environment of a root's path (`terraform/environments/production/aws/cluster` → `production`); empty elsewhere."""
    found = _ROOT.search(root.rstrip("/"))
    return found["environment"] if found else ""


def read_allowance(repo: Path, root: str) -> Allowance:
    """What is allowed to a root, by its path in the repository. Raises CannotRun for a file that cannot be read."""
    found = _ROOT.search(root.rstrip("/"))
    if not found:
        return Allowance()
    path = repo / "terraform/environments" / found["environment"] / FILE
    if not path.is_file():
        return Allowance()
    name = path.relative_to(repo).as_posix()
    values = _values(path, name)
    if extra := set(values) - {"owner", "monthly_budget_usd", "usage"}:
        raise CannotRun(f"{name}: {', '.join(sorted(extra))}: write owner, monthly_budget_usd and usage only")
    budgets, usages = values.get("monthly_budget_usd", {}), values.get("usage", {})
    try:
        budget = Decimal(str(budgets[found["root"]])) if found["root"] in budgets else None
        usage = {key: Interval.of(str(low), str(high)) for key, (low, high) in usages.get(found["root"], {}).items()}
        if (budget is not None and not budget >= 0) or any(one.low < 0 for one in usage.values()):
            raise ValueError
    except (ValueError, TypeError, ArithmeticError, AttributeError):
        raise CannotRun(
            f'{name}: write monthly_budget_usd = {{ "aws/cluster" = 100 }} and usage with lists [least, most]'
        ) from None
    return Allowance(str(values.get("owner", "")), budget, usage)


def _values(path: Path, name: str) -> dict[str, Any]:
    import hcl2
    from lark.exceptions import UnexpectedInput

    try:
        loaded = hcl2.loads(path.read_text())
    except UnexpectedInput as error:
        raise CannotRun(f"{name}:{error.line}:{error.column}: this is no HCL") from None
    return {key: _plain(value) for key, value in loaded.items() if not key.startswith("__")}


def _plain(value: Any) -> Any:
    """Without the quotes that python-hcl2 leaves around strings."""
    if isinstance(value, dict):
        return {key.strip('"'): _plain(inner) for key, inner in value.items() if not key.startswith("__")}
    return value.strip('"') if isinstance(value, str) else value
