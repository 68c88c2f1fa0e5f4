"""Coverage sees what a module's runs exercise: each kind of thing, wherever it stands; and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ballast.terraform import hcl
from ballast.terraform.coverage import measure
from ballast.terraform.coverage.items import Module

MAIN = """
locals {
  fixed = { a = 1 }
  sizes = { for name, pool in var.pools : name => pool.big ? 9 : 1 if pool.on }
  kind  = var.mode == "x" ? "one" : (var.mode == "y" ? "two" : "three")
}

resource "terraform_data" "pool" {
  for_each = var.pools
  input    = each.value.big ? "big" : "small"

  lifecycle {
    precondition {
      condition     = each.value.size < 10
      error_message = "Too big."
    }
    postcondition {
      condition     = self.output != "small" || var.mode != "refuse"
      error_message = "Refused."
    }
  }
}

resource "terraform_data" "maybe" {
  count = var.mode == "x" ? 1 : 0
  input = "${count.index == 0 ? "first" : "other"} %{if var.mode == "x"}yes%{endif}"
}

resource "terraform_data" "always" {
  for_each = local.fixed
}

check "names" {
  assert {
    condition     = !contains(keys(var.pools), "bad")
    error_message = "A bad name."
  }
}

output "kinds" {
  value = { kind = local.kind, sizes = local.sizes }

  precondition {
    condition     = var.mode != "nowhere"
    error_message = "No such mode."
  }
}

output "unread" {
  value = 1
}
"""
VARIABLES = """
variable "mode" {
  type    = string
  default = "z"

  validation {
    condition     = length(var.mode) > 0
    error_message = "Empty."
  }
  validation {
    condition     = length(var.mode) < 10
    error_message = "Too long."
  }
}
variable "pools" {
  type    = map(object({ big = optional(bool, false), on = optional(bool, true), size = optional(number, 1) }))
  default = {}
}
variable "unused" {
  type    = number
  default = 1
}
"""
FIRST = """
run "x" {
  variables {
    mode   = "x"
    pools  = { a = { big = true } }
    unused = 1
  }
  assert {
    condition     = output.kinds.kind == "one"
    error_message = "Not one."
  }
}
run "too_long_is_refused" {
  command = plan
  variables {
    mode = "0123456789"
  }
  expect_failures = [var.mode]
}
run "too_big_is_refused" {
  command = plan
  variables {
    pools = { a = { size = 10 } }
  }
  expect_failures = [terraform_data.pool]
}
"""
SECOND = """
variables {
  unused = 2
}
run "y" {
  command = plan
  variables {
    mode  = "y"
    pools = { a = {}, b = { on = false } }
  }
  assert {
    condition     = length(output.unread[*]) == 1
    error_message = "Not read."
  }
}
run "z" {
  command = plan
}
run "empty_is_refused" {
  command = plan
  variables {
    mode = ""
  }
  expect_failures = [var.mode]
}
run "nowhere_is_refused" {
  command = plan
  variables {
    mode = "nowhere"
  }
  expect_failures = [output.kinds]
}
run "bad_is_found" {
  command = plan
  variables {
    pools = { bad = {} }
  }
  expect_failures = [check.names]
}
run "small_is_refused" {
  variables {
    mode  = "refuse"
    pools = { a = {} }
  }
  expect_failures = [terraform_data.pool]
}
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    schemas = tmp_path / "terraform" / "schemas"
    schemas.mkdir(parents=True)
    provider = {"resource_schemas": {"null_resource": {"version": 0, "block": {}}}}
    (schemas / "hashicorp-null.json").write_text(
        json.dumps({"provider_schemas": {"registry.terraform.io/hashicorp/null": provider}})
    )
    folder = tmp_path / "terraform" / "modules" / "m"
    (folder / "tests").mkdir(parents=True)
    (folder / "main.tf").write_text(MAIN)
    (folder / "variables.tf").write_text(VARIABLES)
    return folder


def missing(module: Path) -> set[str]:
    found = measure(module)
    assert not found.failures
    return {re.sub(r", line \d+", "", item.key) for item in found.missing}


