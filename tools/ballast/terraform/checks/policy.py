"""A root would build something that breaks a policy of checkov's.

Every root under terraform/environments is planned on hermetic providers, and applied where only an apply knows what its IAM
documents say; then checkov looks at all of them at once, with its own policies and with ours (`policy/…`).

Mend: what the message says, in the module's call or in the module. Where a policy does not fit, terraform/policy.yaml takes its
id, the resources and the reason; an exception that excepts nothing any more is found as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from ballast.findings import Finding, Severity, Tree, check
from ballast.repo import Position
from ballast.terraform.addresses import locate
from ballast.terraform.policy import FILE, Exemption, Violation, judge, pages, read
from ballast.terraform.policy.engine import LOCK
from ballast.terraform.roots import plan_roots

ROOTS = "terraform/environments/**/versions.tf"
PLAN_PAGE = """A root cannot be planned or applied on hermetic providers.

What Terraform's core or a provider's schema refuses here, a pull request's plan would refuse as well.

Mend: what the message says; `ballast tf plan ROOT` repeats it alone."""


@check(
    "terraform/policy",
    on=Tree,
    reads=("terraform/environments/**", "terraform/modules/**", "terraform/schemas/**", FILE, LOCK.as_posix()),
    emits=pages() | {"terraform/plan": PLAN_PAGE},
)
def policy(tree: Tree) -> Iterator[Finding]:
    """Plan all roots, judge them in one run of checkov."""
    roots = [file.path.removesuffix("/versions.tf") for file in tree.match(ROOTS)]
    planned = plan_roots(tree.root, roots, apply="documents")
    for root in planned:
        for position, words in root.problems:
            yield Finding("terraform/plan", position, words, f"repeat it with: ballast tf plan {root.root}")
    plans = {root.root: root.made for root in planned if root.made}
    exemptions, wrong = read(tree[FILE].text) if FILE in tree else ([], [])
    yield from (Finding("", position, said, "see the file's head") for position, said in wrong)
    yield from findings(tree, plans, judge(tree.root, plans), exemptions)


def findings(
    tree: Tree, plans: Mapping[str, Mapping[str, Any]], violations: list[Violation], exemptions: list[Exemption]
) -> Iterator[Finding]:
    """A finding for each place and policy, however many roots and instances share it; and exceptions that nothing needs."""
    used: set[Exemption] = set()
    by_place: dict[tuple[Position, str, str], list[Violation]] = defaultdict(list)
    for violation in violations:
        fitting = [e for e in exemptions if e.covers(violation.policy, violation.address)]
        used.update(fitting)
        if not fitting:
            place = locate(tree.root, tree.root / violation.plan, plans[violation.plan], violation.address)
            by_place[place, violation.policy, violation.message].append(violation)
    for (place, name, message), shared in by_place.items():
        first, more = shared[0], len(shared) - 1
        where = f"{first.address} of {first.plan}" + (f" and {more} more" if more else "")
        if first.ours:
            yield Finding(f"policy/{name}", place, f"{where}: {message}", f"ballast explain policy/{name}")
        else:
            mend = f"change it, or except {name} in {FILE} with the reason"
            severity = Severity.WARNING if first.crashed else Severity.ERROR
            yield Finding("", place, f"{name}: {where}: {message}", mend, severity)
    for exemption in exemptions:
        if exemption not in used:
            said = f"nothing needs this exception from {exemption.policy} any more"
            yield Finding("", exemption.position, said, "take it out", Severity.WARNING)
