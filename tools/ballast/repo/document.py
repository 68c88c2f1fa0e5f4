"""A typed document, and the way back from each of its values to a line and column."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import BaseModel

from ballast.repo.checks.registry import issues_of
from ballast.repo.issue import Issue
from ballast.repo.position import Position, Problem, Severity
from ballast.repo.source import Path, RawDocument, read
from ballast.repo.structure import structure


class Document[M: BaseModel]:
    """`model` is what the document says, `path` its file: relative to the repository, or as it was named."""

    __slots__ = ("_raw", "model", "path")

    def __init__(self, model: M, path: str, raw: RawDocument) -> None:
        self.model = model
        self.path = path
        self._raw = raw

    def __repr__(self) -> str:
        return f"Document({self.path!r}, {type(self.model).__name__})"

    def position(self, *path: str | int, key: bool = False) -> Position:
        """Where a value stands, by keys and list indices: `position("slos", 0, "objective")`.

        A mapping or list stands where its key does; with `key` every value does. What is not in the file (a default) stands
        where the nearest thing around it does.
        """
        return _position(self.path, self._raw, path, key=key)

    def problem(self, issue: Issue) -> Problem:
        """An issue with its line and column."""
        return _problem(self.path, self._raw, issue)


class Read[M: BaseModel](NamedTuple):
    """What a file holds. `sound` documents have no error; `all` adds those that were mended so that checks can see them."""

    sound: list[Document[M]]
    all: list[Document[M]]
    problems: list[Problem]


def read_documents[M: BaseModel](path: str, data: bytes, model: type[M]) -> Read[M]:
    """Reads, types and checks every document of one file; of a file that is not sound YAML no document is `sound`."""
    raws, problems = read(path, data)
    sound: list[Document[M]] = []
    everything: list[Document[M]] = []
    is_yaml = not problems  # a key that stands twice makes doubtful whatever is near it
    if not raws and not problems:
        hint = "write one, or move the file away"
        problems = [Problem(Position(path), "spec/missing", "the file holds no YAML document", hint)]
    for raw in raws:
        document, found = _typed(path, raw, model)
        problems += found
        if document is None:
            continue
        everything.append(document)
        if is_yaml and not any(problem.severity is Severity.ERROR for problem in found):
            sound.append(document)
    return Read(sound, everything, problems)


def _typed[M: BaseModel](path: str, raw: RawDocument, model: type[M]) -> tuple[Document[M] | None, list[Problem]]:
    foreign = _foreign(raw.data)
    if foreign:
        return None, [_problem(path, raw, foreign)]
    result = structure(model, raw.data, lambda where: raw.text.raw(raw.number, where))
    issues = result.issues
    if result.model is not None:
        touched = result.touched
        issues = issues + [issue for issue in issues_of(result.model) if not _overlaps(issue.path, touched)]
    problems = list(dict.fromkeys(_problem(path, raw, issue) for issue in issues))
    return (None if result.model is None else Document(result.model, path, raw)), problems


def _overlaps(path: Path, touched: list[Path]) -> bool:
    return any(path[: len(other)] == other[: len(path)] for other in touched)


def _foreign(data: Any) -> Issue | None:
    """One clear word for the formats that people have in the same folder, instead of a dozen unknown keys."""
    if not isinstance(data, dict) or "apiVersion" not in data:
        return None
    if str(data["apiVersion"]).startswith("sloth.slok.dev/"):
        message = "this is Sloth's Kubernetes form (PrometheusServiceLevel)"
        hint = "write what stands under `spec:` as a Sloth `version: prometheus/v1` file; its keys are snake_case there"
    elif str(data["apiVersion"]).startswith("openslo/"):
        message = "this is an OpenSLO document, and no SLO file of Ballast's"
        hint = "`ballast slo import FILE --out alerts/slos` makes one of it"
    else:
        message = "this is a Kubernetes resource and not a file that Ballast reads"
        hint = "move it out of this folder"
    return Issue(("apiVersion",), message, hint, at_key=True, check="spec/version")


def _position(path: str, raw: RawDocument, where: Path, *, key: bool = False, offset: int = 0) -> Position:
    place = raw.text.place(raw.number, where, key=key, offset=offset)
    return Position(path, place.line, place.column)


def _problem(path: str, raw: RawDocument, issue: Issue) -> Problem:
    position = _position(path, raw, issue.path, key=issue.at_key, offset=issue.offset)
    return Problem(position, issue.check, issue.message, issue.hint, issue.severity or Severity.ERROR)
