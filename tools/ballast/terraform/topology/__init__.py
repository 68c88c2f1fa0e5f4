"""A picture of a whole platform and what flows in it, drawn from its plan."""

from ballast.terraform.topology.draw import draw
from ballast.terraform.topology.scene import Arrow, Card, Scene, scene

__all__ = ["Arrow", "Card", "Scene", "draw", "scene"]
