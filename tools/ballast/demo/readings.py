"""Reads bad and all events at their source, for the observer of `ballast.demo.truth`."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from prometheus_client.parser import text_string_to_metric_families

from ballast.demo.truth import Counts

Matches = Callable[[dict[str, str]], bool]


def everything(_: dict[str, str]) -> bool:
    """Matches every series."""
    return True


class Counters:
    """Counts from a /metrics page: the sums of two counters over the series whose labels match."""

    def __init__(self, url: str, bad: str, total: str, *, bad_if: Matches = everything, total_if: Matches = everything) -> None:
        self._client = httpx.Client(timeout=2, trust_env=False)
        self._url, self._bad, self._total, self._bad_if, self._total_if = url, bad, total, bad_if, total_if

    def __call__(self) -> Counts | None:
        """The counts now, or None when the page could not be read."""
        try:
            page = self._client.get(self._url).raise_for_status().text
        except httpx.HTTPError:
            return None
        bad = total = 0.0
        wanted = tuple({self._bad, self._total})
        lines = "\n".join(line for line in page.splitlines() if line.startswith(wanted))
        for family in text_string_to_metric_families(lines + "\n"):
            for sample in family.samples:
                if sample.name == self._bad and self._bad_if(sample.labels):
                    bad += sample.value
                if sample.name == self._total and self._total_if(sample.labels):
                    total += sample.value
        return bad, total


class Probes:
    """Counts of our own: each call asks `url` once; no answer, or one that is not 2xx, is a bad event."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(timeout=1, trust_env=False)
        self._url = url
        self._bad = self._total = 0

    def __call__(self) -> Counts:
        """Ask once more."""
        self._total += 1
        try:
            good = self._client.get(self._url).is_success
        except httpx.HTTPError:
            good = False
        self._bad += not good
        return self._bad, self._total
