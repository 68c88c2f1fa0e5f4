"""A Helm chart is not pinned, or a release does not take its chart from the one place where charts are pinned.

What is deployed must not change without a commit, and a bump must be one line. Values are checked by `ballast charts check`,
which needs the charts themselves.

Mend: `terraform/modules/charts.json` holds one exact version a chart; a release reads `repository`, `chart` and `version` from
it. Values are one document, `values = [yamlencode(local.values)]`: `set` and `set_sensitive` bypass types and end in the state.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, Severity, Tree, check
from ballast.repo import CannotRun, Position
from ballast.terraform.charts.catalog import CATALOG, read_catalog, unpinned
from ballast.terraform.charts.check import ID, PAGE
from ballast.terraform.hcl import Unreadable, parse

_SETTERS = ("set", "set_list", "set_sensitive", "set_wo")


@check(
    "charts/pinned", on=Tree, reads=(CATALOG, "terraform/modules/*/*.tf", "terraform/environments/**/*.tf"), emits={ID: PAGE}
)
def charts(tree: Tree) -> Iterator[Finding]:
    """Read the catalogue and every release."""
    if CATALOG not in tree:
        return
    try:
        catalog = read_catalog(tree.root)
    except CannotRun as error:
        yield Finding("", Position(CATALOG), str(error))
        return
    yield from (Finding("", c.position, f"{c.name}: {said}", "pin it") for c in catalog.values() if (said := unpinned(c)))
    used: set[str] = set()
    for file in tree.match("terraform/modules/*/*.tf", "terraform/environments/**/*.tf"):
        used |= {name for name in catalog if f'"{name}"' in file.text}
        if "helm_release" not in file.text:
            continue
        try:
            body = parse(file.text, file.path)
        except Unreadable:
            continue  # terraform/plan says so
        for release in body.each("resource"):
            if release.label != "helm_release":
                continue
            version = release.attributes.get("version")
            chart = release.attributes.get("chart")
            ours = chart is not None and "path.module" in chart.text
            if not ours and (version is None or version.literal is not None):
                yield file.finding(
                    f"{release.labels[1]}: its version does not come from {CATALOG}",
                    line=release.line,
                    mend='version = jsondecode(file("${path.module}/../charts.json"))["NAME"].version',
                )
            for setter in _SETTERS:
                if setter in release.attributes or any(release.each(setter)):
                    said = f"{release.labels[1]}: `{setter}` bypasses the typed values and ends in the state"
                    yield file.finding(said, line=release.line, mend="put it into values; secrets are mounted as files")
    for name, entry in catalog.items():
        if name not in used:
            yield Finding("", entry.position, f"no module uses {name}", "take it out", Severity.NOTE)
