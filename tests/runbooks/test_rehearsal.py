"""Rehearsals: on a small repository with a real Prometheus, in the sandbox, and what a page that is wrong comes to."""

from __future__ import annotations

import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ballast.findings import Tree
from ballast.repo import CannotRun
from ballast.runbooks import Nobody, Record, Rehearsal, Step, last_records, pages_of, rehearse, write_record
from ballast.runbooks.rehearsal import logql
from ballast.runbooks.rehearsal.sandbox import NO_SANDBOX, Sandbox, available, stub_table
from ballast.runbooks.rehearsal.series import REHEARSAL, Shape, expanded, openmetrics, read_series, samples
from ballast.stack import Stack
from tests.findings.cases import write

FRONT = """---
alerts: [{alert}]
service: identity
owner: team-accounts
severity: [page]
status: active
example: {{ POD: identity-0 }}
---
"""
sandboxed = pytest.mark.skipif(bool(available()), reason=f"no sandbox: {available()}")


def page(alert: str, *steps: tuple[str, str, str, str]) -> str:
    """A page of steps (kind, text of the block, expectation, what is destroyed)."""
    out = [FRONT.format(alert=alert), f"# {alert}", "", "## Diagnosis", ""]
    for number, (kind, text, expect, destroys) in enumerate(steps, 1):
        body = [
            f"{number}. Do it.",
            "",
            *([f"Destructive: {destroys}"] if destroys else []),
            f"```{kind}",
            *text.split("\n"),
            "```",
            "",
        ]
        body.append(f"Expect: `{expect}`.")
        out += [line if line.startswith(f"{number}.") or not line else f"   {line}" for line in body]
        out.append("")
    return "\n".join(out)


