"""Plan, approve, apply on a real core: exactly what was approved, or nothing, and an audit entry either way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ballast.audit import problems, read
from ballast.release import apply_bundle, approvals, approve, lacking, open_bundle
from ballast.repo import CannotRun
from tests.release.conftest import MAIN, ROOT, Place, git

type Told = Callable[[str], None]
WHY = "reviewed every line of it"


def state(place: Place) -> dict[str, object]:
    found: dict[str, object] = json.loads((place.root / "terraform.tfstate").read_text())
    return found


def test_what_was_approved_is_applied_and_written_down(place: Place, silent: Told) -> None:
    bundle = place.plan()
    assert bundle.manifest.changes == {"create": 1}
    assert bundle.manifest.cost["state"] == "free"
    assert bundle.manifest.gate[0]["state"] == "cannot tell"
    refused = apply_bundle(place.repo, place.path, told=silent)
    assert (refused.result, refused.reasons, refused.code) == ("refused", ["1 approval needed, 0 given"], 1)
    approve(place.repo, bundle, "ada@acme.example", WHY, place.key("ada"))
    done = apply_bundle(place.repo, place.path, told=silent)
    # Nobody told how to prove it: in production on real providers that is no success.
    assert (done.result, done.code, done.checks["empty plan"]) == ("applied, unproven", 1, "held")
    assert place.entries() == ["refused", "started", "applied, unproven"]
    assert place.entries("tf/approve") == ["approved"]
    assert not list(problems(read()))
    last = json.loads(list(read())[-1])
    assert last["details"]["approved_by"] == ["ada@acme.example"]
    assert last["details"]["plan"] == bundle.manifest.members["plan.bin"]
    assert not list(place.root.glob(".ballast-*"))  # the plan file is gone
    again = apply_bundle(place.repo, place.path, told=silent)
    assert again.result == "refused"
    assert "now there is serial" in again.reasons[0]
    assert state(place)["resources"]


def test_the_author_cannot_approve_production(place: Place) -> None:
    bundle = place.plan()
    with pytest.raises(CannotRun, match="somebody else must approve"):
        approve(place.repo, bundle, "bob@acme.example", WHY, place.key("bob"))
    with pytest.raises(CannotRun, match="is not signed by a key of ada"):
        approve(place.repo, bundle, "ada@acme.example", WHY, place.key("bob"))
    with pytest.raises(CannotRun, match="give a reason"):
        approve(place.repo, bundle, "ada@acme.example", "ok", place.key("ada"))


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("bundle", "0" * 64, "another bundle"),
        ("root", "terraform/environments/production/aws/cluster", "another bundle"),
        ("person", "eve@acme.example", "not signed by a key of eve|was changed"),
        ("reason", "because of another reason", "was changed"),
        ("accepts", ["anything"], "does not accept all"),
        ("at", "2020-01-01T00:00:00+00:00", "outside the bundle's time"),
        ("decision", "reject", "approves nothing"),
        ("present", True, "was changed"),
    ],
)
def test_an_approval_that_was_changed_does_not_hold(place: Place, field: str, value: object, why: str) -> None:
    import re

    bundle = place.plan()
    path = approve(place.repo, bundle, "ada@acme.example", WHY, place.key("ada"))
    document = json.loads(path.read_text())
    assert approvals(place.repo, bundle, datetime.now(UTC))[0]
    document["statement"][field] = value
    path.write_text(json.dumps(document))
    holding, refused = approvals(place.repo, bundle, datetime.now(UTC))
    assert holding == []
    assert re.search(why, refused[0])


def test_somebody_stands_for_a_plan_of_production(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody: dict[str, object] = {"author": "", "key_file": None}
    with pytest.raises(CannotRun, match="say who plans production"):
        place.plan(**nobody)
    with pytest.raises(CannotRun, match="is not signed by a key of ada"):
        place.plan(author="ada@acme.example")
    bundle = place.plan()
    lines = (place.repo / "alerts/allowed-signers").read_text().splitlines(keepends=True)
    (place.repo / "alerts/allowed-signers").write_text("".join(lines[::2]))  # Bob has left
    with pytest.raises(CannotRun, match="not signed by a key of bob"):
        open_bundle(place.repo, bundle.path)
    (place.repo / "alerts/allowed-signers").write_text("".join(lines))
    monkeypatch.setenv("BALLAST_ACTOR", "github:bob")
    assert place.plan(**nobody).manifest.authors[0] == "github:bob"


def test_one_person_counts_once(place: Place) -> None:
    place.settings("environments:\n  production: { approvals: 2, watch_minutes: 0 }\n")
    place.commit("two")
    bundle = place.plan()
    path = approve(place.repo, bundle, "ada@acme.example", WHY, place.key("ada"))
    shutil.copy(path, path.with_name(f"{place.path.name}.copy.approval"))
    holding, _ = approvals(place.repo, bundle, datetime.now(UTC))
    assert lacking(place.repo, bundle, holding) == ["2 approvals needed, 1 given"]
    approve(place.repo, bundle, "eve@acme.example", WHY, place.key("eve"))
    assert lacking(place.repo, bundle, approvals(place.repo, bundle, datetime.now(UTC))[0]) == []


@pytest.mark.parametrize("what", ["state", "file", "commit", "mode", "expired", "core"])
def test_a_stale_bundle_is_refused(place: Place, silent: Told, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    bundle = place.plan()
    approve(place.repo, bundle, "ada@acme.example", WHY, place.key("ada"))
    match what:
        case "state":  # somebody else applies meanwhile
            other = place.plan(place.path.with_name("other.bundle"))
            approve(place.repo, other, "ada@acme.example", WHY, place.key("ada"))
            assert apply_bundle(place.repo, other.path, told=silent).checks["empty plan"] == "held"
            expected = "it was planned against no state, and now there is serial 1"
        case "file":
            (place.root / "main.tf").write_text(MAIN.replace("one", "two"))
            expected = "files that roots read were changed"
        case "commit":
            git(place.repo, "commit", "-q", "--allow-empty", "-m", "later")
            expected = "it was planned from commit"
        case "mode":
            monkeypatch.setenv("BALLAST_TF_MODE", "hermetic")
            expected = "it was planned with real providers"
        case "core":
            monkeypatch.setattr("ballast.terraform.core.Core.__str__", lambda _core: "terraform 0.1")
            expected = "it was planned by terraform"
        case _:
            monkeypatch.setattr("ballast.release.bundle.Manifest.expired", lambda _manifest, _now: True)
            expected = "it expired at"
    before = (place.root / "terraform.tfstate").read_bytes() if what == "state" else b""
    done = apply_bundle(place.repo, place.path, told=silent)
    assert done.result == "refused"
    assert expected in done.reasons[0]
    if what == "state":
        assert (place.root / "terraform.tfstate").read_bytes() == before
    else:
        assert not (place.root / "terraform.tfstate").exists()


def test_files_of_production_are_committed_before_they_are_planned(place: Place) -> None:
    (place.root / "more.tf").write_text("locals {}\n")
    with pytest.raises(CannotRun, match="differ from the commit"):
        place.plan()


def test_a_feature_is_held_where_the_budget_cannot_be_asked(place: Place, silent: Told) -> None:
    bundle = place.plan(change_type="feature")
    assert "checkout is cannot tell" in bundle.manifest.refusals[0]
    with pytest.raises(CannotRun, match="it cannot be approved"):
        approve(place.repo, bundle, "ada@acme.example", WHY, place.key("ada"))
    assert apply_bundle(place.repo, place.path, told=silent).result == "refused"


def test_a_failing_apply_is_written_down_and_a_rollback_proposed(place: Place, silent: Told) -> None:
    first = place.plan()
    approve(place.repo, first, "ada@acme.example", WHY, place.key("ada"))
    apply_bundle(place.repo, place.path, told=silent)
    (place.root / "main.tf").write_text(
        MAIN + 'resource "terraform_data" "bad" {\n  provisioner "local-exec" {\n    command = "exit 7"\n  }\n}\n'
    )
    place.commit("break it")
    bundle = place.plan(place.path.with_name("bad.bundle"))
    approve(place.repo, bundle, "ada@acme.example", WHY, place.key("ada"))
    done = apply_bundle(place.repo, bundle.path, told=silent)
    assert (done.result, done.code) == ("failed", 1)
    assert "exit status 7" in done.reasons[0]
    proposal = (place.repo / done.proposal).read_text()
    assert f"git revert --no-edit {first.manifest.commit[:12]}..{bundle.manifest.commit[:12]}" in proposal
    assert place.entries()[-2:] == ["started", "failed"]


@pytest.mark.parametrize(("command", "result"), [("true", "applied, unproven"), ("false", "applied, broken")])
def test_smoke_checks_decide(place: Place, silent: Told, command: str, result: str) -> None:
    place.settings(
        "environments:\n  production: { watch_minutes: 0 }\n"
        f"smoke:\n  - {{ name: it answers, roots: ['*/*/tiny'], run: ['{command}'] }}\n"
    )
    place.commit("smoke")
    bundle = place.plan()
    approve(place.repo, bundle, "ada@acme.example", WHY, place.key("ada"))
    done = apply_bundle(place.repo, place.path, told=silent)
    assert (done.result, bool(done.proposal)) == (result, command == "false")
    assert done.checks["smoke checks"] == ("held" if command == "true" else "broken")


SLOW = """resource "terraform_data" "first" {
  input = "one"
}
resource "terraform_data" "second" {
  input = terraform_data.first.output
  provisioner "local-exec" {
    command = "touch ${path.module}/../reached; sleep 60"
  }
}
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_apply_that_was_cut_off_is_found(place: Place, silent: Told, number: signal.Signals) -> None:
    (place.root / "main.tf").write_text(SLOW)
    place.commit("slow")
    bundle = place.plan()
    approve(place.repo, bundle, "ada@acme.example", WHY, place.key("ada"))
    command = [sys.executable, "-c", "from ballast.cli import main; main()", "tf", "apply", str(place.path)]
    child = subprocess.Popen(command, cwd=place.repo, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 60
    while not (place.root.parent / "reached").exists():
        assert child.poll() is None, child.stdout and child.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    if number == signal.SIGKILL:
        os.killpg(child.pid, number)  # the whole machine, as far as it is concerned
    else:
        os.kill(child.pid, number)
    child.communicate(timeout=60)
    (place.root.parent / "reached").unlink()
    assert place.entries() == (["started"] if number == signal.SIGKILL else ["started", "failed"])
    again = apply_bundle(place.repo, place.path, told=silent)
    assert again.result == "refused"
    assert ("was cut off" in again.reasons[0]) == (number == signal.SIGKILL)
    assert not list(place.root.glob(".ballast-*"))  # a killed run could not take its plan file away; this one did
    # The way on: a new plan of what is left, by the same commands.
    (place.root / "main.tf").write_text(SLOW.replace("sleep 60", "true"))
    place.commit("quick")
    rest = place.plan(place.path.with_name("rest.bundle"))
    approve(place.repo, rest, "ada@acme.example", WHY, place.key("ada"))
    assert apply_bundle(place.repo, rest.path, told=silent).checks["empty plan"] == "held"


def test_an_apply_cut_off_after_its_end_is_proved_by_running_it_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = place.plan()
    approve(place.repo, bundle, "ada@acme.example", WHY, place.key("ada"))

    def die(*_: object) -> None:
        os._exit(9)

    pid = os.fork()
    if pid == 0:
        monkeypatch.setattr("ballast.release.apply._proved", die)
        apply_bundle(place.repo, place.path, told=print)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    assert place.entries() == ["started"]
    told: list[str] = []
    done = apply_bundle(place.repo, place.path, told=told.append)
    assert done.checks["empty plan"] == "held"
    assert "had come to its end" in told[0]
    assert place.entries() == ["started", "started", "applied, unproven"]


def test_every_kind_of_byte_is_guarded(place: Place) -> None:
    place.plan()
    whole = place.path.read_bytes()
    line = whole.index(b"\n")
    for at in {0, 5, line // 2, line - 1, line, line + 1, line + 13, (line + len(whole)) // 2, len(whole) - 17, len(whole) - 1}:
        for mask in (1, 0x20, 0x80):
            place.path.write_bytes(whole[:at] + bytes([whole[at] ^ mask]) + whole[at + 1 :])
            with pytest.raises(CannotRun, match=r"changed|no bundle"):
                open_bundle(place.repo, place.path)
    for cut in (whole[:-1], whole + b"\0", whole[: line + 1], b"", whole[:line]):
        place.path.write_bytes(cut)
        with pytest.raises(CannotRun):
            open_bundle(place.repo, place.path)
    place.path.write_bytes(whole)
    opened = open_bundle(place.repo, place.path)
    assert opened.manifest.root == ROOT
    assert b"terraform_data" not in whole  # nothing can be read without the key
    for name, value in (("root", "x"), ("serial", 7), ("refusals", ["x"]), ("expires", "2099-01-01T00:00:00+00:00")):
        assert replace(opened.manifest, **{name: value}).digest != opened.manifest.digest


def test_a_member_that_is_not_the_manifests_is_refused(place: Place) -> None:
    """By somebody who has the key."""
    from ballast.release.seal import bundle_key, head_of, seal, unseal

    place.plan()
    key = bundle_key(place.repo)
    _, members = unseal(place.path, key)
    head = {name: head_of(place.path)[name] for name in ("id", "root", "expires")}
    for change in ({"plan.bin": b"another"}, {"more": b"x"}):
        seal(place.path, key, head, members | change)
        with pytest.raises(CannotRun, match="does not hold what its manifest says"):
            open_bundle(place.repo, place.path)
    seal(place.path, key, head | {"root": "elsewhere"}, members)
    with pytest.raises(CannotRun, match="does not hold"):
        open_bundle(place.repo, place.path)


def test_another_key_does_not_open_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.plan()
    monkeypatch.setenv("BALLAST_BUNDLE_KEY", "A" * 43 + "=")
    with pytest.raises(CannotRun, match="another key"):
        open_bundle(place.repo, place.path)
    monkeypatch.setenv("BALLAST_BUNDLE_KEY", "short")
    with pytest.raises(CannotRun, match="is no key"):
        open_bundle(place.repo, place.path)
    assert (place.repo / ".ballast/bundle.key").stat().st_mode & 0o777 == 0o600
    assert place.path.stat().st_mode & 0o777 == 0o600


def test_two_applies_at_once(place: Place, silent: Told) -> None:
    from ballast.release.apply import _alone

    place.plan()
    with _alone(place.repo, ROOT), pytest.raises(CannotRun, match="under way"):
        apply_bundle(place.repo, place.path, told=silent)


def test_bundles_expire_by_the_environments_hours(place: Place) -> None:
    place.settings("environments:\n  production: { expires_hours: 2, approvals: 0 }\n")
    place.commit("hours")
    bundle = place.plan()
    m = bundle.manifest
    assert datetime.fromisoformat(m.expires) - datetime.fromisoformat(m.created) == timedelta(hours=2)
    assert lacking(place.repo, bundle, []) == ["1 approval needed, 0 given"]  # production always needs one


def test_settings_with_a_mistake_name_it(place: Place) -> None:
    for text, why in (("environments: [", "no YAML"), ("smoke: [{ name: x }]", "smoke.0.run"), ("speed: 3", "speed")):
        place.settings(text)
        place.commit("mistake")
        with pytest.raises(CannotRun, match=why):
            place.plan()
