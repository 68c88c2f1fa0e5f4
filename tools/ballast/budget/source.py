"""Raw samples over the HTTP API that Prometheus, Thanos and VictoriaMetrics share.

Selectors of one metric that differ in the value of one label are read together (`http_requests_total{service=~"a|b|…"}`) and
sorted out here: ten thousand SLOs are some dozens of queries. Replicas are asked for apart (Thanos: `dedup=false`) and a
partial answer is refused: it would look like a gap.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ballast.budget.connect import running
from ballast.budget.signals import Matcher, Selector
from ballast.budget.tally import Series
from ballast.repo import CannotRun

if TYPE_CHECKING:
    import httpx

URL, CA, CERTIFICATE, KEY, HEADERS = (
    f"BALLAST_PROMETHEUS_{name}" for name in ("URL", "CA_FILE", "CERT_FILE", "KEY_FILE", "HEADERS_FILE")
)
BATCH = 500
"""Values of one label that are asked for at once."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server: its base URL, certificate files for mTLS, and headers (a tenant, a bearer token)."""

    url: str
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    headers: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_environment(cls, url: str = "") -> Endpoint:
        """`url`, else `BALLAST_PROMETHEUS_URL`, else the Prometheus that `make up` left running; headers come from a file."""
        url = url or os.environ.get(URL, "") or running("prometheus")
        if not url:
            raise CannotRun(f"no source: set {URL} to a Prometheus, Thanos or VictoriaMetrics, or run `make up`")
        headers = {}
        if path := os.environ.get(HEADERS):
            try:
                with open(path) as stream:  # noqa: PTH123 - a name of the environment
                    headers = dict(_header(line) for line in stream if line.strip())
            except (OSError, ValueError) as error:
                raise CannotRun(f"{HEADERS}: {path} must hold lines `Name: value` ({error})") from error
        ca, certificate, key = (os.environ.get(name, "") for name in (CA, CERTIFICATE, KEY))
        return cls(url.rstrip("/"), ca, certificate, key, headers)

    def client(self, timeout: float) -> httpx.Client:
        """An HTTP client whose base is the server. CannotRun when the certificate files cannot be used."""
        import httpx

        verify: Any = True
        if self.url.startswith("https:") and (self.ca_file or self.cert_file):
            import ssl

            try:
                verify = ssl.create_default_context(cafile=self.ca_file or None)
                if self.cert_file:
                    verify.load_cert_chain(self.cert_file, self.key_file or None)
            except (OSError, ssl.SSLError) as error:
                raise CannotRun(f"the certificate files for {self.url} cannot be used: {error}") from error
        return httpx.Client(base_url=self.url, headers=self.headers, verify=verify, timeout=timeout, trust_env=False)


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise ValueError("a line without a colon")
    return name.strip(), value.strip()


