"""`ballast tf`: Terraform without a cloud, a registry or credentials (or with them: BALLAST_TF_MODE=real).

Other modules add commands to this group: each `cli/_tf_<name>.py` here defines `register(group)`.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Literal

import typer

Root = Annotated[Path, typer.Argument(help="A root or module directory", exists=True, file_okay=False)]
Arguments = Annotated[list[str] | None, typer.Argument(help="More arguments for Terraform, after --")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Terraform without a cloud: plan, apply, test on hermetic providers.")
    app.add_typer(group, name="tf")

    def command(name: str, help_text: str) -> None:
        @group.command(name, help=help_text)
        def run(root: Root, arguments: Arguments = None) -> None:
            raise typer.Exit(_run(root, [name, *(arguments or [])]))

    @group.command()
    def apply(
        target: Annotated[Path, typer.Argument(help="A plan bundle, or a root's directory", exists=True)],
        arguments: Arguments = None,
        service: Annotated[
            list[str] | None, typer.Option(help="Whose error budget is asked before production; default: every service's")
        ] = None,
        change_type: Annotated[
            Literal["feature", "reliability", "security"], typer.Option(help="Only features are held by a freeze")
        ] = "feature",
    ) -> None:
        """Apply a bundle: exactly the plan that was approved, verified before and after. Exit 1: refused, failed or broken.

        A directory is planned and applied at once: with hermetic providers (state is under .ballast/tf), or for a root outside
        terraform/environments. With real ones an environment is applied from a bundle alone.

        Example: ballast tf apply production.bundle

        Example: ballast tf apply terraform/environments/staging/aws/cluster
        """
        if target.is_file():
            from ballast.cli._tf_bundle import apply as apply_file
            from ballast.repo import CannotRun

            if arguments or service or change_type != "feature":
                raise CannotRun("a bundle takes no more options or arguments: they were given when it was planned")
            raise typer.Exit(apply_file(target))
        _ask_gate(target, service or [], change_type)
        _only_bundles(target)
        raise typer.Exit(_run(target, ["apply", *(arguments or [])]))

    for name, what in (
        ("destroy", "destroy what apply made"),
        ("validate", "check the configuration against the provider schemas"),
        ("test", "run the *.tftest.hcl files"),
    ):
        command(
            name, f"terraform init and {name}: {what}.\n\nExample: ballast tf {name} terraform/environments/staging/aws/cluster"
        )

    @group.command()
    def plan(
        root: Root,
        arguments: Arguments = None,
        output: Annotated[str, typer.Option(help="text, or json: the plan with what it is worth")] = "text",
        summary: Annotated[
            bool, typer.Option("--summary", help="A comment for a pull request instead (json: its twin)")
        ] = False,
        bundle: Annotated[Path | None, typer.Option(help="Write a plan bundle, to approve and apply", dir_okay=False)] = None,
        service: Annotated[
            list[str] | None, typer.Option(help="For a bundle: whose error budget is asked; default: every service's")
        ] = None,
        change_type: Annotated[
            Literal["feature", "reliability", "security"], typer.Option(help="For a bundle: only features are held by a freeze")
        ] = "feature",
        policies: Annotated[bool, typer.Option(help="For a bundle: judge the plan by the policies (20 s)")] = True,
        person: Annotated[
            str, typer.Option("--as", metavar="PERSON", help="For a bundle of production: you, as in alerts/allowed-signers")
        ] = "",
        key: Annotated[Path | None, typer.Option(help="Your Ed25519 private key", dir_okay=False, exists=True)] = None,
    ) -> None:
        """Terraform init and plan: what would change. Refuses a provider that is configured from its own root's resources.

        Example: ballast tf plan terraform/environments/staging/aws/cluster -- -var-file=more.tfvars

        Example: ballast tf plan terraform/environments/production/aws/cluster --bundle production.bundle
        """
        if bundle is not None:
            from ballast.cli._tf_bundle import make

            raise typer.Exit(make(root, bundle, arguments or [], change_type, service or [], policies, person, key))
        raise typer.Exit(_plan(root, arguments or [], output, summary))

    @group.command("exec")
    def execute(root: Root, arguments: Arguments = None) -> None:
        """Run any Terraform command in a root.

        Example: ballast tf exec terraform/modules/eks -- console
        """
        raise typer.Exit(_run(root, list(arguments or ["version"]), init=False))

    @group.command()
    def shell(root: Root, arguments: Arguments = None) -> None:
        """A shell where plain `terraform init`, `plan`, `apply` work, through a filesystem mirror of hermetic providers.

        Example: ballast tf shell terraform/environments/staging/aws/cluster

        With a command it runs that: ballast tf shell ROOT -- terraform providers
        """
        import os

        from ballast.terraform import LABEL, Workspace

        with Workspace(root, mirror=True) as tf:
            typer.echo(f"ballast: {LABEL}. `terraform` is {tf.core}; state is in {tf.folder}", err=True)
            raise typer.Exit(tf.start(*(arguments or [os.environ.get("SHELL", "/bin/sh")])))

    for path in sorted(Path(__file__).parent.glob("_tf_*.py")):
        import_module(f"ballast.cli.{path.stem}").register(group)


def _ask_gate(root: Path, services: list[str], change_type: Literal["feature", "reliability", "security"]) -> None:
    """Ends with the gate's exit code unless every service passes. Hermetic providers change nothing: nobody is asked."""
    import os

    from ballast.budget import freeze_gate
    from ballast.repo import find_root, load
    from ballast.terraform import mode_from

    if "production" not in root.resolve().parts or mode_from(os.environ) != "real":
        return
    repository = find_root(root)
    asked = services or sorted(load(repository).services)
    if not asked:
        from ballast.repo import CannotRun

        raise CannotRun("alerts/services has no service whose budget could be asked: name one with --service")
    verdicts = [freeze_gate(one, change_type, root=repository, reason=f"ballast tf apply {root}") for one in asked]
    for verdict in verdicts:
        if not verdict.passes:
            typer.echo(f"ballast: {verdict.service}: {verdict.state}: {'; '.join(verdict.reasons)}", err=True)
    if code := max(verdict.code for verdict in verdicts):
        typer.echo("ballast: not applied. A repair passes with --change-type reliability or security.", err=True)
        raise typer.Exit(code)


