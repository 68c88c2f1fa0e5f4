"""`ballast tf coverage`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ballast.terraform.coverage import Coverage


def register(group: typer.Typer) -> None:
    """Add the command."""

    @group.command()
    def coverage(
        modules: Annotated[list[Path] | None, typer.Argument(help="Modules; default: all of terraform/modules")] = None,
        records: Annotated[
            Path | None,
            typer.Option(help="What Python tests exercised too: a folder that BALLAST_TF_COVERAGE named in their run"),
        ] = None,
        output: Annotated[str, typer.Option(help="text or json")] = "text",
    ) -> None:
        """What the tests of modules exercise; all of it must be. Exit 1: something is not, or a test fails.

        Example: ballast tf coverage terraform/modules/eks
        """
        import os
        from concurrent.futures import ThreadPoolExecutor

        from ballast.repo import CannotRun
        from ballast.terraform.coverage import measure
        from ballast.terraform.hcl import Unreadable
        from ballast.terraform.workspace import repository

        if output not in ("text", "json"):
            raise CannotRun(f"--output {output}: write text or json")
        chosen = modules or sorted(p.parent for p in (repository(Path.cwd()) / "terraform" / "modules").glob("*/versions.tf"))
        if missing := [str(path) for path in chosen if not path.is_dir()]:
            raise CannotRun(f"no such directory: {', '.join(missing)}")
        try:
            with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
                found = list(pool.map(lambda folder: measure(folder, also=records), chosen))
        except Unreadable as error:
            raise CannotRun(str(error)) from None
        _json(found) if output == "json" else _text(found)
        raise typer.Exit(any(c.missing or c.failures for c in found))


def _json(found: list[Coverage]) -> None:
    import json
    from dataclasses import asdict

    rows = [
        {
            "module": c.name,
            "percent": round(c.percent, 2),
            "runs": c.passed,
            "seconds": round(c.seconds, 2),
            "shares": c.shares,
            "missing": [asdict(item) for item in c.missing],
            "failures": [asdict(failure) for failure in c.failures],
        }
        for c in found
    ]
    typer.echo(json.dumps({"result": _label(), "modules": rows}, indent=1))


def _text(found: list[Coverage]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False)
    table.add_column("module")
    for name in ("vars", "outputs", "made", "sides", "rules", "runs"):
        table.add_column(name, justify="right")
    table.add_column("")
    for c in found:
        shares = c.shares
        rules = [sum(part) for part in zip(shares["validation"], shares["condition"], shares["check"], strict=True)]
        cells = [shares["variable"], shares["output"], shares["resource"], shares["branch"], rules]
        verdict = (
            Text("✗ fails", "red") if c.failures else Text(f"{_percent(c.percent)} %", "green" if not c.missing else "red")
        )
        table.add_row(c.name.rpartition("/")[2], *(f"{a}/{b}" if b else "-" for a, b in cells), str(c.passed), verdict)
    console.print(table)
    for c in found:
        for failure in c.failures:
            console.print(f"{failure.position}: {failure.message}", soft_wrap=True)
        for item in c.missing:
            console.print(f"{item.position}: {item.key}: no test exercises it", soft_wrap=True)
            console.print(f"  Mend: write {item.mend}", style="dim", soft_wrap=True)
    missing, total = sum(len(c.missing) for c in found), sum(len(c.items) for c in found)
    console.print(f"\n{total - missing} of {total} things in {len(found)} modules are exercised ({_label()})")


def _percent(value: float) -> str:
    """Rounded down: 99.96 is not 100."""
    return f"{int(value * 10) / 10:g}"


def _label() -> str:
    from ballast.terraform import LABEL

    return LABEL
