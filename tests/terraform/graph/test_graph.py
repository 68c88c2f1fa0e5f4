"""What flows between the modules of a root, and its drawing."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from ballast.repo import CannotRun
from ballast.terraform.graph import draw, read
from ballast.terraform.graph.layout import place

SVG = "{http://www.w3.org/2000/svg}"


def write(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder / "root"


LEAF = 'variable "x" {}\nresource "terraform_data" "x" {}\noutput "y" {\n  value = 1\n}\n'


def test_flows_through_locals_groups_and_variables(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "leaf/main.tf": LEAF,
            "group/main.tf": """
                variable "given" {}
                module "inner" {
                  source = "../leaf"
                  x      = "${var.given}-x"
                }
                output "out" { value = { a = module.inner.y } }
            """,
            "root/main.tf": """
                locals { first = module.first.y }
                module "first" { source = "../leaf" }
                module "group" {
                  source = "../group"
                  given  = local.first
                }
                module "last" {
                  source = "../leaf"
                  x      = [module.group.out, module.first.y]
                }
                module "far" {
                  source = "example.com/registry/module"
                  x      = module.last.y
                }
            """,
        },
    )
    graph = read(root)
    assert {node.key for node in graph.nodes} == {"first", "group.inner", "last", "far"}
    assert {(f.source, f.target, f.outputs, f.arguments) for f in graph.flows} == {
        ("first", "group.inner", ("y",), ("x",)),
        ("group.inner", "last", ("y",), ("x",)),
        ("first", "last", ("y",), ("x",)),
        ("last", "far", ("y",), ("x",)),
    }
    assert graph.words()[-1] == "Nothing flows into first."
    tree = ET.fromstring(draw(graph))
    assert len(tree.findall(f"{SVG}g[@class='card']")) == 4
    assert len(tree.findall(f"{SVG}g[@class='flow']")) == 4
    description = tree.find(f"{SVG}desc")
    assert description is not None
    assert description.text == " ".join(graph.words())


def test_the_cluster_root(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "cluster.svg"
    command = [
        Path(sys.executable).parent / "ballast",
        "tf",
        "graph",
        "terraform/environments/staging/aws/cluster",
        "--out",
        out,
    ]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    text = out.read_text()
    assert "network gives network to cluster (network)." in text
    boxes = [
        tuple(float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        for rect in ET.fromstring(text).iterfind(f"{SVG}g[@class='card']/{SVG}rect")
    ]
    width, height = (float(ET.fromstring(text).attrib[name]) for name in ("width", "height"))
    for number, (x, y, w, h) in enumerate(boxes):
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height
        for ox, oy, ow, oh in boxes[number + 1 :]:
            assert x + w <= ox or ox + ow <= x or y + h <= oy or oy + oh <= y, "two boxes lie on one another"


def test_layers_follow_the_arrows() -> None:
    arrows = [("a", "b"), ("b", "c"), ("a", "c"), ("a", "d")]
    placed = place(["c", "b", "a", "d"], arrows)
    layer = {key: number for number, column in enumerate(placed.columns) for key in column}
    assert all(layer[source] < layer[target] for source, target in arrows)
    assert placed.paths["a", "c"] == ["a", ("a", "c", 1), "c"]
    with pytest.raises(ValueError, match="in a circle"):
        place(["a", "b"], [("a", "b"), ("b", "a")])


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"has no \*\.tf files"):
        read(tmp_path)
    (tmp_path / "main.tf").write_text("locals {}\n")
    with pytest.raises(CannotRun, match="calls no module"):
        read(tmp_path)
