"""A plan × prices × usage: dollars a month by resource, and the difference that the plan makes.

An unchanged resource differs by nothing, exactly. A changed one differs by its new interval minus its old one, wherever both
lie. A part that nobody can tell is listed and is in no sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ballast.release.cost.charges import SUBSCRIPTION, Charge, Line, Unknown, charges, provider_of
from ballast.release.cost.interval import ZERO, Interval, money, total
from ballast.release.cost.prices import Price, Prices

KEEPS = (["no-op"], ["read"])


@dataclass(frozen=True, slots=True)
class Item:
    """One line: what it costs a month. `price` says from where; `quantity` in the price's unit."""

    item: str
    quantity: Interval
    price: Price
    note: str

    @property
    def monthly(self) -> Interval:
        """Dollars a month."""
        return self.quantity * self.price.monthly


@dataclass(slots=True)
class Resource:
    """A resource's cost after the plan, and what the plan changes. `unknown` and `unknown_delta` are in no figure."""

    address: str
    module: str
    type: str
    action: str
    items: list[Item] = field(default_factory=list)
    delta: Interval = ZERO
    unknown: list[str] = field(default_factory=list)
    unknown_delta: list[str] = field(default_factory=list)
    subscription: bool = False

    @property
    def monthly(self) -> Interval:
        """Dollars a month, of what is known."""
        return total([item.monthly for item in self.items])


@dataclass(slots=True)
class Estimate:
    """Of one root."""

    root: str
    resources: list[Resource]
    oldest_price: str = ""

    @property
    def monthly(self) -> Interval:
        """Dollars a month after the plan, of what is known."""
        return total([resource.monthly for resource in self.resources])

    @property
    def delta(self) -> Interval:
        """What the plan adds (or takes) a month, of what is known."""
        return total([resource.delta for resource in self.resources])

    @property
    def unknown(self) -> dict[str, list[str]]:
        """By address, parts of the monthly cost that nobody can tell."""
        return {r.address: r.unknown for r in self.resources if r.unknown}

    @property
    def unknown_delta(self) -> dict[str, list[str]]:
        """By address, changes of the cost that nobody can tell."""
        return {r.address: r.unknown_delta for r in self.resources if r.unknown_delta}

    @property
    def subscriptions(self) -> list[str]:
        """Addresses of subscriptions and purchases that the plan begins or changes."""
        return [r.address for r in self.resources if r.subscription and r.action not in ("no-op", "delete")]

    def modules(self) -> dict[str, tuple[Interval, Interval, int]]:
        """By module: monthly, delta, resources with something unknown. Modules without a charge are left out."""
        found: dict[str, tuple[Interval, Interval, int]] = {}
        for resource in self.resources:
            if resource.items or resource.unknown or resource.unknown_delta or resource.delta != ZERO:
                monthly, delta, unknown = found.get(resource.module, (ZERO, ZERO, 0))
                missing = bool(resource.unknown or resource.unknown_delta)
                found[resource.module] = (monthly + resource.monthly, delta + resource.delta, unknown + missing)
        return dict(sorted(found.items()))

    def as_dict(self) -> dict[str, Any]:
        """For machines; dollars as decimal text."""
        return {
            "root": self.root,
            "oldest_price": self.oldest_price,
            "monthly": _pair(self.monthly),
            "delta": _pair(self.delta),
            "unknown": self.unknown,
            "unknown_delta": self.unknown_delta,
            "subscriptions": self.subscriptions,
            "resources": [
                {
                    "address": r.address,
                    "action": r.action,
                    "monthly": _pair(r.monthly),
                    "delta": _pair(r.delta),
                    "items": [
                        {
                            "item": i.item,
                            "quantity": _pair(i.quantity),
                            "unit": i.price.unit,
                            "usd": f"{i.price.usd}",
                            "monthly": _pair(i.monthly),
                            "note": i.note,
                            "date": i.price.date.isoformat(),
                            "source": i.price.source,
                        }
                        for i in r.items
                    ],
                }
                for r in self.resources
                if r.items or r.delta != ZERO
            ],
        }


