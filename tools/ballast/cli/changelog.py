"""`ballast changelog`: what changed since the last release, and the version that comes next."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("changelog", epilog='Example: git tag "v$(ballast changelog --next)"')(changelog)


def changelog(
    since: Annotated[str, typer.Option(metavar="TAG", help="Default: the nearest tag vX.Y.Z.")] = "",
    until: Annotated[str, typer.Option(metavar="COMMIT", help="The last commit.")] = "HEAD",
    only_next: Annotated[bool, typer.Option("--next", help="Print the next version and nothing else.")] = False,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FORMAT", help="markdown or json.")] = "markdown",
) -> None:
    """What Conventional Commits since the last release say. Versions are semantic: breaking, feat, fix.

    Exit 1 with --next: nothing was added, mended or broken, so there is nothing to release.
    """
    from dataclasses import asdict
    from datetime import UTC, datetime

    from ballast.release.github import changelog as told
    from ballast.release.github import history, last_tag, next_version
    from ballast.repo import CannotRun, find_root

    if output not in ("markdown", "json"):
        raise CannotRun(f"--output {output}: write markdown or json")
    repo = find_root()
    last = since or last_tag(repo, until)
    found = history(repo, last, until)
    version = next_version(last, found)
    if only_next:
        if version:
            print(version)
        raise typer.Exit(0 if version else 1)
    if output == "json":
        print(json.dumps({"last": last, "next": version, "commits": [asdict(one) for one in found]}, indent=1))
    else:
        print(told(version, f"{datetime.now(UTC):%Y-%m-%d}", found), end="")
