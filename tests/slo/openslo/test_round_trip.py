"""Ours → OpenSLO → ours, and ours → Sloth: what is expressed is the same afterwards, what is not is said."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ballast.repo import Document, Problem, Severity, SloFile, read_slo_files, read_slo_text
from ballast.slo import AlertRule, Compiled, Context, compile_files, prometheus_rules
from ballast.slo.openslo import export_openslo, export_sloth, import_openslo
from ballast.slo.openslo.text import yaml_of
from ballast.stack import tool

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "slo"

names = st.from_regex(r"[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,4})?", fullmatch=True)
metrics = st.sampled_from(["http_requests_total", "jobs_total", "request_seconds"])
values = st.from_regex(r"[a-z0-9/.|]{1,8}", fullmatch=True)
selectors = st.dictionaries(st.sampled_from(["job", "cluster", "route"]), values, max_size=2).map(
    lambda labels: ",".join(f'{key}="{value}"' for key, value in labels.items())
)
EVENTS = st.builds(
    lambda metric, selector: {
        "events": {
            "error_query": f'sum(rate({metric}{{{selector or 'job=~".+"'},code=~"5.."}}[{{{{.window}}}}]))',
            "total_query": f"sum(rate({metric}{{{selector or 'job=~".+"'}}}[{{{{.window}}}}]))",
        }
    },
    metrics,
    selectors,
)
SLIS = st.one_of(
    EVENTS,
    st.builds(lambda m, s: {"availability": {"metric": m, "selector": s, "errors": 'code=~"5.."'}}, metrics, selectors),
    st.builds(
        lambda m, s, t, n: {"latency": {"metric": m, "selector": s, "threshold": t, "native": n}},
        metrics,
        selectors,
        st.sampled_from([0.1, 0.25, 1.0, 5.0]),
        st.booleans(),
    ),
    st.builds(lambda m, s: {"gauge": {"metric": m, "selector": s}}, metrics, selectors),
    st.builds(
        lambda s, limit, key: {"timeslice": {"query": f"max(queue_depth{{{s}}})", key: limit}},
        selectors,
        st.floats(0.1, 1000).map(lambda value: float(f"{value:.4g}")),
        st.sampled_from(["below", "at_most", "above", "at_least"]),
    ),
    st.builds(
        lambda s, length: {"timeslice": {"query": f"avg(health{{{s}}})", "slice": length}},
        selectors,
        st.sampled_from(["1m", "5m"]),
    ),
    st.builds(lambda s: {"raw": {"error_ratio_query": f"avg_over_time(bad:ratio{{{s}}}[{{{{.window}}}}])"}}, selectors),
)
TABLES = st.sampled_from(
    [
        [],
        [{"severity": "page", "long": "2h", "short": "10m", "factor": 8.5}],
        [
            {"severity": "page", "long": "1h", "short": "5m", "factor": 14.4},
            {"severity": "ticket", "long": "1d", "short": "2h", "budget": 10.0},
        ],
    ]
)
SLOS = st.builds(
    lambda name, objective, sli, window, table, alert, minimum: {
        "name": name,
        "objective": objective,
        "sli": sli,
        "window": window,
        "burn_rates": table,
        "alerting": {"name": alert},
        "minimum_traffic": 0.0 if "raw" in sli else minimum,
    },
    names,
    st.sampled_from([95.0, 99.0, 99.5, 99.9, 99.95, 99.99]),
    SLIS,
    st.sampled_from(["7d", "28d", "30d", "month", "quarter"]),
    TABLES,
    st.sampled_from(["", "TooSlow"]),
    st.sampled_from([0.0, 0.25]),
)
FILES = st.builds(
    lambda service, labels, slos: {"version": "prometheus/v1", "service": service, "labels": labels, "slos": slos},
    names,
    st.sampled_from([{}, {"team": "shop"}]),
    st.lists(SLOS, min_size=1, max_size=2, unique_by=lambda slo: slo["name"]),
)


def read(text: str) -> list[Document[SloFile]]:
    documents, problems = read_slo_text("slos.yaml", text)
    assert [p for p in problems if p.severity is Severity.ERROR] == []
    return documents


def rules(documents: list[Document[SloFile]]) -> list[tuple[Any, ...]]:
    """Compiled rules, their expressions as a parser prints them: without the difference of a space."""
    services = compile_files([(d.path, d.model) for d in documents], Context())
    return [
        (group.name, rule.alert if isinstance(rule, AlertRule) else rule.record, normal(rule.expr), dict(rule.labels))
        for service in services
        for group in service.groups
        for rule in group.rules
    ]


def normal(expression: str) -> str:
    return re.sub(r"[\s()]", "", str(promql_parser.parse(expression)))


def errors(problems: list[Problem]) -> list[str]:
    return [str(problem) for problem in problems if problem.severity is Severity.ERROR]


@given(file=FILES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_openslo_and_back_compiles_to_the_same_rules(file: dict[str, Any], tmp_path: Path) -> None:
    documents = read(yaml_of(file))
    exported = export_openslo(documents)
    assert errors(exported.problems) == []
    place = tmp_path / "openslo.yaml"
    place.write_text(exported.text)
    imported = import_openslo([place])
    assert errors(imported.problems) == []
    (text,) = imported.files.values()
    assert rules(read(text)) == rules(documents)


def test_what_openslo_has_no_word_for_is_said_at_its_line() -> None:
    documents, _ = read_slo_files([EXAMPLES])
    exported = export_openslo(documents)
    found = {(Path(p.position.path).name, p.check, p.severity.value) for p in exported.problems}
    assert found >= {
        ("journey.yaml", "openslo/composite", "error"),
        ("tenants.yaml", "openslo/groups", "warning"),
        ("kinds.yaml", "openslo/kind", "note"),
        ("kinds.yaml", "openslo/query", "warning"),
    }
    assert all(problem.position.line > 1 for problem in exported.problems)
    kept = sum(document.get("kind") == "SLO" for document in yaml.safe_load_all(exported.text))
    assert kept == sum(len(document.model.slos) for document in documents) - 2  # without the two composites


@pytest.fixture(scope="module")
def exported_to_sloth(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Document[SloFile]]]:
    """This repository's SLOs, as Sloth's documents in a file."""
    documents, problems = read_slo_files([Path(__file__).parents[3] / "alerts" / "slos"])
    assert errors(problems) == []
    exported = export_sloth(documents)
    assert errors(exported.problems) == []
    file = tmp_path_factory.mktemp("sloth") / "slos.yaml"
    file.write_text(exported.text)
    return file, documents


def test_sloth_accepts_the_export_and_measures_the_same(
    exported_to_sloth: tuple[Path, list[Document[SloFile]]], tmp_path: Path
) -> None:
    file, documents = exported_to_sloth
    sloth = tool("sloth")
    subprocess.run([sloth, "validate", "-i", file], check=True, capture_output=True)
    out = tmp_path / "rules.yaml"
    subprocess.run([sloth, "generate", "-i", file, "-o", out], check=True, capture_output=True)
    theirs = {
        (rule["labels"]["sloth_id"], rule["record"].removeprefix("slo:sli_error:ratio_rate")): normal(rule["expr"])
        for group in (group for text in yaml.safe_load_all(out.read_text()) for group in text["groups"])
        for rule in group["rules"]
        if rule.get("record", "").startswith("slo:sli_error:ratio_rate") and not rule["record"].endswith("30d")
    }
    compared = 0
    for compiled in compile_files([(d.path, d.model) for d in documents], Context()):
        compared += same_measures(compiled, theirs)
    assert compared >= 12


def same_measures(compiled: Compiled, theirs: dict[tuple[str, str], str]) -> int:
    """Each of our SLIs over an hour has Sloth's numerator and denominator in it."""
    from ballast.slo import sli_queries

    for slo in compiled.slos:
        queries = sli_queries(slo.slo.sli)
        found = theirs[slo.id, "1h"]
        if queries.ratio:
            assert normal(queries.ratio("1h")) in found
        else:
            assert queries.error is not None
            assert queries.total is not None
            for query in (queries.error("1h"), queries.total("1h")):
                assert normal(query).removesuffix("/3600") in found, slo.id
    return len(compiled.slos)


def test_what_sloth_has_no_word_for_is_said() -> None:
    documents, _ = read_slo_files([EXAMPLES])
    exported = export_sloth(documents)
    said = {(p.check, p.severity.value) for p in exported.problems}
    assert said == {
        ("openslo/kind", "error"),
        ("openslo/window", "error"),
    } | ({("openslo/groups", "warning")} if any(p.check == "openslo/groups" for p in exported.problems) else set())
    assert "composite" not in exported.text
    assert prometheus_rules([]) == "groups: []\n"
