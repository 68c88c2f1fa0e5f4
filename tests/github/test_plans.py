from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ballast.release.github import comment, drift, read_plans
from ballast.release.github.plans import LIMIT
from ballast.repo import CannotRun

ROOT = "terraform/environments/staging/aws/cluster"


def roots(*slugs: str, mode: str = "real") -> str:
    return json.dumps([{"root": f"terraform/environments/{slug}", "slug": slug, "mode": mode} for slug in slugs])


def planned(folder: Path, slug: str, text: str = "text\n", **more: Any) -> None:
    here = folder / f"plan-{slug}"
    here.mkdir()
    (here / "summary.json").write_text(json.dumps({"counts": {}, "drifted": []} | more))
    (here / "summary.md").write_text(text)


def test_a_comment_holds_every_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_RUN_ID", "5")
    monkeypatch.setenv("GITHUB_SHA", "0123456789abcdef")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/ballast")
    planned(tmp_path, "a", "## a\n", counts={"destroy": 1, "create": 2})
    planned(tmp_path, "b", "## b\n")
    text, why = comment(read_plans(roots("a", "b"), tmp_path), "success")
    assert why == []
    for said in (
        "| `a` | 1 destroy, 2 create | real |",
        "| `b` | no changes | real |",
        "## a\n",
        "## b\n",
        "runs/5",
        "0123456789ab<",
    ):
        assert said in text


@pytest.mark.parametrize("result", ["success", "failure", "cancelled", "skipped"])
def test_a_root_without_a_plan_fails_whatever_the_job_says(tmp_path: Path, result: str) -> None:
    planned(tmp_path, "a")
    (tmp_path / "plan-b").mkdir()
    (tmp_path / "plan-b/summary.md").write_text("half")
    text, why = comment(read_plans(roots("a", "b"), tmp_path), result)
    assert why == ["terraform/environments/b could not be planned"]
    assert "Not to be merged" in text
    assert "**could not be planned**" in text


def test_a_plan_that_a_policy_refused_is_shown_and_fails(tmp_path: Path) -> None:
    planned(tmp_path, "a")
    text, why = comment(read_plans(roots("a"), tmp_path), "failure")
    assert why
    assert "text" in text


def test_no_roots_no_plans(tmp_path: Path) -> None:
    text, why = comment(read_plans("[]", tmp_path), "skipped")
    assert why == []
    assert "reaches no root" in text
    with pytest.raises(CannotRun, match="ballast github roots"):
        read_plans("", tmp_path)


def test_a_comment_is_no_longer_than_github_takes_and_is_cut_between_blocks(tmp_path: Path) -> None:
    blocks = "".join(f"\n<details><summary>{n}</summary>\n{'x' * 500}\n</details>\n" for n in range(200))
    slugs = [f"s{n}" for n in range(12)]
    for slug in slugs[:-1]:
        planned(tmp_path, slug, f"# {slug}\n{blocks}")
    planned(tmp_path, slugs[-1], "# short, and whole\n")
    text, _ = comment(read_plans(roots(*slugs), tmp_path), "success")
    assert len(text) < LIMIT
    assert text.count("<details") == text.count("</details>") > 50
    assert text.count("*Cut: the rest is in the run's artifact `plan-s") == 11
    assert "# short, and whole" in text


def test_drift(tmp_path: Path) -> None:
    planned(tmp_path, "a")
    assert drift(read_plans(roots("a"), tmp_path)) == ("Nothing differs. Roots planned: 1.\n", False)
    planned(tmp_path, "b", drifted=[f"aws_x.y[{n}]" for n in range(7)], counts={"update": 7})
    text, differs = drift(read_plans(roots("a", "b", "c"), tmp_path))
    assert differs
    assert "| `b` | 7 update | `aws_x.y[0]`, `aws_x.y[1]`" in text
    assert "| `c` | **could not be planned** |" in text
    assert "Roots without a difference: 1." in text


def test_hermetic_providers_know_nothing_of_drift(tmp_path: Path) -> None:
    planned(tmp_path, "a")
    text, differs = drift(read_plans(roots("a", mode="hermetic"), tmp_path))
    assert differs
    assert "unknown" in text
