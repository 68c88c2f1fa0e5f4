"""`ballast github`: what the workflows ask and say, commit messages, rulesets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

Repository = Annotated[
    str, typer.Option("--repository", metavar="OWNER/NAME", help="Default: the workflow's, or delivery.yaml's.")
]
Output = Annotated[str, typer.Option("--output", "-o", metavar="FORMAT", help="text or json.")]
Roots = Annotated[str, typer.Argument(metavar="ROOTS", help="What `ballast github roots` printed after roots=.")]
Plans = Annotated[Path, typer.Argument(metavar="DIR", help="Holds plan-SLUG/summary.json and summary.md of each root.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Workflows, rulesets, comments, commits. GitHub is asked through gh.")
    for command, example in (
        (commits, "commits origin/develop..HEAD"),
        (check, "check --repository acme/ballast"),
        (apply, "apply --repository acme/ballast"),
        (roots, "roots --base origin/develop --output text"),
        (plans, 'plans "$ROOTS" build/plans'),
        (drift, 'drift "$ROOTS" build/plans'),
        (issue, "issue due --title Due --body build/due.md"),
        (bundle, "bundle build/plan.bundle"),
    ):
        group.command(epilog=f"Example: ballast github {example}")(command)
    app.add_typer(group, name="github")


def commits(
    span: Annotated[str, typer.Argument(metavar="BASE..HEAD", help="Commits to look at.")] = "",
    message: Annotated[Path | None, typer.Option(help="A message in a file instead, as Git's commit-msg hook gets it.")] = None,
    output: Output = "text",
) -> None:
    """Are messages Conventional Commits? Exit 1: one is not."""
    from ballast.release.github import Wrong, faults, message_of, wrong
    from ballast.repo import CannotRun, find_root

    _format(output)
    if bool(span) == (message is not None):
        raise CannotRun("name commits (BASE..HEAD), or a file with --message")
    if message is not None:
        text = message_of(message)
        found = [Wrong("", text.split("\n")[0], why) for why in faults(text)] if text else []
    else:
        found = wrong(find_root(), span)
    if output == "json":
        print(json.dumps([{"commit": one.id, "header": one.header, "why": one.why} for one in found], indent=1))
    else:
        for one in found:
            typer.echo(f"{one.id[:8] + ' ' if one.id else ''}{one.header}\n  {one.why}")
        if found:
            again = "git commit --amend, or git rebase -i" if span else "git commit -e -F .git/COMMIT_EDITMSG"
            typer.echo(f"  Mend: for example `fix(gateway): a late resolve is sent once`; {again}")
    raise typer.Exit(1 if found else 0)


def check(repository: Repository = "", output: Output = "text") -> None:
    """Is GitHub as .github/rulesets and .github/environments say? Exit 1: it is not."""
    from ballast.release.github import api_of, compare
    from ballast.repo import find_root

    _format(output)
    root = find_root()
    found = compare(root, api_of(root, repository))
    if output == "json":
        print(json.dumps([{"what": d.what, "how": d.how, "file": d.ours} for d in found], indent=1))
    else:
        for one in found:
            typer.echo(f"{one.what}: {one.how}" + (f" ({one.ours})" if one.ours else ""))
        typer.echo("`ballast github apply` makes it so." if any(d.ours for d in found) else "Nothing to apply.")
    raise typer.Exit(1 if found else 0)


def apply(repository: Repository = "", output: Output = "text") -> None:
    """Make GitHub's rulesets and environments as the files say. What only GitHub has is left as it is."""
    from ballast.audit import Entry, actor, append
    from ballast.release.github import api_of, send
    from ballast.repo import find_root

    _format(output)
    root = find_root()
    api = api_of(root, repository)
    done = send(root, api)
    if done:
        append(Entry(actor(), "github/apply", api.repository, "applied", "; ".join(done)))
    if output == "json":
        print(json.dumps(done, indent=1))
    else:
        typer.echo("\n".join(done) or "It is as the files say.")


