"""What a chart's new version would change, told before it is deployed: values, rendered configuration, CRDs, frozen fields."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from ballast.terraform.charts.compare import Mistake, mistakes
from ballast.terraform.charts.keys import Reference

FROZEN = {
    "volumeClaimTemplates": "a StatefulSet's claim templates cannot change: delete it with --cascade=orphan first",
    "selectorLabels": "a workload's selector cannot change: the workload has to be made anew",
    "matchLabels": "a workload's selector cannot change: the workload has to be made anew",
    "serviceName": "a StatefulSet's service name cannot change: it has to be made anew",
    "podManagementPolicy": "a StatefulSet's pod management policy cannot change: it has to be made anew",
    "clusterIP": "a Service's cluster IP cannot change: the Service has to be made anew",
    "fullnameOverride": "every object gets another name: volumes stay behind with the old ones",
    "nameOverride": "names and selectors of objects change: workloads have to be made anew",
    "storageClassName": "the class of an existing volume claim cannot change",
    "storageClass": "the class of an existing volume claim cannot change",
    "accessModes": "the access modes of an existing volume claim cannot change",
}
"""Value keys that end in fields which Kubernetes does not let change, and what that means."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a bump from `old` to `new` comes to: keys `added`, `gone` and those whose kind changes.

    `removed` are values of ours that the new chart does not know; `rendered` a diff of what was rendered by both versions.
    `unknown` names what could not be compared, because a reference does not hold it.
    """

    chart: str
    old: str
    new: str
    added: tuple[str, ...]
    gone: tuple[str, ...]
    kinds: tuple[tuple[str, str, str], ...]
    removed: tuple[Mistake, ...]
    warnings: tuple[str, ...]
    rendered: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def breaks(self) -> bool:
        """Whether values of ours would be ignored, or a CRD version that we may use is gone."""
        return bool(self.removed or any(w.startswith("CRD") and "no longer" in w for w in self.warnings))


def rehearse(
    old: Reference,
    new: Reference,
    values: Mapping[str, Any],
    open_: Mapping[str, str],
    rendered: tuple[Mapping[str, str], Mapping[str, str]] | None = None,
) -> Rehearsal:
    """Compare two versions of a chart for `values`, the ones that are deployed now.

    `rendered` holds what each version makes of them, texts by name (`helm template`); without it the configuration that the
    values and defaults together give is compared, and `unknown` says so.
    """
    before = {m.path for m in mistakes(values, old.keys, open_)}
    removed = tuple(m for m in mistakes(values, new.keys, open_) if m.path not in before)
    unknown = [f"CRDs of {r.version}: the reference does not hold them" for r in (old, new) if r.crds is None]
    texts = rendered or _merged(old, new, values)
    if texts is None:
        unknown.append("rendered configuration: the references do not hold the charts' defaults")
    elif rendered is None:
        unknown.append("templates: only values were compared, not the objects that the charts make of them")
    diff = tuple(_diff(*texts)) if texts else ()
    warnings = [*_crds(old, new), *_frozen(old, new, diff), *_app(old, new)]
    return Rehearsal(
        new.chart,
        old.version,
        new.version,
        tuple(sorted(set(new.keys) - set(old.keys))),
        tuple(sorted(set(old.keys) - set(new.keys))),
        tuple(
            (k, old.keys[k], new.keys[k]) for k in sorted(set(old.keys) & set(new.keys)) if _differ(old.keys[k], new.keys[k])
        ),
        removed,
        tuple(warnings),
        diff,
        tuple(unknown),
    )


def _differ(old: str, new: str) -> bool:
    return old != new and {old, new} != {"map", "open-map"} and "null" not in (old, new)


def _merged(old: Reference, new: Reference, values: Mapping[str, Any]) -> tuple[Mapping[str, str], Mapping[str, str]] | None:
    from ballast.terraform.platform.plan import merge

    if not (old.defaults and new.defaults):
        return None
    one, other = ({"values.yaml": yaml.safe_dump(merge(r.defaults, values), sort_keys=True)} for r in (old, new))
    return one, other


def _diff(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, "").splitlines(), new.get(name, "").splitlines()
        yield from difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", lineterm="")


def _crds(old: Reference, new: Reference) -> Iterator[str]:
    """Helm installs CRDs once and never again: whatever differs has to be applied by hand first."""
    if old.crds is None or new.crds is None:
        return
    for name in sorted(new.crds.keys() - old.crds.keys()):
        yield f"CRD {name} is new: Helm does not install it on an upgrade, apply it first (kubectl apply --server-side)"
    for name in sorted(old.crds.keys() - new.crds.keys()):
        yield f"CRD {name} is no longer in the chart: Helm leaves it and its objects, decide what becomes of them"
    for name in sorted(old.crds.keys() & new.crds.keys()):
        for version, served in old.crds[name].items():
            if served and not new.crds[name].get(version):
                yield f"CRD {name} no longer serves {version}: write our objects in another version first"
        if old.crds[name].keys() != new.crds[name].keys():
            yield f"CRD {name} has other versions: Helm does not change it, apply the new one first"


def _frozen(old: Reference, new: Reference, diff: tuple[str, ...]) -> Iterator[str]:
    changed = {
        line[1:].strip().partition(":")[0].strip('"- ') for line in diff if line[:1] in "+-" and line[:3] not in ("+++", "---")
    }
    changed |= {path.rpartition("/")[2] for path in old.keys.keys() ^ new.keys.keys()}
    for key in sorted(changed & FROZEN.keys()):
        yield f"{key} changes: {FROZEN[key]}"


def _app(old: Reference, new: Reference) -> Iterator[str]:
    if old.app_version != new.app_version and old.app_version and new.app_version:
        yield (
            f"the application goes from {old.app_version} to {new.app_version}: read its release notes, and raise its image in"
            " terraform/modules/images.json with the chart"
        )
