"""Policies over plans: checkov's own and Ballast's, with their exceptions."""

from ballast.terraform.policy.engine import Violation, judge
from ballast.terraform.policy.exceptions import FILE, Exemption, read
from ballast.terraform.policy.pages import pages

__all__ = ["FILE", "Exemption", "Violation", "judge", "pages", "read"]
