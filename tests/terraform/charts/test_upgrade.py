"""An upgrade, rehearsed on two versions of a small chart that lie in a chart repository on loopback, by the real helm."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ballast.cli import build_app
from ballast.repo import CannotRun, Position
from ballast.stack import tool
from ballast.terraform.charts import Chart, Reference, pulled, read_catalog, rehearse

REPO = Path(__file__).resolve().parents[3]

CRD = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.com
spec:
  versions:
"""
STATEFUL = """apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: shop
spec:
  serviceName: {service}
  replicas: {{{{ .Values.{replicas} }}}}
"""


def chart(folder: Path, version: str, values: str, template: str, crd: dict[str, bool], app: str) -> Path:
    for name, text in {
        "Chart.yaml": f"apiVersion: v2\nname: shop\nversion: {version}\nappVersion: {app}\n",
        "values.yaml": values,
        "templates/set.yaml": template,
        "crds/thing.yaml": CRD
        + "".join(f"    - {{name: {n}, served: {str(s).lower()}, storage: false}}\n" for n, s in crd.items()),
        "charts/inner/Chart.yaml": "apiVersion: v2\nname: inner\nversion: 1.0.0\n",
        "charts/inner/values.yaml": "port: 80\n",
    }.items():
        path = folder / version / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / version / "shop"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chart]:
    folder = tmp_path_factory.mktemp("charts")
    try:
        helm = tool("helm")
    except CannotRun as error:
        pytest.skip(str(error))
    old = chart(
        folder,
        "1.0.0",
        "replicas: 1\nlabels: {}\n",
        STATEFUL.format(service="a", replicas="replicas"),
        {"v1beta1": True, "v1": True},
        "5",
    )
    new = chart(
        folder,
        "2.0.0",
        "replicaCount: 1\nlabels: {}\n",
        STATEFUL.format(service="b", replicas="replicaCount"),
        {"v1": True},
        "6",
    )
    packed = folder / "packed"
    for source in (old, new):
        subprocess.run([helm, "package", source, "-d", packed], check=True, capture_output=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=packed)) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        subprocess.run([helm, "repo", "index", packed, "--url", url], check=True, capture_output=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Chart("shop", url, "1.0.0", Position("charts.json"))
        server.shutdown()


@pytest.fixture(scope="module")
def both(registry: Chart) -> tuple[Reference, Reference]:
    values = {"replicas": 3}
    return pulled(tool("helm"), registry, values=values), pulled(tool("helm"), registry, "2.0.0", values=values)


def test_keys_of_a_pulled_chart_with_its_subcharts(both: tuple[Reference, Reference]) -> None:
    assert both[0].keys == {"replicas": "number", "labels": "open-map", "inner": "map", "inner/port": "number"}
    assert both[0].crds == {"things.example.com": {"v1beta1": True, "v1": True}}


def test_a_bump_that_would_lose_a_value(both: tuple[Reference, Reference]) -> None:
    old, new = both
    found = rehearse(old, new, {"replicas": 3}, {}, (old.rendered, new.rendered))
    assert found.breaks
    assert [m.path for m in found.removed] == [("replicas",)]
    assert (found.added, found.gone) == (("replicaCount",), ("replicas",))
    assert "-  replicas: 3" in found.rendered
    assert "+  replicas: 1" in found.rendered
    said = "\n".join(found.warnings)
    assert "CRD things.example.com no longer serves v1beta1" in said
    assert "serviceName changes: a StatefulSet's service name cannot change" in said
    assert "from 5 to 6" in said
    assert found.unknown == ()


def test_a_bump_to_the_same_chart_says_nothing(both: tuple[Reference, Reference]) -> None:
    old = both[0]
    found = rehearse(old, old, {"replicas": 3}, {}, (old.rendered, old.rendered))
    assert not found.breaks
    assert (found.removed, found.warnings, found.rendered, found.unknown) == ((), (), (), ())


def test_what_a_reference_does_not_hold_is_said(both: tuple[Reference, Reference]) -> None:
    bare = [Reference("shop", r.version, r.keys) for r in both]
    found = rehearse(*bare, {"replicas": 3}, {})
    assert [m.path for m in found.removed] == [("replicas",)]
    assert len(found.unknown) == 3


def test_a_version_that_is_not_there(registry: Chart) -> None:
    with pytest.raises(CannotRun, match=r"shop 9\.9\.9 cannot be had from http"):
        pulled(tool("helm"), registry, "9.9.9")


def test_the_command_says_what_would_be_lost_and_what_it_does_not_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"tls": "map", "tls/enabled": "bool", "image": "open-map"}
    pinned = read_catalog(REPO)["valkey"].version
    for version, known in ((pinned, keys), ("9.9.9", {"image": "open-map"})):
        reference = {"chart": "valkey", "version": version, "values": known}
        (tmp_path / f"valkey-{version}.json").write_text(json.dumps(reference))
    (tmp_path / "ours.yaml").write_text("tls: {enabled: true}\n")
    monkeypatch.chdir(REPO)
    ask = ["charts", "upgrade", "valkey", "--to", "9.9.9", "--from", str(tmp_path), "--values", str(tmp_path / "ours.yaml")]
    done = CliRunner().invoke(build_app("charts"), ask)
    assert done.exit_code == 1
    assert "the chart knows no value tls" in done.output
    assert "rendered configuration: unknown" in done.output
    again = CliRunner().invoke(build_app("charts"), [*ask, "--output", "json"])
    assert json.loads(again.output)["breaks"] is True


def test_the_command_names_the_lines_that_have_to_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the values that our own module renders: those of external-secrets, whose next chart knows no `crds`."""
    pin = read_catalog(REPO)["external-secrets"]
    open_ = dict.fromkeys(pin.open, "open-map")
    line = next(
        number
        for number, text in enumerate((REPO / "terraform/modules/external-secrets/values.tf").read_text().splitlines(), 1)
        if text.lstrip().startswith("crds ")
    )
    keys = dict.fromkeys(("crds", "a", "b"), "map") | {"b/one": "bool", "b/two": "bool", "a/x": "bool"} | open_
    for version, known in ((pin.version, keys), ("9.9.9", {"a": "map", "a/x": "bool", "a/y": "bool"} | open_)):
        (tmp_path / f"external-secrets-{version}.json").write_text(
            json.dumps({"chart": "external-secrets", "version": version, "values": known})
        )
    monkeypatch.chdir(REPO)
    done = CliRunner().invoke(
        build_app("charts"), ["charts", "upgrade", "external-secrets", "--to", "9.9.9", "--from", str(tmp_path)]
    )
    assert done.exit_code == 1
    assert f"terraform/modules/external-secrets/values.tf:{line}:" in done.output
    assert "the chart knows no value crds" in done.output
    assert "b, with 2 below" in done.output
    assert "\n  a/y\n" in done.output
