"""What links to what: one graph of services, SLOs, alerts, runbooks, dashboards, metrics, exporters and Terraform modules."""

from ballast.graph import draw, inventory, thread
from ballast.graph.builder import Builder, build, reader, readers, sources
from ballast.graph.model import KINDS, PARTS, Dead, Graph, Kind, Link, Node

__all__ = [
    "KINDS",
    "PARTS",
    "Builder",
    "Dead",
    "Graph",
    "Kind",
    "Link",
    "Node",
    "build",
    "draw",
    "inventory",
    "reader",
    "readers",
    "sources",
    "thread",
]
