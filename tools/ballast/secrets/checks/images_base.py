"""An image is built on one that may be another tomorrow.

A tag is a name that its owner moves: two builds of one commit differ, and nobody chose what came in. A digest names the
content. Where the base is an argument, its default (if any) has a digest, and a build that is given none stops.

Mend: write `name:tag@sha256:…`; `docker buildx imagetools inspect name:tag` prints the digest.

    - FROM docker.io/library/python:3.13-slim
    + FROM docker.io/library/python:3.13-slim@sha256:d97b595c5f4ac718102e5a5a91adaf04b22e852961a698411637c718d45867c8
      USER 65534:65534
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.findings import Finding, check
from ballast.secrets.supply.dockerfile import Dockerfile, Instruction

DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_ARGUMENT = re.compile(r"\$\{?(\w+)(?::?[-+][^}]*)?\}?$")


@check("images/base", on=Dockerfile)
def base(file: Dockerfile) -> Iterator[Finding]:
    """Every FROM that names no stage before it."""
    named: set[str] = set()
    for stage in file.stages:
        if stage.base not in named | {"scratch"}:
            yield from _judge(file, stage.base, stage.start)
        named.add(stage.name)


def _judge(file: Dockerfile, image: str, where: Instruction) -> Iterator[Finding]:
    if not image:
        yield file.finding(where, "this FROM names no image")
    elif argument := _ARGUMENT.match(image):
        defaults = [a.rest.partition("=")[2] for a in file.arguments if a.rest.partition("=")[0].strip() == argument[1]]
        if not defaults:
            yield file.finding(where, f"{argument[1]} is no argument before the first FROM", f"add `ARG {argument[1]}` on top")
        elif defaults[-1] and not DIGEST.search(defaults[-1]):
            yield file.finding(
                where, f"the default of {argument[1]} has no digest", "write it as name@sha256:…, or leave it out"
            )
        elif not defaults[-1] and not any("@sha256:" in i.script for i in file.instructions if i.keyword == "RUN"):
            said = f"nothing stops a build whose {argument[1]} has no digest"
            yield file.finding(where, said, f'begin with RUN case "${{{argument[1]}}}" in *@sha256:*) ;; *) exit 1 ;; esac')
    elif not DIGEST.search(image):
        tag = image.rpartition("/")[2].partition(":")[2] or "latest"
        yield file.finding(where, f"{image} has no digest: `{tag}` may be another image tomorrow", "write it as name@sha256:…")
