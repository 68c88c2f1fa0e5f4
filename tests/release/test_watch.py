"""The watch after an apply, on a real Prometheus: a new page ends it, an old one does not, no answer is no success."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ballast.budget import Endpoint
from ballast.release.settings import Smoke
from ballast.release.watch import Pages, smoke, watch
from ballast.repo import CannotRun
from ballast.stack import Prometheus, Stack, free_port, wait_until


def rules(path: Path, *names: str) -> None:
    found = [{"alert": n, "expr": "vector(1)", "labels": {"severity": "page", "service": "checkout"}} for n in names]
    path.write_text(json.dumps({"groups": [{"name": "test", "interval": "1s", "rules": found}]}))


def test_only_a_new_page_ends_the_watch(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    rules(path, "Old")
    with Stack(tmp_path / "stack") as stack:
        prometheus = stack.start(Prometheus(tmp_path / "prometheus", rule_files=[path], evaluation_interval=1))
        pages = Pages(Endpoint(prometheus.url))
        wait_until(lambda: pages.firing() == {"Old (checkout)"}, 30, "the alert fires")
        before, told = pages.firing(), list[str]()
        calm = watch(pages, before, 0.02, poll=0.2, told=told.append)
        assert (calm.state, told) == ("held", [])
        rules(path, "Old", "New")
        prometheus.reload()
        hit = watch(pages, before, 1, poll=0.2, told=told.append)
        assert (hit.state, hit.said) == ("broken", ["New (checkout) fires since the apply"])


def test_a_watch_without_an_answer_is_unproven() -> None:
    pages, told = Pages(Endpoint(f"http://127.0.0.1:{free_port()}")), list[str]()
    with pytest.raises(CannotRun, match="cannot say which pages fire"):
        pages.firing()
    done = watch(pages, set(), 0.002, poll=0.05, told=told.append)
    assert done.state == "unproven"
    assert told


@pytest.mark.parametrize(
    ("run", "mode", "state"),
    [
        (["true"], "real", "held"),
        (["true"], "hermetic", "unproven"),
        (["sh", "-c", "echo no nodes >&2; exit 3"], "real", "broken"),
        (["sleep", "5"], "real", "broken"),
        (["ballast-no-such-command"], "real", "unproven"),
    ],
)
def test_smoke_checks(tmp_path: Path, run: list[str], mode: str, state: str) -> None:
    check = Smoke(name="it answers", roots=["*/*/platform"], run=run, seconds=0.2)
    root = "terraform/environments/production/aws/platform"
    found = smoke(tmp_path, [check], root, mode)
    assert found.state == state
    assert smoke(tmp_path, [check], root.replace("platform", "cluster"), mode).state == "unproven"
    if "no nodes" in run[-1]:
        assert found.said == ["it answers: no nodes"]
