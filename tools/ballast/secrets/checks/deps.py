"""An exception in `images/exceptions.yaml` is not one.

It accepts one advisory, in one package or in all, for a reason, by an owner, until a day. One that lacks any of these accepts
nothing. (`ballast deps audit` tells which have ended, and which nothing needs any more; `ballast due` before they end.)

Mend: write the missing key; the finding says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from ballast.findings import Due, File, Finding, Tree, check, due
from ballast.secrets.exceptions import entries
from ballast.secrets.supply.audit import FILE, about

ADVISORY = """A pinned package has a known vulnerability.

`ballast deps audit` asks OSV about every package of every requirements lock and every module of the toolchain's go.mod files.
HIGH and CRITICAL ones, and those whose severity nobody states, are errors.

Mend: take a fixed version (`make lock`, or `go get` in the tool's folder), or accept it in `images/exceptions.yaml`.
"""


@check("deps/exceptions", on=File, reads=("images/exceptions.{yaml,yml}",), emits={"deps/advisory": ADVISORY})
def exceptions(file: File) -> Iterator[Finding]:
    """Each entry; no date matters here."""
    for where, said in entries(file.text, file.path, ("advisory", "package"), about)[1]:
        yield file.finding(said, line=where.line, column=where.column, mend="write what is missing")


@due("deps/exceptions")
def ends(tree: Tree, today: date) -> Iterable[Due]:
    """The last day of every exception."""
    for file in tree.match(FILE):
        for where, data in entries(file.text, file.path, ("advisory", "package"), about)[0]:
            yield Due(
                "deps/exceptions",
                data["advisory"],
                data["expires"],
                "an accepted vulnerability is to be looked at again",
                "upgrade, or set a new day with a reason that is still true",
                file.path,
                where.line,
                data["owner"],
            )
