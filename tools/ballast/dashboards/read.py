"""Reads dashboards from a file, in every form in which they are kept.

Classic JSON of all schema versions (with `rows`, nested and collapsed rows, library panels), the same inside `{"dashboard": …}`
as the HTTP API answers, Kubernetes-style resources (`dashboard.grafana.app` v0 to v2), library panels alone, and JSON inside a
ConfigMap or a GrafanaDashboard of the operator, in YAML or JSON, one or many a file.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path as FilePath
from typing import Any

from ballast.dashboards import classic, spans, v2
from ballast.dashboards.model import Dashboard, mapping, text
from ballast.dashboards.source import Source
from ballast.repo import CannotRun, Position, Problem, Severity
from ballast.repo.source import RawDocument
from ballast.repo.source import read as read_yaml

MOST_BYTES = 64 * 1024 * 1024
_DASHBOARD_KEYS = ("panels", "rows", "schemaVersion", "templating")


@dataclass(slots=True)
class Document:
    """A file: its dashboards, and what is wrong with the file itself (each with its place)."""

    path: str
    data: bytes
    dashboards: list[Dashboard]
    problems: list[Problem]


def read(path: FilePath | str, *, name: str | None = None) -> Document:
    """Read a file; `name` is what positions call it (default: the path). Raises CannotRun where it cannot be read at all."""
    try:
        data = FilePath(path).read_bytes()
    except OSError as error:
        raise CannotRun(f"{path} cannot be read: {error.strerror}") from None
    return parse(name or str(path), data)


def parse(path: str, data: bytes) -> Document:
    """Read the content of a file. Nothing in it raises: what is wrong becomes a problem."""
    document = Document(path, data, [], [])
    if len(data) > MOST_BYTES:
        document.problems.append(_problem(Position(path), "json", "the file is larger than 64 MB", "split it"))
    elif path.endswith((".yaml", ".yml")):
        _yaml(document)
    else:
        _json(document, data.removeprefix(b"\xef\xbb\xbf"))
        if not document.dashboards and not document.problems:
            hint = "a dashboard is an object with `panels`; move other files out of the folder"
            document.problems.append(_problem(Position(path), "structure", "there is no dashboard in this file", hint))
    for dashboard in document.dashboards:
        document.problems += dashboard.problems
    return document


def is_dashboard(value: Any) -> bool:
    """Whether parsed JSON or YAML holds a dashboard: how `ballast lint` tells files apart."""
    value = mapping(value)
    kind = value.get("kind")
    if kind == "ConfigMap":
        return any(key.endswith(".json") for key in mapping(value.get("data")))
    if kind in ("GrafanaDashboard", "GrafanaLibraryPanel"):
        return True
    return text(value.get("apiVersion")).startswith("dashboard.grafana.app/") or next(_found(value, ()), None) is not None


def _json(document: Document, data: bytes, **where: Any) -> None:
    """Read one JSON text into the document; `where` says how it lies in the file (see Source)."""
    try:
        value, doubtful = spans.loads(data)
    except spans.Broken as error:
        place = Source(document.path, data, None, **where).place(error.offset)
        document.problems.append(_problem(place, "json", f"not JSON: {error.message}", "mend the text at this place"))
        return
    source = Source(document.path, data, value, **where)
    if doubtful:
        for key, offset in spans.duplicates(source.root):
            message = f"`{key}` is written twice in the same object; Grafana takes the last"
            document.problems.append(_problem(source.place(offset), "duplicate-key", message, "keep one of the two"))
    if mapping(value).get("kind") in ("ConfigMap", "GrafanaDashboard", "List"):
        _resource(document, value, partial(_embedded_in_json, source))
        return
    for path, form in _found(value, ()):
        document.dashboards.append(form(source, path))


def _found(value: Any, path: spans.Path) -> Iterator[tuple[spans.Path, Any]]:
    """Where in a value dashboards are, and what reads each."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            if isinstance(item, dict) and not path:
                yield from _found(item, (number,))
        return
    if not isinstance(value, dict):
        return
    version = text(value.get("apiVersion"))
    spec = value.get("spec")
    if version.startswith("dashboard.grafana.app/") and isinstance(spec, dict):
        yield (
            (*path, "spec"),
            v2.dashboard if version.partition("/")[2].startswith("v2") or "elements" in spec else classic.dashboard,
        )
    elif "elements" in value and "layout" in value:
        yield path, v2.dashboard
    elif isinstance(value.get("dashboard"), dict) and not any(key in value for key in _DASHBOARD_KEYS):
        yield from _found(value["dashboard"], (*path, "dashboard"))
    elif any(key in value for key in _DASHBOARD_KEYS):
        yield path, classic.dashboard
    elif isinstance(value.get("model"), dict) and "type" in value["model"]:
        yield (*path, "model"), classic.library
    elif isinstance(value.get("result"), dict) and isinstance(value["result"].get("model"), dict):
        yield (*path, "result", "model"), classic.library


