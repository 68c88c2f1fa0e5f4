"""`.github/CODEOWNERS`: who has to agree to a change, from the owners in alerts/services."""

from __future__ import annotations

from ballast.findings import generator
from ballast.release.settings import read_delivery
from ballast.repo import CannotRun, Repository

FILE = ".github/CODEOWNERS"
HEAD = """\
# Who has to agree to a change. Written by `ballast generate` from the owners in alerts/services and `github.owner` in
# terraform/delivery.yaml: edit those. The last line that matches a file counts.
"""


@generator("github/codeowners", owns=(FILE,), reads=("terraform/delivery.yaml",))
def codeowners(repository: Repository) -> dict[str, str]:
    """Everything belongs to the platform's team; what is a service's own belongs to its owner, and their pages to both."""
    try:
        settings = read_delivery(repository.root).github
    except CannotRun:
        return {}
    if settings is None:
        return {}
    organization = settings.repository.partition("/")[0]

    def team(name: str) -> str:
        return name if name.startswith("@") else f"@{organization}/{name}"

    lines = [f"* {team(settings.owner)}"] if settings.owner else []
    slos: dict[str, list[str]] = {}
    for file in repository.slo_files:
        slos.setdefault(file.model.service, []).append(file.path)
    for name in sorted(repository.services):
        document = repository.services[name]
        owner = team(document.model.owner)
        if settings.owner and owner == team(settings.owner):
            continue
        paths = [
            document.path,
            *sorted(slos.get(name, [])),
            f"alerts/rules/{name}.yaml",
            f"alerts/rules/k8s/{name}.yaml",
            f"alerts/tests/{name}/",
            f"dashboards/red/{name}.json",
            f"dashboards/slo/{name}-*.json",
        ]
        lines += ["", f"# {name}", *(f"/{path} {owner}" for path in paths)]
        pages = "".join(part.capitalize() for part in name.replace("_", "-").split("-"))
        lines.append(f"/runbooks/{pages}*.md {owner}" + (f" {team(settings.owner)}" if settings.owner else ""))
    return {FILE: HEAD + "\n" + "\n".join(lines) + "\n"}
