"""An object given to a module has a key that the module's variable does not know.

Terraform converts objects to their declared type and drops other keys without a word: a misspelt `max_node = 9` leaves the
default of `max_nodes` in force, and nobody is told.

Mend: write the key as the variable's type has it; the message names the nearest.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, Tree, check
from ballast.repo import Position

READS = ("terraform/**/*.tf", "terraform/**/*.tfvars")


@check("terraform/arguments", on=Tree, reads=READS)
def arguments(tree: Tree) -> Iterator[Finding]:
    """Every call of a local module, and every tfvars file."""
    from ballast.terraform.arguments import unknown_keys
    from ballast.terraform.hcl import Unreadable

    try:
        for found in unknown_keys({file.path: file.text for file in tree.match(*READS)}):
            meant = f"write {found.near}" if found.near else "take it out, or declare it in the variable's type"
            said = f"{found.argument} has no {found.key}: Terraform drops it in silence"
            yield Finding("", Position(found.path, found.line, found.column), said, meant, width=len(found.key))
    except Unreadable as error:
        yield Finding.of(error.problem)
