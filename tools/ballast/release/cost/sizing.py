"""What a platform root stores, from its `load` and terraform/modules/sizing: disks, and objects in buckets."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from ballast.release.cost.charges import Line
from ballast.release.cost.interval import Interval
from ballast.repo import CannotRun

MODULE = "terraform/modules/sizing"
DISKS = {"aws": "ebs-gp3", "gcp": "pd-balanced"}
OBJECTS = {"aws": "s3-standard", "gcp": "gcs-standard"}


def stored(repo: Path, cloud: str, plan: Mapping[str, Any]) -> Iterator[tuple[str, Line]]:
    """Lines by what they are of (`prometheus`, `objects of logs`); none for a plan without `load`.

    The core evaluates the module with the plan's own load. Raises CannotRun where it cannot.
    """
    load = ((plan.get("variables") or {}).get("load") or {}).get("value")
    if not isinstance(load, dict) or cloud not in DISKS or not (repo / MODULE).is_dir():
        return
    outputs = _evaluate(repo, load)
    for component, needs in sorted(outputs["totals"].items()):
        if gigabytes := Decimal(str(needs["storage_gb"])):
            yield component, Line(DISKS[cloud], Interval(gigabytes, gigabytes), "disks, by the sizing model")
    days = _retention(plan)
    for kind, a_day in sorted(outputs["object_storage_gb_a_day"].items()):
        daily = Decimal(str(a_day))
        # From the mean of the first month to what stands there when retention first takes as much as a day adds.
        full = daily * max(days.get(kind, 0), 30)
        yield (
            f"objects of {kind}",
            Line(OBJECTS[cloud], Interval(daily * 15, full), "objects, by sizing and retention"),
        )


def _retention(plan: Mapping[str, Any]) -> dict[str, int]:
    given = ((plan.get("variables") or {}).get("retention_days") or {}).get("value") or {}
    metrics = given.get("metrics") or {}
    return {
        "metrics": max((int(v) for v in metrics.values()), default=0),
        "logs": int(given.get("logs") or 0),
        "traces": int(given.get("traces") or 0),
    }


def _evaluate(repo: Path, load: dict[str, Any]) -> dict[str, Any]:
    from ballast.terraform import Workspace

    with (
        tempfile.TemporaryDirectory(prefix="ballast-sizing-") as into,
        Workspace(repo / MODULE, into=Path(into), mode="hermetic", announce=False) as tf,
    ):
        tf.init()
        done, plan = tf.plan("-input=false", f"-var=load={json.dumps(load)}", capture=True)
        if not plan:
            raise CannotRun(f"{MODULE} cannot be evaluated: {done.stderr.strip()}")
        return {name: output.get("value") for name, output in plan["planned_values"]["outputs"].items()}
