"""The freeze gate: holds features, lets repairs pass, never takes missing data for good, and writes everything down."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from typer.testing import CliRunner

from ballast.audit import problems, read
from ballast.budget import Exemption, Minute, Verdict, append, freeze_gate, number, sign
from ballast.cli import build_app
from ballast.repo import CannotRun
from tests.budget.conftest import add_slo

NOW = datetime(2026, 11, 24, 10, 17, tzinfo=UTC)


def fill(connection: psycopg.Connection, slo: int, bad: int, *, until: datetime = NOW, count: int = 180) -> None:
    """Three hours of 10,000 events a minute; the budget is spent when `bad` of each are bad."""
    end = number(until)
    append(connection, {slo: {minute: Minute(10_000, bad) for minute in range(end - count, end)}}, now=NOW)


def ask(repository: Path, service: str = "checkout", change: str = "feature", now: datetime = NOW) -> Verdict:
    return freeze_gate(service, change, root=repository, now=now)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bad", "state", "code"),
    [(0, "allow", 0), (5, "allow", 0), (8, "slow_down", 0), (9, "slow_down", 0), (10, "frozen", 1), (25, "frozen", 1)],
)
def test_the_policys_steps(ledger: psycopg.Connection, repository: Path, bad: int, state: str, code: int) -> None:
    fill(ledger, add_slo(ledger), bad)
    verdict = ask(repository)
    assert (verdict.state, verdict.code) == (state, code)


def test_missing_and_stale_data_hold_features_and_let_repairs_pass(ledger: psycopg.Connection, repository: Path) -> None:
    slo = add_slo(ledger)
    assert ask(repository).code == 2  # nothing recorded
    fill(ledger, slo, 0, count=20)
    assert "only 20 min are recorded" in " ".join(ask(repository).reasons)
    fill(ledger, slo, 0)
    assert ask(repository).code == 0
    later = NOW + timedelta(minutes=16)
    stale = ask(repository, now=later)
    assert (stale.state, stale.code) == ("cannot tell", 2)
    assert "16 min old" in stale.reasons[0]
    for change in ("reliability", "security"):
        passed = ask(repository, change=change, now=later)
        assert (passed.state, passed.code) == ("cannot tell", 0)
    assert ask(repository, "nobody").code == 2


def test_holes_are_doubt_and_a_freeze_outweighs_doubt(ledger: psycopg.Connection, repository: Path) -> None:
    slo, other = add_slo(ledger), add_slo(ledger, name="latency")
    fill(ledger, slo, 0)
    fill(ledger, other, 0, until=NOW - timedelta(hours=2))
    append(ledger, {other: {number(NOW) - 1: Minute(1, 0)}}, now=NOW)
    assert ask(repository).state == "cannot tell"
    end = number(NOW)
    append(ledger, {slo: {minute: Minute(20_000, 400) for minute in range(end - 180, end)}}, now=NOW)
    assert ask(repository).state == "frozen"
    assert ask(repository, change="security").code == 0


def test_no_database_and_no_policy_are_cannot_tell(
    repository: Path, monkeypatch: pytest.MonkeyPatch, url: str, tmp_path: Path
) -> None:
    assert ask(repository).code == 2  # no ledger in it
    monkeypatch.setenv("BALLAST_LEDGER_URL", "postgresql://127.0.0.1:1/x")
    assert "cannot be used" in ask(repository).reasons[0]
    (repository / "alerts/budget-policy.yaml").write_text("version: ballast/v1\nsteps: [{tier: 9}]\n")
    assert "budget-policy.yaml" in ask(repository).reasons[0]
    lines = list(read(tmp_path / "audit.jsonl"))
    assert list(problems(lines)) == []
    assert [json.loads(line)["result"] for line in lines] == ["cannot tell"] * 3


def test_a_verdict_that_cannot_be_recorded_is_none(
    ledger: psycopg.Connection, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ledger, add_slo(ledger), 0)
    monkeypatch.setenv("BALLAST_AUDIT_LOG", str(repository / "alerts/budget-policy.yaml/log"))
    with pytest.raises(CannotRun, match="audit log"):
        ask(repository)


# --- Exemptions -------------------------------------------------------------------------------------------------------


@pytest.fixture
def key(repository: Path) -> Path:
    """Ada's key, which counts."""
    return new_key(repository, "ada@acme.example")


def new_key(repository: Path, person: str = "") -> Path:
    private = Ed25519PrivateKey.generate()
    path = repository / f"key-{len(list(repository.glob('key-*')))}"
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    path.chmod(0o600)
    if person:
        public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        with (repository / "alerts/allowed-signers").open("a") as stream:
            stream.write(f'{person} namespaces="ballast-exemption" {public}\n')
    return path


def exemption(hours: float = 4, person: str = "ada@acme.example", service: str = "checkout") -> Exemption:
    until = NOW + timedelta(hours=hours)
    return Exemption(service, person, "the fix needs this release", (NOW - timedelta(hours=1)).isoformat(), until.isoformat())


