"""Exceptions of the search for secrets end: each is looked at again before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ballast.findings import Due, Tree, due
from ballast.secrets.allowed import FILE, read_allowed


@due("secrets/allowed")
def exceptions(tree: Tree, today: date) -> Iterable[Due]:
    """The last day of every entry of `.secrets-allowed.yaml`."""
    for file in tree.match(FILE):
        for entry in read_allowed(file.text, file.path).entries:
            yield Due(
                "secrets/allowed",
                entry.fingerprint or entry.github or f"{entry.shape} in {entry.path}",
                entry.expires,
                "an exception of the search for secrets ends",
                "take the secret out, or look at it again and set a new day",
                file.path,
                entry.position.line,
                entry.owner,
            )
