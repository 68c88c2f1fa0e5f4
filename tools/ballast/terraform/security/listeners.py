"""Every listener has TLS and knows its caller: by a client certificate, people by OIDC, the API server by a network policy."""

from __future__ import annotations

from collections.abc import Iterator

from ballast.terraform.platform import Component, Listener, Verdict, proven, unproven
from ballast.terraform.security.model import Cell, View
from ballast.terraform.security.policies import Rule, rules

SECTION = "listeners"


def listeners(view: View) -> Iterator[Cell]:
    """Two cells a listener; one for a port that only the kubelet asks: that no policy lets anybody else to it."""
    known = rules(view.platform)
    for release in view.unread:
        yield Cell(SECTION, release, "is read", unproven(release, "no reader knows this chart, so nothing of it is proven"))
    for component in view.components:
        for listener in component.listeners:
            subject = f"{component.namespace}/{component.name}:{listener.port} {listener.name}"
            if listener.probe_only:
                yield Cell(SECTION, subject, "kubelet only", _closed(component, listener, view, known))
                continue
            yield Cell(SECTION, subject, "TLS", listener.tls)
            if listener.human:
                none = proven(False, listener.client_auth.where, "a listener for people without a sign-in")
                yield Cell(SECTION, subject, "sign-in", listener.oidc or none)
            elif listener.webhook:
                yield Cell(SECTION, subject, "API server only", _admission(component, listener, known))
            else:
                yield Cell(SECTION, subject, "client certificate", listener.client_auth)


def _closed(component: Component, listener: Listener, view: View, known: tuple[Rule, ...]) -> Verdict:
    """A plain port for probes is admitted by no policy; where the same number is another component's, that one is meant.

    Policies select namespaces, and ports that two components of one namespace share cannot be told apart in the plan.
    """
    admitted = [r for r in known if r.ingress and r.namespace == component.namespace and listener.port in r.ports]
    if not admitted:
        return proven(True, listener.tls.where, "no policy admits anybody; probes come from the node")
    shared = [
        other.name
        for other in view.components
        if other.namespace == component.namespace
        for offered in other.listeners
        if offered.port == listener.port and not offered.probe_only
    ]
    if shared:
        return unproven(admitted[0].address, f"the policy for {', '.join(sorted(set(shared)))} admits this port as well")
    if listener.tls.state == "unproven" and all(r.peer == component.namespace for r in admitted):
        return unproven(listener.tls.where, listener.tls.reason)
    return proven(False, admitted[0].address, f"a port without TLS is open to {', '.join(sorted({r.peer for r in admitted}))}")


def _admission(component: Component, listener: Listener, known: tuple[Rule, ...]) -> Verdict:
    admitted = [r for r in known if r.ingress and r.namespace == component.namespace and listener.port in r.ports]
    if not admitted:
        return proven(False, component.source, "no policy lets in the API server, which would refuse every object")
    others = sorted({r.peer for r in admitted if not r.cidr or r.peer == "0.0.0.0/0"})
    return proven(not others, admitted[0].address, f"open to {', '.join(others)} as well" if others else "")
