"""Cases of checks: the ± lines of their pages, and the `.cases.yaml` files beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from ballast.findings import Check, Report, checks, run
from ballast.findings.pages import examples
from ballast.findings.registry import provider_of


@dataclass(frozen=True)
class Case:
    """A small repository (path to text) and what the check finds in it: a piece of each finding, or None for "something"."""

    check: Check
    name: str
    files: Mapping[str, str]
    findings: list[str] | None

    @property
    def id(self) -> str:
        return f"{self.check.id}: {self.name}"


def all_cases() -> list[Case]:
    return [case for check in checks() for case in (*page_cases(check), *file_cases(check))]


def page_cases(check: Check) -> Iterator[Case]:
    """Each ± block fails with its minus lines and passes with its plus lines."""
    for number, example in enumerate(examples(check.doc), 1):
        yield Case(check, f"page {number}, wrong", tree_of(check, example.wrong), None)
        yield Case(check, f"page {number}, right", tree_of(check, example.right), [])


def file_cases(check: Check) -> Iterator[Case]:
    path = check.source.with_suffix(".cases.yaml")
    for case in yaml.safe_load(path.read_text()) if path.exists() else []:
        assert set(case) <= {"name", "files", "input", "findings"}, f"{path.name}: unknown key in {case['name']}"
        files = case["files"] if "files" in case else tree_of(check, case["input"])
        yield Case(check, case["name"], files, case["findings"])


def tree_of(check: Check, fragment: str) -> Mapping[str, str]:
    provider = provider_of(check.on)
    if provider and provider.example:
        return provider.example(fragment)
    assert not callable(check.reads)
    suffix = re.search(r"\.\{?(\w+)", check.reads[0])
    assert suffix is not None
    return {f"example.{suffix[1]}": fragment}


def write(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def run_case(case: Case, root: Path) -> Report:
    write(root, case.files)
    return run(root, [case.check])
