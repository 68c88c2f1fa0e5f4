"""Cells of the security matrix, and what they are read from."""

from __future__ import annotations

from dataclasses import dataclass, field

from ballast.terraform.platform import Component, Platform, Resource, Verdict


@dataclass(frozen=True, slots=True)
class Cell:
    """One claim: in `section`, of `subject`, that `claim` holds; `verdict` says whether it does and what shows it."""

    section: str
    subject: str
    claim: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class View:
    """What the proof reads: the platform's plan and its components, and the resources of the roots beside it.

    `cluster` is None where no cluster root was read: what rests on it is unproven then.
    """

    platform: Platform
    components: tuple[Component, ...]
    unread: tuple[str, ...] = ()
    cluster: tuple[Resource, ...] | None = None

    def namespaces(self) -> set[str]:
        """Namespaces of the plan, and any other in which a component runs."""
        made = {
            str(m.get("name")) for r in self.platform.of_type("kubernetes_namespace_v1") for m in r.values.get("metadata") or ()
        }
        return made | {component.namespace for component in self.components}


@dataclass(frozen=True, slots=True)
class Proof:
    """All cells of a root."""

    root: str
    cells: tuple[Cell, ...] = field(default=())

    @property
    def broken(self) -> list[Cell]:
        """Cells that do not hold."""
        return [cell for cell in self.cells if cell.verdict.state == "no"]

    @property
    def open(self) -> list[Cell]:
        """Cells that could not be told from the plan."""
        return [cell for cell in self.cells if cell.verdict.state == "unproven"]
