"""Puts the parts of the proof together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ballast.terraform.platform import Platform, Resource, components, unread
from ballast.terraform.security.flows import flows
from ballast.terraform.security.images import images
from ballast.terraform.security.listeners import listeners
from ballast.terraform.security.model import Cell, Proof, View
from ballast.terraform.security.people import people
from ballast.terraform.security.roles import roles
from ballast.terraform.security.secrets import secrets

PARTS: tuple[Callable[[View], Iterator[Cell]], ...] = (listeners, flows, roles, images, secrets, people)


def prove(platform: Platform, cluster: Iterable[Resource] | None = None) -> Proof:
    """Every cell of `platform`. `cluster` is what the cluster root makes (applied: policies are known then), if it was read."""
    view = View(
        platform,
        tuple(components(platform)),
        tuple(f"{release.namespace}/{release.name} ({release.chart})" for release in unread(platform)),
        None if cluster is None else tuple(cluster),
    )
    return Proof(platform.root, tuple(cell for part in PARTS for cell in part(view)))
