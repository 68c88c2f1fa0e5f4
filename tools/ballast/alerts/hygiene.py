"""What alerts did over a time: which paged, flapped, never fired, never ceased, or were answered by nobody.

From Prometheus come the `ALERTS` series and the rules that it has loaded, from the gateway's database the incidents with their
acknowledgements. `ALERTS` is sampled once a minute: two firings less than two minutes apart count as one.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ballast.repo import CannotRun

STEP = 60.0
DAY = 86400.0
GAP = 2 * STEP
"""Seconds without a sample after which a firing has ended."""
SHORT = 600.0
"""A firing that ends sooner, or begins sooner after the last one ended, is a flap."""
FLAPS = 3
ALWAYS = 0.9
BUSY = 1.0
"""Pages a day above which an alert trains people to ignore it."""
UNANSWERED = 0.5
FEW = 3


@dataclass(slots=True)
class AlertHistory:
    """One alert (name, service, severity) over the time.

    `firings` counts episodes of all its series, `firing` is the share of the recorded time in which any fired, `flaps` the
    episodes that were short or close together. `incidents` and `unanswered` come from the gateway; None where it was not asked.
    """

    name: str
    service: str
    severity: str
    slo: str = ""
    firings: int = 0
    firing: float = 0.0
    flaps: int = 0
    longest: float = 0.0
    """Seconds."""
    loaded: bool = True
    incidents: int | None = None
    unanswered: int | None = None
    verdicts: list[str] = field(default_factory=list)
    """Of: always firing, flapping, unanswered, busy, never fired, gone."""
    proposal: str = ""


@dataclass(frozen=True, slots=True)
class Hygiene:
    """Times are Unix seconds; `covered` are the seconds of which Prometheus has any sample."""

    since: float
    until: float
    covered: float
    alerts: list[AlertHistory]
    gateway: bool

    @property
    def pages(self) -> int:
        """Firings of alerts that page."""
        return sum(alert.firings for alert in self.alerts if alert.severity == "page")

    def data(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "pages": self.pages}


def hygiene(
    prometheus: str, seconds: float, *, until: float | None = None, database: str = "", timeout: float = 30.0
) -> Hygiene:
    """Look at the last `seconds`. `database` is a PostgreSQL address of the gateway's; "" leaves acknowledgements unknown.

    Raises CannotRun where one of them does not answer.
    """
    import httpx

    until = until or time.time()
    since = until - seconds
    with httpx.Client(base_url=prometheus, timeout=timeout, trust_env=False) as client:
        samples = _samples(client, since, until)
        rules = list(_rules(client))
        covered = _covered(client, since, until)
    incidents = _incidents(database, since, until) if database else None
    alerts = _histories(samples, rules, incidents, covered)
    for alert in alerts:
        judge(alert, covered)
    return Hygiene(since, until, covered, sorted(alerts, key=_order), incidents is not None)


def judge(alert: AlertHistory, covered: float) -> None:
    """Say what is wrong with an alert's history, and what to do about it; `covered` are the seconds that were recorded."""
    days = max(covered, STEP) / DAY
    said: list[tuple[str, str]] = []
    if not alert.loaded and alert.firings:
        said.append(("gone", "no rule of this name is loaded any more: archive its runbook"))
    if alert.firing >= ALWAYS and covered >= SHORT:
        text = "everybody has learnt to ignore it: mend the cause now, or lower the objective until it is, or archive the alert"
        said.append(("always firing", text))
    elif alert.flaps >= FLAPS:
        text = "bridge the gaps with `keep_firing_for: 10m`, or ask for a longer window; `for` would only make it later"
        said.append(("flapping", text))
    incidents, unanswered = alert.incidents or 0, alert.unanswered or 0
    if incidents >= FEW and unanswered / incidents >= UNANSWERED:
        text = f"{unanswered} of {incidents} were acknowledged by nobody: make it a ticket, or write what to do"
        said.append(("unanswered", text))
    if alert.severity == "page" and alert.firings / days > BUSY and alert.firings >= FEW:
        text = f"{alert.firings / days:.1f} pages a day: raise its threshold, or make it a ticket while the cause is mended"
        said.append(("busy", text))
    if not alert.firings and alert.loaded:
        if alert.slo:
            text = "an SLO that holds needs no page: keep it; its proofs in alerts/tests show that it can fire"
        else:
            text = "show that it can fire (promtool test, game day), or archive it: nobody knows whether it works"
        said.append(("never fired", text))
    alert.verdicts = [verdict for verdict, _ in said]
    alert.proposal = said[0][1] if said else "keep it"


def _order(alert: AlertHistory) -> tuple[int, int, str]:
    worst = ["always firing", "flapping", "unanswered", "busy", "gone"]
    rank = min((worst.index(v) for v in alert.verdicts if v in worst), default=len(worst))
    return rank, -alert.firings, alert.name


Key = tuple[str, str, str]
Labels = Mapping[str, str]


def _key(labels: Labels) -> Key:
    return labels.get("alertname", ""), labels.get("service", ""), labels.get("severity", "")


