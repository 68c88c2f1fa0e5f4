"""The harness on a real core: what a test can ask of a module, and what is left when it ends, well or badly."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ballast.repo import CannotRun
from ballast.terraform.testing import Harness, Ledger, reap
from ballast.terraform.testing.harness import seed

HEARTBEAT = "terraform/modules/heartbeat-aws"
GIVEN: dict[str, Any] = {
    "name": "ballast-test",
    "account": {"id": "123456789012"},
    "region": "eu-west-1",
    "kms_key": "arn:aws:kms:eu-west-1:123456789012:key/messaging",
    "contacts": {"oncall": {"kind": "sms", "address": "+15005550006"}},
}


def test_a_module_planned_applied_planned_again_and_destroyed(terraform: Harness, root: Path, ledger: Path) -> None:
    before = subprocess.run(["git", "-C", root, "status", "--short", HEARTBEAT], capture_output=True, text=True).stdout
    heartbeat = terraform(HEARTBEAT, GIVEN | {"name": terraform.name("beat")})
    plan = heartbeat.plan()
    plan.expect("aws_cloudwatch_metric_alarm.heartbeat", "treat_missing_data", "breaching")
    plan.expect("aws_sns_topic.heartbeat", "arn", "(known after apply)")
    plan.expect_each("aws_sns_topic", "kms_master_key_id", GIVEN["kms_key"])
    assert {action for actions in plan.actions.values() for action in actions} == {"create"}
    assert not list(ledger.glob("*.json")), "a plan makes nothing"

    outputs = heartbeat.apply()
    assert [entry.module for entry in Ledger(root).entries()] == [str((root / HEARTBEAT).resolve())]
    assert outputs.text("destination").startswith("arn:aws:sns:")
    assert outputs.read("alarm", dict[str, Any])["contacts"] == ["oncall"]
    heartbeat.expect_idempotent()
    terraform.close()
    assert not list(ledger.iterdir())
    assert subprocess.run(["git", "-C", root, "status", "--short", HEARTBEAT], capture_output=True, text=True).stdout == before


def test_a_failed_assertion_says_where_what_and_how_to_repeat_it(terraform: Harness) -> None:
    plan = terraform(HEARTBEAT, GIVEN).plan()
    with pytest.raises(AssertionError) as told:
        plan.expect("aws_cloudwatch_metric_alarm.heartbeat", "threshold", 2)
    line = next(
        n
        for n, text in enumerate((terraform.repo / HEARTBEAT / "main.tf").read_text().splitlines(), 1)
        if text.startswith('resource "aws_cloudwatch_metric_alarm"')
    )
    assert str(told.value).splitlines() == [
        "aws_cloudwatch_metric_alarm.heartbeat: threshold",
        "  expected: 2",
        "  found:    1",
        f"  where:    {HEARTBEAT}/main.tf:{line}:1",
        f"  again:    BALLAST_TF_SEED={seed()} pytest '{terraform.test}'",
    ]
    with pytest.raises(AssertionError, match="not there; there are aws_cloudwatch_metric_alarm"):
        plan.expect("aws_sns_topic.no_such", "name", "x")
    with pytest.raises(AssertionError, match="nothing: the resource has actions_enabled"):
        plan.expect("aws_cloudwatch_metric_alarm.heartbeat", "no_such.0", 1)
    with pytest.raises(AssertionError, match="found:    create"):
        plan.expect_no_changes()


def test_a_refusal_is_expected_in_words(terraform: Harness) -> None:
    module = terraform(HEARTBEAT, GIVEN | {"silence_minutes": 1})
    module.plan(fails="silence_minutes is not a whole number from 3 to 30")
    with pytest.raises(AssertionError, match="not refused with 'something else'"):
        module.plan(fails="something else")


def module_of(repo: Path, files: dict[str, str]) -> Path:
    """A small repository with one module, `terraform/modules/thing`."""
    (repo / "terraform" / "schemas").mkdir(parents=True, exist_ok=True)
    provider = {"resource_schemas": {"null_resource": {"version": 0, "block": {}}}}
    schemas = {"provider_schemas": {"registry.terraform.io/hashicorp/null": provider}}
    (repo / "terraform" / "schemas" / "hashicorp-null.json").write_text(json.dumps(schemas))
    module = repo / "terraform" / "modules" / "thing"
    module.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (module / name).write_text(text)
    return module


def git(repo: Path, *arguments: str) -> None:
    who = {f"GIT_{kind}_{what}": "test@example.com" for kind in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", "-C", repo, *arguments], check=True, capture_output=True, env=os.environ | who)


def test_an_upgrade_says_what_would_be_replaced(terraform: Harness, tmp_path: Path) -> None:
    text = 'resource "terraform_data" "kept" {\n  triggers_replace = ["1"]\n}\nresource "terraform_data" "gone" {}\n'
    module = module_of(tmp_path, {"main.tf": text})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "terraform")
    git(tmp_path, "commit", "-qm", "one")
    same = terraform(module).upgrade("HEAD")
    same.expect_nothing_lost()
    same.expect_no_changes()
    (module / "main.tf").write_text('resource "terraform_data" "kept" {\n  triggers_replace = ["2"]\n}\n')
    plan = terraform(module).upgrade("HEAD")
    assert (plan.replaced, plan.destroyed) == (["terraform_data.kept"], ["terraform_data.gone"])
    with pytest.raises(AssertionError, match=r"terraform_data\.kept: triggers_replace"):
        plan.expect_nothing_lost()
    with pytest.raises(CannotRun, match="git has no terraform/ at no-such-ref"):
        terraform(module).upgrade("no-such-ref")


def test_stages_that_are_skipped_leave_and_find_a_deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(
        tmp_path, {"main.tf": 'resource "terraform_data" "x" {}\noutput "id" {\n  value = terraform_data.x.id\n}\n'}
    )

    def run(skip: str) -> str:
        monkeypatch.setenv("BALLAST_TF_SKIP", skip)
        harness = Harness("tests/x.py::test_stages", tmp_path)
        assert harness.stage("apply") is ("apply" not in skip)
        try:
            return harness(module).apply().text("id")
        finally:
            harness.close()

    with pytest.raises(CannotRun, match="was never applied"):
        run("apply")
    made = run("destroy")
    assert [entry.kept for entry in Ledger(tmp_path).entries()] == [True]
    assert list(reap(tmp_path)) == [], "left on purpose"
    assert run("apply,destroy") == made
    assert run("apply") == made
    assert list(Ledger(tmp_path).entries()) == []


KILLED = """
import os, sys
from pathlib import Path
from ballast.terraform.testing import Harness

