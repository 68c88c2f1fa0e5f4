"""Where a replay's history comes from: a Prometheus, an OpenMetrics file (in a Prometheus of its own), the ledger's Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ballast.repo import CannotRun, seconds
from ballast.slo.model import CompiledSlo
from ballast.slo.queries import sli_queries
from ballast.slo.replay.language import parse
from ballast.slo.replay.line import Grid, Line, Vector, labels_of

if TYPE_CHECKING:
    import httpx

__all__ = ["History", "Ledger", "Server", "extent", "openmetrics"]

MOST_POINTS = 10_000
"""Of one series in one answer; Prometheus refuses more than 11,000."""


class History(Protocol):
    """Answers the queries of rules about a service's own metrics."""

    def ask(self, expr: str, grid: Grid) -> Vector:
        """The value of `expr` at every moment of `grid`."""
        ...

    def cost(self, expr: str, at: int) -> int | None:
        """How many samples one evaluation of `expr` reads, None where nobody knows."""
        ...

    def extent(self) -> tuple[int, int] | None:
        """The first and the last Unix second of the history; None where it is not known."""
        ...


class Server:
    """A Prometheus, Thanos or VictoriaMetrics behind `client`, whose base URL is the server's. Answers are remembered."""

    def __init__(
        self, client: httpx.Client, *, known: tuple[int, int] | None = None, progress: Callable[[str], None] | None = None
    ) -> None:
        self._client, self._known, self._progress = client, known, progress
        self._answers: dict[tuple[str, Grid], Vector] = {}

    def extent(self) -> tuple[int, int] | None:
        """What the caller said."""
        return self._known

    def ask(self, expr: str, grid: Grid) -> Vector:
        """A range query, in as many parts as the server's limits make necessary."""
        key = (expr, grid)
        if key not in self._answers:
            if self._progress:
                self._progress(expr)
            found: Vector = {}
            self._fill(found, expr, grid, 0, grid.count, MOST_POINTS)
            self._answers[key] = found
        return self._answers[key]

    def cost(self, expr: str, at: int) -> int | None:
        """As the server counts it (`stats=all`)."""
        body = self._post("query", {"query": expr, "time": str(at), "stats": "all"})
        found = body["data"].get("stats", {}).get("samples", {}).get("totalQueryableSamples")
        return None if found is None else int(found)

    def _fill(self, found: Vector, expr: str, grid: Grid, first: int, until: int, most: int) -> None:
        for low in range(first, until, most):
            high = min(low + most, until)
            start, end = (grid.start + grid.step * place for place in (low, high - 1))
            form = {"query": expr, "start": str(start), "end": str(end), "step": str(grid.step)}
            try:
                body = self._post("query_range", form)
            except _TooMuch as error:
                if high - low < 60:
                    raise CannotRun(str(error)) from error
                self._fill(found, expr, grid, low, high, (high - low + 1) // 2)
                continue
            if body["data"]["resultType"] != "matrix":
                raise CannotRun(f"{self._client.base_url} answered {expr} with {body['data']['resultType']}")
            for one in body["data"]["result"]:
                line = found.setdefault(labels_of(one["metric"]), Line.none(grid.count))
                places = [round((float(t) - grid.start) / grid.step) for t, _ in one["values"]]
                line.values[places] = [float(v) for _, v in one["values"]]
                line.there[places] = True

    def _post(self, kind: str, form: dict[str, str]) -> Any:
        import httpx
        import orjson

        where = str(self._client.base_url).rstrip("/")
        try:
            answer = self._client.post(f"/api/v1/{kind}", data=form)
            body = orjson.loads(answer.content)
        except httpx.TimeoutException as error:
            raise _TooMuch(f"{where} did not answer in time: {form['query']}") from error
        except httpx.HTTPError as error:
            raise CannotRun(f"{where} cannot be read: {error or type(error).__name__}") from error
        except ValueError as error:
            raise CannotRun(f"{where} does not answer as Prometheus does (HTTP {answer.status_code})") from error
        if not isinstance(body, dict) or body.get("status") != "success":
            words = body.get("error", "") if isinstance(body, dict) else ""
            problem = f"{where} refused {form['query']}: {words or answer.status_code}"
            raise _TooMuch(problem) if _is_limit(answer.status_code, str(words)) else CannotRun(problem)
        return body


class _TooMuch(Exception):
    """A query that may work for a shorter time."""


def _is_limit(status: int, words: str) -> bool:
    return status in (422, 503, 504) and any(word in words for word in ("timed out", "too many samples", "timeout"))


@contextmanager
def openmetrics(file: Path, progress: Callable[[str], None] | None = None) -> Iterator[Server]:
    """The history in an OpenMetrics file (timestamps in seconds, `# EOF` at the end), in a Prometheus started for it.

    Raises CannotRun with promtool's words when it does not accept the file.
    """
    from ballast.stack import Prometheus, Stack

    known = extent(file)
    days = (known[1] - known[0]) // 86400 + 1
    with Stack() as stack:
        prometheus = Prometheus(stack.directory / "prometheus", retention="100y", flags=["--query.max-samples=500000000"])
        prometheus.backfill(file, block_hours=24 * 31 if days > 2 else None)
        stack.start(prometheus)
        yield Server(prometheus.client, known=known, progress=progress)


def extent(file: Path) -> tuple[int, int]:
    """The first and the last timestamp in an OpenMetrics file. CannotRun for one without any."""
    first, last = float("inf"), float("-inf")
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            for text in stream:
                if text.startswith("#") or not text.strip():
                    continue
                plain = text.partition(" # ")[0]  # what follows is an exemplar
                words = (plain.rpartition("}")[2] if "}" in plain else plain.partition(" ")[2]).split()
                try:
                    at = float(words[-1]) if len(words) >= 2 else float("nan")
                except ValueError:
                    continue  # promtool says what is wrong with it
                if at == at:
                    first, last = min(first, at), max(last, at)
    except OSError as error:
        raise CannotRun(f"{file} cannot be read: {error.strerror}") from error
    if first > last:
        raise CannotRun(
            f"{file} holds no sample with a timestamp: a history is OpenMetrics text, `name{{labels}} value seconds`"
        )
    return int(first), int(last)


class Ledger:
    """An SLO's events from the ledger's export (`ballast budget export FILE.parquet`), exact to the minute.

    It answers the queries of one SLI and no others: what else a rule asks was never recorded there.
    """

    @classmethod
    def of_file(cls, file: Path, compiled: CompiledSlo) -> Ledger:
        """Raises CannotRun for a file that is no such export or does not hold the SLO."""
        return cls(_rows(file, compiled.service, compiled.slo.name), compiled)

    def __init__(self, rows: Sequence[tuple[int, int, int, bool]], compiled: CompiledSlo) -> None:
        """`rows` are minutes since 1970, in order, each with all and bad events and whether they are unknown; at least one."""
        self._name = f"{compiled.service}/{compiled.slo.name}"
        self._first = rows[0][0]
        count = rows[-1][0] - self._first + 1
        self._total, self._bad, self._known = (np.zeros(count + 1, dtype=np.int64) for _ in range(3))
        for minute, total, bad, unknown in rows:
            place = minute - self._first + 1
            if not unknown:
                self._total[place], self._bad[place], self._known[place] = total, bad, 1
        for sums in (self._total, self._bad, self._known):
            np.cumsum(sums, out=sums)
        self._questions = _questions(compiled)

    def extent(self) -> tuple[int, int] | None:
        """The beginning of the first minute and the end of the last."""
        return self._first * 60, (self._first + len(self._total) - 1) * 60

    def cost(self, expr: str, at: int) -> int | None:
        """Unknown."""
        return None

    def ask(self, expr: str, grid: Grid) -> Vector:
        """The events per second, or their ratio, of the window that `expr` asks for."""
        try:
            kind, window = self._questions[expr]
        except KeyError:
            raise CannotRun(
                f"the ledger cannot answer {expr}: it holds the events of {self._name} and nothing else; use --prometheus"
            ) from None
        total, bad, known = (self._in_window(sums, grid, window) for sums in (self._total, self._bad, self._known))
        there = known > 0
        if kind == "absent":
            return {(): Line(np.ones(grid.count), ~there)}
        if kind == "ratio":
            return {(): Line(bad / np.maximum(total, 1), there & (total > 0))}
        return {(): Line((total if kind == "total" else bad) / window, there)}

    def _in_window(self, sums: np.typing.NDArray[np.int64], grid: Grid, window: int) -> np.typing.NDArray[np.int64]:
        """Sums over the minutes that ended in the window before each moment."""
        ends = np.floor(grid.times / 60).astype(np.int64) - self._first
        begins = np.floor((grid.times - window) / 60).astype(np.int64) - self._first
        last = len(sums) - 1
        return np.asarray(sums[np.clip(ends, 0, last)] - sums[np.clip(begins, 0, last)])


def _questions(compiled: CompiledSlo) -> dict[str, tuple[str, int]]:
    """Each query that the SLI's rules may ask, as the parser writes it: what it is of, and its window in seconds."""
    queries = sli_queries(compiled.slo.sli)
    found: dict[str, tuple[str, int]] = {}
    windows = {*compiled.windows.fast, *compiled.windows.slow}
    for kind, query in (("error", queries.error), ("total", queries.total), ("ratio", queries.ratio)):
        for window in windows if query else ():
            assert query is not None
            found[_plain(query(window))] = (kind, int(seconds(window)))
    if queries.also:
        found[_plain(f"absent({queries.also})")] = ("absent", 300)
    return found


def _plain(expr: str) -> str:
    return str(parse(expr))


def _rows(file: Path, service: str, slo: str) -> list[tuple[int, int, int, bool]]:
    """Minute (since 1970), total, bad, unknown."""
    import duckdb

    try:
        with duckdb.connect() as database:
            rows = database.execute(
                "select epoch(minute)::bigint // 60, coalesce(total, 0), coalesce(bad, 0), unknown from read_parquet(?)"
                " where service = ? and slo = ? order by minute",
                [str(file), service, slo],
            ).fetchall()
            if not rows:
                held = database.execute("select distinct service || '/' || slo from read_parquet(?) order by 1", [str(file)])
                names = ", ".join(name for (name,) in held.fetchall())
                raise CannotRun(f"{file} does not hold {service}/{slo}: it holds {names or 'nothing'}")
    except duckdb.Error as error:
        line = str(error).strip().splitlines()[0]
        raise CannotRun(f"{file} is no export of the ledger (`ballast budget export FILE.parquet`): {line}") from error
    return rows