def _histories(
    samples: dict[frozenset[tuple[str, str]], list[float]],
    rules: list[Labels],
    incidents: dict[str, tuple[int, int]] | None,
    covered: float,
) -> list[AlertHistory]:
    found: dict[Key, AlertHistory] = {}
    minutes: dict[Key, set[int]] = defaultdict(set)
    loaded = {_key(labels) for labels in rules}
    for labels in rules:
        name, service, severity = key = _key(labels)
        found.setdefault(key, AlertHistory(name, service, severity, labels.get("slo", "")))
    for series, times in samples.items():
        labels = dict(series)
        name, service, severity = key = _key(labels)
        known = key in loaded or any(k[0] == name for k in loaded)
        alert = found.setdefault(key, AlertHistory(name, service, severity, labels.get("slo", ""), loaded=known))
        minutes[key].update(int(at // STEP) for at in times)
        ended = 0.0
        for begin, end in episodes(times):
            alert.firings += 1
            alert.longest = max(alert.longest, end - begin)
            alert.flaps += bool(ended and begin - ended < SHORT) or end - begin < SHORT / 2
            ended = end
    for key, alert in found.items():
        alert.firing = min(1.0, len(minutes[key]) * STEP / max(covered, STEP))
        if incidents is not None:
            alert.incidents, alert.unanswered = incidents.get(alert.name, (0, 0))
    # A rule whose labels come from its query is the same alert as its series: the empty row beside them says nothing.
    fired = {alert.name for alert in found.values() if alert.firings}
    return [alert for alert in found.values() if alert.firings or alert.name not in fired or _stated(alert, found)]


def _stated(alert: AlertHistory, found: dict[Key, AlertHistory]) -> bool:
    """Whether a silent alert has a severity of its own among those of its name, so that it is another one."""
    others = [other for other in found.values() if other.name == alert.name and other.firings]
    return bool(alert.severity) and all(other.severity != alert.severity for other in others)


def episodes(times: list[float]) -> Iterator[tuple[float, float]]:
    """Begin and end (Unix seconds) of each firing."""
    begin = end = 0.0
    for at in times:
        if begin and at - end > GAP:
            yield begin, end + STEP
            begin = at
        begin, end = begin or at, at
    if begin:
        yield begin, end + STEP


def _samples(client: Any, since: float, until: float) -> dict[frozenset[tuple[str, str]], list[float]]:
    """When each alert fired: a range query a day, for an answer holds 11,000 points at most."""
    found: dict[frozenset[tuple[str, str]], list[float]] = defaultdict(list)
    start = since - since % STEP + STEP
    while start <= until:
        end = min(start + DAY - STEP, until)
        asked = {"query": 'ALERTS{alertstate="firing"}', "start": f"{start:.0f}", "end": f"{end:.0f}", "step": f"{STEP:.0f}s"}
        for series in _get(client, "/api/v1/query_range", asked)["result"]:
            dropped = ("__name__", "alertstate")
            labels = frozenset((k, v) for k, v in series["metric"].items() if k not in dropped)
            found[labels] += [float(at) for at, _ in series["values"]]
        start += DAY
    return found


def _rules(client: Any) -> Iterator[Labels]:
    """Name and labels of every alerting rule that is loaded."""
    for group in _get(client, "/api/v1/rules", {"type": "alert"})["groups"]:
        for rule in group["rules"]:
            yield {**rule.get("labels", {}), "alertname": rule["name"]}


def _covered(client: Any, since: float, until: float) -> float:
    """Seconds of the time in which Prometheus recorded anything at all (steps of an hour at most)."""
    step = max(STEP, min(3600.0, (until - since) / 1000))
    asked = {"query": "count(up) or count(ALERTS)", "start": f"{since:.0f}", "end": f"{until:.0f}", "step": f"{step:.0f}s"}
    result = _get(client, "/api/v1/query_range", asked)["result"]
    return min(until - since, sum(len(series["values"]) for series in result) * step)


def _get(client: Any, path: str, params: dict[str, str]) -> Any:
    import httpx

    try:
        answer = client.get(path, params=params)
        body = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise CannotRun(f"Prometheus at {client.base_url} did not answer {path}: {error or type(error).__name__}") from None
    if body.get("status") != "success":
        raise CannotRun(f"Prometheus at {client.base_url} refused {path}: {body.get('error', answer.status_code)}")
    return body["data"]


def _incidents(database: str, since: float, until: float) -> dict[str, tuple[int, int]]:
    """Incidents by alert name, and how many of them nobody acknowledged."""
    import psycopg

    asked = """
        select labels->>'alertname', count(*), count(*) filter (where acknowledged_at is null)
        from gateway_incidents
        where opened_at >= to_timestamp(%s) and opened_at < to_timestamp(%s)
        group by 1
    """
    try:
        with psycopg.connect(database, connect_timeout=10) as connection:
            rows: Iterable[tuple[str | None, int, int]] = connection.execute(asked, (since, until)).fetchall()
    except psycopg.Error as error:
        raise CannotRun(f"the gateway's database did not answer: {str(error).strip().splitlines()[0]}") from None
    return {name: (total, unanswered) for name, total, unanswered in rows if name}
