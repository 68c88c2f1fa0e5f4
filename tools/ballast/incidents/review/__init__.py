"""The error-budget review: a month of a team's SLOs, its pages, and what to change."""

from ballast.incidents.review.model import Page, Proposal, Review, SloReview, TeamReview
from ballast.incidents.review.propose import propose
from ballast.incidents.review.render import fields, render_review
from ballast.incidents.review.review import FALSE, review

__all__ = [
    "FALSE",
    "Page",
    "Proposal",
    "Review",
    "SloReview",
    "TeamReview",
    "fields",
    "propose",
    "render_review",
    "review",
]
