"""`alerts/exporters.yaml`: who exposes which metrics, where it runs, and why it is kept where nothing here reads it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ballast.findings import Tree, generator
from ballast.graph.builder import Builder, reader
from ballast.repo import Document, Problem, Repository
from ballast.repo.document import read_documents
from ballast.repo.schemas import FOLDER, schema_text

EXPORTERS = "alerts/exporters.yaml"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Exporter(_Model):
    """What exposes metrics."""

    metrics: list[str] = Field(min_length=1, description="Names; `*` stands for any characters.")
    module: str = Field(default="", description="The folder under terraform/modules that runs it.")
    unread: str = Field(default="", description="Why it is kept though no rule, dashboard or runbook reads it.")


class Exporters(_Model):
    """`alerts/exporters.yaml`."""

    version: Literal["ballast/v1"]
    exporters: dict[str, Exporter] = Field(min_length=1)


def read_exporters(tree: Tree) -> tuple[Document[Exporters] | None, list[Problem]]:
    """The file, None where there is none that is sound; and what is wrong with it."""
    if EXPORTERS not in tree:
        return None, []
    read = read_documents(EXPORTERS, tree[EXPORTERS].data, Exporters)
    return (read.sound[0] if read.sound else None), read.problems


@generator("alerts/schemas/exporters", owns=(f"{FOLDER}/exporters.json",))
def exporters_schema(_: Repository) -> dict[str, str]:
    """`alerts/schemas/exporters.json`; what the repository holds does not matter."""
    return {f"{FOLDER}/exporters.json": schema_text("Who exposes which metrics, and what runs it", Exporters)}


@reader("exporters", reads=(EXPORTERS,))
def exporters(builder: Builder) -> None:
    """An exporter with the name of a service's is the service."""
    document, _ = read_exporters(builder.tree)
    if document is None:
        return
    for name, exporter in document.model.exporters.items():
        at = document.position("exporters", name)
        node = builder.node("exporter", name, at, unread=exporter.unread, listed="yes")
        builder.exposed.append((node, tuple(exporter.metrics)))
        if exporter.module:
            builder.link(node, "runs in", f"module:{exporter.module}", document.position("exporters", name, "module"))
