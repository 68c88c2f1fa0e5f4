"""A Terraform module that no root and no other module uses.

It is tested and upgraded for nobody, and looks as if it ran.

Mend: use it, remove it, or say above in its `main.tf` why it is kept:
`# ballast: skip-file graph/orphan-module because …`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, Severity, check
from ballast.graph.checks.subject import about
from ballast.graph.model import Graph


@check("graph/orphan-module", on=Graph, severity=Severity.WARNING, home=True)
def orphan_module(graph: Graph) -> Iterator[Finding]:
    """Modules are used by an `includes` link; roots are used by people."""
    for module in graph.of("module"):
        if module.facts.get("form") != "root" and not graph.before(module, "module"):
            yield about(module, f"nothing uses the module {module.name}", mend="use it in a root, or remove it")
