"""A command of an image does not do what it seems to.

A pipe ends as its last command does, so a failed download before `| tar` builds an image without it: `SHELL ["/bin/bash",
"-o", "pipefail", "-c"]` before it, or `set -o pipefail`. `CMD python app.py` runs a shell that keeps SIGTERM for itself: the
program is killed after the grace period, with what it had in hand. `cd` ends with its RUN. Of several CMD, ENTRYPOINT or
HEALTHCHECK only the last counts.

Mend: the JSON form (`CMD ["python", "-m", "app"]`), `WORKDIR`, `set -o pipefail`; take out what does not count.

      FROM scratch
      USER 65534:65534
    - CMD python -m ballast.gateway
    + CMD ["python", "-m", "ballast.gateway"]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.findings import Finding, Severity, check
from ballast.secrets.supply.dockerfile import Dockerfile, Stage

_PIPE = re.compile(r"(?<!\|)\|(?!\|)")


@check("images/shell", on=Dockerfile)
def shell(file: Dockerfile) -> Iterator[Finding]:
    """Pipes, forms, cd, and instructions that do not count."""
    for unknown in file.unknown:
        yield file.finding(unknown, f"{unknown.keyword} is no instruction")
    for stage in file.stages:
        yield from _stage(file, stage)


def _stage(file: Dockerfile, stage: Stage) -> Iterator[Finding]:
    careful = False
    for instruction in stage.body:
        if instruction.keyword == "SHELL":
            careful = "pipefail" in instruction.rest
        elif instruction.keyword == "RUN":
            script = re.sub(r"'[^']*'|\"[^\"]*\"|\bcase\b.*?\besac\b", "", instruction.script, flags=re.DOTALL)
            if _PIPE.search(script) and not careful and "pipefail" not in instruction.script:
                yield file.finding(instruction, "a command that fails before the pipe is not seen", "set -o pipefail (bash)")
            if re.fullmatch(r"cd\s+\S+", instruction.rest):
                yield file.finding(instruction, "cd ends with this RUN", "WORKDIR")
        elif instruction.keyword in ("CMD", "ENTRYPOINT"):
            if instruction.words is None and instruction.rest:
                mend = f'{instruction.keyword} ["program", "argument"]'
                yield file.finding(instruction, "a shell runs it and keeps SIGTERM for itself", mend)
        elif instruction.keyword == "WORKDIR" and not instruction.rest.strip("\"'").startswith(("/", "$")):
            yield file.finding(instruction, f"{instruction.rest} depends on where the base ended", "an absolute path")
        elif instruction.keyword == "MAINTAINER":
            mend = "LABEL org.opencontainers.image.authors=…"
            yield file.finding(instruction, "MAINTAINER is no longer used", mend, Severity.WARNING)
    for keyword in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
        several = [instruction for instruction in stage.body if instruction.keyword == keyword]
        for instruction in several[:-1]:
            yield file.finding(instruction, f"only the last {keyword} counts", "take it out")
