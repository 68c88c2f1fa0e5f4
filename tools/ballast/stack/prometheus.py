"""A real Prometheus: configuration from typed data, history written before it starts, and its HTTP API."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ballast.repo import CannotRun
from ballast.stack.ports import LOOPBACK
from ballast.stack.process import Process
from ballast.stack.toolchain import tool
from ballast.stack.wait import http_ok

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Scrape:
    """One scrape job: targets are `host:port`, `interval` in seconds (the server's own where None)."""

    job: str
    targets: Sequence[str]
    labels: Mapping[str, str] = field(default_factory=dict)
    path: str = "/metrics"
    interval: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A time series of an answer: `points` are (Unix seconds, value), one of them for an instant query."""

    labels: dict[str, str]
    points: list[tuple[float, float]]

    @property
    def value(self) -> float:
        """The last value."""
        return self.points[-1][1]


@dataclass(frozen=True, slots=True)
class ActiveAlert:
    """An alert that Prometheus holds: `state` is pending or firing, `active_at` RFC 3339."""

    labels: dict[str, str]
    annotations: dict[str, str]
    state: str
    active_at: str


class Prometheus(Process):
    """A Prometheus server; out-of-order samples are refused, as by default.

    Intervals in seconds. `rule_files` are paths (globs allowed), `alertmanagers` are `host:port`. Change the attributes and
    call `reload()` to change a running one.
    """

    def __init__(
        self,
        directory: Path,
        *,
        scrapes: Sequence[Scrape] = (),
        rule_files: Sequence[Path] = (),
        alertmanagers: Sequence[str] = (),
        scrape_interval: float = 5.0,
        evaluation_interval: float = 5.0,
        external_labels: Mapping[str, str] | None = None,
        retention: str = "400d",
        flags: Sequence[str] = (),
        port: int | None = None,
        name: str = "prometheus",
    ) -> None:
        super().__init__(name, directory, port=port)
        self.scrapes = list(scrapes)
        self.rule_files = list(rule_files)
        self.alertmanagers = list(alertmanagers)
        self.scrape_interval = scrape_interval
        self.evaluation_interval = evaluation_interval
        self.external_labels = dict(external_labels or {})
        self.retention = retention
        self.flags = list(flags)
        self.data = self.directory / "data"
        self.config = self.directory / "prometheus.yaml"
        self._client: httpx.Client | None = None

    def settings(self) -> dict[str, Any]:
        """The configuration file's content."""
        scrapes = []
        for scrape in self.scrapes:
            job: dict[str, Any] = {
                "job_name": scrape.job,
                "metrics_path": scrape.path,
                "static_configs": [{"targets": list(scrape.targets), "labels": dict(scrape.labels)}],
            }
            if scrape.interval is not None:
                job |= {"scrape_interval": milliseconds(scrape.interval), "scrape_timeout": milliseconds(scrape.interval)}
            scrapes.append(job)
        return {
            "global": {
                "scrape_interval": milliseconds(self.scrape_interval),
                "scrape_timeout": milliseconds(min(self.scrape_interval, 10.0)),
                "evaluation_interval": milliseconds(self.evaluation_interval),
                "external_labels": self.external_labels,
            },
            "rule_files": [str(path.absolute()) for path in self.rule_files],
            "scrape_configs": scrapes,
            "alerting": {
                "alertmanagers": [{"static_configs": [{"targets": self.alertmanagers}]}] if self.alertmanagers else []
            },
        }

    def prepare(self) -> None:
        """Write the configuration."""
        import yaml

        self.config.write_text(yaml.safe_dump(self.settings(), sort_keys=False))

    def command(self) -> Sequence[str | Path]:
        """Prometheus on loopback with its lifecycle API."""
        return [
            tool("prometheus"),
            f"--config.file={self.config}",
            f"--storage.tsdb.path={self.data}",
            f"--storage.tsdb.retention.time={self.retention}",
            f"--web.listen-address={LOOPBACK}:{self.port}",
            "--web.enable-lifecycle",
            *self.flags,
        ]

    def ready(self) -> bool:
        """Its own readiness: the write-ahead log is replayed and the API answers."""
        return http_ok(f"{self.url}/-/ready")

    def backfill(self, openmetrics: Path, *, block_hours: int | None = None) -> None:
        """Write history (OpenMetrics text with timestamps in seconds, ending in `# EOF`) as blocks, before or between starts.

        Blocks span two hours unless `block_hours` allows longer ones, which are written faster. Samples of the last two hours
        would overlap the head of a server that already runs. Raises CannotRun with promtool's own words.
        """
        words: list[str | Path] = [tool("promtool"), "tsdb", "create-blocks-from"]
        words += [f"--max-block-duration={block_hours}h"] if block_hours else []
        self.data.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [*words, "--quiet", "openmetrics", openmetrics, self.data], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise CannotRun(f"history in {openmetrics} was not accepted: {done.stderr.strip()}")

    def reload(self) -> None:
        """Write the configuration and have it read. Raises CannotRun with Prometheus' own words when it refuses."""
        self.prepare()
        answer = self.client.post("/-/reload", timeout=60)
        if not answer.is_success:
            raise CannotRun(f"{self.name} refused its new configuration: {answer.text.strip()}")

    def query(self, expression: str, at: float | None = None) -> list[Series]:
        """An instant query, now or at a Unix time in seconds. A scalar is one series without labels."""
        return self._ask("query", {"query": expression} | ({} if at is None else {"time": f"{at:.3f}"}))

    def value(self, expression: str, at: float | None = None) -> float | None:
        """The value of an instant query with one result or none; ValueError when there are more."""
        found = self.query(expression, at)
        if len(found) > 1:
            raise ValueError(f"{len(found)} series where one was expected: {expression}")
        return found[0].value if found else None

    def range(self, expression: str, start: float, end: float, step: float) -> list[Series]:
        """A range query; times are Unix seconds, `step` is in seconds."""
        asked = {"query": expression, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:.3f}"}
        return self._ask("query_range", asked)

    def alerts(self) -> list[ActiveAlert]:
        """Pending and firing alerts."""
        return [
            ActiveAlert(a["labels"], a["annotations"], a["state"], a["activeAt"]) for a in self.get("/api/v1/alerts")["alerts"]
        ]

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The `data` of an API answer (`/api/v1/rules`, `/api/v1/targets`, …). ValueError with Prometheus' words otherwise."""
        answer = self.client.get(path, params=params)
        body = answer.json()
        if body["status"] != "success":
            raise ValueError(f"{body['errorType']}: {body['error']}")
        return body["data"]

    @property
    def client(self) -> httpx.Client:
        """An HTTP client with this server as its base."""
        import httpx

        if self._client is None or str(self._client.base_url).rstrip("/") != self.url:
            self._client = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        return self._client

    def _ask(self, kind: str, params: dict[str, str]) -> list[Series]:
        data = self.get(f"/api/v1/{kind}", params)
        if data["resultType"] == "scalar":
            return [Series({}, [_point(data["result"])])]
        return [Series(r["metric"], [_point(p) for p in r.get("values", [r.get("value")])]) for r in data["result"]]


def _point(pair: Sequence[Any]) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])


def milliseconds(seconds: float) -> str:
    """A duration as Prometheus and Alertmanager write it."""
    return f"{round(seconds * 1000)}ms"
