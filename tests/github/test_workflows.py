"""Every workflow is run: each script of ours as it stands, on a small copy of the repository whose roots need no cloud.

GitHub's API and tokens, OSV and a Prometheus are played by servers that speak them; make, docker and sudo say what they would
do. The core is a real one, in real mode: what is planned, approved and applied here is planned, approved and applied.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.github import conftest, scratch
from tests.github.runner import Runner
from tests.release.conftest import new_key
from tests.release.test_oidc import GitHub

# Seconds of work each, and many minutes on a machine that does much else.
pytestmark = pytest.mark.timeout(1200)
WORKFLOWS = scratch.ROOT / ".github/workflows"


@cache
def signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


class Place:
    """The repository, the fakes, and a runner for each event."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.oidc = GitHub(signing_key())
        self.oidc.approved = [{"state": "approved", "user": {"login": "eve"}, "environments": []}]
        self.pages: list[dict[str, Any]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = self.oidc.url = f"http://127.0.0.1:{self.server.server_port}"
        self.bin = conftest.install(folder / "bin")
        scratch.shims(self.bin)
        self.key, public = new_key(folder, "audit")
        self.witness = folder / "witness.git"
        scratch.git(folder, "init", "-q", "--bare", str(self.witness))
        self.repo = scratch.make(folder, self.url, f'audit@acme.example namespaces="ballast-audit" {public}\n')
        self.runs = 0

    def handler(self) -> type[BaseHTTPRequestHandler]:
        place = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = urlsplit(self.path)
                self.say(place.oidc.answer(asked.path, parse_qs(asked.query)))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/v1/querybatch":  # OSV: nothing is known of anything
                    self.say({"results": [{} for _ in json.loads(body)["queries"]]})
                    return
                self.say({"status": "success", "data": {"resultType": "vector", "result": place.pages}})

            def say(self, told: Any) -> None:
                body = json.dumps(told).encode()
                self.send_response(404 if told is None else 200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        return Handler

    def runner(self, event_name: str, **github: Any) -> Runner:
        """A runner whose contexts are those of an event at the repository's newest commit."""
        self.runs += 1
        folder = self.folder / f"run-{self.runs}"
        commit = scratch.git(self.repo, "rev-parse", "HEAD").strip()
        environment = github.pop("environment", "staging")
        self.oidc.claims = {"sha": commit, "environment": environment}
        env = scratch.environment(self.bin) | {
            "FAKE_GH": str(self.folder / "hub.json"),
            "GITHUB_REPOSITORY": "acme/ballast",
            "GITHUB_ACTOR": "bob",
            "GITHUB_RUN_ID": "7",
            "GITHUB_SHA": commit,
            "GITHUB_API_URL": self.url,
            "BALLAST_OSV_URL": self.url,
            "GITHUB_SERVER_URL": "https://github.com",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "secret",
        }
        contexts = {
            "github": {
                "event_name": event_name,
                "token": "secret",
                "ref": "refs/heads/develop",
                "sha": commit,
                "run_id": "7",
                "run_attempt": "1",
                **github,
            },
            "vars": {
                "AWS_ROLE": "arn:aws:iam::111111111111:role/x",
                "AWS_REGION": "eu-west-1",
                "GCP_PROVIDER": "projects/1/x",
                "GCP_SERVICE_ACCOUNT": "x@y",
                "BALLAST_LEDGER_URL": "postgresql://127.0.0.1:1/none?connect_timeout=1",
                "BALLAST_PROMETHEUS_URL": self.url,
                "BALLAST_CLOUDS": '["aws"]',
                "BALLAST_IMAGE_BASE": f"docker.io/library/python@sha256:{'0' * 64}",
                "BALLAST_AUDIT_KEY_FILE": str(self.key),
                "BALLAST_AUDIT_GIT_REMOTE": str(self.witness),
            },
            "secrets": {"BALLAST_BUNDLE_KEY": base64.b64encode(b"k" * 32).decode()},
            "runner": {"os": "Linux", "arch": "X64"},
            "inputs": {},
            "env": {},
        }
        return Runner(folder, lambda clone: scratch.fresh(self.repo, clone), env, contexts)

    @property
    def hub(self) -> conftest.Hub:
        return conftest.Hub(self.folder / "hub.json")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.server.shutdown()
    made.server.server_close()


def failed(runner: Runner) -> list[str]:
    """Scripts that failed, with what they said."""
    return [f"{one.job}: {one.script}\n{one.out}" for one in runner.ran if one.code]


def scripts(path: str) -> list[str]:
    """Scripts of a workflow or an action."""
    text = yaml.load((scratch.ROOT / ".github" / path).read_text(), yaml.BaseLoader)
    jobs = text.get("jobs", {"": text.get("runs")})
    return [step["run"] for job in jobs.values() for step in job.get("steps", []) if "run" in step]


def complete(runner: Runner, *paths: str) -> None:
    """Every script of these files was run."""
    ran = {one.script for one in runner.ran}
    for path in paths:
        assert [script for script in scripts(path) if script not in ran] == [], path


def test_ci(place: Place) -> None:
    base, head = (
        scratch.git(place.repo, "rev-parse", "HEAD").strip(),
        scratch.commit_empty(place.repo, "feat(alerts): one more"),
    )
    event = {"pull_request": {"number": 7, "base": {"sha": base}, "head": {"sha": head}}}
    runner = place.runner("pull_request", event=event)
    done = runner.run(WORKFLOWS / "ci.yml")
    assert failed(runner) == []
    assert {job.result for job in done.values()} == {"success"}
    complete(runner, "workflows/ci.yml", "actions/setup/action.yml")
    said = {one.script: one.out for one in runner.ran}
    assert "ballast validate" in said["make validate"]
    assert "pytest" in next(out for script, out in said.items() if script.startswith("make test"))
    scratch.commit_empty(place.repo, "Stuff")
    runner = place.runner("pull_request", event=event | {"pull_request": {**event["pull_request"], "head": {"sha": "HEAD"}}})
    assert runner.run(WORKFLOWS / "ci.yml")["commits"].result == "failure"
    assert any("write `type(scope): what it does`" in one for one in failed(runner))


def test_a_pull_request_gets_one_comment_with_the_plans_of_its_roots(place: Place) -> None:
    base = scratch.git(place.repo, "rev-parse", "HEAD").strip()
    root = place.repo / "terraform/environments/staging/aws/cluster/main.tf"
    root.write_text(scratch.MAIN.replace("one", "two"))
    scratch.commit(place.repo, "feat(terraform): two")
    pull = {"number": 7, "base": {"sha": base}, "head": {"repo": {"full_name": "acme/ballast"}}}
    github = {"event": {"pull_request": pull}, "repository": "acme/ballast"}
    runner = place.runner("pull_request", **github)
    done = runner.run(WORKFLOWS / "plan.yml")
    assert failed(runner) == []
    assert done["plans"].result == "success"
    complete(runner, "workflows/plan.yml", "workflows/plan-root.yml")
    assert runner.signed_in == ["plan/plan/plan-root/plan"]
    (comment,) = place.hub.state["comments"].values()
    assert "| `staging/aws/cluster` | 1 create | real |" in comment["body"]
    assert "terraform_data.this" in comment["body"]

    root.write_text('resource "none" {')
    scratch.commit(place.repo, "feat(terraform): broken")
    runner = place.runner("pull_request", **github)
    done = runner.run(WORKFLOWS / "plan.yml")
    assert done["plan"].result == done["plans"].result == "failure"
    (comment,) = place.hub.state["comments"].values()
    assert "could not be planned" in comment["body"]

    root.write_text(scratch.MAIN)
    scratch.commit(place.repo, "revert(terraform): both")
    runner = place.runner("pull_request", **github)
    done = runner.run(WORKFLOWS / "plan.yml")
    assert (done["plan"].result, done["plans"].result) == ("skipped", "success")
    (comment,) = place.hub.state["comments"].values()
    assert "reaches no root" in comment["body"]


def test_a_fork_gets_no_plan_and_no_green_check(place: Place) -> None:
    base = scratch.git(place.repo, "rev-parse", "HEAD").strip()
    (place.repo / "terraform/environments/staging/aws/cluster/main.tf").write_text("# mine now\n")
    scratch.commit(place.repo, "feat(terraform): mine")
    pull = {"number": 8, "base": {"sha": base}, "head": {"repo": {"full_name": "mallory/ballast"}}}
    runner = place.runner("pull_request", event={"pull_request": pull}, repository="acme/ballast")
    done = runner.run(WORKFLOWS / "plan.yml")
    assert (done["plan"].result, done["plans"].result) == ("skipped", "failure")


def test_a_merge_is_applied_to_staging_in_order_and_only_where_something_changes(place: Place) -> None:
    for layer in ("cluster", "platform"):
        main = place.repo / f"terraform/environments/staging/aws/{layer}/main.tf"
        main.write_text('terraform {\n  backend "local" {}\n}\n')
    scratch.commit(place.repo, "feat(terraform): two roots of nothing")
    runner = place.runner("push", event={"head_commit": {"message": "feat: it's a merge"}})
    done = runner.run(WORKFLOWS / "staging.yml")
    assert failed(runner) == []
    complete(runner, "workflows/staging.yml")
    assert {name: job.result for name, job in done.items()} == dict.fromkeys(("cluster", "platform", "content"), "success")
    planned = [one.job for one in runner.ran if one.script.startswith("ballast tf plan")]
    assert planned == [f"staging/{layer}/apply-root/plan" for layer in ("cluster", "platform", "content")]
    applied = [one.job for one in runner.ran if one.script.startswith("ballast tf apply")]
    assert applied == ["staging/content/apply-root/apply"]
    assert '"one"' in scratch.state(place.folder, "staging-aws-content")
    assert recorded(runner, "staging-aws-content") == ["approved", "started", "applied"]


def recorded(runner: Runner, slug: str) -> list[str]:
    """Results that the audit log holds that the job kept."""
    log = runner.folder / f"artifacts/audit-apply-{slug}/.ballast/audit.jsonl"
    return [json.loads(line)["result"] for line in log.read_text().splitlines()]


INPUTS = {"cloud": "aws", "layer": "platform", "change_type": "reliability", "reason": "a repair of the platform"}


def test_a_release_applies_what_was_approved(place: Place) -> None:
    runner = place.runner("workflow_dispatch", ref="refs/heads/main", environment="production")
    runner.contexts["inputs"] = INPUTS
    done = runner.run(WORKFLOWS / "release.yml")
    assert failed(runner) == []
    assert done["release"].result == "success"
    complete(runner, "workflows/release.yml", "workflows/apply-root.yml")
    words = [" ".join(one.script.split()[:2]) for one in runner.ran]
    gates = [words.index(one) for one in ('scripts/gate.sh "$CHANGE_TYPE"', "ballast cost", "ballast tf", "scripts/record.sh")]
    assert gates == sorted(gates)
    assert '"one"' in scratch.state(place.folder, "production-aws-platform")
    assert runner.signed_in == ["release/release/apply-root/plan", "release/release/apply-root/apply"]


def test_a_frozen_feature_is_not_even_planned(place: Place) -> None:
    runner = place.runner("workflow_dispatch", ref="refs/heads/main", environment="production")
    runner.contexts["inputs"] = INPUTS | {"change_type": "feature"}
    assert runner.run(WORKFLOWS / "release.yml")["release"].result == "failure"
    (held,) = failed(runner)
    assert "cannot tell" in held  # there is no ledger
    assert runner.ran[-1].script == "scripts/record.sh"
    assert runner.signed_in == []


def test_anything_but_what_was_approved_is_refused_and_recorded(place: Place) -> None:
    """One plan, and what may become of it before it is applied."""
    runner = place.runner("workflow_dispatch", ref="refs/heads/main", environment="production")
    runner.contexts["inputs"] = INPUTS
    place.oidc.approved[0]["user"]["login"] = "bob"  # who started it
    assert runner.run(WORKFLOWS / "release.yml")["release"].result == "failure"
    assert any("nobody but the author approved" in one for one in failed(runner))
    place.oidc.approved[0]["user"]["login"] = "eve"
    name = "release/release/apply-root/apply"

    def refused(why: str, before: Callable[[Path], object]) -> None:
        seen = len(runner.ran)
        runner.before_job = lambda _, clone: before(clone) and None
        assert runner.again(name).result == "failure"
        said = [one.out for one in runner.ran[seen:] if one.code]
        assert any(why in out for out in said), said
        assert runner.ran[-1].script == "scripts/record.sh"

    refused("is checked out", lambda clone: scratch.commit_empty(clone, "feat: meanwhile"))
    assert recorded(runner, "production-aws-platform")[-1] == "refused"
    state = place.folder / "states/production-aws-platform.tfstate"
    state.parent.mkdir(exist_ok=True)
    other = {"version": 4, "terraform_version": "1.5.0", "serial": 3, "lineage": "other", "outputs": {}, "resources": []}
    refused("planned against", lambda _: state.write_text(json.dumps(other)))
    assert recorded(runner, "production-aws-platform")[-1] == "refused"
    state.unlink()
    bundle = runner.folder / "artifacts/bundle-production-aws-platform/plan.bundle"
    refused("changed after it was made", lambda _: bundle.write_bytes(bundle.read_bytes()[:-1] + b"x"))
    assert scratch.state(place.folder, "production-aws-platform") == ""


def test_no_release_from_another_branch(place: Place) -> None:
    runner = place.runner("workflow_dispatch", ref="refs/heads/develop", environment="production")
    runner.contexts["inputs"] = INPUTS
    assert runner.run(WORKFLOWS / "release.yml")["release"].result == "skipped"


def test_drift_is_one_issue_until_there_is_none(place: Place) -> None:
    """One root of the matrix is planned; nothing is known of the others, which counts as drift."""
    runner = place.runner("schedule")
    runner.most = 1
    assert runner.run(WORKFLOWS / "drift.yml")["report"].result == "success"
    assert failed(runner) == []
    complete(runner, "workflows/drift.yml")
    (issue,) = place.hub.state["issues"].values()
    assert issue["state"] == "open"
    assert "| `staging/aws/cluster` | 1 create |" in issue["body"]
    assert "| `production/gcp/content` | **could not be planned** |" in issue["body"]
    assert "bootstrap" not in issue["body"]


def test_what_is_due_is_one_issue(place: Place) -> None:
    runner = place.runner("schedule")
    assert runner.run(WORKFLOWS / "due.yml")["due"].result == "success"
    assert failed(runner) == []
    complete(runner, "workflows/due.yml")
    titles = [one["title"] for one in place.hub.state["issues"].values()]
    assert titles in ([], ["Due"])


def test_images(place: Place) -> None:
    runner = place.runner("push")
    done = runner.run(WORKFLOWS / "images.yml")
    assert failed(runner) == []
    complete(runner, "workflows/images.yml")
    assert {job.result for job in done.values()} == {"success"}
    assert "docker build " in next(one.out for one in runner.ran if one.script.startswith("scripts/images.sh"))
    assert (runner.folder / "artifacts/sbom-cli/cli.spdx.json").is_file()


COMPLETE = {
    "workflows/images.yml": test_images,
    "workflows/ci.yml": test_ci,
    "workflows/plan.yml": test_a_pull_request_gets_one_comment_with_the_plans_of_its_roots,
    "workflows/plan-root.yml": test_a_pull_request_gets_one_comment_with_the_plans_of_its_roots,
    "workflows/staging.yml": test_a_merge_is_applied_to_staging_in_order_and_only_where_something_changes,
    "workflows/release.yml": test_a_release_applies_what_was_approved,
    "workflows/apply-root.yml": test_a_release_applies_what_was_approved,
    "workflows/drift.yml": test_drift_is_one_issue_until_there_is_none,
    "workflows/due.yml": test_what_is_due_is_one_issue,
    "actions/setup/action.yml": test_ci,
}


def test_every_workflow_is_run_in_full_by_one_of_these_tests() -> None:
    """A new workflow, or action, needs a test that ends with `complete(runner, …)`."""
    there = [*(scratch.ROOT / ".github/workflows").glob("*"), *(scratch.ROOT / ".github/actions").glob("*/*")]
    assert {path.relative_to(scratch.ROOT / ".github").as_posix() for path in there} == set(COMPLETE)
    source = Path(__file__).read_text()
    for path, test in COMPLETE.items():
        body = source[source.index(f"def {test.__name__}(") :].split("\n\n\n")[0]
        assert f'"{path}"' in body, f"{test.__name__} does not ask whether {path} was run in full"
