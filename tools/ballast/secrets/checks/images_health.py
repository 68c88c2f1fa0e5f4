"""Nothing says whether a container of this image works.

Docker and Podman restart what has ended, and know nothing of a process that hangs. (Kubernetes ignores HEALTHCHECK; its probes
are the module's.) An image whose command ends by itself says so: `HEALTHCHECK NONE`.

Mend: `HEALTHCHECK CMD ["program", …]` that asks the health port, or `HEALTHCHECK NONE`.

      FROM scratch
      USER 65534:65534
    - CMD ["/app"]
    + HEALTHCHECK CMD ["/app", "health"]
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, Severity, check
from ballast.secrets.supply.dockerfile import Dockerfile


@check("images/health", on=Dockerfile, severity=Severity.WARNING)
def health(file: Dockerfile) -> Iterator[Finding]:
    """The last stage, where it runs something."""
    if not file.stages:
        return
    stage = file.stages[-1]
    runs = file.inherited(stage, "CMD") or file.inherited(stage, "ENTRYPOINT")
    if runs and not file.inherited(stage, "HEALTHCHECK"):
        yield file.finding(runs, "nothing says whether it works", "HEALTHCHECK CMD […], or HEALTHCHECK NONE")