BURN = page(
    "IdentityAvailabilityErrorBudgetBurn",
    ("promql", 'ALERTS{alertstate="firing",severity="page"}', "data", ""),
    ("promql", 'slo:current_burn_rate:ratio{sloth_id="identity-availability"}', "> 14.4", ""),
    ("promql", "identity_queue", "== 7", ""),
    ("kubectl", 'kubectl -n shop delete pod "$POD"', "prints deleted", "requests are cut off"),
    ("http", "GET $SERVICE/healthz", "200 with well", ""),
    ("http", "GET https://example.com/", "200", ""),
    ("logql", '{app="identity"} |= "x"', "data", ""),
    ("manual", "Look.", "seen", ""),
    ("bash", "echo kept > file", "exit 0", ""),
    ("bash", 'cat file; echo "$POD"', "prints identity-0", ""),
)
WRONG = page(
    "IdentityAvailabilityNoData",
    ("promql", "up", "data", ""),
    ("promql", "sum(", "data", ""),
    ("kubectl", "kubectl -n shop rolout undo deployment/identity", "exit 0", ""),
    ("kubectl", "kubectl -n shop get pods --selektor=a=b", "exit 0", ""),
    ("bash", 'echo "$NOBODY_SET_THIS"', "exit 0", ""),
    ("bash", "false | cat", "exit 0", ""),
    ("http", "GET $SERVICE/gone", "200", ""),
    ("http", "GET $ELSEWHERE/", "200", ""),
    ("logql", '{app="identity" |= "x"', "data", ""),
    ("bash", "terraform -chdir=x destroy", "exit 0", ""),
)


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/healthz" else 404)
            self.end_headers()
            self.wfile.write(b"all is well")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def small(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One SLO of this repository, and two pages: one that is right, one that is wrong in every step."""
    place = tmp_path_factory.mktemp("repository")
    for path in ("alerts/slos/identity.yaml", "alerts/services/identity.yaml", "alerts/settings.yaml", "alerts/routing.yaml"):
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / path, place / path)
    pages = {"IdentityAvailabilityErrorBudgetBurn": BURN, "IdentityAvailabilityNoData": WRONG}
    write(place, {f"runbooks/{name}.md": text for name, text in pages.items()})
    write(place, {REHEARSAL: "all:\n  identity_queue: 3 -> 7\n"})
    return place


@pytest.fixture(scope="module")
def records(small: Path, service: str) -> dict[str, Record]:
    with Stack() as stack:
        found = rehearse(Rehearsal(small, pages_of(small), addresses={"SERVICE": service}), stack)
    return {record.page: record for record in found}


@sandboxed
def test_a_page_is_rehearsed_where_its_alert_fires(records: dict[str, Record]) -> None:
    record = records["IdentityAvailabilityErrorBudgetBurn"]
    assert record.fired == ("IdentityAvailabilityErrorBudgetBurn",)
    assert [step.outcome for step in record.steps] == [
        *["passed"] * 3,
        "refused",
        "passed",
        "unproven",
        "unproven",
        "not rehearsed",
        *["passed"] * 2,
    ]
    assert record.result == "partial"


@sandboxed
def test_every_wrong_step_is_found_with_its_reason(records: dict[str, Record]) -> None:
    record = records["IdentityAvailabilityNoData"]
    assert record.fired == ("IdentityAvailabilityNoData",)
    assert record.result == "failed"
    said = [(step.outcome, step.detail) for step in record.steps]
    assert said[0] == ("failed", "expected data, got no series")
    assert said[1][0] == "failed"
    assert said[2] == ("failed", "kubectl: unknown command rolout undo")
    assert said[3] == ("failed", "kubectl: unknown flag --selektor of get")
    assert said[4][0] == "failed"
    assert "NOBODY_SET_THIS: unbound variable" in said[4][1]
    assert said[5] == ("failed", "expected exit 0, exit 1")
    assert said[6] == ("failed", "expected 200, status 404")
    assert said[7] == ("unproven", "nothing stands for $ELSEWHERE here")
    assert said[8][0] == "failed"
    assert said[9][0] == "refused"


@sandboxed
def test_with_confirm_what_is_destructive_is_done_in_the_sandbox(small: Path, tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, {"POD": "identity-0"})
    done = sandbox.run('kubectl -n shop delete pod "$POD"')
    assert (done.code, done.calls) == (0, (("kubectl", "-n", "shop", "delete", "pod", "identity-0"),))


@sandboxed
def test_the_sandbox_lets_nothing_out(tmp_path: Path) -> None:
    outside, sandbox = tmp_path / "outside", Sandbox(tmp_path / "inside", {})
    outside.write_text("kept")
    for script in (
        f"echo gone > {outside}",
        f"rm -f {outside}",
        f"mount -o remount,rw / && rm -f {outside}",
        f"mount --bind /dev {tmp_path}",
        "touch /etc/ballast-was-here",
        "touch /tmp/ballast-was-here",
        "touch /dev/shm/ballast-was-here",
        "exec 3<>/dev/tcp/127.0.0.1/22",
        "cat /proc/sys/vm/swappiness > /proc/sys/vm/swappiness",
        "test -e /run/postgresql",
    ):
        assert sandbox.run(script).code not in (0, NO_SANDBOX), script
    assert outside.read_text() == "kept"
    assert sandbox.run("ls /proc | grep -c '^[0-9]' | grep -qx '[1-9]'").code == 0, "it sees the processes of others"
    assert sandbox.run('test "$HOME" != /root && touch "$HOME/a" "$TMPDIR/b" c').code == 0
    assert sandbox.run("sleep 60 & echo started").code == 0


@sandboxed
def test_what_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ballast.runbooks.rehearsal.sandbox.LIMIT", 0.5)
    assert Sandbox(tmp_path, {}).run("sleep 600").late


@sandboxed
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("kubectl get", "get needs 1 argument(s), got 0"),
        ('kubectl delete pod "" -n', "-n needs a value"),
        ('kubectl delete ""', "an argument of delete is empty"),
        ("kubectl -n vault exec vault-0 -c vault", "exec needs -- and a command"),
        ("helm unistall a", "unknown command unistall a"),
        ("aws s3 rm s3://a", "unknown command s3 rm"),
        ("terraform plan -refresh-onyl", "unknown flag -refresh-onyl of plan"),
        ("gcloud compute instances describe", "needs 1 argument(s)"),
        ("vault operator raft snapshot restore", "needs 1 argument(s)"),
    ],
)
def test_stubs_check_their_arguments(tmp_path: Path, words: str, said: str) -> None:
    done = Sandbox(tmp_path, {}).run(words)
    assert done.code == 64
    assert said in done.errors


def test_each_stub_is_well_described() -> None:
    assert {"kubectl", "helm", "aws", "gcloud", "terraform", "vault"} <= set(stub_table())
    for table in stub_table().values():
        verbs = table["verbs"]
        assert isinstance(verbs, dict)
        assert all(set(verb) <= {"operands", "flags", "prints", "command"} for verb in verbs.values())


def test_names_are_pages_or_alerts(small: Path) -> None:
    assert [p.name for p in pages_of(small, ["IdentityAvailabilityNoData"] * 2)] == ["IdentityAvailabilityNoData"]
    with pytest.raises(CannotRun, match="did you mean IdentityAvailabilityNoData"):
        pages_of(small, ["IdentityAvailabilityNodata"])


def test_a_record_is_read_as_it_was_written(records: dict[str, Record], tmp_path: Path) -> None:
    for record in records.values():
        write_record(tmp_path, record)
    assert last_records(Tree.read(tmp_path)) == records


def test_nobody_does_manual_steps() -> None:
    assert Nobody().ask(Step("Diagnosis", 1, 1)) == ("not rehearsed", "needs a person: rehearse it at a terminal")


@pytest.mark.parametrize(
    ("kind", "query", "fault"),
    [
        ("logql", '{a="b"} |= "}" | json', ""),
        ("logql", 'sum(rate({a="b",c=~"d"}[5m]))', ""),
        ("logql", 'sum(rate({a="b"}[5m])', "a ( is not closed"),
        ("logql", 'rate({a="b]})', "a quote is not closed"),
        ("logql", "sum(up)", "no stream selector"),
        ("logql", '{a="b"})', "an unexpected )"),
        ("traceql", '{ name = "x" } | count_over_time()', ""),
        ("traceql", "name", "no span selector"),
    ],
)
def test_logql_and_traceql_as_far_as_they_can_be_judged(kind: str, query: str, fault: str) -> None:
    found = logql.fault(kind, query)
    assert found.startswith(fault)
    assert bool(found) == bool(fault)


def test_samples_of_shapes_and_of_promtools_notation() -> None:
    gauge, counter = list(samples(Shape(1, 0, False), 0)), list(samples(Shape(0, 4, True), 0))
    assert (gauge[0][1], gauge[-1]) == (1, (0, 0))
    assert counter[-1][1] - counter[-2][1] == 60
    assert counter[1][1] == counter[0][1]
    assert expanded("1+2x2 _x1 5", 60) == [(0, 1), (15, 3), (30, 5), (60, 5)]
    lines = list(openmetrics([("b", [(1, 2)]), ('a{x="1",y="2"}', [(1, 2)]), ('a{y="2",x="1"}', [(1, 3)])]))
    assert lines == ['a{x="1",y="2"} 2 1.000\n', "b 2 1.000\n", "# EOF\n"]


def test_faults_of_the_series_file_have_a_line(tmp_path: Path) -> None:
    text = 'version: ballast/v1\nburn:\n  up{a="b"}: 1\n  up{: 1\n  x: fast\n  y: 1 -> 2/s\nnight:\n  z: 1\n'
    write(tmp_path, {REHEARSAL: text})
    found = read_series(Tree.read(tmp_path)[REHEARSAL])
    assert [finding.position.line for finding in found.findings] == [4, 5, 6, 7]
    assert found.metrics == {"up"}
    write(tmp_path, {REHEARSAL: "a: [\n"})
    assert read_series(Tree.read(tmp_path)[REHEARSAL]).findings[0].position.line == 2


def test_every_record_of_this_repository_is_of_a_page_that_is_there(root: Path) -> None:
    tree = Tree.read(root)
    records = last_records(tree)
    assert len(records) >= 50
    for file in tree.match("runbooks/rehearsals/*/*.json"):
        assert json.loads(file.text)["page"] == file.path.split("/")[2]
    assert {record.page for record in records.values()} <= {p.name for p in pages_of(root)}
