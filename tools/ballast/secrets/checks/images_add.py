"""Something comes into an image that nobody has looked at.

`ADD` with an address fetches whatever is there at that moment, and with an archive unpacks it wherever its paths lead. `curl |
sh` runs it besides. `COPY . .` takes in whatever lies around: keys, state, the history.

Mend: `COPY` what is named; fetch by `curl -o` and check the hash (`sha256sum -c`) in the same RUN; begin the `.dockerignore`
with `*` and let in what is named.

      FROM scratch
      USER 65534:65534
    - ADD https://example.com/tool.tar.gz /opt
    + COPY tools /opt/tools
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.findings import Finding, Tree, check
from ballast.secrets.supply.dockerfile import READS, Dockerfile, Instruction

_PIPED = re.compile(r"\b(?:curl|wget)\b[^|;&]*\|\s*(?:sudo\s+)?(?:\w*sh|python\d?|perl)\b")
_ADDRESS = re.compile(r"https?://|ftp://|git@")
IGNORES = (*(f"{glob}.dockerignore" for glob in READS[:3]), "**/.dockerignore")


@check("images/add", on=Dockerfile, reads=IGNORES)
def add(file: Dockerfile, tree: Tree) -> Iterator[Finding]:
    """ADD, COPY of everything, and what is piped into a shell."""
    for instruction in file.instructions:
        if instruction.keyword == "ADD":
            yield from _added(file, instruction)
        elif instruction.keyword == "COPY" and not any(name == "from" for name, _ in instruction.flags):
            words = instruction.words or instruction.rest.split()
            if words and words[0].rstrip("/") in (".", "*", "") and not _closed(file, tree):
                yield file.finding(
                    instruction, "this takes in everything that lies around", "copy what is named, or ignore `*`"
                )
        elif instruction.keyword == "RUN" and _PIPED.search(instruction.script):
            yield file.finding(instruction, "what is fetched is run unseen", "fetch it, check its hash, then run it")


def _added(file: Dockerfile, instruction: Instruction) -> Iterator[Finding]:
    checked = any(name == "checksum" for name, _ in instruction.flags)
    if _ADDRESS.search(instruction.rest):
        if not checked:
            yield file.finding(
                instruction, "ADD fetches what nobody has looked at", "ADD --checksum=sha256:…, or curl and sha256sum -c"
            )
    else:
        yield file.finding(instruction, "ADD unpacks archives wherever their paths lead", "COPY")


def _closed(file: Dockerfile, tree: Tree) -> bool:
    """Whether the file beside it lets nothing in that is not named."""
    own = f"{file.source.path}.dockerignore"
    paths = [own, ".dockerignore", file.source.path.rpartition("/")[0] + "/.dockerignore"]
    first = next((tree[path] for path in paths if path in tree), None)
    lines = [line.strip() for line in first.lines if line.strip() and not line.startswith("#")] if first else []
    return bool(lines) and lines[0] in ("*", "**")
