"""A plan in short: as a comment on a pull request, and as JSON."""

from ballast.terraform.summary.judged import with_policies
from ballast.terraform.summary.markdown import LIMIT, markdown
from ballast.terraform.summary.model import Attribute, Change, Policy, Summary, summarise

__all__ = ["LIMIT", "Attribute", "Change", "Policy", "Summary", "markdown", "summarise", "with_policies"]
