"""Providers that the core itself starts, from a filesystem mirror."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ballast.repo import CannotRun
from ballast.terraform import Core, Server
from ballast.terraform.hermetic.mirror import build
from ballast.terraform.hermetic.plugin import COOKIE, main, source_of
from tests.terraform.hermetic.conftest import PROBE, Tf


class Mirrored(Tf):
    """A root whose core starts its providers."""

    def __init__(self, folder: Path, core: Core) -> None:
        folder.mkdir()
        self.folder, self.core = folder, core
        self.env = os.environ | build(PROBE, folder.parent / "providers")


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_a_plain_init_plan_and_apply(any_core: Core, tls: bool, tmp_path: Path) -> None:
    tf = Mirrored(tmp_path / "root", any_core)
    if tls:
        tf.env.pop("TF_DISABLE_PLUGIN_TLS")
    tf.probe('provider "probe" { region = "east" }\nresource "probe_thing" "this" { name = "a" }')
    tf.init()
    lock = (tf.folder / ".terraform.lock.hcl").read_text()
    assert '"1.2.3"' in lock
    assert "hermetic: schema-valid, plan-shaped" in tf.apply()
    assert tf.values()["probe_thing.this"]["zone"] == "east-a"
    assert tf.changes() == {}, "the next process knows the object from the state alone"
    tf.init()
    assert (tf.folder / ".terraform.lock.hcl").read_text() == lock


def test_nothing_of_it_outlives_the_core(core: Core, tmp_path: Path) -> None:
    tf = Mirrored(tmp_path / "root", core)
    tf.probe('resource "probe_thing" "this" { name = "a" }')
    tf.init()
    tf("plan")
    shims = [p for p in Path("/proc").glob("[0-9]*/cmdline") if str(tf.folder).encode() in _read(p)]
    assert not shims


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize(("asked", "spoken"), [("5,6", "6"), ("5", "5")])
def test_it_speaks_the_newest_protocol_that_a_core_asks_for(asked: str, spoken: str) -> None:
    run = [sys.executable, "-m", "ballast.terraform.hermetic", "mirror/host/ballast/probe/1.2.3/os/shim"]
    env = os.environ | dict([COOKIE]) | {"BALLAST_TF_SCHEMAS": str(PROBE), "PLUGIN_PROTOCOL_VERSIONS": asked}
    with subprocess.Popen(run, stdout=subprocess.PIPE, text=True, env=env) as child:
        assert child.stdout is not None
        core, protocol, network, address, kind, certificate = child.stdout.readline().strip().split("|")
        child.terminate()
    assert (core, protocol, network, kind, certificate) == ("1", spoken, "tcp", "grpc", "")
    assert address.startswith("127.0.0.1:")


def test_it_says_what_it_is_when_started_by_hand(tmp_path: Path) -> None:
    run = [sys.executable, "-m", "ballast.terraform.hermetic"]
    done = subprocess.run(run, capture_output=True, text=True, env=os.environ | {COOKIE[0]: ""})
    assert done.returncode == 2
    assert "a core starts it" in done.stderr
    assert main([], dict([COOKIE])) == 2
    assert main(["mirror/a/b/1.0.0/linux/shim"], dict([COOKIE]) | {"BALLAST_TF_SCHEMAS": str(tmp_path)}) == 2
    assert source_of(Path("mirror/host/hashicorp/aws/6.25.0/linux_amd64/terraform-provider-aws")) == "hashicorp/aws"
    with pytest.raises(CannotRun, match="not in a provider mirror"):
        source_of(Path("shim"))


def test_a_server_needs_a_snapshot(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="no provider schema snapshots"):
        Server(tmp_path)
    with pytest.raises(CannotRun, match="no schema snapshot of hashicorp/gone"):
        Server(PROBE, only=["hashicorp/gone"])
    (tmp_path / "a-b.json").write_text("{}")
    with pytest.raises(CannotRun, match="is not a provider schema snapshot"):
        Server(tmp_path)
