"""Asks the providers' price catalogues again: AWS Price List Query API through boto3, Google's Cloud Billing Catalog API.

AWS: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html (needs boto3 and any AWS
credential). Google: https://cloud.google.com/billing/docs/reference/rest/v1/services.skus/list (needs an API key). Only virtual
machines of AWS are one product with one price; Google sells cores and memory apart. Every other line is read by a person on its
source page, as the file says.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ballast.release.cost.prices import Price, Prices
from ballast.repo import CannotRun

COMPUTE_ENGINE = "services/6F81-5844-456A"
"""Compute Engine's name in Google's catalogue."""
type AwsAsk = Callable[[str, str], list[dict[str, Any]]]
type GoogleAsk = Callable[[], Iterator[dict[str, Any]]]


@dataclass(slots=True)
class Refreshed:
    """The prices as they stand now; `changed` in words; `kept` were not asked for, and keep their dates."""

    prices: list[Price]
    changed: list[str] = field(default_factory=list)
    confirmed: int = 0
    kept: int = 0


def refresh(
    prices: Prices, *, aws: AwsAsk | None = None, google: GoogleAsk | None = None, today: date | None = None
) -> Refreshed:
    """New dates and amounts for what the catalogues name. `aws` and `google` ask them; None leaves that provider out."""
    today = today or datetime.now(UTC).date()
    machines = _machines(google()) if google else {}
    found = Refreshed([])
    for price in prices:
        amount = None
        if price.provider == "aws" and aws and price.item.startswith("ec2-"):
            amount = _on_demand(aws(price.item.removeprefix("ec2-"), price.region))
        elif price.provider == "gcp" and price.item.startswith("vm-"):
            amount = _machine(price.item.removeprefix("vm-"), price.region, machines)
        if amount is None:
            found.kept += 1
            found.prices.append(price)
            continue
        if amount != price.usd:
            found.changed.append(f"{price.provider} {price.region} {price.item}: {price.usd} to {amount}")
        else:
            found.confirmed += 1
        found.prices.append(replace(price, usd=amount, date=today))
    return found


def _on_demand(products: list[dict[str, Any]]) -> Decimal | None:
    """The hourly price of a list of products, when it is one price."""
    amounts = {
        Decimal(dimension["pricePerUnit"]["USD"])
        for product in products
        for term in (product.get("terms", {}).get("OnDemand") or {}).values()
        for dimension in term.get("priceDimensions", {}).values()
        if dimension.get("unit") == "Hrs"
    }
    return amounts.pop().normalize() if len(amounts) == 1 else None


def _machines(skus: Iterator[dict[str, Any]]) -> dict[tuple[str, str, str], Decimal]:
    """By region, family and `core` or `ram`: dollars an hour of one core or GiB, on demand."""
    found = {}
    for sku in skus:
        category = sku.get("category", {})
        if category.get("usageType") != "OnDemand" or category.get("resourceFamily") != "Compute":
            continue
        words = sku.get("description", "").split(" Instance ")
        family = words[0].lower()
        kind = {"Core": "core", "Ram": "ram"}.get(words[1].split()[0]) if len(words) == 2 and words[1] else None
        tiers = ((sku.get("pricingInfo") or [{}])[-1].get("pricingExpression") or {}).get("tieredRates") or []
        if kind is None or len(tiers) != 1 or " " in family:
            continue
        unit = tiers[0]["unitPrice"]
        amount = Decimal(unit.get("units") or 0) + Decimal(unit.get("nanos") or 0) / 10**9
        for region in sku.get("serviceRegions", []):
            found[region, family, kind] = amount
    return found


def _machine(kind: str, region: str, machines: dict[tuple[str, str, str], Decimal]) -> Decimal | None:
    """A predefined machine type: its cores and 4 (standard), 8 (highmem) or 1 (highcpu) GiB a core."""
    family, _, rest = kind.partition("-")
    shape, _, cores = rest.partition("-")
    ratio = {"standard": 4, "highmem": 8, "highcpu": 1}.get(shape)
    core, ram = machines.get((region, family, "core")), machines.get((region, family, "ram"))
    if ratio is None or not cores.isdecimal() or core is None or ram is None:
        return None
    return (int(cores) * (core + ratio * ram)).normalize()


def ask_aws() -> AwsAsk:
    """Asks through boto3. Raises CannotRun without it; each question raises CannotRun when AWS does not answer."""
    try:
        import boto3  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise CannotRun("boto3 is not installed: pip install boto3 into the environment, or leave AWS out") from None
    client = boto3.client("pricing", region_name="us-east-1")

    def ask(kind: str, region: str) -> list[dict[str, Any]]:
        wanted = {
            "instanceType": kind,
            "regionCode": region,
            "operatingSystem": "Linux",
            "tenancy": "Shared",
            "preInstalledSw": "NA",
            "capacitystatus": "Used",
        }
        filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in wanted.items()]
        try:
            answer = client.get_products(ServiceCode="AmazonEC2", Filters=filters)
        except Exception as error:  # botocore's own are not importable without it
            raise CannotRun(f"AWS did not answer about {kind}: {error}") from error
        return [json.loads(one) for one in answer["PriceList"]]

    return ask


def ask_google(base: str = "https://cloudbilling.googleapis.com/v1") -> GoogleAsk:
    """Asks Google with the key in `GOOGLE_API_KEY`. Raises CannotRun without one, or when Google does not answer."""
    key = os.environ.get("GOOGLE_API_KEY", "")
    if not key:
        raise CannotRun("GOOGLE_API_KEY is not set: make a key for the Cloud Billing API, or leave Google out")

    def ask() -> Iterator[dict[str, Any]]:
        import httpx

        token = ""
        while True:
            try:
                answer = httpx.get(
                    f"{base}/{COMPUTE_ENGINE}/skus",
                    params={"pageSize": 5000, "pageToken": token},
                    headers={"X-Goog-Api-Key": key},
                    timeout=60,
                )
                answer.raise_for_status()
                body = answer.json()
            except (httpx.HTTPError, ValueError) as error:
                raise CannotRun(f"Google's catalogue did not answer: {type(error).__name__}") from error
            yield from body.get("skus", [])
            token = body.get("nextPageToken", "")
            if not token:
                return

    return ask
