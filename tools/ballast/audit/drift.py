"""Who changed what drifted: resources of a plan's `resource_drift` against changes that were imported.

A name in a provider's log is no proof of what was changed: a security group's creation names its network too. So a match says
how good it is: `changed` when the log names the resource as what the call was on, or the call's name says its type; `named`
when only one of its names appears.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from ballast.audit.chain import Record

_IDS = ("id", "arn", "self_link", "name", "bucket", "key_id", "identifier", "function_name", "unique_id", "uid")
_KINDS = {"aws": "aws", "google": "gcp", "google-beta": "gcp", "kubernetes": "kubernetes", "helm": "kubernetes"}


@dataclass(frozen=True, slots=True)
class Author:
    """One change that may be the drift. `at` is when it happened, `entry` its number in the log."""

    who: str
    at: str
    action: str
    result: str
    entry: int
    match: Literal["changed", "named"]


@dataclass(frozen=True, slots=True)
class Drift:
    """A resource that is not as the state has it. `authors`: whose changes fit, the likeliest first; empty when unknown."""

    address: str
    type: str
    actions: list[str]
    attributes: list[str]
    authors: list[Author] = field(default_factory=list)


def attribute(plan: Mapping[str, Any], records: Iterable[Record], *, since: datetime | None = None) -> list[Drift]:
    """Every drifted resource of a plan's JSON with the imported changes that fit. Attributes are named, values never shown.

    Only what succeeded counts. `since` leaves out what happened before: an apply of one's own, which is in those logs as well.
    """
    seen = (one for one in records if one.details.get("event") and one.result in ("ok", "started"))
    changes = [(record, _names(record)) for record in seen]
    if since is not None:
        changes = [one for one in changes if datetime.fromisoformat(str(one[0].details["at"])) >= since]
    found = []
    for raw in plan.get("resource_drift") or ():
        change = raw.get("change") or {}
        if change.get("actions") in (["no-op"], ["read"], None):
            continue
        authors = [author for record, names in changes if (author := _author(raw, record, names)) is not None]
        authors.sort(key=lambda one: one.at, reverse=True)
        authors.sort(key=lambda one: one.match)
        found.append(Drift(raw["address"], raw["type"], change["actions"], _differences(change), authors))
    return found


def _author(raw: Mapping[str, Any], record: Record, names: set[str]) -> Author | None:
    provider = _KINDS.get(str(raw["type"]).partition("_")[0])
    if provider != _provider(record):
        return None
    ids = _ids(raw, provider)
    if not ids & names:
        return None
    on = {_canonical(str(one)) for one in record.details.get("on", ())}
    details = record.details
    action = str(details["action"])
    exact = bool(ids & on) or _same_kind(str(raw["type"]), action)
    match: Literal["changed", "named"] = "changed" if exact else "named"
    return Author(record.who, str(details["at"]), action, record.result, record.sequence, match)


def _provider(record: Record) -> str:
    if record.what.startswith("seen/"):
        return record.what.removeprefix("seen/")
    return str(record.details.get("system", ""))


def _names(record: Record) -> set[str]:
    return {_canonical(str(one)) for one in record.details.get("ids", ())}


def _ids(raw: Mapping[str, Any], provider: str) -> set[str]:
    """All names of a drifted resource, before and after."""
    change, kind = raw["change"], str(raw["type"])
    found: set[str] = set()
    for side in (change.get("before"), change.get("after")):
        if not isinstance(side, dict):
            continue
        if provider == "kubernetes":
            found |= _kubernetes(side, kind)
            continue
        keys = [key for key, value in side.items() if isinstance(value, str)] if "_iam_" in kind else list(_IDS)
        tail = kind.rpartition("_")[2]
        keys += [f"{tail}_id", f"{tail}_name", f"{tail}_identifier"]
        found |= {_canonical(side[key]) for key in keys if isinstance(side.get(key), str) and len(side[key]) > 1}
    return found


def _kubernetes(side: Mapping[str, Any], kind: str) -> set[str]:
    metadata = side.get("metadata") or [side]
    first = metadata[0] if isinstance(metadata, list) and metadata else metadata
    name, namespace = first.get("name"), first.get("namespace")
    if kind == "helm_release" and name:
        return {f"{namespace}/sh.helm.release.v1.{name}"}
    noun = _noun(kind)
    plurals = {noun + "s", noun + "es", noun[:-1] + "ies"}
    place = "/".join(str(one) for one in (namespace, name) if one)
    return {f"{plural}/{place}" for plural in plurals} if name else set()


def _canonical(name: str) -> str:
    """One spelling of what has several: Google's URLs, zones and regions; a Kubernetes resource without its API group."""
    name = re.sub(r"^(?:https?:)?//[^/]+/(?:[a-z]+/v\d[a-z0-9]*/)?(?=projects/)", "", name)
    name = re.sub(r"/(?:zones|regions)/", "/locations/", name) if name.startswith("projects/") else name
    name = re.sub(r"^secrets/([^/]+)/(sh\.helm\.release\.v1\..+)\.v\d+$", r"\1/\2", name)
    return re.sub(r"^([a-z]+)\.[a-z0-9.-]+(?=/)", r"\1", name)


def _noun(kind: str) -> str:
    """`aws_security_group` -> `securitygroup`."""
    words = kind.split("_")[1:]
    if words and re.fullmatch(r"v\d+(?:(?:alpha|beta)\d+)?", words[-1]):
        words = words[:-1]
    return "".join(words)


def _same_kind(kind: str, action: str) -> bool:
    """Whether a call's name says the resource's type: AuthorizeSecurityGroupIngress, v1.compute.firewalls.patch."""
    squashed = re.sub(r"[^a-z]", "", action.lower())
    if "_iam_" in kind:
        return "iampolicy" in squashed or "policy" in squashed
    if kind == "helm_release":
        return "secrets" in squashed
    words = kind.split("_")[1:]
    tails = ["".join(words[at:]) for at in range(len(words)) if len("".join(words[at:])) > 2]
    call = squashed if ":" not in action else re.sub(r"[^a-z]", "", action.partition(":")[2].lower())
    return any(tail in call or (tail.endswith("y") and tail[:-1] + "ies" in call) for tail in tails[:2])


def _differences(change: Mapping[str, Any]) -> list[str]:
    """The paths of attributes that differ: `tags.owner`, `ingress`."""
    before, after = change.get("before"), change.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return []
    found = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            found += [f"{key}.{inner}" for inner in sorted(old.keys() | new.keys()) if old.get(inner) != new.get(inner)]
        else:
            found.append(key)
    return found
