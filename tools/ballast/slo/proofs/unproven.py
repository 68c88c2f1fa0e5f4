"""An SLO of which some behaviour of the alerts could not be proven.

Proofs feed series to the rules, so they have to know which series make a good and a bad event. They find that out from the
queries, as long as these are sums of rates (`sum(rate(a[{{.window}}])) - sum(rate(b[{{.window}}]))`) or of gauges. A quantile,
a product or an `offset` is none; then the alerts are compiled, and nothing shows that they fire.

Mend: write the SLI as counts of bad and of all events, for latency with the short form `latency` or with a histogram's bucket:
`sum(rate(request_seconds_count[{{.window}}])) - sum(rate(request_seconds_bucket{le="0.5"}[{{.window}}]))`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, check
from ballast.repo import Repository, Severity
from ballast.slo.files import compile_repository
from ballast.slo.proofs.scenarios import proofs_of

__all__ = ["unproven"]


@check("slo/unproven", on=Repository, severity=Severity.NOTE)
def unproven(repository: Repository) -> Iterator[Finding]:
    """One finding for each SLO, with what is not proven of it."""
    places = {
        (document.model.service, slo.name): document.position("slos", n, "sli")
        for document in repository.slo_files
        for n, slo in enumerate(document.model.slos)
    }
    for compiled in compile_repository(repository):
        for slo in compiled.slos:
            for reason in proofs_of(slo).unproven:
                yield Finding("", places[slo.service, slo.slo.name], f"unproven: {reason}")
