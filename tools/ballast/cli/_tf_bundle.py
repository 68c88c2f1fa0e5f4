"""`ballast tf approve` and `ballast tf inspect`, and what `tf plan --bundle` and `tf apply BUNDLE` do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from ballast.release import Bundle

File = Annotated[Path, typer.Argument(help="A plan bundle (ballast tf plan ROOT --bundle FILE)", exists=True, dir_okay=False)]
ChangeType = Literal["feature", "reliability", "security"]


def register(group: typer.Typer) -> None:
    """Add the commands."""

    @group.command()
    def inspect(
        bundle: File,
        output: Annotated[str, typer.Option(help="text, markdown (summary and cost) or json (the manifest)")] = "text",
    ) -> None:
        """Open a bundle: what it does, what it costs, what it asks for, who approved it. Exit 1: it cannot be applied yet.

        Example: ballast tf inspect production.bundle --output markdown
        """
        raise typer.Exit(_inspect(bundle, output))

    @group.command()
    def approve(
        bundle: File,
        person: Annotated[str, typer.Option("--as", metavar="PERSON", help="You, as alerts/allowed-signers has it")] = "",
        key: Annotated[Path | None, typer.Option(help="Your Ed25519 private key", dir_okay=False, exists=True)] = None,
        reason: Annotated[str, typer.Option(help="Why it goes ahead")] = "",
        github: Annotated[bool, typer.Option("--github", help="In a protected environment's job: take its approval")] = False,
    ) -> None:
        """Sign a bundle's hash. Production needs somebody else than who planned; a subscription needs its owner on a terminal.

        Example: ballast tf approve production.bundle --as ada@acme.example --key ~/.ssh/id_ed25519 --reason "reviewed the plan"
        """
        from ballast.release import approve_by_github, open_bundle
        from ballast.repo import CannotRun, find_root

        repo = find_root()
        opened = open_bundle(repo, bundle)
        _show(opened)
        if github:
            written = approve_by_github(repo, opened)
        elif person and key is not None:
            written = _approve_by_key(repo, opened, person, key, reason)
        else:
            raise CannotRun("say who approves: --as PERSON --key FILE --reason TEXT, or --github in a workflow")
        typer.echo(f"Approved: {written}")


def _approve_by_key(repo: Path, bundle: Bundle, person: str, key: Path, reason: str) -> Path:
    import os
    import sys

    from ballast.release import approve
    from ballast.repo import CannotRun

    present = False
    if bundle.manifest.cost["state"] == "owner":
        # Somebody who is there types what they agree to: no flag, no pipe, no workflow.
        if os.environ.get("CI") or not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise CannotRun("a subscription or purchase: its owner approves on a terminal, not in a pipe or a workflow")
        wanted = f"buy {bundle.manifest.id[:6]}"
        typer.echo(f"It begins or changes: {', '.join(bundle.manifest.cost['subscriptions'])}")
        if typer.prompt(f"{person}, type `{wanted}` to agree") != wanted:
            raise CannotRun("not approved")
        present = True
    passphrase = None
    if "ENCRYPTED" in key.read_text(errors="replace"):
        passphrase = typer.prompt("Passphrase", hide_input=True).encode()
    return approve(repo, bundle, person, reason, key, present=present, passphrase=passphrase)


def _inspect(path: Path, output: str) -> int:
    import json
    from dataclasses import asdict
    from datetime import UTC, datetime

    from ballast.release import approvals, lacking, open_bundle
    from ballast.repo import CannotRun, find_root

    if output not in ("text", "markdown", "json"):
        raise CannotRun(f"--output {output}: write text, markdown or json")
    repo = find_root()
    bundle = open_bundle(repo, path)
    now = datetime.now(UTC)
    holding, refused = approvals(repo, bundle, now)
    missing = lacking(repo, bundle, holding)
    expired = [f"expired at {bundle.manifest.expires}"] if bundle.manifest.expired(now) else []
    match output:
        case "json":
            told = asdict(bundle.manifest) | {
                "hash": bundle.manifest.digest,
                "approved_by": [one.person for one in holding],
                "lacking": [*missing, *refused, *expired],
            }
            typer.echo(json.dumps(told, indent=1))
        case "markdown":
            typer.echo(bundle.members["summary.md"].decode() + "\n" + bundle.members["cost.md"].decode(), nl=False)
        case _:
            _show(bundle)
            for one in holding:
                typer.echo(f"approved  {one.person}: {one.reason}")
            for words in [*missing, *refused, *expired]:
                typer.echo(f"missing   {words}")
    return 1 if bundle.manifest.refusals or missing or expired else 0


def _show(bundle: Bundle) -> None:
    m = bundle.manifest
    changes = ", ".join(f"{number} {action}" for action, number in m.changes.items()) or "nothing"
    lines = [
        ("bundle", f"{m.id} ({m.digest[:16]}…)"),
        ("root", f"{m.root} ({m.mode})"),
        ("planned", f"{m.created} by {', '.join(m.authors)}"),
        ("commit", m.commit[:12] + ("" if m.clean else " with changes that are not committed")),
        ("state", str(m.state)),
        ("expires", m.expires),
        ("changes", changes),
        ("cost", f"{m.cost['delta']} a month, to {m.cost['monthly']}"),
        ("policies", m.policies["state"]),
        *(("gate", f"{g['service']}: {g['state']}") for g in m.gate),
        *(("refused", words) for words in m.refusals),
        *(("asks", words) for words in m.asks),
        *(("unknown", address) for address in m.cost["unknown"]),
    ]
    for name, words in lines:
        typer.echo(f"{name:<9} {words}")


def make(
    root: Path,
    path: Path,
    arguments: list[str],
    change_type: ChangeType,
    services: list[str],
    policies: bool,
    author: str,
    key: Path | None,
) -> int:
    """`ballast tf plan ROOT --bundle FILE`."""
    from ballast.release import make_bundle
    from ballast.repo import CannotRun, find_root

    if bool(author) != (key is not None):
        raise CannotRun("--as and --key belong together")

    bundle = make_bundle(
        find_root(root),
        root,
        path,
        arguments=arguments,
        change_type=change_type,
        services=services,
        policies=policies,
        author=author,
        key_file=key,
    )
    _show(bundle)
    return 1 if bundle.manifest.refusals else 0


def apply(path: Path) -> int:
    """`ballast tf apply BUNDLE`."""
    from ballast.release import apply_bundle
    from ballast.repo import find_root

    done = apply_bundle(find_root(), path, told=lambda words: typer.echo(f"ballast: {words}", err=True))
    typer.echo(f"{done.root}: {done.result}")
    for name, state in done.checks.items():
        typer.echo(f"  {name}: {state}")
    for reason in done.reasons:
        typer.echo(f"  {reason}")
    if done.proposal:
        typer.echo(f"  a rollback is proposed: {done.proposal}")
    return done.code
