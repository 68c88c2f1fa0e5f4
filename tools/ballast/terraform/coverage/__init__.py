"""What the tests of a Terraform module exercise of it, and what not."""

from ballast.terraform.coverage.items import KINDS, Item, Kind, Module
from ballast.terraform.coverage.measure import Coverage, Failure, measure

__all__ = ["KINDS", "Coverage", "Failure", "Item", "Kind", "Module", "measure"]
