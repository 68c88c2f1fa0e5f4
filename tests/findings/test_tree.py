from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ballast.findings import Tree
from ballast.findings.tree import matches
from tests.findings.cases import write


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("**/*.py", "a.py", True),
        ("**/*.py", "a/b/c.py", True),
        ("**/*.py", "a/b/c.pyc", False),
        ("a/*.yaml", "a/b.yaml", True),
        ("a/*.yaml", "a/b/c.yaml", False),
        ("a/**", "a/b/c", True),
        ("a/**", "ab/c", False),
        ("a/{b,c}/*.{yaml,yml}", "a/c/d.yml", True),
        ("a/{b,c}/*.{yaml,yml}", "a/d/d.yml", False),
        ("a.b", "axb", False),
        ("?.md", "a.md", True),
        ("?.md", "ab.md", False),
        ("(a)+.md", "(a)+.md", True),
    ],
)
def test_globs(glob: str, path: str, expected: bool) -> None:
    assert matches(path, [glob]) is expected


def test_outside_git_caches_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"b": "", "a/b": "", ".ballast/x": "", "a/__pycache__/x": ""})
    assert [f.path for f in Tree.read(tmp_path)] == ["a/b", "b"]


def test_in_git_ignored_and_removed_files_are_left_out_and_new_ones_are_not(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "out/\n", "out/x": "", "new": "", "gone": "", "sub/ä b": ""})
    for command in (["init", "-q"], ["add", "gone", ".gitignore"]):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    (tmp_path / "gone").unlink()
    assert [f.path for f in Tree.read(tmp_path)] == [".gitignore", "new", "sub/ä b"]
    assert [f.path for f in Tree.read(tmp_path / "sub")] == ["ä b"]


def test_a_file_that_is_not_utf8_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\xff\ny")
    (file,) = Tree.read(tmp_path)
    assert file.lines == ["x\ufffd", "y"]
