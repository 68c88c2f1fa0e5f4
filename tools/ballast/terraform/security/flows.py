"""Default deny in every namespace; every connection that is made has its policies, and every policy its connection."""

from __future__ import annotations

from collections.abc import Iterator

from ballast.terraform.platform import Verdict, proven, unproven
from ballast.terraform.security.calls import Connection, connections
from ballast.terraform.security.ingresses import ingresses, namespace_of, ways
from ballast.terraform.security.model import Cell, View
from ballast.terraform.security.policies import Rule, denied, rules

SECTION = "flows"
API, KUBELET, EVERYWHERE, DNS = "external:kubernetes-api", "external:kubelet", "0.0.0.0/0", 53


def flows(view: View) -> Iterator[Cell]:
    """Cells for namespaces, connections and policies."""
    known, made = rules(view.platform), connections(view)
    closed = denied(view.platform)
    for namespace in sorted(view.namespaces()):
        directions, where = closed.get(namespace, (set(), namespace))
        missing = {"Ingress", "Egress"} - directions
        why = f"{' and '.join(sorted(missing)).lower()} of its pods is open" if missing else ""
        yield Cell(SECTION, f"namespace {namespace}", "denies by default", proven(not missing, where, why))
    for connection in made:
        yield Cell(SECTION, _words(connection), "is allowed", _allowed(connection, known))
    for rule in known:
        for port in sorted(rule.ports):
            side = "from" if rule.ingress else "to"
            subject = f"{rule.namespace}/{rule.name} {side} {rule.peer}:{port or 'any port'}"
            yield Cell(SECTION, subject, "is used", _used(rule, port, made, view))


def _words(connection: Connection) -> str:
    there = connection.to if not connection.to_namespace else f"{connection.to_namespace}/{connection.to}"
    return f"{connection.namespace}/{connection.source} → {there}:{connection.port} ({connection.purpose})"


def _allowed(connection: Connection, known: tuple[Rule, ...]) -> Verdict:
    here, there, port = connection.namespace, connection.to_namespace, connection.port
    if there:
        ways = {
            f"egress of {here}": [r for r in known if not r.ingress and r.admits(here, there, port)],
            f"ingress of {there}": [r for r in known if r.ingress and r.admits(there, here, port)],
        }
        missing = [name for name, found in ways.items() if not found]
        where = next((found[0].address for found in ways.values() if found), connection.where)
        return proven(not missing, where, f"no policy in {' nor in '.join(missing)}" if missing else "")
    if not connection.to.startswith("external:"):
        return unproven(connection.where, f"no component is called {connection.to}, so where it runs is not known")
    out = [r for r in known if not r.ingress and r.namespace == here and r.cidr and r.opens(port)]
    fitting = [r for r in out if (r.peer != EVERYWHERE) == _in_a_range(connection)]
    where = fitting[0].address if fitting else connection.where
    return proven(bool(fitting), where, "" if fitting else f"no policy lets {here} out to {connection.to} on {port}")


def _in_a_range(connection: Connection) -> bool:
    """Whether who is called outside has a range: all but the clouds' APIs and PagerDuty, which are anywhere on 443."""
    return connection.to in (API, KUBELET) or connection.port != 443


def _used(rule: Rule, port: int, made: list[Connection], view: View) -> Verdict:
    if port == 0 or (rule.peer == "*" and not rule.cidr):
        return proven(False, rule.address, "opens every port, or to everybody")
    here = rule.namespace
    if port == DNS:
        return proven(
            here in view.namespaces(), rule.address, "" if here in view.namespaces() else "there is no such namespace"
        )
    if rule.ingress and rule.cidr:
        hooks = [x for c in view.components if c.namespace == here for x in c.listeners if x.webhook and x.port == port]
        return proven(bool(hooks), rule.address, "" if hooks else "no webhook listens there")
    if rule.cidr:
        wide = rule.peer == EVERYWHERE
        users = [
            c
            for c in made
            if c.namespace == here and c.to.startswith("external:") and c.port == port and _in_a_range(c) != wide
        ]
    elif rule.ingress:
        users = [c for c in made if c.namespace == rule.peer and c.to_namespace == here and c.port == port]
        if not users and port in _behind_ingresses(view, here):
            return proven(True, rule.address, f"an ingress's controller, which is not of this plan ({rule.purpose})")
    else:
        users = [c for c in made if c.namespace == here and c.to_namespace == rule.peer and c.port == port]
    why = f"no component connects there ({rule.purpose})" if not users else ""
    return proven(bool(users), rule.address, why)


def _behind_ingresses(view: View, namespace: str) -> set[int]:
    """Ports to which ingresses of a namespace pass on what comes from outside."""
    found = [ingress for ingress in ingresses(view.platform) if namespace_of(ingress) == namespace]
    return {port for ingress in found for way in ways(ingress) for port in way.ports}
