"""A declaration of a Terraform module that nothing reads.

A variable that is taken and not used promises what does not happen: `zones` was asked for, and pods were not spread over
them. An output that no caller reads is kept up by everybody who changes the module, for nobody. A module's own test is no
reader.

Mend: use it, or take it out. An output of a module that is meant for people goes on to the root's outputs.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, Tree, check

READS = ("terraform/**/*.tf", "terraform/modules/*/tests/*.tftest.hcl")


@check("terraform/unused", on=Tree, reads=READS)
def unused(tree: Tree) -> Iterator[Finding]:
    """Variables, locals, data sources; outputs of modules that are called."""
    from ballast.terraform.unused import unused as found

    for one in found({file.path: file.text for file in tree.match(*READS)}):
        readers = "caller" if one.name.startswith("output.") else "line of its folder"
        yield Finding("", one.position, f"no {readers} reads {one.name}", "use it, or take it out")
