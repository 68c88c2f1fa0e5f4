"""How available the page path is, and what would stop it: a reliability block diagram read from the plan."""

from ballast.terraform.availability.formula import Assumptions, k_of_n, parallel, series
from ballast.terraform.availability.report import as_json, as_text
from ballast.terraform.availability.walk import TARGET, Block, Report, Weak, walk

__all__ = [
    "TARGET",
    "Assumptions",
    "Block",
    "Report",
    "Weak",
    "as_json",
    "as_text",
    "k_of_n",
    "parallel",
    "series",
    "walk",
]
