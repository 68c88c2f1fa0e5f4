"""Provider functions (`provider::aws::arn_parse(…)`): pure, so they are computed as the provider computes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
import yaml

from ballast.terraform.hermetic import protocol_pb2 as pb
from ballast.terraform.hermetic.schema import CtyType


class Refused(Exception):
    """The function does not take that argument; says why."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its parameters (all text, none null), the type of its result and what computes it."""

    parameters: tuple[str, ...]
    result: CtyType
    call: Callable[..., Any]
    parameter_type: CtyType = "string"

    def message(self) -> pb.Function:
        """As the protocol sends it."""
        message = pb.Function(
            parameters=[pb.Function.Parameter(name=n, type=orjson.dumps(self.parameter_type)) for n in self.parameters]
        )
        getattr(message, "return").type = orjson.dumps(self.result)
        return message


def _arn_parse(arn: str) -> dict[str, str]:
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        raise Refused(f"{arn!r} is not an ARN: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE")
    return dict(zip(("partition", "service", "region", "account_id", "resource"), parts[1:], strict=True))


def _trim_role_path(arn: str) -> str:
    parsed = _arn_parse(arn)
    if not parsed["resource"].startswith("role/"):
        raise Refused(f"{arn!r} is not the ARN of an IAM role")
    return f"{arn.rsplit(':', 1)[0]}:role/{arn.rsplit('/', 1)[1]}"


def _part(kind: str) -> Callable[[str], str]:
    def find(identifier: str) -> str:
        match = re.search(rf"(?:^|/){kind}/([^/]+)", identifier)
        if match is None:
            raise Refused(f"{identifier!r} has no {kind}/NAME")
        return match.group(1)

    return find


def _region_from_zone(zone: str) -> str:
    if not re.fullmatch(r"[a-z]+-[a-z]+\d+-[a-z]", zone):
        raise Refused(f"{zone!r} is not a zone such as europe-west1-b")
    return zone[:-2]


def _kind_of(value: Any) -> CtyType:
    match value:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case dict():
            return ["object", {key: _kind_of(item) for key, item in value.items()}]
        case list():
            return ["tuple", [_kind_of(item) for item in value]]
    return "string"


def _dynamic(value: Any) -> list[Any]:
    return [orjson.dumps(_kind_of(value)), value]


def _decode(text: str) -> list[Any]:
    documents = _documents(text)
    if len(documents) != 1:
        raise Refused(f"there are {len(documents)} documents in the manifest, not one: use manifest_decode_multi")
    return _dynamic(documents[0])


def _documents(text: str) -> list[Any]:
    try:
        return [document for document in yaml.load_all(text, Loader=yaml.CSafeLoader) if document is not None]
    except yaml.YAMLError as error:
        raise Refused(f"the manifest is not YAML: {error}") from None


def _encode(manifest: list[Any]) -> str:
    return str(yaml.safe_dump(manifest[1], sort_keys=True))


ARN: CtyType = ["object", dict.fromkeys(("partition", "service", "region", "account_id", "resource"), "string")]

FUNCTIONS: dict[str, dict[str, Function]] = {
    "hashicorp/aws": {
        "arn_parse": Function(("arn",), ARN, _arn_parse),
        "arn_build": Function(
            ("partition", "service", "region", "account_id", "resource"), "string", lambda *parts: ":".join(("arn", *parts))
        ),
        "trim_iam_role_path": Function(("arn",), "string", _trim_role_path),
    },
    "hashicorp/google": {
        "name_from_id": Function(("id",), "string", lambda identifier: identifier.rsplit("/", 1)[-1]),
        "project_from_id": Function(("id",), "string", _part("projects")),
        "region_from_id": Function(("id",), "string", _part("regions")),
        "zone_from_id": Function(("id",), "string", _part("zones")),
        "location_from_id": Function(("id",), "string", _part("locations")),
        "region_from_zone": Function(("zone",), "string", _region_from_zone),
    },
    "hashicorp/kubernetes": {
        "manifest_decode": Function(("manifest",), "dynamic", _decode),
        "manifest_decode_multi": Function(("manifest",), "dynamic", lambda text: _dynamic(_documents(text))),
        "manifest_encode": Function(("manifest",), "string", _encode, parameter_type="dynamic"),
    },
}
