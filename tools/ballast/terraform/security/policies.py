"""NetworkPolicies of a plan as rules: who may connect to whom, on which ports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ballast.terraform.platform import Platform, Resource

TYPE = "kubernetes_network_policy_v1"
NAME = "kubernetes.io/metadata.name"
PURPOSE = "ballast.dev/purpose"


@dataclass(frozen=True, slots=True)
class Rule:
    """One peer of one policy. `peer` is a namespace, a range, or `*`; without ports all are open, which `ports` says as {0}."""

    address: str
    name: str
    namespace: str
    ingress: bool
    peer: str
    cidr: bool
    ports: frozenset[int]
    except_: tuple[str, ...]
    purpose: str

    def admits(self, namespace: str, peer: str, port: int) -> bool:
        """Whether it lets a connection of `namespace` with namespace `peer` through on `port`."""
        return self.namespace == namespace and self.peer in (peer, "*") and not self.cidr and self.opens(port)

    def opens(self, port: int) -> bool:
        """Whether `port` is among its ports."""
        return port in self.ports or 0 in self.ports


def rules(platform: Platform) -> tuple[Rule, ...]:
    """Every rule of every policy, in address order."""
    return tuple(rule for resource in platform.of_type(TYPE) for rule in _rules(resource))


def denied(platform: Platform) -> dict[str, tuple[set[str], str]]:
    """By namespace: the directions that a policy for all its pods without any rule denies, and that policy's address."""
    found: dict[str, tuple[set[str], str]] = {}
    for resource in platform.of_type(TYPE):
        metadata, spec = _one(resource.values.get("metadata")), _one(resource.values.get("spec"))
        everyone = not any(_one(spec.get("pod_selector")).get(k) for k in ("match_labels", "match_expressions"))
        if everyone and not spec.get("ingress") and not spec.get("egress"):
            directions, _ = found.get(str(metadata.get("namespace")), (set(), ""))
            found[str(metadata.get("namespace"))] = (directions | set(spec.get("policy_types") or ()), resource.address)
    return found


def _rules(resource: Resource) -> Iterator[Rule]:
    metadata, spec = _one(resource.values.get("metadata")), _one(resource.values.get("spec"))
    purpose = str((metadata.get("annotations") or {}).get(PURPOSE, ""))
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for entry in spec.get(direction) or ():
            ports = frozenset(_ports(entry.get("ports") or ()))
            for peer, cidr, but in _peers(entry.get(side) or ()):
                yield Rule(
                    address=resource.address,
                    name=str(metadata.get("name")),
                    namespace=str(metadata.get("namespace")),
                    ingress=direction == "ingress",
                    peer=peer,
                    cidr=cidr,
                    ports=ports,
                    except_=but,
                    purpose=purpose,
                )


def _peers(peers: Any) -> Iterator[tuple[str, bool, tuple[str, ...]]]:
    if not peers:
        yield "*", False, ()
    for peer in peers:
        for block in peer.get("ip_block") or ():
            yield str(block["cidr"]), True, tuple(block.get("except") or ())
        if not peer.get("ip_block"):
            labels = _one(peer.get("namespace_selector")).get("match_labels") or {}
            yield str(labels.get(NAME, "*")), False, ()


def _ports(ports: Any) -> Iterator[int]:
    if not ports:
        yield 0
    for entry in ports:
        first = str(entry.get("port") or "0")
        last = entry.get("end_port")
        if first.isdigit():
            yield from range(int(first), int(last or first) + 1)
        else:
            yield 0


def _one(blocks: Any) -> Mapping[str, Any]:
    """The only block of a list, an empty map where there is none."""
    return blocks[0] if isinstance(blocks, list) and blocks and isinstance(blocks[0], Mapping) else {}