def _pair(interval: Interval) -> list[str]:
    return [f"{interval.low.normalize():f}", f"{interval.high.normalize():f}"]


def estimate(
    plan: Mapping[str, Any],
    prices: Prices,
    *,
    root: str = "",
    usage: Mapping[str, Interval] | None = None,
    repo: Path | None = None,
) -> Estimate:
    """Estimate a plan (`terraform show -json`). With `repo`, disks and objects of a platform root by the sizing model.

    Raises CannotRun where the sizing model cannot be evaluated.
    """
    changes = [raw for raw in plan.get("resource_changes") or [] if raw.get("mode") == "managed"]
    regions = _regions(plan, changes)
    found = [_resource(raw, changes, prices, regions, usage or {}) for raw in changes]
    if repo is not None:
        found += _stored(repo, root, plan, changes, prices, regions)
    dates = [item.price.date for resource in found for item in resource.items]
    return Estimate(root, found, min(dates).isoformat() if dates else "")


def _resource(
    raw: Mapping[str, Any],
    changes: list[Any],
    prices: Prices,
    regions: dict[str, str],
    usage: Mapping[str, Interval],
) -> Resource:
    change, kind = raw["change"], raw["type"]
    actions = change["actions"]
    made = Resource(raw["address"], raw.get("module_address", ""), kind, _action(actions))
    made.subscription = bool(SUBSCRIPTION.match(kind))
    before, after = (change.get(side) for side in ("before", "after"))
    had, had_unknown = _priced(raw, before, "before", changes, prices, regions, usage)
    if actions == ["forget"]:
        # The resource goes on, out of the state: it costs what it did, and nobody sees it here any more.
        made.items, made.unknown = had, had_unknown
        return made
    made.items, made.unknown = _priced(raw, after, "after", changes, prices, regions, usage)
    if actions in KEEPS or (had == made.items and not had_unknown and not made.unknown):
        return made
    made.delta = made.monthly - total([item.monthly for item in had])
    if after is None:
        return made  # whatever it cost, it can only become less
    made.unknown_delta = list(dict.fromkeys([*made.unknown, *(f"before: {why}" for why in had_unknown)]))
    return made


def _action(actions: list[str]) -> str:
    return "replace" if set(actions) == {"create", "delete"} else actions[0]


def _priced(
    raw: Mapping[str, Any],
    values: Mapping[str, Any] | None,
    side: str,
    changes: list[Any],
    prices: Prices,
    regions: dict[str, str],
    usage: Mapping[str, Interval],
) -> tuple[list[Item], list[str]]:
    if values is None:
        return [], []
    if raw["type"] == "aws_eks_node_group":
        values = {**values, **_nodes(raw, values, side, changes)}
    cloud = provider_of(raw["type"])
    region = str(values.get("region") or values.get("location") or regions.get(cloud, ""))
    return _lines(charges(raw["type"], values, usage), cloud, _region(region), prices)


def _region(place: str) -> str:
    """`europe-west1` of `europe-west1-b`: Google's zones end in a letter. Buckets write theirs in capitals."""
    low = place.lower()
    head, _, tail = low.rpartition("-")
    return head if len(tail) == 1 and tail.isalpha() else low


def _lines(found: list[Charge], cloud: str, region: str, prices: Prices) -> tuple[list[Item], list[str]]:
    items, unknown = [], []
    for charge in found:
        match charge:
            case Unknown(why):
                unknown.append(why)
            case Line(item, quantity, note):
                if price := prices.find(cloud, region, item):
                    items.append(Item(item, quantity, price, note))
                else:
                    unknown.append(f"terraform/prices.csv has no price of {item} in {region or 'an unknown region'}")
    return items, unknown


