"""A `.lint` file excludes a rule that does not exist, or without saying why.

dashboard-linter and Ballast read `.lint` from a dashboard's folder. An exclusion for a rule that does not exist hides nothing
and looks as if it did; one without a reason cannot be reviewed.

Mend: name a rule that exists (`ballast explain --list`), and give `reason:`.

    exclusions:
      target-instance-rule:
        reason: Totals are across all instances.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.exclusions import NAME, check_id
from ballast.dashboards.model import listing, mapping
from ballast.dashboards.rule import rules
from ballast.findings import File, Finding, Severity, check
from ballast.repo.source import read

# Rules of dashboard-linter that are settings there, or that others of ours cover.
FOREIGN = {
    "dashboards/target-logql-auto",
    "dashboards/target-required-matchers",
    "dashboards/template-required-variables",
    "dashboards/template-variable-matchers",
}


@check("dashboards/exclusions", on=File, severity=Severity.WARNING, reads=(f"dashboards/**/{NAME}",))
def sound(file: File) -> Iterator[Finding]:
    """Look at each rule that the file names."""
    documents, problems = read(file.path, file.data)
    yield from map(Finding.of, problems)
    for document in documents:
        for section in ("exclusions", "warnings"):
            for rule, body in mapping(mapping(document.data).get(section)).items():
                place = document.text.place(document.number, (section, rule), key=True)
                if check_id(str(rule)) not in rules().keys() | FOREIGN:
                    message, mend = f"there is no rule {rule}", "`ballast explain --list` shows all rules"
                elif not _reasons(mapping(body)):
                    message, mend = f"{rule} is excluded without a reason", "add `reason:` below it"
                else:
                    continue
                yield file.finding(message, line=place.line, column=place.column, width=len(str(rule)), mend=mend)


def _reasons(body: dict[str, object]) -> bool:
    entries = listing(body.get("entries"))
    return bool(body.get("reason")) or bool(entries and all(mapping(entry).get("reason") for entry in entries))
