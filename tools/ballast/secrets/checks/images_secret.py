"""A secret would stay in an image.

Arguments and environment variables are in the image's history for whoever pulls it; a file that a later RUN deletes is still in
the layer before.

Mend: `RUN --mount=type=secret,id=NAME` while it is built; Vault or a mounted file while it runs.

      FROM scratch
      USER 65534:65534
    - ENV API_TOKEN=x
    + ENV API_TOKEN_FILE=/run/secrets/token
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.findings import Finding, check
from ballast.secrets.supply.dockerfile import Dockerfile

_NAME = re.compile(r"(?i)(?:^|_)(?:password|passwd|secret|token|api_?key|access_?key|private_?key|credentials?)$")
_FILES = re.compile(
    r"(?:^|[\s/\"])(?:\.env|\.netrc|\.npmrc|\.pypirc|id_(?:rsa|ed25519|ecdsa)|[\w.-]+\.(?:pem|key|p12|tfstate))(?=[\s\"\]]|$)"
)


@check("images/secret", on=Dockerfile)
def secret(file: Dockerfile) -> Iterator[Finding]:
    """Names of arguments and variables, and files that are keys."""
    for instruction in file.instructions:
        if instruction.keyword in ("ARG", "ENV"):
            for name in _names(instruction.rest, instruction.keyword):
                if _NAME.search(name):
                    yield file.finding(instruction, f"{name} would be in the image's history", "RUN --mount=type=secret,id=…")
        elif instruction.keyword in ("COPY", "ADD") and (match := _FILES.search(instruction.rest)):
            yield file.finding(instruction, f"{match[0].strip(' /"')} would be in a layer for ever", "mount it where it runs")


def _names(rest: str, keyword: str) -> list[str]:
    if "=" not in rest:
        return rest.split()[: 1 if keyword == "ENV" else None]
    return re.findall(r"(?:^|\s)(\w+)=", rest)