class Source:
    """Reads samples; a context manager."""

    def __init__(self, endpoint: Endpoint, *, timeout: float = 60.0, workers: int = 4) -> None:
        self.endpoint = endpoint
        self._client = endpoint.client(timeout)
        self._pool = ThreadPoolExecutor(workers)

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._client.close()

    def samples(self, selectors: Iterable[Selector], start: float, end: float) -> dict[Selector, list[Series]]:
        """Raw samples in (start, end], Unix seconds, of each selector."""
        selectors = list(dict.fromkeys(selectors))
        found: dict[Selector, list[Series]] = {selector: [] for selector in selectors}

        def read(batch: _Batch) -> tuple[_Batch, list[dict[str, Any]]]:
            return batch, self._ask("query", {"query": f"{batch.query}[{_milliseconds(end - start)}]", "time": f"{end:.3f}"})

        for batch, result in self._pool.map(read, list(batches(selectors))):
            for one in result:
                labels = one["metric"]
                owners = batch.owners(labels)
                if owners:
                    values = one["values"]
                    low = round(start * 1000)  # Prometheus 2 includes a sample at the very start
                    pairs = [(round(t * 1000), float(v)) for t, v in values]
                    pairs = [(t, v) for t, v in pairs if t > low and v == v and abs(v) != float("inf")]
                    series = Series(labels, [t for t, _ in pairs], [v for _, v in pairs])
                    for owner in owners:
                        found[owner].append(series)
        return found

    def ratios(self, queries: Iterable[str], start: float, end: float) -> list[dict[int, float]]:
        """Of each query the values at whole minutes from `start` to `end` (Unix seconds), by millisecond; no value, no key."""

        def read(query: str) -> dict[int, float]:
            asked = {"query": query, "start": f"{start:.0f}", "end": f"{end:.0f}", "step": "60"}
            result = self._ask("query_range", asked)
            values = [(round(t * 1000), float(v)) for one in result for t, v in one["values"]]
            found: dict[int, float] = {}
            for time, value in values:
                if value == value:
                    found[time] = max(value, found.get(time, value))  # of groups the worst: it is promised to all
            return found

        return list(self._pool.map(read, queries))

    def _ask(self, kind: str, form: dict[str, str]) -> list[dict[str, Any]]:
        import httpx
        import orjson

        form |= {"dedup": "false", "partial_response": "false"}
        try:
            answer = self._client.post(f"/api/v1/{kind}", data=form)
            body = orjson.loads(answer.content)
            if body["status"] != "success":
                raise CannotRun(f"{self.endpoint.url} refused {form['query'][:80]}: {body.get('error', answer.status_code)}")
            if any("partial" in str(warning).lower() for warning in body.get("warnings", [])):
                raise CannotRun(f"{self.endpoint.url} gave a partial answer: {body['warnings'][0]}")
            found: list[dict[str, Any]] = body["data"]["result"]
        except httpx.HTTPError as error:
            raise CannotRun(f"{self.endpoint.url} cannot be read: {error or type(error).__name__}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise CannotRun(f"{self.endpoint.url} does not answer as Prometheus does (HTTP {answer.status_code})") from error
        return found


@dataclass(slots=True)
class _Batch:
    query: str
    label: str
    """Whose value says which selectors a series may belong to; empty: all of `selectors`."""
    selectors: dict[str, list[Selector]]
    exact: bool = False
    """The server has judged the matchers."""

    def owners(self, labels: dict[str, str]) -> list[Selector]:
        candidates = self.selectors.get(labels.get(self.label, "") if self.label else "", [])
        return candidates if self.exact else [selector for selector in candidates if selector.matches(labels)]


def batches(selectors: Iterable[Selector]) -> Iterator[_Batch]:
    """Queries for all of them: by metric, then by the label that tells most of its selectors apart."""
    by_metric: dict[str, list[Selector]] = {}
    for selector in selectors:
        by_metric.setdefault(selector.metric, []).append(selector)
    for metric, group in by_metric.items():
        values: dict[str, set[str]] = {}
        for selector in group:
            for m in selector.matchers:
                if m.op == "=" and m.value:
                    values.setdefault(m.label, set()).add(m.value)
        pivot = max(sorted(values), key=lambda label: len(values[label]), default="")
        together: dict[str, list[Selector]] = {}
        for selector in group:
            value = next((m.value for m in selector.matchers if m.op == "=" and m.label == pivot and m.value), "")
            if value and selector.local():
                together.setdefault(value, []).append(selector)
            else:
                yield _Batch(str(selector), "", {"": [selector]}, exact=True)
        names = sorted(together)
        for at in range(0, len(names), BATCH):
            part = names[at : at + BATCH]
            members = {name: together[name] for name in part}
            everyone = [s for found in members.values() for s in found]
            shared = [m for m in everyone[0].matchers if all(m in s.matchers for s in everyone) and m.label != pivot]
            matcher = Matcher(pivot, "=~", "|".join(map(_quote, part))) if len(part) > 1 else Matcher(pivot, "=", part[0])
            yield _Batch(str(Selector(metric, (*shared, matcher))), pivot, members)


def _quote(value: str) -> str:
    """For RE2, which knows no escaped letters beyond its own."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", value)


def _milliseconds(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"