def roots(
    base: Annotated[str, typer.Option(help="Only roots that a change since this commit reaches.", metavar="COMMIT")] = "",
    applied: Annotated[bool, typer.Option("--applied", help="Only those that CI applies (not bootstrap).")] = False,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FORMAT", help="github, text or json.")] = "github",
) -> None:
    """Roots to plan, for a workflow's matrix: each with the environment, runner and mode of its job.

    BALLAST_TF_MODE says how they are planned (real by default). Exit 2: a root was removed while what it made is still there.
    """
    import os
    from dataclasses import asdict

    from ballast.release.github import all_roots, changed_since, reached
    from ballast.repo import CannotRun, find_root

    if output not in ("github", "text", "json"):
        raise CannotRun(f"--output {output}: write github, text or json")
    repo = find_root()
    mode = os.environ.get("BALLAST_TF_MODE") or "real"
    found = reached(repo, changed_since(repo, base), mode) if base else all_roots(repo, mode)
    found = [one for one in found if not applied or one.layer != "bootstrap"]
    told = [asdict(one) for one in found]
    match output:
        case "json":
            print(json.dumps(told, indent=1))
        case "github":
            print(f"roots={json.dumps(told, separators=(',', ':'))}")
        case _:
            for one in found:
                typer.echo(f"{one.root:<52} {one.mode:<9} {' '.join(json.loads(one.runner))}")


def plans(
    roots: Roots,
    folder: Plans,
    result: Annotated[str, typer.Option(help="How the jobs that planned ended (needs.plan.result).")] = "success",
    pull: Annotated[int, typer.Option(help="Write the comment of this pull request; 0: print it.", min=0)] = 0,
    repository: Repository = "",
) -> None:
    """One comment with the plans of all roots, updated where it is there. Exit 1: a root has no plan, or its job failed."""
    from ballast.release.github import api_of, comment, read_plans, say
    from ballast.repo import find_root

    text, why = comment(read_plans(roots, folder), result)
    typer.echo(say(api_of(find_root(), repository), pull, "plans", text) if pull else text)
    for reason in why:
        typer.echo(f"ballast: {reason}", err=True)
    raise typer.Exit(1 if why else 0)


def drift(roots: Roots, folder: Plans) -> None:
    """What differs from the code, as Markdown for an issue. Exit 1: something differs, or a root could not be planned."""
    from ballast.release.github import drift as told
    from ballast.release.github import read_plans

    text, differs = told(read_plans(roots, folder))
    typer.echo(text, nl=False)
    raise typer.Exit(1 if differs else 0)


def issue(
    name: Annotated[str, typer.Argument(help="What it is about: a label, and the mark by which it is found again.")],
    title: Annotated[str, typer.Option(help="Its title.")] = "",
    body: Annotated[Path | None, typer.Option(help="Its text, in Markdown.", exists=True, dir_okay=False)] = None,
    close: Annotated[bool, typer.Option("--close", help="Close it where it is open, instead.")] = False,
    repository: Repository = "",
) -> None:
    """Open the one issue of that name, or update it where it is open."""
    from ballast.release.github import api_of, report
    from ballast.release.github import close as close_issue
    from ballast.repo import CannotRun, find_root

    api = api_of(find_root(), repository)
    if close:
        typer.echo(close_issue(api, name) or f"No issue {name} is open.")
        return
    if not title or body is None:
        raise CannotRun("give --title and --body, or --close")
    typer.echo(report(api, name, title, body.read_text()))


def bundle(
    path: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A plan bundle.", exists=True, dir_okay=False)],
    summary: Annotated[Path | None, typer.Option(help="Add its summary and cost to this file.", dir_okay=False)] = None,
) -> None:
    """A bundle's outputs for a workflow: changes=true|false, digest=SHA-256."""
    from ballast.release import open_bundle
    from ballast.repo import find_root

    opened = open_bundle(find_root(), path)
    if summary is not None:
        with summary.open("a") as stream:
            stream.write(opened.members["summary.md"].decode() + "\n" + opened.members["cost.md"].decode())
    print(f"changes={'true' if opened.manifest.changes else 'false'}\ndigest={opened.manifest.digest}")


def _format(output: str) -> None:
    from ballast.repo import CannotRun

    if output not in ("text", "json"):
        raise CannotRun(f"--output {output}: write text or json")