def test_what_one_file_of_tests_leaves_out_the_other_brings(module: Path) -> None:
    (module / "tests" / "first.tftest.hcl").write_text(FIRST)
    assert missing(module) == {
        "var.unused",  # given, but its default
        "output.unread",
        "terraform_data.pool has for_each > 0: false",
        "terraform_data.pool: each.value.big: false",
        "local.sizes: pool.big: false",
        'local.kind: var.mode == "x": false',
        'local.kind: var.mode == "y": true',
        'local.kind: var.mode == "y": false',
        "terraform_data.maybe has count > 0: false",
        'terraform_data.maybe: var.mode == "x": false',
        "terraform_data.maybe: count.index == 0: false",
        "validation of var.mode",
        "postcondition of terraform_data.pool",
        "precondition of output.kinds",
        "check.names",
    }
    (module / "tests" / "second.tftest.hcl").write_text(SECOND)
    # What no input can reach stays: where there is an instance its index is 0, and the mode is x.
    assert missing(module) == {"terraform_data.maybe: count.index == 0: false", 'terraform_data.maybe: var.mode == "x": false'}


def test_the_rule_that_refused_is_told_from_its_neighbours(module: Path) -> None:
    (module / "tests" / "first.tftest.hcl").write_text(FIRST)
    uncovered = [item for item in measure(module).missing if item.kind == "validation"]
    lines = VARIABLES.splitlines()
    assert [item.position.line for item in uncovered] == [lines.index("  validation {") + 1]


def test_the_command_gates(module: Path) -> None:
    (module / "tests" / "second.tftest.hcl").write_text(SECOND)
    ballast = Path(sys.executable).parent / "ballast"
    done = subprocess.run(
        [ballast, "tf", "coverage", str(module), "--output", "json"], cwd=module, capture_output=True, text=True
    )
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert report["result"] == "hermetic: schema-valid, plan-shaped"
    (one,) = report["modules"]
    assert one["percent"] < 100
    assert {"line", "path"} <= one["missing"][0]["position"].keys()


def test_a_test_that_fails_is_told_with_its_place(module: Path) -> None:
    (module / "tests" / "first.tftest.hcl").write_text(FIRST.replace('== "one"', '== "two"'))
    failures = measure(module).failures
    assert [str(f.position) for f in failures] == [
        "terraform/modules/m/tests/first.tftest.hcl:2:1",
        "terraform/modules/m/tests/first.tftest.hcl:9:21",
    ]
    assert "Not one." in failures[1].message


def test_no_probe_or_instrument_is_left_beside_the_module(module: Path) -> None:
    (module / "tests" / "first.tftest.hcl").write_text(FIRST)
    before = sorted(path.relative_to(module) for path in module.rglob("*"))
    measure(module)
    assert sorted(path.relative_to(module) for path in module.rglob("*")) == before


def test_a_file_that_is_no_hcl_is_told_with_its_place(module: Path) -> None:
    (module / "main.tf").write_text('resource "x" {\n  a = = 1\n}\n')
    with pytest.raises(hcl.Unreadable, match=r"terraform/modules/m/main\.tf:2:7"):
        measure(module)


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("var.a", {"var.a"}),
        ('var.a["b"].c', {"var.a.b.c"}),
        ("local.a[var.i].b", {"local.a.b", "var.i"}),
        ("[for k, v in var.m : v.x if v.y == local.z]", {"var.m", "local.z"}),
        ('"${aws_vpc.this.id}-${each.key}"', {"aws_vpc.this.id", "each.key"}),
        ("merge({ name = var.n, (var.k) = 1 }, module.a.out)", {"var.n", "var.k", "module.a.out"}),
        ("aws_subnet.this[*].id", {"aws_subnet.this"}),
        ("var.a != null ? var.a.b : [for x in x : x]", {"var.a", "var.a.b", "x"}),
    ],
)
def test_references_of_an_expression(text: str, references: set[str]) -> None:
    parsed = hcl.parse(f"locals {{\n  it = {text}\n}}\n", "x.tf")
    assert set(parsed.blocks[0].attributes["it"].references) == references


def test_every_module_of_the_repository_can_be_read(root: Path) -> None:
    for folder in sorted(path.parent for path in (root / "terraform" / "modules").glob("*/versions.tf")):
        items = Module(folder, folder.name).items
        assert len({item.key for item in items}) == len(items), "a key stands for one thing"