def test_a_signed_exemption_passes_until_it_expires(ledger: psycopg.Connection, repository: Path, key: Path) -> None:
    fill(ledger, add_slo(ledger), 20)
    assert ask(repository).code == 1
    sign(repository, exemption(), key)
    verdict = ask(repository)
    assert (verdict.state, verdict.code) == ("frozen", 0)
    assert verdict.exemption.startswith("checkout-")
    used = [json.loads(line) for line in read() if json.loads(line)["what"] == "budget/exemption"]
    assert "ada@acme.example" in used[0]["why"]
    assert ask(repository, now=NOW + timedelta(hours=5)).code != 0


@pytest.mark.parametrize("kind", ["edited", "unsigned", "stranger", "other person", "other purpose", "too long", "garbage"])
def test_what_is_not_properly_signed_does_not_pass(ledger: psycopg.Connection, repository: Path, key: Path, kind: str) -> None:
    fill(ledger, add_slo(ledger), 20)
    path = sign(repository, exemption(), key)
    signature = path.with_name(path.name + ".sig")
    if kind == "edited":
        path.write_text(path.read_text().replace("needs this", "wants this"))
    elif kind == "unsigned":
        signature.unlink()
    elif kind == "stranger":
        (repository / "alerts/allowed-signers").write_text("# nobody\n")
    elif kind == "other person":
        new_key(repository, "bob@acme.example")
        lines = (repository / "alerts/allowed-signers").read_text().replace("ada@", "eve@")
        (repository / "alerts/allowed-signers").write_text(lines)
    elif kind == "other purpose":
        lines = (repository / "alerts/allowed-signers").read_text().replace("ballast-exemption", "git")
        (repository / "alerts/allowed-signers").write_text(lines)
    elif kind == "too long":
        with pytest.raises(CannotRun, match="14 days"):
            sign(repository, exemption(hours=15 * 24), key)
        path.unlink()
    else:
        signature.write_text("-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n")
    assert ask(repository).code == 1


def test_a_key_that_does_not_count_cannot_sign(repository: Path, key: Path) -> None:
    with pytest.raises(CannotRun, match="not signed by a key of"):
        sign(repository, exemption(), new_key(repository))


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="OpenSSH's ssh-keygen is not installed")
def test_openssh_and_ballast_accept_each_others_signatures(ledger: psycopg.Connection, repository: Path, key: Path) -> None:
    fill(ledger, add_slo(ledger), 20)
    path = sign(repository, exemption(), key)
    signature = path.with_name(path.name + ".sig")
    words = ["ssh-keygen", "-Y", "verify", "-f", "alerts/allowed-signers", "-I", "ada@acme.example", "-n", "ballast-exemption"]
    with path.open() as text:
        subprocess.run([*words, "-s", signature], check=True, cwd=repository, stdin=text, capture_output=True)
    signature.unlink()
    subprocess.run(["ssh-keygen", "-Y", "sign", "-n", "ballast-exemption", "-f", key, path], check=True, capture_output=True)
    assert ask(repository).code == 0


def test_the_command(ledger: psycopg.Connection, repository: Path, key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    slo, runner, app = add_slo(ledger), CliRunner(), build_app("budget")
    now = datetime.now(UTC)
    end = number(now)
    append(ledger, {slo: {minute: Minute(10_000, 20) for minute in range(end - 180, end)}}, now=now)
    held = runner.invoke(app, ["budget", "gate", "--service", "checkout", "--output", "json"])
    assert held.exit_code == 1
    assert json.loads(held.output)["state"] == "frozen"
    assert runner.invoke(app, ["budget", "gate", "-s", "checkout", "--change-type", "security"]).exit_code == 0
    words = ["budget", "exempt", "--service", "checkout", "--person", "ada@acme.example", "--key", str(key)]
    made = runner.invoke(app, [*words, "--reason", "the fix needs this release"])
    assert made.exit_code == 0, made.output
    assert runner.invoke(app, ["budget", "gate", "-s", "checkout"]).exit_code == 0
    assert list(problems(read())) == []


@pytest.mark.parametrize(("mode", "asked"), [("real", True), ("hermetic", False)])
def test_terraform_asks_before_production(
    repository: Path, monkeypatch: pytest.MonkeyPatch, url: str, mode: str, asked: bool
) -> None:
    applied: list[list[str]] = []
    monkeypatch.setattr("ballast.cli.tf._run", lambda root, arguments: applied.append(arguments) or 0)
    monkeypatch.setenv("BALLAST_TF_MODE", mode)
    folder = repository / "terraform/environments/production/aws/platform"
    folder.mkdir(parents=True)
    runner, app = CliRunner(), build_app("tf")
    done = runner.invoke(app, ["tf", "apply", str(folder), "--service", "checkout"])
    assert (done.exit_code, bool(applied)) == ((2, False) if asked else (0, True)), done.output
    assert ("cannot tell" in done.output) == asked
    repair = runner.invoke(app, ["tf", "apply", str(folder), "--service", "checkout", "--change-type", "reliability"])
    if asked:  # the gate lets a repair pass; a real environment is applied from a bundle alone
        assert "approved bundle" in str(repair.exception)
    else:
        assert repair.exit_code == 0
    assert applied == ([] if asked else [["apply"]] * 2)
