"""A template in a label or annotation that Prometheus cannot parse.

Prometheus renders the labels and annotations of alerts as Go templates. One that does not parse keeps the whole rule file from
being loaded, and with it every alert in it. Checked are the syntax, the blocks (`if`, `range`, `with` … `end`), the variables
(`$labels`, `$value`, `$externalLabels`, `$externalURL`) and the names of functions. Labels of a file or of an SLO stand on
recording rules, where nothing is rendered: a template there would be read as it is written.

Mend: go to the column of the message.

    - summary: "{{ $value | humanise }} errors"
    + summary: "{{ $value | humanize }} errors"
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import SloFile
from ballast.repo.position import Severity
from ballast.repo.template import FUNCTIONS, VARIABLES, template_problem
from ballast.repo.walk import label_sets


@check("spec/template", on=SloFile)
def templates(file: SloFile) -> Iterator[Issue]:
    """Every label and annotation that holds `{{`."""
    for where in label_sets(file):
        for name, value in where.values.items():
            if "{{" not in value:
                continue
            path = (*where.path, name)
            if where.on == "records":
                message = "a template here is not rendered: these labels stand on recording rules"
                yield Issue(path, message, "move it to `alerting.labels` or `alerting.annotations`", Severity.WARNING)
            elif problem := template_problem(value):
                message = f"the template does not parse: {problem.message}"
                yield Issue(path, message, _hint(problem.message), offset=problem.offset)


def _hint(message: str) -> str:
    word = message.split("`")[1] if message.count("`") >= 2 else ""
    near = difflib.get_close_matches(word, [*FUNCTIONS, *VARIABLES], n=1, cutoff=0.7)
    return f"did you mean `{near[0]}`?" if near and near[0] != word else ""
