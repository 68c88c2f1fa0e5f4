"""Each check: the ± lines of its page as a failing and a passing case, and further cases in a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import indent

import pytest

from ballast.repo import Severity, check_pages, load
from tests.repo.examples import SLO, read

SERVICE = "version: ballast/v1\nservice: checkout\nowner: team-a\ntier: 1\n"
SLO_KEYS = {"name": "availability", "objective": "99.9", "sli": "{gauge: {metric: up}}"}
FILE_KEYS = {
    "version": "prometheus/v1",
    "service": "checkout",
    "slos": f"[{{{', '.join(f'{k}: {v}' for k, v in SLO_KEYS.items())}}}]",
}


def repository(root: Path, files: Mapping[str, str]) -> list[str]:
    """`line:column check: message` of each problem of a small repository."""
    for path, text in files.items():
        (root / "alerts" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "alerts" / path).write_text(text)
    return [f"{p.position.line}:{p.position.column} {p.check}: {p.message}" for p in load(root).problems]


def within(keys: Mapping[str, str], fragment: str) -> str:
    """The fragment, and those of the keys that it does not give itself."""
    given = set(re.findall(r"^(\w+):", fragment, re.MULTILINE))
    return "".join(f"{key}: {value}\n" for key, value in keys.items() if key not in given) + fragment


def in_file(fragment: str) -> str:
    return within(FILE_KEYS, fragment)


def in_slo(fragment: str) -> str:
    return "version: prometheus/v1\nservice: checkout\nslos:\n  -\n" + indent(within(SLO_KEYS, fragment), "    ")


def in_events(fragment: str) -> str:
    query = "sum(rate(a[{{.window}}]))"
    keys = {"error_query": f'"{query}"', "total_query": f'"{query}"'}
    return in_slo("sli:\n  events:\n" + indent(within(keys, fragment), "    "))


def slos_of(fragment: str) -> str:
    rest = "".join(f", {key}: {value}" for key, value in SLO_KEYS.items() if key != "name")
    return in_file("slos:\n" + re.sub(r"\}$", f"{rest}}}", fragment, flags=re.MULTILINE))


def services_of(fragment: str) -> str:
    return "".join(f"---\n{line}\n" for line in fragment.splitlines())


def routes_of(fragment: str) -> str:
    rest = [(1, "ticket"), (2, "page"), (2, "ticket"), (3, "page"), (3, "ticket")]
    rows = "".join(f"- {{tier: {tier}, severity: {severity}, alert: P4}}\n" for tier, severity in rest)
    return "version: ballast/v1\nroutes:\n" + fragment + rows


def tiers_of(fragment: str) -> str:
    return routes_of("- {tier: 1, severity: page, alert: P1}\n") + fragment


def policy_of(fragment: str) -> str:
    rest = "".join(f"- {{tier: {tier}, left: 0, action: freeze}}\n" for tier in (2, 3))
    return "version: ballast/v1\nsteps:\n" + fragment + rest


ONCALL_KEYS = {
    "people": "{ada: {name: Ada, email: ada@acme.example}}",
    "schedules": '{primary: {time_zone: UTC, layers: [{name: all, people: [ada], start: "2026-01-05T09:00:00Z"}]}}',
    "teams": "{team-a: {title: A, steps: [{schedules: [primary], minutes: 10}]}}",
}


def oncall_of(fragment: str) -> str:
    return "version: ballast/v1\n" + within(ONCALL_KEYS, fragment)


def layer_of(keys: str) -> dict[str, str]:
    return {"oncall.yaml": oncall_of(f"schedules:\n  primary:\n    time_zone: UTC\n    layers:\n    - {{{keys}}}\n")}


# Where the lines of a page belong: the file, and what makes a whole file of them.
PLACES: dict[str, tuple[str, Callable[[str], str]]] = {
    "budget/exclusion": ("exclusions/a.yaml", lambda fragment: "version: ballast/v1\nexclusions:\n" + fragment),
    "budget/policy": ("budget-policy.yaml", policy_of),
    "oncall/coverage": ("oncall.yaml", oncall_of),
    "oncall/names": ("oncall.yaml", oncall_of),
    "oncall/owner": ("services/checkout.yaml", lambda fragment: SERVICE.replace("owner: team-a\n", "") + fragment),
    "routing/quiet": ("routing.yaml", tiers_of),
    "routing/table": ("routing.yaml", routes_of),
    "routing/tiers": ("routing.yaml", tiers_of),
    "service/duplicate": ("services/a.yaml", services_of),
    "settings/values": ("settings.yaml", lambda fragment: "version: ballast/v1\n" + fragment),
    "slo/burn-rate": ("slos/a.yaml", lambda fragment: in_slo("burn_rates:\n" + fragment)),
    "slo/composite": ("slos/a.yaml", in_file),
    "slo/duplicate": ("slos/a.yaml", slos_of),
    "slo/metric": ("slos/a.yaml", lambda fragment: in_slo("sli:\n" + indent(fragment, "  "))),
    "slo/promql": ("slos/a.yaml", in_events),
    "slo/service": ("slos/a.yaml", in_file),
    "slo/window": ("slos/a.yaml", in_events),
    "spec/missing": ("slos/a.yaml", in_file),
    "spec/template": ("slos/a.yaml", lambda fragment: in_slo("alerting:\n  annotations:\n" + indent(fragment, "    "))),
    "spec/version": ("slos/a.yaml", in_file),
}
IN_SLO: tuple[str, Callable[[str], str]] = ("slos/a.yaml", in_slo)


def lines_of(page: str, other: str) -> str:
    """The ± lines of a page without those of the `other` sign."""
    found = re.findall(r"^    ([-+]) ?(.*)$", page, re.MULTILINE)
    assert {sign for sign, _ in found} == {"-", "+"}, "no ± lines"
    return "".join(f"{text}\n" for sign, text in found if sign != other)


@pytest.mark.parametrize("check", check_pages())
def test_the_lines_of_a_page_are_what_its_check_finds(check: str, tmp_path: Path) -> None:
    path, whole = PLACES.get(check, IN_SLO)
    page = check_pages()[check]
    for number, (other, expected) in enumerate((("+", {check}), ("-", set()))):
        root = tmp_path / str(number)
        files = {"services/checkout.yaml": SERVICE} if not path.startswith("services") else {}
        if check == "oncall/owner":
            files = {"oncall.yaml": oncall_of("")}
        if check == "budget/exclusion":
            files["slos/a.yaml"] = in_file("")
        found = repository(root, files | {path: whole(lines_of(page, other))})
        assert {message.split()[1].rstrip(":") for message in found} == expected, found


@pytest.mark.parametrize("check", check_pages())
def test_every_page_says_what_why_and_how_to_mend(check: str) -> None:
    page = check_pages()[check]
    assert re.fullmatch(r"[a-z]+/[a-z-]+", check)
    assert page.partition("\n\n")[0].endswith(".")
    assert "\nMend: " in page


def slo(keys: str) -> str:
    return SLO + indent(keys + "\n", "    ")


def sli(form: str) -> str:
    return SLO.partition("    sli:")[0] + f"    sli: {form}\n"


def query(text: str) -> str:
    return sli(f"{{raw: {{error_ratio_query: '{text}'}}}}")


ROW = "{severity: page, long: 1h, short: 5m, factor: 2}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SLO, []),
        (SLO.replace("99.9", "0"), ["5:16 slo/objective: objective 0 promises nothing"]),
        (SLO.replace("99.9", "-5"), ["5:16 slo/objective: objective -5 promises nothing"]),
        (SLO.replace("99.9", "100"), ["5:16 slo/objective: objective 100 leaves no error budget"]),
        (SLO.replace("99.9", "100.1"), ["5:16 slo/objective: objective 100.1 is more than all events"]),
        (SLO.replace("99.9", "1e300"), ["5:16 slo/objective: objective 1e+300 is more than all events"]),
        (SLO.replace("99.9", "0.9995"), ["5:16 slo/objective: objective 0.9995 means 0.9995 percent"]),
        (SLO.replace("99.9", "99.9999"), []),
        (
            SLO.replace("99.9", "90"),
            ["5:16 slo/unreachable: the page pair 1h/5m is left out: at objective 90 its factor 14.4 asks for an error ratio"],
        ),
        (SLO.replace("99.9", "90") + "    alerting: {page_alert: {disable: true}}\n", []),
        (SLO.replace("99.9", "90") + "    status: archived\n", []),
        (SLO.replace("99.9", "90") + "    window: 7d\n", ["5:16 slo/unreachable: the page pair 1h/5m"]),
        (
            SLO.replace("99.9", "90") + "    burn_rates: [{severity: ticket, long: 1h, short: 5m, factor: 9.9}]\n",
            [],
        ),
        (
            SLO.replace("99.9", "90") + "    burn_rates: [{severity: ticket, long: 1h, short: 5m, factor: 10}]\n",
            ["10:18 slo/unreachable: the ticket pair 1h/5m is left out"],
        ),
        (sli("{}"), ["6:5 slo/sli: the SLI is empty"]),
        (sli("{gauge: {metric: up}, latency: {metric: d, threshold: 1}}"), ["6:11 slo/sli: the SLI is given 2 times"]),
        (sli("{plugin: {id: a/b, options: {x: 1}}}"), ["6:11 slo/plugin: Sloth plugins are not run: `a/b`"]),
        (sli("{gauge: {metric: 'up{job=\"a\"}'}}"), ["6:27 slo/metric: 'up{job=\"a\"}' is not the name of a metric"]),
        (sli("{gauge: {metric: up-time}}"), ["6:27 slo/metric: 'up-time' is not the name of a metric"]),
        (sli("{latency: {metric: d_sum, threshold: 1}}"), ["6:29 slo/metric: d_sum is one series of a histogram"]),
        (sli("{latency: {metric: d, threshold: 0}}"), ["6:43 spec/type: `threshold` is 0, and must be above 0"]),
        (sli("{gauge: {metric: up, selector: 'job=a'}}"), ["6:46 slo/promql: `selector`: not PromQL"]),
        (
            sli("{gauge: {metric: up, selector: '{job=\"a\"}'}}"),
            ["6:41 slo/promql: `selector`: matchers are written without"],
        ),
        (sli("{availability: {metric: a, errors: ''}}"), ["6:45 slo/promql: `errors` is empty: every request"]),
        (query("sum(rate(a[{{.window}}])) / sum(rate(b[{{.window}}]))"), []),
        (
            query("sum(rate(a[{{.window}}]) / sum(rate(b[{{.window}}]))"),
            ["6:40 slo/promql: `error_ratio_query`: `(` is not closed"],
        ),
        (sli("{timeslice: {query: 'max(q', at_most: 1}}"), ["6:34 slo/promql: `query`: `(` is not closed"]),
        (sli("{timeslice: {query: q, slice: 0s, at_most: 1}}"), ["6:40 slo/timeslice: `slice` is 0s"]),
        (sli("{freshness: {metric: t, max_age: 1h, when: 'b ='}}"), ["6:56 slo/promql: `when`: not PromQL"]),
        (sli("{probe: {selector: 'a=', metric: p-s}}"), ["6:31 slo/promql: `selector`", "6:43 slo/metric: 'p-s' is not"]),
        (sli("{composite: {all_of: [a/b, a/c], weighted: {a/b: 1}}}"), ["6:11 slo/composite: a composite is either"]),
        (sli("{composite: {all_of: [a/b]}}"), ["6:11 slo/composite: a composite of fewer than two"]),
        (sli("{composite: {weighted: {a/b: 0, a/c: 1}}}"), ["6:39 slo/composite: the weight 0 counts"]),
        (sli("{composite: {all_of: [a/b, c]}}"), ["6:37 slo/composite: 'c' is not service/slo"]),
        (
            slo("groups: {by: [a], limit: 5000, objectives: {x: 0.9}}"),
            [
                "8:22 slo/groups: the query groups by nothing",
                "9:22 slo/groups: the query groups by nothing",
                "10:30 slo/groups: 5000 groups may record 150,000 series",
                "10:52 slo/groups: 0.9 is no objective for 'x'",
            ],
        ),
        (sli("{gauge: {metric: up}}") + "    groups: {by: [a-b]}\n", ["7:19 slo/groups: 'a-b' is not the name of a label"]),
        (query("rate(a[5m])"), ["6:43 slo/window: `error_ratio_query` does not contain {{.window}}"]),
        (query("rate(a[{{.window}}*2])"), ["6:43 slo/promql: `error_ratio_query`: calculated durations need"]),
        (slo("burn_rates: [{severity: page, long: 1h, short: 5m}]"), ["10:18 slo/burn-rate: the row says neither"]),
        (
            slo("burn_rates: [{severity: page, long: 1h, short: 5m, factor: 2, budget: 2}]"),
            ["10:67 slo/burn-rate: the row says both"],
        ),
        (
            slo("burn_rates: [{severity: page, long: 1h, short: 1h, factor: 2}]"),
            ["10:18 slo/burn-rate: the short window 1h is not"],
        ),
        (
            slo("burn_rates: [{severity: page, long: 31d, short: 1h, factor: 1}]"),
            ["10:41 slo/burn-rate: the long window 31d is longer"],
        ),
        (slo("burn_rates: [{severity: page, long: 1h, short: 0s, factor: 1}]"), ["10:52 slo/burn-rate: a window of no length"]),
        (
            slo("burn_rates: [{severity: page, long: 1h, short: 5m, factor: 0}]"),
            ["10:64 slo/burn-rate: factor 0 would always burn"],
        ),
        (
            slo("burn_rates: [{severity: page, long: 1h, short: 5m, budget: 101}]"),
            ["10:64 slo/burn-rate: budget 101 is not a share"],
        ),
        (
            slo(f"burn_rates: [{ROW}, {ROW.replace('1h', '60m')}]"),
            ["10:68 slo/burn-rate: a second page row for 60m and 5m"],
        ),
        (slo("alerting: {name: a/b}"), ["10:22 slo/alert-name: 'a/b' cannot be the name of an alert"]),
        (slo("alerting: {name: .hidden}"), ["10:22 slo/alert-name: '.hidden' cannot be"]),
        (slo('alerting: {name: "{{ $value }}"}'), ["10:22 slo/alert-name: '{{ $value }}' cannot be"]),
        (slo("labels: {a-b: c}"), ["10:14 spec/label: 'a-b' cannot name a label"]),
        (slo("labels: {1a: c}"), ["10:14 spec/label: '1a' cannot name a label"]),
        (slo("labels: {__name__: c}"), ["10:14 spec/label: the label `__name__` belongs to Prometheus"]),
        (slo("labels: {a: ''}"), ["10:17 spec/label: the label `a` is empty"]),
        (slo("labels: {a: '{{ $value }}'}"), ["10:17 spec/template: a template here is not rendered"]),
        (slo("alerting: {annotations: {a-b: c}}"), ["10:30 spec/label: 'a-b' cannot name an annotation"]),
        (slo("alerting: {annotations: {a: ''}}"), []),
        (slo("alerting: {labels: {a: '{{ $labels.b }}'}}"), []),
        (
            slo("alerting: {labels: {a: '{{ if }}'}}"),
            ["10:35 spec/template: the template does not parse: a value is missing for if"],
        ),
        (SLO.replace("availability", "a b"), ["4:11 spec/name: 'a b' is not a name"]),
        (SLO.replace("checkout", "-a"), ["2:10 spec/name: '-a' is not a name"]),
    ],
)
def test_problems_of_one_file(text: str, expected: list[str], tmp_path: Path) -> None:
    _, problems = read(tmp_path, text)
    found = [f"{p.position.line}:{p.position.column} {p.check}: {p.message}" for p in problems]
    assert len(found) == len(expected), found
    for message, beginning in zip(found, expected, strict=True):
        assert message.startswith(beginning)


def test_a_mistake_in_a_block_of_text_is_on_its_own_line(tmp_path: Path) -> None:
    text = "|\n          sum(\n            rate(a[{{.window}}])\n          ) / sum(rate(b[{{.window}}])\n"
    _, (problem,) = read(tmp_path, sli("{}").replace("{}", f"\n      raw:\n        error_ratio_query: {text}"))
    assert (problem.position.line, problem.position.column) == (11, 18)


GAPS = ("1 and ticket", "2 and page", "2 and ticket", "3 and page", "3 and ticket")
GAP = "version: ballast/v1\nroutes:\n  - {tier: 1, severity: page, alert: P1}\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"services/a.yaml": SERVICE.replace("owner: team-a", "owner: ''")}, ["3:8 spec/missing: `owner` is empty"]),
        ({"services/a.yaml": SERVICE.replace("tier: 1", "tier: 4")}, ["4:7 spec/type: `tier` cannot be 4"]),
        (
            {"services/a.yaml": SERVICE + "signals: {requests: r, by: [a-b]}\n"},
            ["5:29 slo/metric: 'a-b' is not the name of a label"],
        ),
        ({"services/a.yaml": SERVICE + "signals: {requests: r, errors: 'a='}\n"}, ["5:34 slo/promql: `errors`: not PromQL"]),
        ({"services/a.yaml": SERVICE, "services/b.yaml": SERVICE + "status: archived\n"}, []),
        ({"slos/a.yaml": SLO}, ["2:10 slo/service: the service `checkout` is not described"]),
        ({"slos/a.yaml": SLO + "    status: archived\n"}, []),
        (
            {"slos/a.yaml": SLO, "slos/b.yaml": SLO, "services/a.yaml": SERVICE},
            ["4:11 slo/duplicate: `checkout` has an SLO named `availability` already, at alerts/slos/a.yaml:4:11"],
        ),
        ({"slos/a.yaml": SLO, "slos/b.yaml": SLO + "    status: archived\n", "services/a.yaml": SERVICE}, []),
        (
            {"slos/a.yaml": slo("alerting: {labels: {severity: x, sloth_id: y}}"), "services/a.yaml": SERVICE},
            ["10:25 spec/label: this `severity` takes the place", "10:38 spec/label: `sloth_id` is Ballast's own"],
        ),
        ({"slos/a.yaml": slo("labels: {severity: x, owner: y}"), "services/a.yaml": SERVICE}, []),
        ({"routing.yaml": GAP}, [f"2:1 routing/table: no row for tier {gap}" for gap in GAPS]),
        ({"settings.yaml": "intervals: {fast: 1m, slow: 5s}\n"}, ["1:19 settings/values: the fast interval is slower"]),
        ({"settings.yaml": "intervals: {fast: 5s, slow: 10m}\n"}, ["1:29 settings/values: budgets are made of records"]),
        ({"settings.yaml": "intervals: {fast: 15s}\n"}, ["1:19 settings/values: rules of pages are evaluated every 15s"]),
        ({"settings.yaml": "intervals: {fast: 0s}\n"}, ["1:1 settings/values: an interval of no length"]),
        (
            {"settings.yaml": "dashboard_url: https://x/{service\n"},
            ["1:26 settings/values: `dashboard_url`: { is not replaced"],
        ),
        ({"settings.yaml": "version: ballast/v1\n---\nversion: ballast/v1\n"}, ["3:1 spec/type: a second document"]),
        (
            layer_of('name: a, people: [bob], start: "2026-01-05T09:00:00Z"'),
            ["8:26 oncall/names: bob is not among `people`"],
        ),
        (
            layer_of('name: a, people: [ada], start: "2026-01-05T09:00:00Z", end: "2026-01-04T09:00:00Z"'),
            ["7:5 oncall/coverage: nobody is on call in 168 hours of a week", "8:68 oncall/names: it ends before it begins"],
        ),
        (layer_of('name: a, people: [ada], start: "2026-02-30T09:00:00Z"'), ["8:39 oncall/names: 2026-02-30T09:00:00Z is no"]),
        (
            layer_of('name: a, people: [ada], start: "2026-01-05T09:00:00Z", only: [{start: "08:00", until: "07:30"}]'),
            ["7:5 oncall/coverage: nobody is on call in 3.5 hours of a week, the first on Monday 07:30"],
        ),
        (layer_of("name: a, people: [ada], start: 2026-01-05"), ["8:39 spec/type: `start` cannot be '2026-01-05'"]),
        (
            {"oncall.yaml": oncall_of("").replace("time_zone: UTC", "time_zone: Europe")},
            ["3:34 oncall/names: there is no time zone Europe"],
        ),
        (
            {"oncall.yaml": oncall_of("teams: {a: {title: A, steps: [{minutes: 10}]}}\n")},
            ["4:31 oncall/names: step 1 of a tells nobody"],
        ),
        (
            {"oncall.yaml": oncall_of(""), "services/a.yaml": SERVICE.replace("team-a", "team-b")},
            ["3:8 oncall/owner: `team-b` is no team of alerts/oncall.yaml"],
        ),
        ({"oncall.yaml": oncall_of(""), "services/a.yaml": SERVICE}, []),
        (
            {"oncall.yaml": oncall_of("people: {ada: {name: Ada, mail: ada, email: ada}}\n")},
            ["4:27 spec/unknown-key: unknown key `mail`", "4:45 spec/type: `email` cannot be 'ada'"],
        ),
        (
            layer_of(
                'name: a, people: [ada], start: "2026-01-05T09:00:00Z", only: [{days: [mon], start: "08:00", until: "7"}]'
            ),
            ["8:78 spec/type: item 1 of `days` cannot be 'mon'", "8:107 spec/type: `until` cannot be '7'"],
        ),
    ],
)
def test_problems_across_files(files: Mapping[str, str], expected: list[str], tmp_path: Path) -> None:
    found = repository(tmp_path, files)
    assert len(found) == len(expected), found
    for message, beginning in zip(found, expected, strict=True):
        assert message.startswith(beginning)


def test_what_is_left_out_or_guessed_is_a_warning(tmp_path: Path) -> None:
    repository(tmp_path, {"slos/a.yaml": SLO.replace("99.9", "90")})
    loaded = load(tmp_path)
    assert {p.severity for p in loaded.problems} == {Severity.WARNING}
    assert len(loaded.slo_files) == 1
    assert loaded.broken == frozenset()
