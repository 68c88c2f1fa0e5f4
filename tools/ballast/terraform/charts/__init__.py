"""Pinned Helm charts: the catalogue, the value keys that each knows, and what a newer version would change."""

from ballast.terraform.charts.catalog import CATALOG, Chart, read_catalog
from ballast.terraform.charts.check import PAGE, check_platform, modules_with_releases, tested_releases
from ballast.terraform.charts.compare import Mistake, mistakes
from ballast.terraform.charts.keys import Keys, Reference, keys_of, pulled, referenced
from ballast.terraform.charts.places import place_of
from ballast.terraform.charts.upgrade import Rehearsal, rehearse

__all__ = [
    "CATALOG",
    "PAGE",
    "Chart",
    "Keys",
    "Mistake",
    "Reference",
    "Rehearsal",
    "check_platform",
    "keys_of",
    "mistakes",
    "modules_with_releases",
    "place_of",
    "pulled",
    "read_catalog",
    "referenced",
    "rehearse",
    "tested_releases",
]
