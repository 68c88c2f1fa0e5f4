"""A test of a Terraform module fails.

Each module under terraform/modules has tests/*.tftest.hcl; they run on hermetic providers, in a copy of the module that nothing
protects from being destroyed again.

Mend: what the failed assertion says; `ballast tf test MODULE` repeats it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ballast.findings import File, Finding, Tool, Tree, check
from ballast.terraform.core import fingerprint

MODULE = "terraform/modules/*/versions.tf"
SOURCE = re.compile(r'^\s*source\s*=\s*"\.\./([\w-]+)"', re.MULTILINE)
COVERAGE_PAGE = """Something of a Terraform module is exercised by none of its tests.

Every variable is set to something else than its default, every output asserted, every resource made, both sides of each count,
for_each and conditional taken, and every validation, precondition, postcondition and check made to fail. What no test has seen
is what breaks in an apply.

Mend: the run that the message asks for, in the module's tests/*.tftest.hcl; `ballast tf coverage MODULE` measures it again."""


def terraform() -> Tool:
    """The core, and what plays the providers: a result holds for both."""
    path, core = fingerprint()
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(Path(__file__).parents[1].rglob("*")):
        if path.suffix in (".py", ".yaml"):
            digest.update(path.read_bytes())
    return Tool("terraform", path, f"{core} {digest.hexdigest()}")


def of_module(file: File, tree: Tree) -> Iterable[str]:
    """Every file of the module, and of those that it calls."""
    todo, seen = [file.path.split("/")[2]], set[str]()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            for found in tree.match(f"terraform/modules/{name}/**"):
                yield found.path
                if found.path.endswith(".tf"):
                    todo += SOURCE.findall(found.text)


@check(
    "terraform/tests",
    on=File,
    reads=(MODULE,),
    also=("terraform/schemas/**", "terraform/modules/*.json"),
    needs=of_module,
    tool=terraform,
    emits={"terraform/coverage": COVERAGE_PAGE},
)
def module_tests(file: File) -> Iterator[Finding]:
    """Run the module's tests once: whether they pass, and what they leave out."""
    from ballast.terraform.coverage import measure
    from ballast.terraform.hcl import Unreadable

    name = file.path.rpartition("/")[0]
    try:
        found = measure(file.root / name)
    except Unreadable as error:
        yield Finding.of(error.problem)
        return
    for failure in found.failures:
        yield Finding("terraform/tests", failure.position, failure.message, f"repeat it with: ballast tf test {name}")
    if not found.failures:  # what a failed run would have exercised is not known
        for item in found.missing:
            yield Finding("terraform/coverage", item.position, f"{item.key}: no test exercises it", f"write {item.mend}")
