"""One root through its life, on every core there is, on both protocols."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ballast.terraform import Core
from tests.terraform.hermetic.conftest import PROBE, Tf

ROOT = """
provider "probe" { region = "east" }

variable "name" { default = "one" }
variable "size" { default = 2 }

resource "probe_thing" "this" {
  name   = var.name
  size   = var.size
  labels = { team = "sre" }
  disk { gigabytes = 5 }
  peer { name = "a" }
  peer {
    name   = "b"
    weight = 7
  }
  settings = { level = 1 }
  rules    = [{ action = "allow" }, { action = "deny", number = 5 }]
}

resource "probe_link" "this" {
  target = probe_thing.this.arn
}

output "arn" { value = probe_thing.this.arn }
output "link" { value = probe_link.this.id }
output "labels" { value = probe_thing.this.labels_all }
"""


@pytest.mark.parametrize("protocol", [6, 5])
def test_a_root_lives_from_plan_to_destroy(any_core: Core, protocol: int, start: Callable[..., Tf]) -> None:
    tf = start(any_core, PROBE, protocol=protocol)
    tf.probe(ROOT)
    tf.init()
    tf("validate")

    plan = tf.plan()
    thing = next(r["change"] for r in plan["resource_changes"] if r["address"] == "probe_thing.this")
    assert thing["actions"] == ["create"]
    assert thing["after_unknown"]["arn"] is True
    assert thing["after_unknown"]["disk"] == [{"path": True}]
    assert thing["after"]["labels_all"] == {"team": "sre"}
    assert thing["after"]["guarded"] is False
    assert thing["after_sensitive"]["key"] is True

    assert "hermetic: schema-valid, plan-shaped" in tf.apply()
    values = tf.values()["probe_thing.this"]
    assert values["arn"] == f"arn:probe:east:one/{values['id']}"
    assert values["parts"] == [{"address": f"{values['id']}.parts"}]
    assert values["disk"] == [{"gigabytes": 5, "path": "/disks/5"}]
    assert sorted(p["weight"] for p in values["peer"]) == [7, 10]
    assert values["settings"] == {"level": 1, "mode": "auto"}
    assert [r["number"] for r in values["rules"]] == [100, 5]
    assert values["access"] == [{"certificate": "b25l", "public": False}]
    assert tf.outputs() == {"arn": values["arn"], "link": f"{values['arn']}#80", "labels": {"team": "sre"}}

    assert tf.changes() == {}
    assert tf.changes("-var=size=3") == {"probe_thing.this": ["update"]}
    tf.apply("-var=size=3")
    after = tf.values()["probe_thing.this"]
    assert (after["revision"], after["id"]) == (2, values["id"])

    assert tf.changes("-var=size=3", "-var=name=two")["probe_thing.this"] == ["delete", "create"]
    tf.apply("-var=name=two", "-var=size=3")
    assert tf.values()["probe_thing.this"]["id"] != values["id"]
    assert tf.values()["probe_link.this"]["target"] == tf.values()["probe_thing.this"]["arn"]

    tf("destroy", "-auto-approve")
    assert tf.values() == {}
    assert [(c.moment, c.type) for c in tf.server.calls if c.moment == "delete"][-1] == ("delete", "probe_thing")


def test_terraform_test_runs(any_core: Core, start: Callable[..., Tf]) -> None:
    tf = start(any_core, PROBE)
    tf.probe(ROOT)
    tf.write(
        """
        run "wired" {
          command = apply
          assert {
            condition     = probe_link.this.target == probe_thing.this.arn
            error_message = "the link does not lead to the thing"
          }
        }
        run "refused" {
          command = plan
          variables { name = "Not a name" }
        }
        """,
        "main.tftest.hcl",
    )
    tf.init()
    said = tf("test", code=1)
    assert "1 passed, 1 failed" in said
    assert "Value not well formed" in said


def test_a_list_that_grows_keeps_what_it_had(tf: Tf) -> None:
    tf.probe('resource "probe_thing" "this" {\n  name = "a"\n  rules = [{ action = "x" }]\n}')
    tf.init()
    tf.apply()
    tf.probe('resource "probe_thing" "this" {\n  name = "a"\n  rules = [{ action = "x" }, { action = "y" }]\n}')
    change = tf.plan()["resource_changes"][0]["change"]
    assert change["after"]["rules"] == [{"action": "x", "number": 100}, {"action": "y"}]
    assert change["after_unknown"]["rules"] == [{}, {"number": True}]
    assert change["actions"] == ["update"]
    tf.apply()
    assert tf.changes() == {}


def test_a_set_with_one_more_element_keeps_the_others(tf: Tf) -> None:
    tf.probe('resource "probe_thing" "this" {\n  name = "a"\n  peer { name = "p" }\n}')
    tf.init()
    tf.apply()
    tf.probe('resource "probe_thing" "this" {\n  name = "a"\n  peer { name = "p" }\n  peer { name = "q" }\n}')
    assert tf.changes() == {"probe_thing.this": ["delete", "create"]}, "peers are force-new"
    tf.apply()
    assert tf.values()["probe_thing.this"]["peer"] == [{"name": "p", "weight": 10}, {"name": "q", "weight": 10}]
    assert tf.changes() == {}


def test_a_value_of_any_type_survives(tf: Tf) -> None:
    tf.probe('resource "probe_thing" "this" {\n  name = "a"\n  anything = { list = [1, "two", null], flag = true }\n}')
    tf.init()
    tf.apply()
    assert tf.values()["probe_thing.this"]["anything"] == {"list": [1, "two", None], "flag": True}
    assert tf.changes() == {}


def test_two_aliases_are_two_configurations(tf: Tf) -> None:
    """Reattached instances share a server; their configurations must not mix."""
    tf.probe(
        """
        provider "probe" { region = "east" }
        provider "probe" {
          alias  = "west"
          region = "west"
        }
        resource "probe_thing" "here" {
          count = 8
          name  = "here-${count.index}"
        }
        resource "probe_thing" "there" {
          count    = 8
          provider = probe.west
          name     = "there-${count.index}"
        }
        """
    )
    tf.init()
    tf.apply()
    for address, values in tf.values().items():
        assert values["zone"] == ("west-a" if "there" in address else "east-a"), address


def test_the_root_is_left_as_it_was(tf: Tf, tmp_path: Path) -> None:
    tf.probe('resource "probe_thing" "this" { name = "a" }')
    tf.init()
    tf.plan()
    assert {p.name for p in tmp_path.iterdir()} == {"main.tf", "plan"}
