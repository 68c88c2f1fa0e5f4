"""`python -m tests.terraform.modules.sizes`: write the table of module sizing's README, from the module itself."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ballast.terraform import Server, Workspace

from .hcl import MODULES

README = MODULES / "sizing" / "README.md"
BEGIN, END = "<!-- BEGIN sizes -->", "<!-- END sizes -->"
INPUTS = ("services", "series", "high_cardinality_series", "logs_gb_a_day", "spans_gb_a_day", "nodes")
LOADS = {
    "small": dict(zip(INPUTS, (20, 200_000, 0, 50, 20, 12), strict=True)),
    "medium": dict(zip(INPUTS, (100, 1_000_000, 500_000, 500, 300, 20), strict=True)),
    "large": dict(zip(INPUTS, (1_000, 6_000_000, 3_000_000, 5_000, 3_000, 120), strict=True)),
}
WORDS = {
    "services": "services",
    "series": "active series",
    "high_cardinality_series": "series of VictoriaMetrics",
    "logs_gb_a_day": "GB of logs a day",
    "spans_gb_a_day": "GB of spans a day",
    "nodes": "nodes",
}
# `terraform test` and a plan evaluate one load; a root that asks for many at once answers in one plan.
ROOT = """
variable "loads" {
  type = map(object({
    services      = number, series         = number, high_cardinality_series = number
    logs_gb_a_day = number, spans_gb_a_day = number, nodes                   = number
  }))
}
variable "interval" { type = number }
module "sizing" {
  source                  = "./sizing"
  for_each                = var.loads
  load                    = each.value
  scrape_interval_seconds = var.interval
}
output "answers" { value = module.sizing }
"""


def answers(server: Server, folder: Path, loads: Mapping[str, Mapping[str, float]], interval: int = 5) -> dict[str, Any]:
    """The module's outputs for each of the loads."""
    root = folder / "root"
    root.mkdir(parents=True, exist_ok=True)
    module = root / "sizing"
    module.mkdir(parents=True, exist_ok=True)
    for file in (MODULES / "sizing").glob("*.tf"):
        (module / file.name).write_text(file.read_text())
    (root / "main.tf").write_text(ROOT)
    (root / "given.auto.tfvars.json").write_text(json.dumps({"loads": loads, "interval": interval}))
    with Workspace(root, into=folder / "shadow", server=server, mode="hermetic", announce=False) as workspace:
        workspace.init()
        done, plan = workspace.plan(capture=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = plan["planned_values"]["outputs"]["answers"]["value"]
    return found


def table(found: Mapping[str, Mapping[str, Any]]) -> str:
    """The README's table: a column a load, a row a part; totals last."""
    names = list(LOADS)
    rows = [f"| | {' | '.join(names)} |", "|---|" + "---|" * len(names)]
    rows += [f"| {word} | {' | '.join(f'{LOADS[n][key]:,}' for n in names)} |" for key, word in WORDS.items()]
    for component, size in found[names[0]]["sizing"].items():
        parts = size if all(isinstance(value, dict) for value in size.values()) else {"": size}
        for part in parts:
            cells = [_cell(found[n]["sizing"][component][part] if part else found[n]["sizing"][component]) for n in names]
            rows.append(f"| `{component}{f'.{part}' if part else ''}` | {' | '.join(cells)} |")
    rows.append(f"| partitions of spans | {' | '.join(str(found[n]['partitions']) for n in names)} |")
    for key, word in (("cpu", "cores"), ("memory_gb", "GB of memory"), ("storage_gb", "GB of disks")):
        sums = [sum(total[key] for total in found[n]["totals"].values()) for n in names]
        rows.append(f"| **{word} in all** | {' | '.join(f'{value:,.0f}' for value in sums)} |")
    for bucket in found[names[0]]["object_storage_gb_a_day"]:
        grows = [f"{found[n]['object_storage_gb_a_day'][bucket]:,}" for n in names]
        rows.append(f"| GB a day in bucket {bucket} | {' | '.join(grows)} |")
    return "\n".join(rows)


def with_table(readme: str, found: Mapping[str, Mapping[str, Any]]) -> str:
    """The README with the table between its markers."""
    return re.sub(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{table(found)}\n{END}", readme, flags=re.DOTALL)


def _cell(size: Mapping[str, Any]) -> str:
    many = f"{size['replicas']} × " if "replicas" in size else ""
    memory = size.get("memory") or f"{size['memory_mb'] / 1024:g}Gi"
    disk = f", {size['storage_gb']:,} GB" if "storage_gb" in size else ""
    return f"{many}{size['cpu']}, {memory}{disk}"


def main() -> int:
    with Server(MODULES.parent / "schemas") as server, tempfile.TemporaryDirectory() as folder:
        README.write_text(with_table(README.read_text(), answers(server, Path(folder), LOADS)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
