"""From a real Prometheus into the ledger, by the repository's own kinds of SLI."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from ballast.budget import Endpoint, Source, balances, collect, minutes, number, slos, verify, when
from ballast.budget.signals import Matcher, Selector, signal_of, terms
from ballast.budget.source import batches
from ballast.budget.tally import DARK, GAP
from ballast.cli import build_app
from ballast.repo import CannotRun, Slo, load, read_slo_files
from ballast.stack import Prometheus
from tests.budget.history import END, HOLE, START


def test_whole_events_of_one_replica(prometheus: Prometheus, ledger: psycopg.Connection, shop: Path) -> None:
    repo = load(shop)
    assert not repo.broken
    now = END + timedelta(minutes=5)
    with Source(Endpoint(prometheus.url)) as source:
        done = collect(ledger, repo, source, start=START - timedelta(hours=1), end=END, now=now)
        assert done.dark == ["shop/dark"]
        again = collect(ledger, repo, source, start=START, end=END, now=now)
        assert again.hours_changed == 0
    held = {one.slo: minutes(ledger, one.id, number(START), number(END)) for one in slos(ledger)}
    availability, latency, up = held["availability"], held["latency"], held["up"]
    assert held["dark"] == {}
    whole = [m for m in availability if availability[m].flags == 0]
    assert len(whole) >= 80
    assert {availability[m].total for m in whole} == {240}
    assert {availability[m].bad for m in whole} == {6}
    assert {latency[m].bad for m in whole} == {12}
    assert {availability[m].flags & (DARK | GAP) for m in HOLE} == {DARK}
    assert availability[HOLE.stop].flags & GAP
    assert {up[m].total for m in whole if m > whole[0]} == {4}
    assert sum(m.bad for m in up.values()) == pytest.approx(36, abs=3)
    assert {m.bad for m in held["ratio"].values() if m.known} <= set(range(20_000, 31_000))
    assert verify(ledger) == []
    balance = next(b for b in balances(ledger, slos(ledger), now) if b.known.slo == "availability")
    assert 1 - balance.remaining == pytest.approx(2.5, rel=0.01)


def test_a_backfill_in_pieces_is_the_same(prometheus: Prometheus, ledger: psycopg.Connection, shop: Path) -> None:
    repo, now = load(shop), END + timedelta(minutes=5)
    with Source(Endpoint(prometheus.url)) as source:
        for first, last in ((60, 90), (13, 61), (0, 20)):
            collect(ledger, repo, source, start=START + timedelta(minutes=first), end=START + timedelta(minutes=last), now=now)
        assert collect(ledger, repo, source, start=START, end=END, now=now).hours_changed == 0


def test_a_source_that_is_down_loses_nothing(ledger: psycopg.Connection, shop: Path) -> None:
    with Source(Endpoint("http://127.0.0.1:1")) as source, pytest.raises(CannotRun, match="cannot be read"):
        collect(ledger, load(shop), source, start=START, end=END)
    assert all(one.collected is None for one in slos(ledger))


def test_commands(prometheus: Prometheus, url: str, shop: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(shop)
    app, runner = build_app("budget"), CliRunner()

    def run(*words: str, code: int = 0) -> str:
        done = runner.invoke(app, ["budget", *words])
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    span = ["--from", START.isoformat(), "--to", END.isoformat()]
    assert "5 SLOs" in run("collect", "--url", prometheus.url, *span)
    rows = {row["slo"]: row for row in json.loads(run("status", "--output", "json"))}
    assert rows["shop/availability"]["total"] > 15_000
    assert rows["shop/dark"]["doubts"] == ["nothing has ever been recorded"]
    assert "shop/up" in run("status", "shop")
    assert "shop/latency" in run("history", "--days", "5")
    run("history", "shop/availability", "--days", "5", "--plot", str(tmp_path / "p.png"))
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads(run("forecast", "--output", "json"))[0]["why"]
    assert run("verify").startswith("Every sum")
    run("export", str(tmp_path / "h.csv"), "--name", "shop/availability", *span)
    run("export", str(tmp_path / "h.parquet"), "--name", "shop/availability", *span)
    table = list(csv.DictReader((tmp_path / "h.csv").open()))
    import duckdb

    with duckdb.connect() as database:
        packed = database.execute(
            "select count(*), sum(total), sum(bad), count(total) from read_parquet(?)", [str(tmp_path / "h.parquet")]
        ).fetchone()
    known = [row for row in table if row["total"]]
    assert packed == (len(table), sum(int(r["total"]) for r in known), sum(int(r["bad"]) for r in known), len(known))
    assert len(known) < len(table)  # an unknown minute has no counts
    month = f"{END:%Y-%m}"
    assert "| shop/availability | 99 % |" in run("report", "--month", month)
    run("report", "--month", month, "--html", str(tmp_path / "r.html"))
    assert "shop/availability" in (tmp_path / "r.html").read_text()
    hole = ["--from", when(HOLE.start).isoformat(), "--to", when(HOLE.stop).isoformat()]
    correction = runner.invoke(app, ["budget", "correct", "shop/availability", *hole, "--bad", "0", "--reason", "seen in logs"])
    assert isinstance(correction.exception, CannotRun)
    assert "5 minutes corrected" in run(
        "correct", "shop/availability", *hole, "--bad", "1", "--total", "240", "--reason", "seen in the load balancer's logs"
    )
    assert run("verify").startswith("Every sum")


def test_exclusions_move_the_budget_and_are_written_down(
    prometheus: Prometheus, ledger: psycopg.Connection, shop: Path, tmp_path: Path
) -> None:
    now = END + timedelta(minutes=5)
    with Source(Endpoint(prometheus.url)) as source:
        collect(ledger, load(shop), source, start=START, end=END, now=now)
        before = {b.known.slo: b.sum for b in balances(ledger, slos(ledger), now)}
        (shop / "alerts/exclusions").mkdir()
        file = shop / "alerts/exclusions/a.yaml"
        times = f'start: "{when(number(START) + 10).isoformat()}", end: "{when(number(START) + 20).isoformat()}"'
        row = f"{{service: shop, slos: [availability], {times}, reason: a database upgrade, approver: ada}}"
        file.write_text(f"version: ballast/v1\nexclusions:\n  - {row}\n")
        repo = load(shop)
        assert not repo.broken
        collect(ledger, repo, source, start=START, end=END, now=now)
        after = {b.known.slo: b.sum for b in balances(ledger, slos(ledger), now)}
        assert before["availability"].total - after["availability"].total == 2400
        assert after["latency"] == before["latency"]
        file.write_text(file.read_text() + "status: archived\n")
        collect(ledger, load(shop), source, start=START, end=END, now=now)
    assert {b.known.slo: b.sum for b in balances(ledger, slos(ledger), now)} == before
    log = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [(e["what"], e["result"]) for e in log] == [("budget/exclusion", "active"), ("budget/exclusion", "archived")]


def test_many_selectors_are_few_queries() -> None:
    many = [
        Selector("x_total", (Matcher("service", "=", f"s.{n}"), Matcher("job", "=", "a"), *extra))
        for n in range(1000)
        for extra in ((), (Matcher("code", "=~", "5.."),))
    ]
    found = list(batches(many))
    assert len(found) == 2
    assert found[0].query.startswith('x_total{job="a",service=~"s\\\\.0|')
    labels = {"service": "s.7", "job": "a", "code": "503"}
    owners = [owner for batch in found for owner in batch.owners(labels)]
    assert len(owners) == 2
    assert len([o for batch in found for o in batch.owners({**labels, "code": "200"})]) == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sum(rate(a_total[1m]))", ["+a_total{}"]),
        ('sum by (x) (increase(a_total{b="c"}[1m])) + (rate(d[1m]))', ['+a_total{b="c"}', "+d{}"]),
        ("sum(rate(a[1m])) - (sum(rate(b[1m])) - sum(rate(c[1m])))", ["+a{}", "-b{}", "+c{}"]),
        ("sum(rate(a[1m])) / 2", None),
        ("sum(rate(a[1m] offset 5m))", None),
        ("max(rate(a[1m]))", None),
        ("sum(rate(a[1m])) - on (x) sum(rate(b[1m]))", None),
    ],
)
def test_the_counters_of_a_query(query: str, expected: list[str] | None) -> None:
    found = terms(query)
    shown = None if found is None else ["+-"[t.sign < 0] + str(t.selector) for t in found]
    assert shown == expected


def test_every_slo_of_this_repository_is_counted_in_events(root: Path) -> None:
    for document in load(root).slo_files:
        for slo in document.model.slos:
            assert signal_of(slo, document.model.service).unit != "ppm of a minute", slo.name


def test_the_new_kinds_are_counted_where_there_is_something_to_count() -> None:
    """Verdicts of an SLI of time are samples of its record; a composite, a native histogram and shares are ratios."""
    units = {}
    documents, _ = read_slo_files([Path(__file__).parents[2] / "docs" / "examples" / "slo"])
    for document in documents:
        for slo in document.model.slos:
            signal = signal_of(slo, document.model.service)
            units[slo.name] = (signal.unit, signal.selectors[0].metric if signal.selectors else "")
    assert units["queue"] == units["report-age"] == units["checkout"] == ("samples", "slo:good_time:ratio")
    assert units["front-page"] == ("samples", "probe_success")
    assert units["availability"] == ("events", "api_requests_total")
    assert units["weighted"] == units["latency-native"] == ("ppm of a minute", "")


def test_a_query_of_other_shape_is_kept_as_a_ratio() -> None:
    sli = {"events": {"error_query": "max(rate(a[{{.window}}]))", "total_query": "max(rate(b[{{.window}}]))"}}
    signal = signal_of(Slo.model_validate({"name": "x", "objective": 99, "sli": sli}), "shop")
    assert signal.unit == "ppm of a minute"
    assert "[5m]" in signal.ratio
