"""The `ballast` command: one Typer application; each module here adds one command or group and does no work of its own.

A module's name is its command's (`cli/slo.py` is `ballast slo`, `cli/export_rules.py` would be `ballast export-rules`) and it
defines `register(app)`. Only the module that the command line names is imported, so that a command starts fast; modules import
the packages they call inside their functions for the same reason.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import typer

from ballast.repo import CannotRun

__all__ = ["build_app", "main"]


def modules() -> list[str]:
    """Names of the command modules, sorted."""
    return sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_"))


def build_app(only: str | None = None) -> typer.Typer:
    """The application with every command, or with the one that `only` names, where there is such a module."""
    app = typer.Typer(
        name="ballast",
        help="SLOs become rules, proofs, pages and budgets.",
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def root() -> None:
        """Keeps `ballast NAME` a sub-command even while only one is registered."""

    names = modules()
    for name in [only] if only in names else names:
        import_module(f"{__name__}.{name}").register(app)
    return app


def main() -> None:
    """Console script. Exit codes: 0 fine, 1 findings, 2 could not run; never a traceback for a user's mistake."""
    first = sys.argv[1].replace("-", "_") if len(sys.argv) > 1 else None
    try:
        build_app(first)()
    except BrokenPipeError:  # `ballast … | head`
        sys.stderr.close()
        sys.exit(0)
    except CannotRun as error:
        print(f"ballast: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("ballast: interrupted", file=sys.stderr)
        sys.exit(130)
