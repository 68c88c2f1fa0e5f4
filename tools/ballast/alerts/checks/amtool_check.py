"""Alertmanager would not load its configuration.

`alerts/alertmanager.yaml` is generated from `alerts/routing.yaml` and goes to every cluster as it stands. `amtool check-config`
is what Alertmanager itself would say at its next reload, when it would keep the old configuration and page by that.

Mend: the value in `alerts/routing.yaml` that the message is about, then `ballast generate`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.alerts.tools import amtool
from ballast.findings import File, Finding, check, execute

_LINE = re.compile(r"line (\d+): ")


@check("alerts/amtool-check", on=File, reads=("alerts/alertmanager.yaml",), tool=amtool)
def amtool_check(file: File) -> Iterator[Finding]:
    """Have amtool read the file."""
    done = execute([amtool().path, "check-config", file.root / file.path], file.root, ok=(0, 1))
    if done.returncode == 0:
        return
    said = " ".join(f"{done.stdout} {done.stderr}".replace(str(file.root / file.path), file.path).split())
    reason = said.partition("FAILED: ")[2].removesuffix(" amtool: error: failed to validate 1 file(s)") or said
    line = _LINE.search(reason)
    yield file.finding(f"Alertmanager refuses it: {reason}", line=int(line[1]) if line else 1)
