"""Application configuration that a root renders is not what its application reads.

Prometheus' and the rules are checked by promtool, Alertmanager's by amtool, Thanos' by Thanos itself. For Loki, Tempo, Grafana,
Vault, the OpenTelemetry collector and the blackbox exporter no binary can be had here: their configuration is compared with a
schema written from their references (tools/ballast/terraform/platform/schemas), which knows names, types and enumerations, and
not what the application would refuse for other reasons.

Mend: the module's configuration local, at the line that the finding names. `ballast render ROOT` writes all of it to files.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, Tree, check
from ballast.terraform.platform import read_plan
from ballast.terraform.platform.verify import verify
from ballast.terraform.roots import plan_roots

ROOTS = "terraform/environments/*/*/platform/versions.tf"


@check(
    "platform/configuration",
    on=Tree,
    reads=("terraform/environments/**", "terraform/modules/**", "terraform/schemas/**", "alerts/**", "dashboards/**"),
)
def configuration(tree: Tree) -> Iterator[Finding]:
    """Plan the platform roots and check what they render."""
    roots = [file.path.removesuffix("/versions.tf") for file in tree.match(ROOTS)]
    for planned in plan_roots(tree.root, roots):
        if planned.plan:  # else terraform/plan says why not
            yield from verify(tree.root, planned.root, planned.plan, read_plan(planned.plan, planned.root))
