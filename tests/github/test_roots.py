from __future__ import annotations

import json
from pathlib import Path

import pytest

from ballast.release.github import all_roots, changed_since, reached
from ballast.repo import CannotRun
from tests.github.test_commits import git


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Two roots that share a module, which calls another and reads a file; one of them reads alerts."""
    write(
        tmp_path, "terraform/environments/staging/aws/cluster/main.tf", 'module "a" {\n  source = "../../../../modules/a"\n}\n'
    )
    write(
        tmp_path,
        "terraform/environments/production/aws/platform/main.tf",
        """
        locals { repository = "${path.module}/../../../../.." }
        module "a" {
          source = "../../../../modules/a"
          rules  = fileset("${local.repository}/alerts/rules", "*.yaml")
          one    = file("${local.repository}/alerts/services/${each.key}.yaml")
        }
        """,
    )
    for name in ("staging/aws/cluster", "production/aws/platform"):
        write(tmp_path, f"terraform/environments/{name}/versions.tf", "")
    write(tmp_path, "terraform/modules/a/main.tf", 'module "b" {\n  source = "../b"\n}\n')
    write(tmp_path, "terraform/modules/b/main.tf", 'locals { charts = jsondecode(file("${path.module}/../charts.json")) }\n')
    write(tmp_path, "terraform/modules/c/main.tf", "")
    write(tmp_path, "alerts/rules/a.yaml", "")
    return tmp_path


def write(repo: Path, path: str, text: str) -> None:
    (repo / path).parent.mkdir(parents=True, exist_ok=True)
    (repo / path).write_text(text)


@pytest.mark.parametrize(
    ("path", "slugs"),
    [
        ("terraform/environments/staging/aws/cluster/terraform.tfvars", ["staging-aws-cluster"]),
        ("terraform/modules/a/variables.tf", ["staging-aws-cluster", "production-aws-platform"]),
        ("terraform/modules/b/new.tf", ["staging-aws-cluster", "production-aws-platform"]),
        ("terraform/modules/charts.json", ["staging-aws-cluster", "production-aws-platform"]),
        ("alerts/rules/b.yaml", ["production-aws-platform"]),
        ("alerts/services/checkout.yaml", ["production-aws-platform"]),
        ("terraform/modules/b/tests/a.tftest.hcl", []),
        ("terraform/modules/b/README.md", []),
        ("terraform/modules/c/main.tf", []),
        ("terraform/modules/bb/main.tf", []),
        ("alerts/slos/a.yaml", []),
        ("README.md", []),
    ],
)
def test_which_roots_a_change_reaches(repo: Path, path: str, slugs: list[str]) -> None:
    assert [one.slug for one in reached(repo, [path])] == slugs


def test_a_root_that_was_removed_is_no_silent_pass(repo: Path) -> None:
    with pytest.raises(CannotRun, match="destroy it first"):
        reached(repo, ["terraform/environments/staging/gcp/cluster/main.tf"])


def test_where_each_root_of_this_repository_is_planned(root: Path) -> None:
    roots = {one.slug: one for one in all_roots(root)}
    assert len(roots) == 16
    assert [one.slug for one in all_roots(root)][:3] == [
        "staging-aws-bootstrap",
        "staging-gcp-bootstrap",
        "staging-aws-cluster",
    ]
    assert roots["production-aws-bootstrap"].mode == "hermetic"  # CI has no rights there
    assert json.loads(roots["staging-aws-cluster"].runner) == ["ubuntu-24.04"]
    assert json.loads(roots["staging-gcp-content"].runner) == ["self-hosted", "ballast-staging"]
    assert (roots["staging-aws-content"].ref, roots["production-aws-content"].ref) == ("develop", "main")
    assert {one.mode for one in all_roots(root, "hermetic")} == {"hermetic"}
    assert {one.runner for one in all_roots(root, "hermetic")} == {'["ubuntu-24.04"]'}


@pytest.mark.parametrize(
    ("path", "layers"),
    [
        ("terraform/modules/eks/main.tf", {"aws-cluster"}),
        ("terraform/modules/redis/main.tf", {"aws-platform", "gcp-platform"}),
        ("dashboards/red/checkout.json", {"aws-content", "gcp-content"}),
        ("alerts/routing.yaml", {"aws-platform", "gcp-platform", "aws-content", "gcp-content"}),
        ("terraform/environments/components.yaml", {"aws-cluster", "gcp-cluster"}),
    ],
)
def test_of_this_repository(root: Path, path: str, layers: set[str]) -> None:
    found = {one.slug for one in reached(root, [path])}
    assert found == {f"{environment}-{layer}" for environment in ("staging", "production") for layer in layers}


def test_a_branch_is_compared_with_where_it_began(repo: Path) -> None:
    git(repo, "init", "-q", "-b", "develop")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "chore: begin")
    git(repo, "checkout", "-q", "-b", "topic")
    write(repo, "alerts/rules/ü.yaml", "")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "feat: a rule")
    git(repo, "checkout", "-q", "develop")
    write(repo, "terraform/modules/a/other.tf", "")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "feat: meanwhile")
    git(repo, "checkout", "-q", "topic")
    assert changed_since(repo, "develop") == ["alerts/rules/ü.yaml"]
    with pytest.raises(CannotRun, match="cannot compare with nowhere"):
        changed_since(repo, "nowhere")
