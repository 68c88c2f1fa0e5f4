"""Which commands of a step take something away that does not come back by itself."""

from __future__ import annotations

import re

from ballast.runbooks.page import Step

# Each pattern, and what it is called in a message. A restart or a rollback is none: what was there comes back.
PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"\bkubectl\b.*\s(delete|drain)\s", "kubectl {1}"),
        (r"\bkubectl\b.*\sscale\s.*--replicas[= ]0\b", "kubectl scale --replicas=0"),
        (r"\bkubectl\b.*\sreplace\s.*--force", "kubectl replace --force"),
        (r"\bhelm\s(?:.*\s)?(uninstall|rollback)\b", "helm {1}"),
        (r"\bterraform\s(?:.*\s)?(destroy|apply)\b", "terraform {1}"),
        (r"\baws\s(?:.*\s)?(delete-[\w-]+|terminate-[\w-]+|rb|rm)\b", "aws {1}"),
        (r"\bgcloud\s(?:.*\s)?(delete|destroy|reset)\b", "gcloud {1}"),
        (r"\bvault\s(?:.*\s)?(snapshot restore|operator init|operator seal|token revoke|kv (?:delete|destroy))\b", "vault {1}"),
        (r"(?:^|[\s;&|'\"])(rm|shred|mkfs[.\w]*|truncate)\s+\S", "{1}"),
        (r"\bdd\s.*\bof=", "dd"),
        (r"(?i)\b(drop|truncate)\s+(?:table|database|schema|index)\b|\b(delete)\s+from\b", "SQL {1}{2}"),
        (r"\bpg_(terminate|cancel)_backend\b", "pg_{1}_backend"),
        (r"\bcurl\b.*-X\s*(DELETE|PUT)\b", "curl -X {1}"),
        (r"\bDROP_CACHES\b|/proc/sysrq-trigger", "sysrq"),
    )
)
_REQUEST = re.compile(r"^(DELETE|PUT)\s")


def destructive_command(step: Step) -> tuple[str, int]:
    """The first such command of a step and its line; ("", 0) where there is none. Queries have none."""
    block = step.block
    if block is None or block.language not in ("bash", "kubectl", "http"):
        return "", 0
    joined = block.text.replace("\\\n", "  ")
    for number, line in enumerate(joined.split("\n"), block.line):
        if line.lstrip().startswith("#"):
            continue
        if block.language == "http":
            if request := _REQUEST.match(line):
                return f"HTTP {request[1]}", number
            continue
        for pattern, name in PATTERNS:
            if found := pattern.search(line):
                return name.format(*([found[0], *(group or "" for group in found.groups())])), number
    return "", 0
