"""Values against the keys that a chart knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ballast.terraform.charts.keys import Keys

_SECURITY = (
    "allowPrivilegeEscalation appArmorProfile capabilities fsGroup fsGroupChangePolicy privileged procMount "
    "readOnlyRootFilesystem "
    "runAsGroup runAsNonRoot runAsUser seLinuxOptions seccompProfile supplementalGroups sysctls windowsOptions enabled"
)
_PROBE = (
    "exec failureThreshold grpc httpGet initialDelaySeconds periodSeconds successThreshold tcpSocket "
    "terminationGracePeriodSeconds timeoutSeconds enabled"
)
_STRATEGY = "type rollingUpdate"
KUBERNETES: Mapping[str, frozenset[str]] = {
    key: frozenset(fields.split())
    for key, fields in {
        "resources": "requests limits claims",
        "affinity": "nodeAffinity podAffinity podAntiAffinity",
        "securityContext": _SECURITY,
        "podSecurityContext": _SECURITY,
        "containerSecurityContext": _SECURITY,
        "livenessProbe": _PROBE,
        "readinessProbe": _PROBE,
        "startupProbe": _PROBE,
        "strategy": _STRATEGY,
        "updateStrategy": _STRATEGY,
    }.items()
}
"""Keys that hold a part of a pod as Kubernetes knows it, with its fields: charts pass on all of them."""

_FREE = (
    "annotations labels podAnnotations podLabels nodeSelector requests limits rollingUpdate capabilities seccompProfile "
    "seLinuxOptions httpGet tcpSocket exec nodeAffinity podAffinity podAntiAffinity matchLabels"
)
FREE = frozenset(_FREE.split())
"""Keys below which a chart passes on anything, or Kubernetes' own check goes on."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A key that the chart does not know, or a value that is no map (or list) where the chart has one."""

    path: tuple[str, ...]
    message: str
    mend: str


def mistakes(values: Mapping[str, Any], keys: Keys, open_: Collection[str] = ()) -> Iterator[Mistake]:
    """Every mistake in `values`. Below the paths in `open_` (dotted) anything may stand."""
    children: dict[str, list[str]] = {}
    for path in keys:
        parent, _, name = path.rpartition("/")
        children.setdefault(parent, []).append(name)
    free = {path.replace(".", "/") for path in open_} | set(open_)
    yield from _below(values, "", (), keys, children, free)


def _below(
    values: Mapping[str, Any],
    prefix: str,
    path: tuple[str, ...],
    keys: Keys,
    children: Mapping[str, list[str]],
    free: Collection[str],
) -> Iterator[Mistake]:
    known = children.get(prefix.rstrip("/"), [])
    for name, value in values.items():
        here, place = f"{prefix}{name}", (*path, name)
        kind = keys.get(here)
        if here in free:
            continue
        if kind is None:
            close = get_close_matches(name, known, 1)
            mend = f"did you mean {close[0]}?" if close else f"keys here: {', '.join(sorted(known)[:8]) or 'none'}"
            yield Mistake(place, f"the chart knows no value {'.'.join(place)}", mend)
        elif value is None or kind in ("open-map", "null"):
            continue
        elif kind == "list" and not isinstance(value, list):
            yield Mistake(place, f"{'.'.join(place)} is a list in the chart", "write [ … ]")
        elif kind == "map" and not isinstance(value, Mapping):
            yield Mistake(place, f"{'.'.join(place)} is a map in the chart: Helm would ignore this value", "write { … }")
        elif kind == "map" and name not in FREE:
            assert isinstance(value, Mapping)
            fields = KUBERNETES.get(name)
            given = {k: v for k, v in value.items() if fields is None or k not in fields or f"{here}/{k}" in keys}
            yield from _below(given, f"{here}/", place, keys, children, free)
