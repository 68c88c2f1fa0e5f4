"""The review as Markdown or as a page, ready for the meeting."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from ballast.incidents.review.model import Page, Review
from ballast.incidents.review.review import FALSE
from ballast.slo import human_seconds, templates

__all__ = ["fields", "render_review"]


def fields(review: Review) -> dict[str, Any]:
    """For machines; shares are ratios, times RFC 3339 and seconds."""

    def page(one: Page) -> dict[str, Any]:
        return asdict(one) | {"opened": one.opened.isoformat()}

    return {
        "month": review.month,
        "start": review.start.isoformat(),
        "end": review.end.isoformat(),
        "pages_known": review.pages_known,
        "teams": [
            {
                "team": team.team,
                "slos": [
                    {
                        "slo": one.line.balance.known.name,
                        "objective": float(one.line.balance.known.objective),
                        "total": one.line.balance.sum.total,
                        "bad": one.line.balance.sum.bad,
                        "remaining": one.line.balance.remaining if one.line.balance.sum.known else None,
                        "on_record": one.line.on_record,
                        "verdict": one.line.verdict,
                        "pages": [page(each) for each in one.pages],
                        "false_pages": one.false,
                        "proposals": [asdict(proposal) for proposal in one.proposals],
                    }
                    for one in team.slos
                ],
                "other_pages": [page(each) for each in team.other],
            }
            for team in review.teams
        ],
    }


def render_review(review: Review, kind: Literal["md", "html"]) -> str:
    """Markdown, or HTML that needs nothing else."""
    environment = templates(Path(__file__).parent)
    environment.filters["percent"] = lambda value, digits=1: "unknown" if value is None else f"{100 * value:.{digits}f}%"
    environment.filters["when"] = lambda value: f"{value:%Y-%m-%d %H:%M}"
    environment.filters["lasting"] = lambda value: "still open" if value is None else human_seconds(value)
    environment.filters["answer"] = lambda value: "nobody" if value is None else f"after {human_seconds(value)}"
    environment.filters["cell"] = lambda value: str(value).replace("|", "\\|").replace("\n", " ")
    environment.filters["judged"] = lambda value: {True: "false", False: "real", None: "unknown"}[value]
    return environment.get_template(f"review.{kind}.j2").render(review=review, limit=FALSE)
