"""A comment that silences a finding says no reason or names no check.

`# ballast: skip alerts/for until 2027-01-01 because the exporter restarts nightly` above or in a rule silences that check
on it; `skip-file` is for the file. Without a reason or with a check that does not exist it does nothing. When its day has
passed, `ballast due` lists it. pint's comments (`# pint disable …`, `# pint snooze …`) are read as they are.

Mend: add `because …`, name a check, or remove the comment.

    - # ballast: skip alerts/for
    - for: 0s
    + # ballast: skip alerts/for because a tool of ours reads the key
    + for: 0s
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.model import RuleFile
from ballast.findings import Finding, Severity, check, checks
from ballast.findings.select import named
from ballast.findings.silence import silences


@check("lint/silence", on=RuleFile, severity=Severity.WARNING)
def lint_silence(file: RuleFile) -> Iterator[Finding]:
    """Every such comment."""
    if b"ballast:" not in file.source.data:
        return
    ids = [id_ for known in checks() for id_ in known.pages]
    for silence in silences(file.source.text):
        if silence.foreign:
            continue
        column = file.source.lines[silence.at - 1].find("#") + 1
        unknown = [name for name in silence.checks if not any(named(id_, [name]) for id_ in ids)]
        said = silence.wrong
        if not said and unknown:
            said = f"there is no check {unknown[0]}"
        if said:
            yield file.source.finding(f"the comment silences nothing: {said}", line=silence.at, column=column)
