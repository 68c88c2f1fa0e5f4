"""Tables in a module's README say what its files say, and nothing else of the README changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ballast.terraform.docs import one_line, with_tables

README = "# m\n\nWords | bars.\n\n<!-- BEGIN inputs and outputs -->\nold\n<!-- END inputs and outputs -->\n\nAfter.\n"


def test_tables(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        """
        variable "pools" {
          description = "Pools by \\"name\\", a | b."
          type = map(object({
            size = optional(number, 1) # how big
            tags = optional(map(string), {})
          }))
          default = {
            a = {}
          }
        }
        variable "name" {
          type = string
        }
        output "key" {
          description = "The key."
          value       = 1
          sensitive   = true
        }
        """
    )
    assert with_tables(tmp_path, README) == (
        "# m\n\nWords | bars.\n\n<!-- BEGIN inputs and outputs -->\n"
        "| input | type | default | what it is |\n|---|---|---|---|\n"
        "| `pools` | `map(object({ size = optional(number, 1), tags = optional(map(string), {}) }))` | `{ a = {} }` "
        '| Pools by "name", a \\| b. |\n'
        "| `name` | `string` | required |  |\n\n"
        "| output | what it is |\n|---|---|\n| `key` | The key. Sensitive. |\n"
        "<!-- END inputs and outputs -->\n\nAfter.\n"
    )


def test_without_markers_or_with_broken_files_a_readme_is_left_alone(tmp_path: Path) -> None:
    assert with_tables(tmp_path, "# m\n") == "# m\n"
    (tmp_path / "main.tf").write_text('variable "x" {')
    assert with_tables(tmp_path, README) == README


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("string", "string"),
        ("object({\n  a = string\n  b = number\n})", "object({ a = string, b = number })"),
        ("[\n  1,\n  2,\n]", "[1, 2]"),
        ('"a # b"', '"a # b"'),
        ("{}", "{}"),
    ],
)
def test_a_type_on_one_line(text: str, line: str) -> None:
    assert one_line(text) == line
