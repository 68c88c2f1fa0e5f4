"""What a run of the demo found: read by the terminal, by `result.json` and by the report."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ballast.demo.timeline import Latency, Mark, Timeline
from ballast.demo.truth import Events, Pair


@dataclass(frozen=True, slots=True)
class Page:
    """A page as PagerDuty shows it to the person on call: what is nested in its details stays behind a click."""

    summary: str
    severity: str
    source: str
    details: dict[str, str]
    links: dict[str, str]

    @classmethod
    def of(cls, event: dict[str, Any]) -> Page:
        """From the body of an Events API v2 call."""
        payload = event.get("payload", {})
        details = payload.get("custom_details") or {}
        return cls(
            summary=str(payload.get("summary", "")),
            severity=str(payload.get("severity", "")),
            source=str(payload.get("source", "")),
            details={str(k): str(v) for k, v in details.items() if v and not isinstance(v, list | dict)},
            links={
                str(link.get("text") or link["href"]): str(link["href"]) for link in event.get("links", []) if link.get("href")
            },
        )


@dataclass(frozen=True, slots=True)
class Subject:
    """What fails and what watches it. `objective` in percent; intervals in seconds; `pairs` are those that page.

    `budget` is the allowed share of bad events.
    """

    fault: str
    title: str
    slo: str
    alert: str
    objective: float
    budget: float
    windows: str
    pairs: tuple[Pair, ...]
    scrape_interval: float
    evaluation_interval: float
    group_wait: float

    @property
    def bound(self) -> float:
        """The most that the intervals should cost from condition to page: scrape + evaluation + group_wait, in seconds."""
        return self.scrape_interval + self.evaluation_interval + self.group_wait


@dataclass
class Result:
    """A finished run. `legs` says when the page arrived by each leg; `problems` is empty when everything went as promised."""

    subject: Subject
    timeline: Timeline
    events: Events
    page: Page | None = None
    legs: dict[str, float] = field(default_factory=dict)
    incidents: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def marks(self) -> list[Mark]:
        """Every mark, by time."""
        return self.timeline.marks

    @property
    def latencies(self) -> list[Latency]:
        """The figures of the run."""
        return self.timeline.latencies()

    @property
    def verdict(self) -> str:
        """What to say of a run without problems."""
        took = self.latencies[0].seconds
        if took is None:
            return "paged; when the condition was true is unknown"
        if took < 0:
            return f"paged {-took:.2f} s before our finer count had it true: a failed scrape counts for a whole interval"
        return f"paged {took:.2f} s after the condition was true"

    def document(self) -> dict[str, Any]:
        """For `result.json`; times are Unix seconds, latencies seconds, unknown ones null."""
        return {
            "subject": asdict(self.subject) | {"bound": self.subject.bound},
            "passed": not self.problems,
            "problems": self.problems,
            "timeline": [{"step": m.step.value, "at": m.at, "detail": m.detail} for m in self.marks],
            "latencies": [{"name": x.name, "seconds": x.seconds, "goal": x.goal, "met": x.met} for x in self.latencies],
            "legs": self.legs,
            "incidents": self.incidents,
            "page": asdict(self.page) if self.page else None,
        }
