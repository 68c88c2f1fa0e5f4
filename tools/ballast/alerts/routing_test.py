"""Where an alert of the repository would go, and why (`ballast route test`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import yaml

from ballast.alerts.model import RULES, AlertingRule, rule_file
from ballast.alerts.routing import alertmanager_config
from ballast.alerts.routing_match import Routed, inhibitors, inhibits, muted, routes
from ballast.alerts.routing_oncall import escalation
from ballast.findings import Tree
from ballast.repo import AlertTier, Repository

ROUTING = "alerts/routing.yaml"


@dataclass(frozen=True, slots=True)
class Inhibited:
    """An inhibition that hides the alert: its source matchers, and the repository's alerts that would be such a source."""

    source: tuple[str, ...]
    equal: tuple[str, ...]
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """What becomes of one alert. `tier` is the gateway's and Alertmanager's word, `because` the line that makes it so; `told`
    is what the gateway tells, `legs` how it leaves Alertmanager; `on_call` minutes and names of each step of the owner's team.
    """

    alert: str
    rule: str
    labels: dict[str, str]
    tier: str
    because: str
    routed: tuple[Routed, ...]
    legs: tuple[str, ...]
    told: tuple[str, ...]
    muted: tuple[str, ...]
    inhibited: tuple[Inhibited, ...]
    owner: str
    on_call: tuple[tuple[int, tuple[str, ...]], ...]

    def data(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def known_alerts(tree: Tree) -> list[AlertingRule]:
    """The alerts of a repository's rule files."""
    found = (rule for file in tree.match(*RULES) for rule in rule_file(file).rules)
    return [rule for rule in found if isinstance(rule, AlertingRule) and not rule.resource]


def explain_route(
    repository: Repository, alerts: Sequence[AlertingRule], name: str, more: Mapping[str, str], at: datetime
) -> list[Explained]:
    """What becomes of the alerts of a name (a page and a ticket, say), with `more` labels; of one with these labels alone where
    no rule has the name. Raises ValueError when that would be one without any label but its name.
    """
    rules: list[AlertingRule | None] = [rule for rule in alerts if rule.name == name]
    if not rules and not more:
        raise ValueError(name)
    config = alertmanager_config(repository.routing)
    everything = [{"alertname": rule.name, **rule.labels, **_external(more)} for rule in alerts]
    found = []
    for rule in rules or [None]:
        labels = {"alertname": name, **(rule.labels if rule else {}), **more}
        where = str(rule.position()) if rule else ""
        found.append(_explain(repository, config, everything, labels, where, at))
    return found


def _external(more: Mapping[str, str]) -> dict[str, str]:
    """Labels that a Prometheus adds to all its alerts."""
    return {key: value for key, value in more.items() if key == "cluster"}


def _explain(
    repository: Repository,
    config: Mapping[str, Any],
    everything: Sequence[dict[str, str]],
    labels: dict[str, str],
    rule: str,
    at: datetime,
) -> Explained:
    routed = tuple(routes(config, labels))
    tier, because = _tier(repository, labels)
    row = repository.routing.tiers.of(tier)
    hidden = []
    for one in inhibitors(config, labels):
        sources = [other for other in everything if inhibits(one, other, labels)]
        names = sorted({_named(other) for other in sources})
        hidden.append(Inhibited(tuple(one["source_matchers"]), tuple(one["equal"]), tuple(names)))
    owner = labels.get("owner", "")
    steps = escalation(repository.oncall.model, owner, at) if repository.oncall else []
    receivers = {one["name"]: one for one in config["receivers"]}
    first = receivers[routed[0].receiver]
    legs = tuple(name for name, key in (("pagerduty", "pagerduty_configs"), ("gateway", "webhook_configs")) if key in first)
    return Explained(
        alert=labels["alertname"],
        rule=rule,
        labels=labels,
        tier=tier if "tier" in labels or "severity" in labels or legs else "",
        because=because,
        routed=routed,
        legs=legs,
        told=tuple(row.destinations) if "gateway" in legs else (),
        muted=tuple(name for one in routed for name in muted(config, one.mute_times, at)),
        inhibited=tuple(hidden),
        owner=owner,
        on_call=tuple((minutes, tuple(people)) for minutes, people in steps),
    )


def _named(labels: Mapping[str, str]) -> str:
    severity = labels.get("severity")
    return f"{labels['alertname']} ({severity})" if severity else labels["alertname"]


def _tier(repository: Repository, labels: Mapping[str, str]) -> tuple[AlertTier, str]:
    """The tier that Alertmanager and the gateway go by, and what it comes from."""
    given = labels.get("tier", "")
    severity = labels.get("severity", "")
    if given not in ("P1", "P2", "P3", "P4"):
        if severity in ("page", "critical"):
            return "P2", f"it has no tier, and severity {severity} is a P2"
        return "P3", "it has no tier and is no page: a P3"
    tier: AlertTier = given  # type: ignore[assignment]  # one of the four
    service = repository.services.get(labels.get("service", ""))
    if service is not None and severity in ("page", "ticket"):
        for number, route in enumerate(repository.routing.routes):
            if route.tier == service.model.tier and route.severity == severity and route.alert == tier:
                line = _line(repository, number)
                return tier, f"service tier {service.model.tier} and severity {severity} ({ROUTING}{line})"
    return tier, "its label says so"


def _line(repository: Repository, number: int) -> str:
    """`:6` for a row of the table; "" where the file is not there."""
    path = repository.root / ROUTING
    if not path.is_file():
        return ""
    root = yaml.compose(path.read_text(), Loader=yaml.SafeLoader)
    for key, value in root.value if isinstance(root, yaml.MappingNode) else []:
        if key.value == "routes" and number < len(value.value):
            return f":{value.value[number].start_mark.line + 1}"
    return ""
