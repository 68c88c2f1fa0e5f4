"""A container would run as root.

Whoever breaks out of a process of root is root on the node, unless something else stops them. Kubernetes' `runAsNonRoot`
refuses names, for it cannot tell what number they have: the last USER of the image is a number other than 0.

Mend: end the last stage with `USER 65534:65534`, and give nothing to that user.

      FROM scratch
    - USER root
    + USER 65534:65534
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.findings import Finding, check
from ballast.secrets.supply.dockerfile import Dockerfile


@check("images/user", on=Dockerfile)
def user(file: Dockerfile) -> Iterator[Finding]:
    """The last stage, which is what runs."""
    if not file.stages:
        return
    stage = file.stages[-1]
    last = file.inherited(stage, "USER")
    mend = "USER 65534:65534"
    if last is None:
        yield file.finding(stage.start, "nothing says as whom it runs: that is root", mend)
    elif re.match(r"(?:root|0+)(?::|$)", last.rest):
        yield file.finding(last, f"it runs as {last.rest}", mend)
    elif not re.match(r"\d+(?::\d+)?$", last.rest):
        yield file.finding(last, f"{last.rest} is no number, so `runAsNonRoot` refuses it", mend)