harness = Harness("tests/x.py::test_killed", Path(sys.argv[1]))
harness(Path(sys.argv[2])).apply()
print("applied", flush=True)
sys.stdin.read()
"""


def test_what_a_killed_test_left_is_reaped(tmp_path: Path, ledger: Path, root: Path) -> None:
    stone = tmp_path / "stone"
    module = module_of(
        tmp_path,
        {
            "main.tf": f"""
            resource "terraform_data" "x" {{
              input = "{stone}"
              provisioner "local-exec" {{
                command = "touch ${{self.input}}"
              }}
              provisioner "local-exec" {{
                when    = destroy
                command = "rm ${{self.input}}"
              }}
            }}
            """
        },
    )
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path), str(module)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "applied\n"
        assert stone.exists()
        assert list(reap(tmp_path)) == [], "its process still runs"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    command = [Path(sys.executable).parent / "ballast", "tf", "reap"]
    there = subprocess.run([*command, "--dry-run"], cwd=tmp_path, capture_output=True, text=True)
    assert (there.returncode, there.stdout.count(": left")) == (1, 1), there.stderr
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout.count("destroyed")) == (0, 1), done.stderr
    assert not stone.exists()
    assert not list(ledger.iterdir())


def test_what_cannot_be_destroyed_stays_in_the_ledger(tmp_path: Path) -> None:
    module = module_of(
        tmp_path,
        {
            "main.tf": """
            resource "terraform_data" "x" {
              provisioner "local-exec" {
                when    = destroy
                command = "exit 3"
              }
            }
            """
        },
    )
    harness = Harness("tests/x.py::test_stuck", tmp_path)
    harness(module).apply()
    with pytest.raises(AssertionError, match="ballast tf reap"):
        harness.close()
    assert len(list(Ledger(tmp_path).entries())) == 1


def test_records_of_python_tests_count_for_coverage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ballast.terraform.coverage import measure

    text = """
    variable "names" {
      type    = list(string)
      default = []
    }
    resource "terraform_data" "x" {
      for_each = toset(var.names)
      input    = each.key == "a" ? 1 : 2
    }
    output "n" {
      value = length(var.names)
    }
    """
    module = module_of(tmp_path, {"main.tf": text})
    monkeypatch.setenv("BALLAST_TF_COVERAGE", str(tmp_path / "records"))
    harness = Harness("tests/x.py::test_records", tmp_path)
    harness(module).plan()
    assert harness(module, {"names": ["a"]}).apply().number("n") == 1
    harness.close()
    assert [item.key for item in measure(module, also=tmp_path / "records").missing] == [
        'terraform_data.x: each.key == "a", line 8: false'
    ]


def test_names_repeat_with_their_seed_and_differ_otherwise(tmp_path: Path) -> None:
    module_of(tmp_path, {"main.tf": ""})
    one, same, other = (Harness(f"tests/x.py::{test}", tmp_path) for test in ("one", "one", "other"))
    names = [one.name("acme"), one.name("acme"), other.name("acme")]
    assert len(set(names)) == 3
    assert all(re.fullmatch(r"acme-[a-z][a-z0-9]{7}", name) for name in names)
    assert [same.name("acme"), same.name("acme")] == names[:2]


def test_an_error_that_passes_is_tried_again(terraform: Harness, tmp_path: Path) -> None:
    from ballast.terraform.testing import Retry

    text = """
    resource "terraform_data" "x" {
      provisioner "local-exec" {
        command = "test -f FLAG || { touch FLAG; echo 'Error: Throttling, slow down' >&2; exit 1; }"
      }
    }
    """.replace("FLAG", str(tmp_path / "flag"))
    module = module_of(tmp_path, {"main.tf": text})
    terraform(module, retries=[Retry("Throttling", attempts=2, wait=0)]).apply()
    (tmp_path / "flag").unlink()
    with pytest.raises(AssertionError, match="Throttling, slow down"):
        terraform(module, retries=[Retry("another error")]).apply()


def test_the_plugin_in_a_session_of_its_own(tmp_path: Path) -> None:
    """As a user has it: with xdist, a failing test, a marker, the header; and nothing is left."""
    module_of(tmp_path, {"main.tf": 'resource "terraform_data" "x" {}\n'})
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["ballast.terraform.testing.plugin"]\n')
    (tmp_path / "test_x.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_fails(terraform, n):\n"
        "    thing = terraform('terraform/modules/thing')\n"
        "    thing.apply()\n"
        "    print('NAME', terraform.name())\n"
        "    thing.plan().expect('terraform_data.x', 'input', n)\n"
        "@pytest.mark.real\n"
        "def test_real(terraform):\n"
        "    raise AssertionError\n"
    )
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COV_"))} | {"BALLAST_TF_SEED": "s33d"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider", "-n", "2", "-rs", str(tmp_path)],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
    )
    assert "2 failed, 1 skipped" in done.stdout, done.stdout + done.stderr
    assert "BALLAST_TF_SEED=s33d pytest 'test_x.py::test_fails[1]'" in done.stdout
    assert "needs a real cloud: BALLAST_TF_MODE=real" in done.stdout
    assert list(Ledger(tmp_path).entries()) == []


def test_waiting_ends(tmp_path: Path) -> None:
    import http.server
    import threading

    from ballast.terraform.testing import wait_http, wait_tcp

    answers = iter([503, 200])

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(next(answers, 200))
            self.end_headers()
            self.wfile.write(b"ready")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        wait_tcp("127.0.0.1", port, timeout=10)
        answer = wait_http(f"http://127.0.0.1:{port}", body=lambda text: text == "ready", timeout=10, every=0.01)
        assert answer.status_code == 200
        with pytest.raises(TimeoutError, match="last seen: status 200, a body that was not accepted: 'ready'"):
            wait_http(f"http://127.0.0.1:{port}", body=lambda text: text == "other", timeout=0.05, every=0.01)
        server.shutdown()
    with pytest.raises(TimeoutError, match=f"127.0.0.1:{port} took no connection within 0.1 s"):
        wait_tcp("127.0.0.1", port, timeout=0.1, every=0.01)


def test_helpers_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from ballast.terraform.testing import aws, kubectl

    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(CannotRun, match="kubectl is not on PATH"):
        kubectl("get", "pods")
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(CannotRun, match="boto3 is not installed"):
        aws("s3", "eu-west-1")
