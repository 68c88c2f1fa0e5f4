"""What a plan costs a month: list prices × the plan × its usage, with what nobody can tell never counted as nothing."""

from ballast.release.cost.allowance import Allowance, environment_of, read_allowance
from ballast.release.cost.estimate import Estimate, difference, estimate
from ballast.release.cost.gate import CostVerdict, judge_cost
from ballast.release.cost.interval import Interval
from ballast.release.cost.prices import Price, Prices, read_prices, write_prices
from ballast.release.cost.refresh import refresh
from ballast.release.cost.report import markdown, table, text

__all__ = [
    "Allowance",
    "CostVerdict",
    "Estimate",
    "Interval",
    "Price",
    "Prices",
    "difference",
    "environment_of",
    "estimate",
    "judge_cost",
    "markdown",
    "read_allowance",
    "read_prices",
    "refresh",
    "table",
    "text",
    "write_prices",
]
