"""A Sloth plugin, which Ballast does not run.

Sloth's SLI plugins are Go programs that write queries, its SLO plugins change the rules that it generates. Ballast runs no
foreign code while it compiles, and its rules differ on purpose.

Mend: write the queries that the plugin would write (`sloth generate` prints them), or use a short form.

    - sli:
    -   plugin: {id: sloth-common/kubernetes/apiserver/availability}
    + sli:
    +   events:
    +     error_query: sum(rate(apiserver_request_total{code=~"5.."}[{{.window}}]))
    +     total_query: sum(rate(apiserver_request_total[{{.window}}]))
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import SloFile


@check("slo/plugin", on=SloFile)
def plugin(file: SloFile) -> Iterator[Issue]:
    """SLI plugins (those of SLOs and files are refused while they are read)."""
    for index, slo in enumerate(file.slos):
        if slo.sli.plugin is not None:
            message = f"Sloth plugins are not run: `{slo.sli.plugin.id}`"
            hint = "write its queries under `events:` (`sloth generate` prints them), or use a short form"
            yield Issue(("slos", index, "sli", "plugin"), message, hint, at_key=True)