def _only_bundles(root: Path) -> None:
    """With real providers an environment is not applied past its bundle: nobody would have seen the plan, or its cost."""
    import os

    from ballast.repo import CannotRun
    from ballast.terraform import mode_from

    if mode_from(os.environ) == "real" and "environments" in root.resolve().parts:
        raise CannotRun(
            f"{root} is applied from an approved bundle: ballast tf plan {root} --bundle FILE, tf approve FILE, tf apply FILE"
        )


def _run(root: Path, arguments: list[str], init: bool = True) -> int:
    from ballast.terraform import LABEL, Workspace

    testing = arguments[:1] == ["test"]  # a core would say it again for every run
    with Workspace(root, unprotect=testing, announce=not testing) as tf:
        if init:
            tf.init()
        code = tf.run(*arguments).returncode
        if tf.mode == "hermetic":
            typer.echo(f"ballast: {LABEL} ({tf.core})", err=True)
    return code


def _plan(root: Path, arguments: list[str], output: str, summary: bool) -> int:
    import json

    from ballast.cli._tf_summary import show
    from ballast.repo import CannotRun
    from ballast.terraform import LABEL, Workspace, providers_from_own_root

    if output not in ("text", "json"):
        raise CannotRun(f"--output {output}: write text or json")
    with Workspace(root) as tf:
        tf.init()
        done, plan = tf.plan(*arguments, capture=summary or output == "json")
        label = LABEL if tf.mode == "hermetic" else "real"
        refused = providers_from_own_root(plan)
        if not plan and (summary or output == "json"):
            raise CannotRun(f"{tf.core} could not plan {root}:\n{done.stderr.strip()}")
        if summary:
            told = show(plan, root.as_posix(), label, "json" if output == "json" else "markdown", True, refused)
            return 1 if refused or told.policies else 0
        if output == "json":
            typer.echo(json.dumps({"result": label, "core": str(tf.core), "refused": refused, "plan": plan}))
        for sentence in refused:
            typer.echo(f"ballast: {root}: {sentence}", err=True)
        typer.echo(f"ballast: {label} ({tf.core})", err=True)
    return done.returncode or (1 if refused else 0)
