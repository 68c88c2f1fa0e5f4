"""A module uses a type that no schema snapshot has, or a snapshot has a type that nothing uses.

Hermetic Terraform plays providers from `terraform/schemas/`. A type that is missing there cannot be validated, planned or
tested without a cloud; one that is left over is dead weight that every start of the provider reads.

Mend: `ballast schemas add TYPE --from DIR` (a folder of full provider schemas) or `ballast schemas prune`; a function must be
one of those in `tools/ballast/terraform/hermetic/functions.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ballast.findings import Finding, Severity, Tree, check
from ballast.terraform.hermetic.functions import FUNCTIONS
from ballast.terraform.snapshots import PROVIDERS, Document, TypeRef
from ballast.terraform.usage import uses

SNAPSHOTS = "terraform/schemas/*.json"


@check("terraform/schemas", on=Tree, reads=("terraform/**/*.tf", SNAPSHOTS))
def schemas(tree: Tree) -> Iterator[Finding]:
    """Compare what is used with what there is."""
    known: dict[TypeRef, str] = {}
    for file in tree.match(SNAPSHOTS):
        known |= dict.fromkeys(Document.parse(file.data, file.path).types(), file.path)
    used: set[TypeRef] = set()
    for file in tree.match("terraform/**/*.tf"):
        for use in uses(file.text):
            here = partial(file.finding, line=use.line, column=use.column, width=len(use.name))
            if use.kind == "function":
                provider, _, name = use.name.partition("::")
                if name not in FUNCTIONS.get(PROVIDERS.get(provider, ""), {}):
                    yield here(f"no provider function {use.name} is played")
                continue
            used.add(use.ref)
            if use.ref not in known:
                yield here(f"{use.ref} is in no schema snapshot", mend=f"ballast schemas add {use.ref} --from DIR")
    for ref in sorted(set(known) - used):
        line = next((n for n, text in enumerate(tree[known[ref]].lines, 1) if text.startswith(f'"{ref.name}":')), 1)
        yield tree[known[ref]].finding(f"nothing uses {ref}", line=line, mend="ballast schemas prune", severity=Severity.NOTE)