def _yaml(document: Document) -> None:
    documents, problems = read_yaml(document.path, document.data)
    document.problems += problems
    for raw in documents:
        _resource(document, raw.data, partial(_embedded_in_yaml, raw))


def _resource(document: Document, value: Any, embedded: Any) -> None:
    """The JSON texts inside a resource; `embedded` says how the text at a path lies in the file."""
    value = mapping(value)
    kind = value.get("kind")
    if kind in ("List", "ConfigMapList"):
        for number, item in enumerate(value.get("items") if isinstance(value.get("items"), list) else []):
            _resource(document, item, lambda path, content, n=number: embedded(("items", n, *path), content))
    elif kind == "ConfigMap":
        for key, content in mapping(value.get("data")).items():
            if key.endswith(".json") and isinstance(content, str):
                _json(document, content.encode(errors="replace"), **embedded(("data", key), content))
    elif kind == "GrafanaDashboard":
        spec = mapping(value.get("spec"))
        if isinstance(spec.get("json"), str):
            _json(document, spec["json"].encode(errors="replace"), **embedded(("spec", "json"), spec["json"]))
        elif isinstance(spec.get("gzipJson"), str):
            where = {**embedded(("spec", "gzipJson"), ""), "exact": False}
            try:
                unpacked = zlib.decompressobj(31).decompress(base64.b64decode(spec["gzipJson"]), MOST_BYTES)
            except (binascii.Error, zlib.error, ValueError):
                place = Position(document.path, where["line"], where["column"])
                document.problems.append(_problem(place, "json", "gzipJson is no compressed text", "gzip -c FILE | base64 -w0"))
                return
            _json(document, unpacked, **where)
    elif text(value.get("apiVersion")).startswith("dashboard.grafana.app/"):
        place = embedded(("spec",), "")
        hint = "keep it as JSON (`yq -o json`): positions and `ballast dashboards fix` need the text"
        message = "a dashboard written in YAML is not read"
        document.problems.append(_problem(Position(document.path, place["line"], place["column"]), "structure", message, hint))


def _embedded_in_json(source: Source, path: spans.Path, _: str) -> dict[str, Any]:
    place = source.position(path)
    return {"line": place.line, "column": place.column, "exact": False}


def _embedded_in_yaml(raw: RawDocument, path: spans.Path, content: str) -> dict[str, Any]:
    """A literal block holds the text line by line, moved in; any other scalar does not."""
    place = raw.text.place(raw.number, path)
    lines = raw.text.decoded.split("\n")
    header = lines[place.line - 1] if place.line <= len(lines) else ""
    first = next(
        (n for n in range(place.line - 1, min(place.line + 2, len(lines))) if re.search(r"\|[-+0-9]*\s*(#.*)?$", lines[n])), -1
    )
    wanted = content.split("\n")
    while wanted and not wanted[-1]:
        wanted.pop()
    if first >= 0 and wanted:
        body = lines[first + 1 : first + 1 + len(wanted)]
        shown = next(((b, w) for b, w in zip(body, wanted, strict=False) if w), None)
        if shown and shown[0].endswith(shown[1]):
            indent = len(shown[0]) - len(shown[1])
            if all(line[indent:].rstrip("\r") == want.rstrip("\r") for line, want in zip(body, wanted, strict=False)):
                return {"line": first + 2, "indent": indent}
    return {"line": place.line, "column": place.column if header else 1, "exact": False}


def _problem(position: Position, check: str, message: str, hint: str) -> Problem:
    return Problem(position, f"dashboards/{check}", message, hint, Severity.ERROR)
