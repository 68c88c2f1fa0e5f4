"""`ballast dashboards`: mend and draw dashboards. `ballast lint` and `ballast validate` check them.

Other modules add commands to this group: each `cli/_dashboards_<name>.py` here defines `register(group)`.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ballast.dashboards.fix import Mended

EPILOG = "Example: ballast dashboards fix --check dashboards/platform"


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Dashboards: mend them in place, draw them without Grafana.")
    app.add_typer(group, name="dashboards")
    group.command(epilog=EPILOG)(fix)
    for path in sorted(Path(__file__).parent.glob("_dashboards_*.py")):
        import_module(f"ballast.cli.{path.stem}").register(group)


def fix(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="Files and folders; default: dashboards/.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 where something would change.")] = False,
    output: Annotated[str, typer.Option(metavar="FORMAT", help="text or json.")] = "text",
) -> None:
    """Mend what lint rules know how to mend. Every byte that no rule owns stays; a second run changes nothing.

    Exits 0 when everything was written (or, with --check, is as it should be),
    1 with --check and something to mend, 2 when a file could not be read or
    written.
    """
    import json

    from ballast.dashboards import fix_file
    from ballast.repo import CannotRun, find_root

    if output not in ("text", "json"):
        raise CannotRun(f"--output {output}: there is text and json")
    files = _files(paths or [find_root() / "dashboards"])
    done = [fix_file(path, write=not check) for path in files]
    changed = [one for one in done if one.after != one.before]
    if output == "json":
        keys = ("line", "check", "message")
        listed = [{"path": o.path, "changes": [dict(zip(keys, c, strict=True)) for c in o.lines]} for o in changed]
        typer.echo(json.dumps({"files": len(files), "written": not check, "changed": listed}, indent=1))
    else:
        _show(changed, len(files), check)
    raise typer.Exit(1 if check and changed else 0)


def _files(paths: list[Path]) -> list[Path]:
    """The JSON files that are meant. Raises CannotRun where a path is none."""
    from ballast.repo import CannotRun

    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise CannotRun(f"{path}: there is no such file or folder")
        found.update(dict.fromkeys(sorted(path.rglob("*.json")) if path.is_dir() else [path]))
    return list(found)


def _show(changed: list[Mended], files: int, check: bool) -> None:
    """A line a change, then what it came to."""
    from collections import Counter

    for one in changed:
        for line, id_, message in one.lines:
            typer.echo(f"{one.path}:{line}: {id_.removeprefix('dashboards/')}: {message}")
    rules = Counter(id_ for one in changed for _, id_, _ in one.lines)
    told = ", ".join(f"{count} {id_.removeprefix('dashboards/')}" for id_, count in rules.most_common())
    verb = "would be changed" if check else "changed"
    typer.echo(f"{len(changed)} of {files} files {verb}" + (f": {told}" if told else ""))
