"""`ballast route`: where alerts would go."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.tree import Tree

    from ballast.alerts import Explained

EPILOG = "Example: ballast route test CheckoutAvailabilityErrorBudgetBurn --label cluster=eu --at 2026-12-24T03:00+01:00"


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Where alerts would go, and why.")
    group.callback()(lambda: None)  # keeps the group a group while it has one command
    group.command("test", epilog=EPILOG)(try_route)
    app.add_typer(group, name="route")


def try_route(
    alerts: Annotated[list[str], typer.Argument(metavar="ALERT…", help="Names of alerts.")],
    label: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="A label that it has besides its rule's, or instead; repeat.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="ISO 8601, for mute times and who is on call; default: now.")
    ] = None,
    output: Annotated[str, typer.Option(metavar="FORMAT", help="text or json.")] = "text",
) -> None:
    """Show where an alert would go: its tier and why, Alertmanager's route, what hides it, what the gateway tells, who is on
    call.

    An alert that no rule of this repository has is routed by its --label values alone. Exits 1 when one would be told to nobody
    (muted at that time).
    """
    import difflib

    from ballast.alerts import explain_route, known_alerts
    from ballast.findings import Tree
    from ballast.repo import CannotRun, find_root, load

    if output not in ("text", "json"):
        raise CannotRun(f"--output {output}: there is text, json")
    labels = dict(_pair(text) for text in label or [])
    moment = _moment(at)
    root = find_root(None)
    repository, rules = load(root), known_alerts(Tree.read(root))
    found = []
    for name in alerts:
        try:
            found += explain_route(repository, rules, name, labels, moment)
        except ValueError:
            close = difflib.get_close_matches(name, {rule.name for rule in rules}, n=1)
            hint = f"did you mean {close[0]}?" if close else "give its labels: --label severity=page --label service=checkout"
            raise CannotRun(f"no rule of this repository has the alert {name}: {hint}") from None
    if output == "json":
        print(json.dumps([one.data() for one in found], indent=2))
    else:
        _show(found, moment)
    raise typer.Exit(int(any(one.muted for one in found)))


def _pair(text: str) -> tuple[str, str]:
    from ballast.repo import CannotRun

    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CannotRun(f"--label {text}: write name=value")
    return name, value.strip('"')


def _moment(text: str | None) -> datetime:
    from ballast.repo import CannotRun

    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CannotRun(f"--at {text}: write a time like 2026-12-24T03:00+01:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _show(found: list[Explained], at: datetime) -> None:
    from rich.console import Console
    from rich.tree import Tree

    console = Console(highlight=False)
    for one in found:
        severity = one.labels.get("severity", "")
        tree = Tree(f"[bold]{one.alert}[/]" + (f" ({severity})" if severity else ""), guide_style="dim")
        _fill(tree, one, at)
        console.print(tree)
        console.print()


def _fill(tree: Tree, one: Explained, at: datetime) -> None:
    from rich.markup import escape

    if one.rule:
        tree.add(f"[dim]rule[/]     {escape(one.rule)}")
    shown = [f"{key}={value}" for key, value in sorted(one.labels.items()) if key not in ("alertname", "severity")]
    tree.add("[dim]labels[/]   " + escape(", ".join(shown) or "none"))
    if one.tier:
        tree.add(f"[dim]tier[/]     [bold]{one.tier}[/]: {escape(one.because)}")
    for routed in one.routed:
        path = " › ".join(" ".join(step) or "all" for step in routed.path)
        branch = tree.add(f"[dim]route[/]    {escape(path)}")
        branch.add(f"receiver {routed.receiver}: " + (" and ".join(one.legs) or "nothing is sent from here"))
        branch.add(f"one notification for each {escape(', '.join(routed.group_by))}")
        branch.add(f"after {routed.group_wait}; changes after {routed.group_interval}; again every {routed.repeat_interval}")
    if one.muted:
        tree.add(f"[bold red]muted[/]    at {at.isoformat(timespec='minutes')} by {', '.join(one.muted)}")
    for hidden in one.inhibited:
        by = ", ".join(hidden.by) or "an alert"
        where = f" with the same {', '.join(hidden.equal)}" if hidden.equal else ""
        branch = tree.add(f"[dim]hidden[/]   while {escape(by)} fires")
        branch.add(escape(f"{' '.join(hidden.source)}{where}"))
    if one.told:
        tree.add(f"[dim]gateway[/]  tells {', '.join(one.told)}")
    if one.on_call:
        branch = tree.add(f"[dim]on call[/]  {escape(one.owner)}, {at.isoformat(timespec='minutes')}")
        for minutes, people in one.on_call:
            branch.add(f"{'at once' if not minutes else f'after {minutes} min'}: {escape(', '.join(people))}")
    elif one.owner:
        tree.add(f"[dim]owner[/]    {escape(one.owner)} (nobody is on call for it in alerts/oncall.yaml)")
