"""The generated messages are those of protocol.proto, and carry the numbers that cores use."""

from __future__ import annotations

from pathlib import Path

import msgpack
import pytest

from ballast.terraform.hermetic import protocol_pb2 as pb
from ballast.terraform.hermetic.schema import Snapshot, schema_message
from ballast.terraform.hermetic.values import UNKNOWN, at, decode, encode, is_unknown, wholly_known
from tests.terraform.hermetic.conftest import PROBE
from tests.terraform.hermetic.regenerate import PROTO, TOOLS, generate


def test_the_generated_code_is_current(tmp_path: Path) -> None:
    generate(tmp_path)
    for suffix in ("_pb2.py", "_pb2.pyi"):
        name = PROTO.replace(".proto", suffix)
        assert (tmp_path / name).read_text() == (TOOLS / name).read_text(), "python -m tests.terraform.hermetic.regenerate"


def test_a_schema_is_sent_as_each_protocol_knows_it() -> None:
    thing = Snapshot.read(PROBE / "ballast-probe.json").resources["probe_thing"]
    six = {a.name: a for a in schema_message(thing, 6).block.attributes}
    five = {a.name: a for a in schema_message(thing, 5).block.attributes}
    assert six["settings"].nested_type.nesting == pb.Schema.SINGLE
    assert five["settings"].type == b'["object",{"level":"number","mode":"string"},["mode"]]'
    assert five["rules"].type == b'["list",["object",{"action":"string","number":"number"},["number"]]]'
    assert (six["secret_wo"].write_only, five["secret_wo"].write_only) == (True, False)
    assert schema_message(thing, 6).version == 1


@pytest.mark.parametrize("value", [None, True, 1, 2.5, "x", [1, [2]], {"a": {"b": [None]}}, [b'"string"', "dynamic"]])
def test_values_cross_the_wire_unchanged(value: object) -> None:
    assert decode(encode(value)) == value


def test_unknown_values() -> None:
    refined = msgpack.ExtType(12, b"\x81\x01\xc2")
    for unknown in (UNKNOWN, refined):
        back = decode(encode({"a": [unknown]}))
        assert back == {"a": [unknown]}
        assert is_unknown(back["a"][0])
        assert not wholly_known(back)
    assert encode(UNKNOWN) == b"\xd4\x00\x00", "what go-cty writes"
    assert list(at({"a": UNKNOWN}, ("a", "b"))) == []
    assert decode(b"") is None
