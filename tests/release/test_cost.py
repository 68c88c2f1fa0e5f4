"""Cost: intervals that hold the truth, nothing unknown counted as nothing, budgets that stop."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.release.cost import (
    Allowance,
    Interval,
    Prices,
    estimate,
    judge_cost,
    markdown,
    read_allowance,
    read_prices,
    refresh,
    table,
    text,
)
from ballast.release.cost.charges import Line, Unknown, charges
from ballast.release.cost.interval import money, total
from ballast.release.cost.prices import parse
from ballast.repo import CannotRun

numbers = st.decimals(-10_000, 10_000, places=4)
intervals = st.tuples(numbers, numbers).map(lambda ends: Interval(min(ends), max(ends)))


@st.composite
def held(draw: st.DrawFn) -> tuple[Interval, Decimal]:
    """An interval, and a number in it."""
    interval = draw(intervals)
    return interval, draw(st.decimals(interval.low, interval.high, places=4))


@given(st.lists(held()), st.decimals(0, 1000, places=4))
def test_sums_products_and_differences_hold_the_truth(pairs: list[tuple[Interval, Decimal]], price: Decimal) -> None:
    ranges, truths = [one for one, _ in pairs], [truth for _, truth in pairs]
    whole, truth = total(ranges), sum(truths, Decimal(0))
    assert whole.low <= truth <= whole.high
    scaled = whole * price
    assert scaled.low <= truth * price <= scaled.high
    for one, inside in pairs:
        difference = whole - one
        assert difference.low <= truth - inside <= difference.high
    assert total(ranges[::-1]) == whole  # decimal: in any order, to the last digit


@given(st.decimals(allow_nan=True, allow_infinity=True), st.decimals(allow_nan=True, allow_infinity=True))
def test_what_is_no_interval_is_refused(low: Decimal, high: Decimal) -> None:
    if low.is_finite() and high.is_finite() and low <= high:
        Interval(low, high)
    else:
        with pytest.raises(ValueError, match="no interval"):
            Interval(low, high)


def test_an_amount_under_a_cent_is_not_shown_as_none() -> None:
    assert [money(Decimal(n)) for n in ("0", "0.004", "-0.004", "1234.5")] == ["$0.00", "<$0.01", "-<$0.01", "$1,234.50"]


PRICES = Prices(
    parse(
        "provider,region,item,unit,usd,date,source\n"
        "aws,eu-west-1,nat-gateway,hour,0.048,2025-01-15,https://example.org/\n"
        "aws,eu-west-1,nat-gateway-data,gb,0.048,2025-01-15,https://example.org/\n"
        "aws,eu-west-1,kms-key,month,1,2025-01-15,https://example.org/\n"
        "aws,eu-west-1,ec2-m7g.xlarge,hour,0.1819,2024-06-01,https://example.org/\n"
        "aws,eu-west-1,ebs-gp3,gb-month,0.088,2025-01-15,https://example.org/\n"
    )
)
REGION = {"region": "eu-west-1"}
KEY = {**REGION, "enable_key_rotation": False}


def change(kind: str, before: Any, after: Any, actions: list[str] | None = None, **more: Any) -> dict[str, Any]:
    if actions is None:
        actions = (
            ["create"] if before is None else ["delete"] if after is None else ["no-op"] if before == after else ["update"]
        )
    named = {"address": f"module.m.{kind}.this", "module_address": "module.m", "mode": "managed", "type": kind, "name": "this"}
    return named | more | {"change": {"actions": actions, "before": before, "after": after}}


def made(*changes: dict[str, Any], **usage: Interval) -> Any:
    return estimate({"resource_changes": list(changes)}, PRICES, root="r", usage=usage)


def test_a_resource_that_is_created_costs_its_price_by_730_hours() -> None:
    one = made(change("aws_nat_gateway", None, REGION), nat_gb=Interval.of(100, 1000))
    assert one.monthly == Interval.of("39.84", "83.04")  # 0.048 × 730, and 0.048 a GB
    assert one.delta == one.monthly
    assert one.unknown == {}


def test_use_that_nobody_said_is_unknown_and_asks() -> None:
    one = made(change("aws_nat_gateway", None, REGION))
    assert one.monthly == Interval.of("35.04")
    assert "usage.nat_gb" in one.unknown["module.m.aws_nat_gateway.this"][0]
    assert judge_cost(one, Allowance(budget=Decimal(100))).state == "ask"


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("aws_quantum_thing", "nobody has written"),
        ("google_kms_crypto_key", "no price of kms-key-version in an unknown region"),
    ],
)
def test_a_type_or_price_that_is_not_known_is_never_free(kind: str, why: str) -> None:
    one = made(change(kind, None, {}))
    assert why in one.unknown[f"module.m.{kind}.this"][0]
    assert judge_cost(one, Allowance()).state == "ask"
    assert one.monthly == Interval.of(0)


def test_what_does_not_change_differs_by_nothing() -> None:
    rotated = {**REGION, "enable_key_rotation": True}
    one = made(
        change("aws_kms_key", rotated, rotated), change("aws_quantum_thing", {}, {}), change("aws_iam_role", {}, {"a": 1})
    )
    assert one.monthly == Interval.of(1, 3)
    assert one.delta == Interval.of(0)
    assert one.unknown_delta == {}
    assert judge_cost(one, Allowance()).state == "free"
    assert list(one.unknown) == ["module.m.aws_quantum_thing.this"]


def test_a_removal_is_free_and_a_replacement_is_not() -> None:
    gone = made(change("aws_kms_key", KEY, None), change("aws_quantum_thing", {}, None))
    assert (gone.monthly, gone.delta, judge_cost(gone, Allowance()).state) == (Interval.of(0), Interval.of(-1), "free")
    replaced = made(change("aws_kms_key", KEY, {**KEY, "enable_key_rotation": True}, ["delete", "create"]))
    assert replaced.delta == Interval.of(0, 2)
    assert judge_cost(replaced, Allowance(budget=Decimal(5))).state == "ask"
    kept = made(change("aws_kms_key", KEY, None, ["forget"]))
    assert kept.monthly == Interval.of(1)  # it goes on in the cloud


def test_nodes_are_counted_from_least_to_most_with_their_disks() -> None:
    group = {**REGION, "scaling_config": [{"min_size": 3, "max_size": 9}], "launch_template": [{}]}
    disk = [{"ebs": [{"volume_size": 100, "volume_type": "gp3"}]}]
    template = {**REGION, "instance_type": "m7g.xlarge", "block_device_mappings": disk}
    pair = [change("aws_eks_node_group", None, group, index="a"), change("aws_launch_template", None, template, index="a")]
    one = made(*pair)
    each = Decimal("0.1819") * 730 + 100 * Decimal("0.088")
    assert one.monthly == Interval(3 * each, 9 * each)
    assert one.oldest_price == "2024-06-01"
    pair[1]["index"] = "b"
    assert "known after apply" in made(*pair).unknown["module.m.aws_eks_node_group.this"][0]


def test_over_budget_stops_unless_it_becomes_less() -> None:
    grows = made(change("aws_kms_key", None, KEY))
    stop = judge_cost(grows, Allowance(budget=Decimal("0.5")))
    assert stop.state == "stop"
    assert "$1.00 a month at most is over the budget of $0.50" in stop.reasons[0]
    less = made(change("aws_kms_key", KEY, None), change("aws_nat_gateway", REGION, REGION), nat_gb=Interval.of(0))
    assert judge_cost(less, Allowance(budget=Decimal(1))).state == "free"
    assert judge_cost(grows, Allowance()).reasons[-1].startswith("nobody has set a budget")


@pytest.mark.parametrize(
    "kind", ["pagerduty_user", "aws_marketplace_thing", "aws_savingsplans_plan", "google_compute_region_commitment"]
)
def test_a_subscription_needs_its_owner(kind: str) -> None:
    one = made(change(kind, None, {}))
    verdict = judge_cost(one, Allowance(owner="ada@acme.example", budget=Decimal(100)))
    assert (verdict.state, verdict.owner) == ("owner", "ada@acme.example")
    assert judge_cost(made(change(kind, {}, {})), Allowance()).state == "free"


def test_every_answer_of_every_type_is_a_line_or_a_reason() -> None:
    from ballast.release.cost.charges import _CHARGES

    for kind in _CHARGES:
        for values in ({}, {"region": None}, {"scaling_config": None, "autoscaling": [], "spec": [{"type": "LoadBalancer"}]}):
            assert all(isinstance(one, Line | Unknown) for one in charges(kind, values, {}))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("aws,eu-west-1,x,week,1,2025-01-15,https://a/", "as unit"),
        ("aws,eu-west-1,x,hour,-1,2025-01-15,https://a/", "no price"),
        ("aws,eu-west-1,x,hour,NaN,2025-01-15,https://a/", "no price"),
        ("aws,eu-west-1,x,hour,1,yesterday,https://a/", "as unit"),
        ("aws,eu-west-1,x,hour,1,2025-01-15,somewhere", "needs the page"),
        ("aws,eu-west-1,x,hour,1,2025-01-15,https://a/\naws,eu-west-1,x,hour,2,2025-01-15,https://a/", "already"),
    ],
)
def test_a_price_without_its_source_or_date_is_refused(line: str, why: str) -> None:
    with pytest.raises(CannotRun, match=why) as caught:
        parse(f"provider,region,item,unit,usd,date,source\n{line}\n")
    assert str(caught.value).startswith("terraform/prices.csv:")


def test_allowances_are_read_by_root(tmp_path: Path) -> None:
    path = tmp_path / "terraform/environments/staging/cost.tfvars"
    path.parent.mkdir(parents=True)
    root = "terraform/environments/staging/aws/cluster"
    assert read_allowance(tmp_path, root) == Allowance()
    path.write_text(
        'owner = "a@b"\nmonthly_budget_usd = { "aws/cluster" = 12.5 }\nusage = { "aws/cluster" = { nat_gb = [1, 2] } }\n'
    )
    assert read_allowance(tmp_path, root) == Allowance("a@b", Decimal("12.5"), {"nat_gb": Interval.of(1, 2)})
    assert read_allowance(tmp_path, "terraform/modules/eks") == Allowance()
    for wrong in (
        "owner = ",
        "speed = 1",
        'usage = { "aws/cluster" = { nat_gb = [2, 1] } }',
        'monthly_budget_usd = { "aws/cluster" = -1 }',
    ):
        path.write_text(wrong + "\n")
        with pytest.raises(CannotRun, match=r"cost\.tfvars"):
            read_allowance(tmp_path, root)


def test_the_reports_say_the_same(root: Path) -> None:
    one = made(change("aws_nat_gateway", None, REGION), change("aws_quantum|thing", None, {}), change("aws_kms_key", None, KEY))
    rows = list(csv.DictReader(io.StringIO(table([one]))))
    priced = [row for row in rows if row["item"] != "unknown"]
    assert sum(Decimal(row["monthly_high"]) for row in priced) == one.monthly.high
    assert {row["address"] for row in rows if row["item"] == "unknown"} == set(one.unknown)
    page = markdown([one], {"r": judge_cost(one, Allowance())})
    assert "$36.04" in page
    assert "**ask**" in page
    assert "aws_quantum\\|thing" in page
    assert "2 unknown" in text([one])
    assert json.loads(json.dumps(one.as_dict()))["monthly"] == ["36.04", "36.04"]


def test_the_repositorys_prices_cover_what_its_roots_name(root: Path) -> None:
    """Each line that a root of this repository may be charged has a price, or a reason in docs/costs.md."""
    from ballast.terraform.roots import plan_roots

    name = "terraform/environments/production/gcp/bootstrap"
    (planned,) = plan_roots(root, [name])
    assert not planned.problems
    prices = read_prices(root)
    one = estimate(planned.plan, prices, root=name, usage=read_allowance(root, name).usage, repo=root)
    assert one.unknown == {}
    assert Decimal(0) < one.monthly.low <= one.monthly.high <= (read_allowance(root, name).budget or 0)
    assert all(price.source.startswith("https://") and price.date <= date(2026, 12, 31) for price in prices)


def test_the_sizing_model_gives_disks_and_objects(root: Path) -> None:
    load = {
        "services": 100,
        "series": 1000000,
        "high_cardinality_series": 0,
        "logs_gb_a_day": 500,
        "spans_gb_a_day": 300,
        "nodes": 20,
    }
    plan: dict[str, Any] = {
        "variables": {
            "load": {"value": load},
            "retention_days": {"value": {"logs": 30, "traces": 14, "metrics": {"hour": 730}}},
        },
        "resource_changes": [change("helm_release", None, {})],
        "prior_state": {
            "values": {
                "root_module": {
                    "resources": [
                        {"type": "terraform_remote_state", "values": {"outputs": {"cluster": {"region": "eu-west-1"}}}}
                    ]
                }
            }
        },
    }
    name = "terraform/environments/production/aws/platform"
    one = estimate(plan, read_prices(root), root=name, repo=root)
    found = {r.address: r for r in one.resources}
    logs = found['sizing["objects of logs"]']
    assert logs.items[0].quantity == Interval.of(1500, 3000)  # a fifth of 500 GB a day: half a month's mean, and 30 days
    assert one.delta == one.monthly
    plan["resource_changes"][0]["change"] = {"actions": ["update"], "before": {}, "after": {"a": 1}}
    assert (
        "what was stored before"
        in next(iter(estimate(plan, read_prices(root), root=name, repo=root).unknown_delta.values()))[0]
    )


def test_refresh_takes_what_the_catalogues_say() -> None:
    def aws(kind: str, region: str) -> list[dict[str, Any]]:
        assert (kind, region) == ("m7g.xlarge", "eu-west-1")
        dimension = {"unit": "Hrs", "pricePerUnit": {"USD": "0.1900000000"}}
        return [{"terms": {"OnDemand": {"t": {"priceDimensions": {"d": dimension}}}}}]

    def google() -> Iterator[dict[str, Any]]:
        for words, nanos in (
            ("E2 Instance Core running in Belgium", 23990000),
            ("E2 Instance Ram running in Belgium", 3216000),
        ):
            yield {
                "description": words,
                "category": {"usageType": "OnDemand", "resourceFamily": "Compute"},
                "serviceRegions": ["europe-west1"],
                "pricingInfo": [{"pricingExpression": {"tieredRates": [{"unitPrice": {"units": "0", "nanos": nanos}}]}}],
            }

    more = "provider,region,item,unit,usd,date,source\ngcp,europe-west1,vm-e2-standard-4,hour,0.1,2020-01-01,https://a/\n"
    done = refresh(Prices([*PRICES, *parse(more)]), aws=aws, google=google, today=date(2026, 11, 24))
    found = {price.item: price for price in done.prices}
    assert found["ec2-m7g.xlarge"].usd == Decimal("0.19")
    assert found["vm-e2-standard-4"].usd == 4 * Decimal("0.02399") + 16 * Decimal("0.003216")
    assert found["kms-key"].date == date(2025, 1, 15)
    assert (len(done.changed), done.confirmed, done.kept) == (2, 0, 4)
