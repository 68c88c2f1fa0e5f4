"""A root's modules and what flows between them: as data, in words, and drawn."""

from ballast.terraform.graph.flows import Flow, Graph, Node, read
from ballast.terraform.graph.svg import draw

__all__ = ["Flow", "Graph", "Node", "draw", "read"]
