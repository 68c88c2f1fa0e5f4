"""Documents of another format: many kinds in one file, told apart by one key, read as strictly as our own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ballast.repo.document import Document
from ballast.repo.errors import CannotRun
from ballast.repo.issue import Issue
from ballast.repo.position import Problem
from ballast.repo.source import RawDocument, read
from ballast.repo.structure import structure

__all__ = ["read_foreign"]


def read_foreign(
    paths: Iterable[Path], kinds: Mapping[str, type[BaseModel]], version: str, check: str
) -> tuple[list[Document[Any]], list[Problem]]:
    """The documents without a mistake, and every problem of every file.

    A document says `apiVersion: version` and one of `kinds`; `check` is the id of what is wrong with one that does not. A list
    of documents counts as so many. Raises CannotRun where a file cannot be opened.
    """
    documents: list[Document[Any]] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CannotRun(f"cannot read {path}: {error.strerror}") from error
        raws, wrong = read(str(path), data)
        problems += wrong
        for raw in raws:
            found, issues = _typed(str(path), raw, kinds, version, check)
            documents += found
            problems += issues
    return documents, problems


def _typed(
    path: str, raw: RawDocument, kinds: Mapping[str, type[BaseModel]], version: str, check: str
) -> tuple[list[Document[Any]], list[Problem]]:
    if isinstance(raw.data, list):
        message = "a list of documents"
        whole = Document(_Empty(), path, raw)
        return [], [
            whole.problem(Issue((), message, "write each as a document of its own, with `---` between them", check=check))
        ]
    data = raw.data if isinstance(raw.data, dict) else {}
    model = kinds.get(str(data.get("kind")))
    if data.get("apiVersion") != version or model is None:
        whole = Document(_Empty(), path, raw)
        shown = f"apiVersion {data.get('apiVersion')!s}, kind {data.get('kind')!s}"
        return [], [
            whole.problem(
                Issue(
                    ("kind",) if data.get("apiVersion") == version else ("apiVersion",),
                    f"{shown} is not read here",
                    f"apiVersion: {version} and one of {', '.join(kinds)}",
                    check=check,
                )
            )
        ]
    result = structure(model, data, lambda where: raw.text.raw(raw.number, where))
    if result.model is None or result.issues:
        whole = Document(_Empty(), path, raw)
        return [], [whole.problem(issue) for issue in result.issues]
    return [Document(result.model, path, raw)], []


class _Empty(BaseModel):
    """Stands for a document that is no model, so that what is wrong with it has a position."""
