"""Small files for tests of the reader."""

from __future__ import annotations

from pathlib import Path

from ballast.repo import Document, Problem, SloFile, read_slo_files

SLO = """\
version: prometheus/v1
service: checkout
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(http_requests_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total[{{.window}}]))
"""


def read(folder: Path, text: str | bytes, name: str = "slo.yaml") -> tuple[list[Document[SloFile]], list[Problem]]:
    """Writes one file and reads it."""
    file = folder / name
    file.write_bytes(text.encode(errors="surrogatepass") if isinstance(text, str) else text)
    return read_slo_files([file])


def problems(folder: Path, text: str | bytes) -> list[str]:
    """`line:column check: message` of each problem of a file."""
    _, found = read(folder, text)
    return [f"{p.position.line}:{p.position.column} {p.check}: {p.message}" for p in found]
