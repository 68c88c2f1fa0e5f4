"""Calls that fail, objects that vanish or change behind Terraform's back: the state stays true, the next apply finishes."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ballast.repo import CannotRun
from ballast.terraform import Target
from tests.terraform.hermetic.conftest import Tf

THREE = """
variable "size" { default = 1 }
resource "probe_thing" "a" {
  name = "a"
  size = var.size
}
resource "probe_thing" "b" { name = "b" }
resource "probe_link" "to_b" { target = probe_thing.b.arn }
"""


@pytest.fixture
def three(tf: Tf) -> Tf:
    tf.probe(THREE)
    tf.init()
    return tf


def test_a_create_that_fails_leaves_nothing_and_is_finished_later(three: Tf) -> None:
    three.server.fail("probe_thing", "create", where={"name": "b"}, message="quota exceeded")
    said = three.apply(code=1)
    assert "create probe_thing: quota exceeded" in said
    assert set(three.values()) == {"probe_thing.a"}
    assert three.changes() == {"probe_link.to_b": ["create"], "probe_thing.b": ["create"]}
    three.apply()
    assert three.changes() == {}


def test_a_create_that_times_out_leaves_a_tainted_object(three: Tf) -> None:
    three.server.fail(Target("probe_thing", {"name": "b"}), "create", "timeout")
    assert "timeout while waiting" in three.apply(code=1)
    assert three.changes() == {"probe_link.to_b": ["create"], "probe_thing.b": ["delete", "create"]}
    three.apply()
    assert three.changes() == {}
    assert len(three.server.objects("probe_thing")) == 2


def test_an_address_of_a_plan_names_the_object_that_fails(three: Tf) -> None:
    three.server.fail(Target.at(three.plan(), "probe_thing.b"))
    three.apply(code=1)
    assert set(three.values()) == {"probe_thing.a"}
    with pytest.raises(CannotRun, match=r"no probe_thing\.c"):
        Target.at(three.plan(), "probe_thing.c")


def test_updates_and_deletes_that_fail_keep_the_object(three: Tf) -> None:
    three.apply()
    three.server.fail("probe_thing", "update", message="conflict", times=1)
    assert "update probe_thing: conflict" in three.apply("-var=size=2", code=1)
    assert three.values()["probe_thing.a"]["size"] == 1
    three.apply("-var=size=2")
    assert three.values()["probe_thing.a"]["size"] == 2

    three.server.fail("probe_thing", "delete", message="in use", times=2)
    assert "delete probe_thing: in use" in three("destroy", "-auto-approve", code=1)
    assert {"probe_thing.a", "probe_thing.b"} == set(three.values())
    three("destroy", "-auto-approve")
    assert three.values() == {}
    assert three.server.objects("probe_thing") == []


def test_a_protected_object_is_not_deleted(tf: Tf) -> None:
    tf.probe('variable "guarded" { default = true }\nresource "probe_thing" "a" {\n  name = "a"\n  guarded = var.guarded\n}')
    tf.init()
    tf.apply()
    assert "protected from deletion" in tf("destroy", "-auto-approve", code=1)
    tf.apply("-var=guarded=false")
    tf("destroy", "-auto-approve")


def test_planning_and_reading_can_fail_too(three: Tf) -> None:
    three.server.fail("probe_thing", "plan", where={"name": "a"}, message="no such API")
    assert "plan probe_thing: no such API" in three("plan", code=1)
    three.apply()
    three.server.fail("probe_thing", "read", where={"name": "a"}, message="throttled")
    assert "read probe_thing: throttled" in three("plan", code=1)
    three.server.fail("probe_thing", "read", where={"name": "a"}, times=99)
    three.server.fail("data.probe_thing", "read", message="forbidden")
    three.probe(THREE + 'data "probe_thing" "x" { name = "x" }')
    assert "read data.probe_thing: forbidden" in three("plan", "-refresh=false", code=1)
    three.server.heal()
    assert three.changes() == {}


def test_a_provider_that_hangs_is_stopped(three: Tf) -> None:
    """Ctrl-C during a create: the core tells the provider to stop, and the half-made object is in the state, tainted."""
    three.server.fail("probe_thing", "create", "hang", where={"name": "b"}, seconds=120)
    command = [three.core.path, "apply", "-auto-approve", "-input=false"]
    with subprocess.Popen(
        command, cwd=three.folder, env=three.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        deadline = time.monotonic() + 60
        while not any(c.moment == "create" for c in three.server.calls) and time.monotonic() < deadline:
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        said, _ = run.communicate(timeout=100)
    assert run.returncode == 1, said
    state = json.loads((three.folder / "terraform.tfstate").read_text())
    instances = {f"{r['type']}.{r['name']}": r["instances"][0] for r in state["resources"]}
    assert instances["probe_thing.b"]["status"] == "tainted"
    three.apply()
    assert three.changes() == {}


def test_an_object_that_vanishes_is_made_again(three: Tf) -> None:
    three.apply()
    three.server.vanish(Target.at(three.json("show", "-json"), "probe_thing.b"))
    plan = three.plan()
    assert [r["address"] for r in plan["resource_drift"]] == ["probe_thing.b"]
    assert three.changes()["probe_thing.b"] == ["create"]
    three.apply()
    assert three.changes() == {}
    three.server.fail("probe_thing", "create", "vanish", where={"name": "a"})
    three.server.vanish("probe_thing", where={"name": "a"})
    three.apply()
    assert three.changes() == {"probe_thing.a": ["create"]}


def test_an_object_that_only_the_state_knows_can_vanish(three: Tf) -> None:
    """State from an earlier session: this server has never seen the object."""
    three.apply()
    three.server.world._objects.clear()
    assert three.changes() == {}
    three.server.vanish("probe_thing", where={"name": "b"})
    assert three.changes()["probe_thing.b"] == ["create"]


def test_drift_is_seen_by_a_refresh_and_mended_by_an_apply(three: Tf) -> None:
    three.apply()
    three.server.drift("probe_thing", {"size": 7}, where={"name": "a"})
    assert three.changes() == {"probe_thing.a": ["update"]}
    three.apply("-refresh-only")
    assert three.values()["probe_thing.a"]["size"] == 7
    three.apply()
    assert three.values()["probe_thing.a"]["size"] == 1
    with pytest.raises(CannotRun, match="cannot drift"):
        three.server.drift("probe_thing", {"size": 1}, where={"name": "z"})


def test_import_finds_what_exists(tf: Tf) -> None:
    tf.server.put("probe_thing", {"id": "thing-1", "name": "old", "size": 4, "arn": "arn:probe:old", "labels": {"team": "sre"}})
    tf.probe(
        'import {\n  to = probe_thing.old\n  id = "thing-1"\n}\n'
        'resource "probe_thing" "old" {\n  name = "old"\n  size = 4\n  labels = { team = "sre" }\n}\n'
    )
    tf.init()
    said = tf.apply()
    assert "1 imported, 0 added, 0 changed, 0 destroyed" in said
    assert tf.values()["probe_thing.old"]["arn"] == "arn:probe:old"


def test_import_by_an_id_that_nobody_knows_takes_the_configuration(tf: Tf, tmp_path: Path) -> None:
    tf.probe('resource "probe_thing" "old" {\n  name = "old"\n  size = 4\n  peer { name = "x" }\n}')
    tf.init()
    said = tf("import", "probe_thing.old", "old")
    assert "imported by its id alone" in said
    assert tf.values()["probe_thing.old"]["name"] == "old"
    assert tf.changes() == {"probe_thing.old": ["update"]}, "force-new arguments that nobody knows do not replace it"
    tf.apply()
    assert tf.changes() == {}