def _nodes(raw: Mapping[str, Any], values: Mapping[str, Any], side: str, changes: list[Any]) -> dict[str, Any]:
    """Instance type and disk of an EKS node group: its own, or those of its launch template.

    The template is found by its id or, before it has one, by its module and key.
    """
    own = values.get("instance_types") or []
    if own:
        return {"ballast_instance_type": own[0] if len(own) == 1 else None, "ballast_disk_gb": values.get("disk_size") or 20}
    wanted = (values.get("launch_template") or [{}])[0]
    for other in changes:
        template = other["change"].get(side)
        if other["type"] != "aws_launch_template" or not isinstance(template, dict):
            continue
        by_key = other.get("module_address") == raw.get("module_address") and other.get("index") == raw.get("index")
        if (wanted["id"] == template.get("id")) if wanted.get("id") else by_key:
            disk = ((template.get("block_device_mappings") or [{}])[0].get("ebs") or [{}])[0]
            return {
                "ballast_instance_type": template.get("instance_type"),
                "ballast_disk_gb": disk.get("volume_size"),
                "ballast_disk_type": disk.get("volume_type"),
            }
    return {}


def _regions(plan: Mapping[str, Any], changes: list[Any]) -> dict[str, str]:
    """The region that most resources of a cloud name, else that of the root's variables or of the cluster that it reads."""
    found: dict[str, dict[str, int]] = {}
    for raw in changes:
        for side in ("after", "before"):
            values = raw["change"].get(side) or {}
            place = values.get("region") or values.get("location")
            if isinstance(place, str) and place:
                counts = found.setdefault(provider_of(raw["type"]), {})
                counts[_region(place)] = counts.get(_region(place), 0) + 1
    regions = {cloud: max(sorted(counts), key=counts.__getitem__) for cloud, counts in found.items()}
    named = [(plan.get("variables") or {}).get("region", {}).get("value")]
    for read in ((plan.get("prior_state") or {}).get("values") or {}).get("root_module", {}).get("resources", []):
        if read["type"] == "terraform_remote_state":
            cluster = (read["values"].get("outputs") or {}).get("cluster")
            named.append(cluster.get("region") if isinstance(cluster, dict) else None)
    for region in named:
        if isinstance(region, str) and region:
            for cloud in ("aws", "gcp"):
                regions.setdefault(cloud, region)
    return regions


def _stored(
    repo: Path, root: str, plan: Mapping[str, Any], changes: list[Any], prices: Prices, regions: dict[str, str]
) -> Iterator[Resource]:
    """Disks and objects as resources of their own. What they were before is not in a plan, unless there was nothing."""
    from ballast.release.cost.sizing import stored

    cloud = next((part for part in root.split("/") if part in ("aws", "gcp")), "")
    charts = [raw for raw in changes if raw["type"] == "helm_release"]
    fresh = all(raw["change"]["actions"] == ["create"] for raw in charts)
    same = all(raw["change"]["actions"] in KEEPS for raw in charts)
    gone = bool(charts) and all(raw["change"]["actions"] == ["delete"] for raw in charts)
    for name, line in stored(repo, cloud, plan):
        items, unknown = _lines([line], cloud, regions.get(cloud, ""), prices)
        action = "no-op" if same else "create" if fresh else "update"
        made = Resource(f'sizing["{name}"]', "sizing", "sizing", action)
        if gone:
            made.action = "delete"
            made.unknown = ["volumes and objects stay when their charts are removed, until somebody deletes them"]
            yield made
            continue
        made.items, made.unknown = items, unknown
        if fresh and charts:
            made.delta, made.unknown_delta = made.monthly, list(unknown)
        elif not same:
            made.unknown_delta = ["what was stored before the change is not in the plan"]
        yield made


def difference(value: Interval) -> str:
    """`+$3.00 to +$5.00`."""
    signed = [f"+{money(end)}" if end > 0 else money(end) for end in (value.low, value.high)]
    return signed[0] if value.low == value.high else " to ".join(signed)
