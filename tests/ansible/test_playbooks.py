"""The upgrade's gate against a real Prometheus, and inventories without a cloud."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from ballast.stack import Prometheus, Scrape, wait_until
from tests.ansible.host import BIN, ROOT

pytestmark = pytest.mark.skipif(not (BIN / "ansible-playbook").is_file(), reason="Ansible is not installed: scripts/ansible.sh")
INVENTORIES = sorted((ROOT / "ansible/inventories").glob("*/*.yml"))


def ansible(program: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "ANSIBLE_NOCOLOR": "1", "no_proxy": "127.0.0.1", **env}
    return subprocess.run(
        [str(BIN / program), *arguments], cwd=ROOT / "ansible", env=environment, capture_output=True, text=True, check=False
    )


@cache
def options(plugin: str) -> dict[str, dict[str, object]]:
    done = ansible("ansible-doc", "-t", "inventory", "-j", plugin)
    (documented,) = json.loads(done.stdout).values()
    return documented["doc"]["options"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("path", [p for p in INVENTORIES if p.name != "hosts.yml"], ids=lambda p: f"{p.parent.name}/{p.name}")
def test_dynamic_inventories_use_what_their_plugin_knows(path: Path) -> None:
    """Key by key, with its type; what a cloud answers cannot be had here."""
    inventory = yaml.safe_load(path.read_text())
    known = options(inventory.pop("plugin"))
    types = {"list": list, "dict": dict, "bool": bool, "boolean": bool}
    for key, value in inventory.items():
        assert key in known, f"{path.name}: {key}"
        expected = types.get(str(known[key].get("type", "str")), str)
        assert isinstance(value, expected), f"{path.name}: {key} is no {expected.__name__}"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Prometheus, Path]]:
    """A Prometheus with one target, and the rule file in which an alert of an SLO can be made to fire."""
    folder = tmp_path_factory.mktemp("prometheus")
    rules = folder / "rules.yml"
    rules.write_text(_rules("absent(up)"))
    server = Prometheus(
        folder / "server",
        scrapes=[Scrape("self", ["127.0.0.1:1"])],
        rule_files=[rules],
        scrape_interval=1,
        evaluation_interval=1,
    )
    server.start()
    wait_until(lambda: server.value("count(up)") == 1, 60, "a first scrape")
    yield server, rules
    server.stop()


def _rules(expr: str) -> str:
    labels = {"severity": "page", "slo": "checkout/availability"}
    return yaml.safe_dump({"groups": [{"name": "g", "rules": [{"alert": "CheckoutBurns", "expr": expr, "labels": labels}]}]})


def upgrade(url: str) -> subprocess.CompletedProcess[str]:
    """The upgrade of three hosts with nothing but its gates."""
    variables = {"gate_prometheus": url, "ansible_connection": "local", "ansible_become": False}
    hosts = ("-i", "one,two,three", "-e", json.dumps(variables))
    return ansible("ansible-playbook", "playbooks/upgrade.yml", *hosts, "--skip-tags", "upgrade,health")


def test_an_upgrade_goes_on_while_slos_hold_and_stops_where_one_pages(watched: tuple[Prometheus, Path]) -> None:
    server, rules = watched
    done = upgrade(server.url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "three" in done.stdout
    rules.write_text(_rules("up == 0"))
    server.reload()
    wait_until(lambda: bool(server.query('ALERTS{alertstate="firing"}')), 60, "the alert")
    done = upgrade(server.url)
    assert done.returncode != 0
    assert "Stopped at one: CheckoutBurns" in done.stdout + done.stderr
    assert "two" not in done.stdout


def test_an_upgrade_does_not_take_silence_for_a_yes() -> None:
    done = upgrade("http://127.0.0.1:1")
    assert done.returncode != 0
    assert "two" not in done.stdout


@pytest.mark.parametrize("role", sorted((ROOT / "ansible/roles").iterdir()), ids=lambda role: role.name)
def test_defaults_are_those_that_the_specs_tell(role: Path) -> None:
    """A spec documents and checks, a default works: two files that must say the same."""
    spec = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    defaults = yaml.safe_load((role / "defaults/main.yml").read_text())
    assert set(defaults) <= set(spec), "a default that no spec knows"
    for name, option in spec.items():
        if option.get("required"):
            assert name not in defaults, name
        elif "default" in option and "{{" not in str(defaults[name]):
            assert defaults[name] == option["default"], name
