"""A label or annotation that Prometheus refuses, or that breaks the way of an alert.

A label's name is made of letters, digits and `_` and does not begin with a digit; `__…` is Prometheus' own. An empty label is
no label at all. Every alert carries `severity`, `tier`, `service` and `owner`, which Alertmanager's routes and inhibitions
read: a label of that name under `alerting:` takes their place, as in Sloth, and the page may reach nobody. `slo`, `alertname`
and `sloth_…` say which SLO it is, and stay what Ballast makes them. Both are warnings, in this repository only: Sloth's own
examples set `severity`, and compile without a word anywhere else.

Mend: choose another name.

    - labels: {team-name: payments}
    + labels: {team_name: payments}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.repo.checks.registry import All, Found, check, check_across
from ballast.repo.issue import Issue
from ballast.repo.models import SloFile
from ballast.repo.names import LABEL_NAME
from ballast.repo.position import Severity
from ballast.repo.walk import label_sets

ROUTED = frozenset({"severity", "tier", "service", "owner"})
FIXED = frozenset({"alertname", "slo", "sloth_id", "sloth_service", "sloth_severity", "sloth_slo", "sloth_window"})


@check("spec/label", on=SloFile)
def labels(file: SloFile) -> Iterator[Issue]:
    """Names and values of every label and annotation of a file."""
    for where in label_sets(file):
        for name, value in where.values.items():
            if not LABEL_NAME.fullmatch(name):
                what = "an annotation" if where.on == "annotations" else "a label"
                yield Issue((*where.path, name), f"{name!r} cannot name {what}", _better(name), at_key=True)
            elif where.on == "annotations":
                continue
            elif name.startswith("__"):
                message = f"the label `{name}` belongs to Prometheus itself"
                yield Issue((*where.path, name), message, "choose a name without `__`", at_key=True)
            elif not value:
                message = f"the label `{name}` is empty, which is the same as no label"
                yield Issue((*where.path, name), message, "give it a value, or remove it")


@check_across("spec/label", severity=Severity.WARNING)
def meddling(everything: All) -> Iterator[Found]:
    """Labels that take the place of Ballast's, or try to."""
    for document in everything.slo_files if everything.complete else ():
        for where in label_sets(document.model):
            for name in where.values if where.on != "annotations" else ():
                if name in FIXED:
                    message = f"`{name}` is Ballast's own label: this value is not used"
                elif name in ROUTED and where.on == "alerts":
                    message = f"this `{name}` takes the place of the one that Alertmanager's routes read"
                else:
                    continue
                yield document, Issue((*where.path, name), message, f"call it something else: `team_{name}`", at_key=True)


def _better(name: str) -> str:
    return f"letters, digits and `_`: {re.sub(r'[^a-zA-Z0-9_]', '_', name).lstrip('0123456789') or 'name'}"
