"""Plans of the platform roots, and what real programs need to judge them."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from ballast.repo import CannotRun
from ballast.stack import ApiServer, Etcd, Stack, definition, tool
from ballast.terraform.platform import Platform, read_plan
from ballast.terraform.roots import plan_roots

REPO = Path(__file__).resolve().parents[3]
CRDS = REPO.parent / "shared" / "crds"
ROOTS = tuple(f"terraform/environments/{e}/{c}/platform" for e in ("staging", "production") for c in ("aws", "gcp"))

type Once = Callable[[str, Callable[[], Any]], Any]
type Planned = Callable[[str], dict[str, Any]]
type Plans = dict[str, dict[str, Any]]


def need(*names: str) -> None:
    """Skip, saying what to run, where a pinned program has not been built."""
    for name in names:
        try:
            tool(name)
        except CannotRun as error:
            pytest.skip(f"{error} (`make setup-test` builds all of them)")


@pytest.fixture(scope="session")
def api() -> Iterator[ApiServer]:
    """An API server that knows the custom resources of ../shared/crds, where they are."""
    need("etcd", "kube-apiserver", "helm")
    with Stack() as stack:
        etcd = stack.start(Etcd(stack.directory / "etcd"))
        server = stack.start(ApiServer(stack.directory / "kube-apiserver", etcd))
        server.define(*(definition(**json.loads(path.read_text())) for path in sorted(CRDS.glob("*.json"))))
        yield server


@pytest.fixture(scope="session")
def once(shared: Path) -> Once:
    """Make something that JSON can hold, by name: one of several test processes does, the others wait and read it."""

    def made(name: str, make: Callable[[], Any]) -> Any:
        path = shared / f"{name}.json"
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                path.write_bytes(orjson.dumps(make()))
        return orjson.loads(path.read_bytes())

    return made


@pytest.fixture(scope="session")
def planned() -> Planned:
    """The plan of a root."""

    @cache
    def plan(root: str) -> dict[str, Any]:
        [found] = plan_roots(REPO, [root])
        assert found.problems == []
        return found.plan

    return plan


@pytest.fixture(scope="session")
def plans(planned: Planned) -> Plans:
    """Plans by root."""
    return {root: planned(root) for root in ROOTS}


@pytest.fixture(scope="session")
def platforms(plans: Plans) -> dict[str, Platform]:
    return {root: read_plan(plan, root) for root, plan in plans.items()}


def releases(plan: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The planned values of each Helm release whose chart is in this repository."""
    todo = [plan["planned_values"]["root_module"]]
    while todo:
        module = todo.pop()
        todo += module.get("child_modules", ())
        for resource in module.get("resources", ()):
            values = resource.get("values", {})
            if resource["type"] == "helm_release" and "/" in values["chart"] and "://" not in values["chart"]:
                yield values | {"address": resource["address"]}
