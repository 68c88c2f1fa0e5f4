"""The commands as people use them: a laptop without GitHub, and a purchase that needs its owner at the keyboard."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime

from ballast.audit import ssh_sign
from ballast.release import approvals, lacking, open_bundle
from ballast.release.seal import bundle_key, seal
from tests.release.conftest import ROOT, Place

COMMAND = [sys.executable, "-c", "from ballast.cli import main; main()"]


def ballast(place: Place, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *words], cwd=place.repo, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_plan_approve_apply(place: Place) -> None:
    file = str(place.path)
    options = ["--bundle", file, "--no-policies", "--service", "checkout", "--change-type", "reliability"]
    options += ["--as", "bob@acme.example", "--key", str(place.key("bob"))]
    planned = ballast(place, "tf", "plan", ROOT, *options)
    assert planned.returncode == 0, planned.stderr
    assert "changes   1 create" in planned.stdout
    assert "policies are unproven" in planned.stdout
    early = ballast(place, "tf", "inspect", file)
    assert (early.returncode, "missing   1 approval needed, 0 given" in early.stdout) == (1, True)
    nobody = ballast(place, "tf", "approve", file)
    assert (nobody.returncode, "say who approves" in nobody.stderr) == (2, True)
    words = ["--as", "ada@acme.example", "--key", str(place.key("ada")), "--reason", "reviewed every line"]
    approved = ballast(place, "tf", "approve", file, *words)
    assert approved.returncode == 0, approved.stderr
    known = json.loads(ballast(place, "tf", "inspect", file, "--output", "json").stdout)
    assert (known["approved_by"], known["lacking"], len(known["hash"])) == (["ada@acme.example"], [], 64)
    assert "## Terraform plan" in ballast(place, "tf", "inspect", file, "--output", "markdown").stdout
    applied = ballast(place, "tf", "apply", file)
    assert applied.returncode == 1  # on real providers, and nobody said how to prove it
    assert "empty plan: held" in applied.stdout
    assert "pages were not watched" in applied.stdout
    stale = ballast(place, "tf", "apply", file)
    assert (stale.returncode, "refused" in stale.stdout) == (1, True)
    direct = ballast(place, "tf", "apply", ROOT, "--service", "checkout", "--change-type", "reliability")
    assert (direct.returncode, "approved bundle" in direct.stderr) == (2, True)
    for said in (planned, approved, applied, stale, direct):
        assert "Traceback" not in said.stderr + said.stdout


def test_a_purchase_needs_its_owner_at_the_keyboard(place: Place) -> None:
    made = place.plan()
    cost = {**made.manifest.cost, "state": "owner", "owner": "ada@acme.example", "subscriptions": ["pagerduty_user.seat"]}
    manifest = replace(made.manifest, cost=cost, asks=["cost: subscriptions or purchases: pagerduty_user.seat"])
    head = {"id": manifest.id, "root": manifest.root, "expires": manifest.expires}
    more = {"manifest.json": json.dumps(asdict(manifest)).encode()}
    more["author.sig"] = ssh_sign(manifest.text(), "ballast-plan-author", place.key("bob"))
    seal(place.path, bundle_key(place.repo), head, made.members | more)
    words = ["tf", "approve", str(place.path), "--reason", "we need one more seat"]
    ada = [*words, "--as", "ada@acme.example", "--key", str(place.key("ada"))]
    piped = ballast(place, *ada)
    assert (piped.returncode, "approves on a terminal" in piped.stderr) == (2, True)

    def typed(words: list[str], answer: str) -> tuple[int, str]:
        master, slave = pty.openpty()
        env = {k: v for k, v in os.environ.items() if k != "CI"}
        child = subprocess.Popen([*COMMAND, *words], cwd=place.repo, env=env, stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        said = b""
        os.write(master, answer.encode() + b"\n")
        while True:
            try:
                part = os.read(master, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            said += part
        os.close(master)
        return child.wait(60), said.decode()

    bundle = open_bundle(place.repo, place.path)
    code, said = typed(ada, "yes")
    assert (code, "not approved" in said) == (2, True)
    eve = [*words, "--as", "eve@acme.example", "--key", str(place.key("eve"))]
    code, said = typed(eve, f"buy {bundle.manifest.id[:6]}")
    assert code == 0, said
    holding, _ = approvals(place.repo, bundle, datetime.now(UTC))
    assert "needs ada@acme.example in person" in lacking(place.repo, bundle, holding)[0]
    code, said = typed(ada, f"buy {bundle.manifest.id[:6]}")
    assert code == 0, said
    holding, refused = approvals(place.repo, bundle, datetime.now(UTC))
    assert (lacking(place.repo, bundle, holding), refused) == ([], [])
