"""Runs workflows on this machine: jobs in the order of their needs, matrices, called workflows, outputs, artifacts, conditions.

Scripts run as GitHub runs them (bash -eo pipefail), in a clone of its own for each job. Of actions of others, checkout and
caches do nothing, artifacts are folders, and signing in to a cloud says only that its inputs were given.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from tests.github.expressions import condition, filled

LABELS = {"ubuntu-24.04", "self-hosted", "ballast-staging", "ballast-production"}


@dataclass
class Ran:
    """A step that ran: the file and the script it came from, its exit code, and what it printed."""

    job: str
    script: str
    code: int
    out: str


@dataclass
class Job:
    """How a job ended."""

    result: str
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass
class Runner:
    """`folder` holds a clone a job, artifacts and the runner's files. `fresh` makes a clone; `env` is added to every script."""

    folder: Path
    fresh: Callable[[Path], None]
    env: dict[str, str]
    contexts: dict[str, Any]
    most: int = 99
    ran: list[Ran] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)
    before_job: Callable[[str, Path], None] | None = None
    begun: dict[str, Callable[[], Job]] = field(default_factory=dict)

    def run(self, file: Path, inputs: Mapping[str, Any] | None = None, inside: str = "") -> dict[str, Job]:
        """All jobs of a workflow, by name; those of a matrix are one job, which fails when one of them does."""
        text = yaml.load(file.read_text(), yaml.BaseLoader)
        contexts = self.contexts | {"inputs": dict(inputs or self.contexts.get("inputs", {}))}
        done: dict[str, Job] = {}
        jobs = dict(text["jobs"])
        while jobs:
            name = next(n for n, job in jobs.items() if set(_list(job.get("needs", []))) <= set(done))
            done[name] = self._job(file, f"{inside}{file.stem}/{name}", jobs.pop(name), contexts, done)
        return done

    def again(self, name: str) -> Job:
        """Run a job once more, with what it was given; what it recorded the last time is put aside."""
        for number, kept in enumerate((self.folder / "artifacts").glob("audit-apply-*")):
            kept.rename(self.folder / f"aside-{len(self.ran)}-{number}")
        return self.begun[name]()

    def _job(self, file: Path, name: str, job: dict[str, Any], contexts: dict[str, Any], done: dict[str, Job]) -> Job:
        needs = {n: {"result": done[n].result, "outputs": done[n].outputs} for n in _list(job.get("needs", []))}
        contexts = contexts | {"needs": needs}
        self.begun[name] = lambda: self._job(file, name, job, contexts, done)
        results = [one["result"] for one in needs.values()]
        functions = self._functions(all(r == "success" for r in results), Path())
        if not condition(job.get("if", "success()"), contexts, functions):
            return Job("skipped")
        matrix = job.get("strategy", {}).get("matrix", {})
        rows = [{}]
        for key, values in matrix.items():
            told = filled(values, contexts, functions) if isinstance(values, str) else values
            rows = [row | (value if key == "include" else {key: value}) for row in rows for value in told]
        assert rows, f"{name}: GitHub refuses an empty matrix"
        ended = [self._one(file, name, job, contexts | {"matrix": row}) for row in rows[: self.most]]
        result = "success" if all(one.result == "success" for one in ended) else "failure"
        return Job(result, ended[-1].outputs)

    def _one(self, file: Path, name: str, job: dict[str, Any], contexts: dict[str, Any]) -> Job:
        plain = self._functions(True, Path())
        if "uses" in job:
            called = yaml.load((file.parent / Path(job["uses"]).name).read_text(), yaml.BaseLoader)
            wanted = called["on"]["workflow_call"]
            given = {key: filled(value, contexts, plain) for key, value in job.get("with", {}).items()}
            secrets = {key: filled(value, contexts, plain) for key, value in job.get("secrets", {}).items()}
            inputs = {key: given.get(key, one.get("default", "")) for key, one in wanted.get("inputs", {}).items()}
            assert all(inputs[key] != "" for key, one in wanted["inputs"].items() if one.get("required") == "true"), inputs
            assert set(given) <= set(inputs)
            kept, self.contexts = self.contexts, self.contexts | {"secrets": secrets}
            try:
                ended = self.run(file.parent / Path(job["uses"]).name, inputs, f"{name}/")
            finally:
                self.contexts = kept
            return Job("success" if all(j.result in ("success", "skipped") for j in ended.values()) else "failure")
        labels = filled(job["runs-on"], contexts, plain)
        assert set([labels] if isinstance(labels, str) else labels) <= LABELS
        return self._steps(name, job, contexts)

    def _steps(self, name: str, job: dict[str, Any], contexts: dict[str, Any]) -> Job:
        number = len(list(self.folder.glob("job-*")))
        place = self.folder / f"job-{number}"
        clone = place / "ballast"
        place.mkdir(parents=True)
        self.fresh(clone)
        if self.before_job:
            self.before_job(name, clone)
        for file in ("env", "path", "summary"):
            (place / file).touch()
        contexts = contexts | {"steps": {}}
        fine = self._run_steps(name, job["steps"], contexts, job.get("env", {}), place, clone)
        functions = self._functions(fine, clone)
        outputs = {key: str(filled(value, contexts, functions)) for key, value in job.get("outputs", {}).items()}
        return Job("success" if fine else "failure", outputs)

    def _run_steps(
        self, name: str, steps: list[Any], contexts: dict[str, Any], env: Mapping[str, str], place: Path, clone: Path
    ) -> bool:
        fine = True
        for step in steps:
            functions = self._functions(fine, clone)
            if not condition(step.get("if", "success()"), contexts, functions):
                continue
            given = {key: filled(value, contexts, functions) for key, value in step.get("with", {}).items()}
            if "run" not in step:
                fine = self._action(name, step["uses"], given, contexts, env, place, clone) and fine
                continue
            values = {key: str(filled(value, contexts, functions)) for key, value in {**env, **step.get("env", {})}.items()}
            fine = self._script(name, step, values, contexts, place, clone) and fine
        return fine

    def _script(
        self, name: str, step: dict[str, Any], values: dict[str, str], contexts: dict[str, Any], place: Path, clone: Path
    ) -> bool:
        output = place / "output"
        output.write_text("")
        path = (place / "path").read_text().split()
        files = {f"GITHUB_{word}": str(place / file) for word, file in FILES.items()}
        known = {key: str(value) for key, value in contexts["env"].items()}
        search = os.pathsep.join([self.env["PATH"].split(os.pathsep)[0], *reversed(path), self.env["PATH"]])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=clone,
            env={**self.env, **known, **files, **values, "PATH": search},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
            check=False,
        )
        self.ran.append(Ran(name, step["run"], done.returncode, done.stdout))
        if "id" in step:
            lines = [line.partition("=") for line in output.read_text().splitlines()]
            contexts["steps"][step["id"]] = {"outputs": {key: value for key, _, value in lines}}
        return done.returncode == 0

    def _action(
        self,
        name: str,
        uses: str,
        given: dict[str, Any],
        contexts: dict[str, Any],
        env: Mapping[str, str],
        place: Path,
        clone: Path,
    ) -> bool:
        action = uses.partition("@")[0]
        match action:
            case "actions/checkout" | "actions/cache":
                return True
            case "actions/upload-artifact":
                return self._upload(given, clone)
            case "actions/download-artifact":
                return self._download(given, clone)
            case "aws-actions/configure-aws-credentials" | "google-github-actions/auth":
                self.signed_in.append(name)
                return all(given.values())
            case _:
                assert action.startswith("./"), f"nobody has said how to run {uses}"
                text = yaml.load((clone / action / "action.yml").read_text(), yaml.BaseLoader)
                inputs = {key: given.get(key, one.get("default", "")) for key, one in text["inputs"].items()}
                assert set(given) <= set(inputs)
                return self._run_steps(name, text["runs"]["steps"], contexts | {"inputs": inputs}, env, place, clone)

    def _upload(self, given: dict[str, Any], clone: Path) -> bool:
        found = [path for glob in given["path"].split() for path in sorted(clone.glob(glob))]
        if not found:
            return bool(given.get("if-no-files-found") != "error")
        target = self.folder / "artifacts" / given["name"]
        assert not target.exists(), f"GitHub refuses a second artifact {given['name']}"
        target.mkdir(parents=True)
        several = len(given["path"].split()) > 1
        for path in found:
            to = target / (path.relative_to(clone) if several else path.name)
            to.parent.mkdir(parents=True, exist_ok=True)
            if path.is_file():
                shutil.copy(path, to)
            else:  # a single folder is taken without its own name
                shutil.copytree(path, to if several else target, dirs_exist_ok=True)
        return True

    def _download(self, given: dict[str, Any], clone: Path) -> bool:
        artifacts = self.folder / "artifacts"
        if "name" in given:
            shutil.copytree(artifacts / given["name"], clone / given["path"], dirs_exist_ok=True)
            return True
        for one in artifacts.glob("*"):
            if fnmatchcase(one.name, given["pattern"]):
                shutil.copytree(one, clone / given["path"] / one.name, dirs_exist_ok=True)
        return True

    def _functions(self, fine: bool, clone: Path) -> dict[str, Callable[..., Any]]:
        return {
            "success": lambda: fine,
            "failure": lambda: not fine,
            "always": lambda: True,
            "cancelled": lambda: False,
            "fromJSON": json.loads,
            "toJSON": json.dumps,
            "hashFiles": lambda *_: "0" * 64,
        }


FILES = {"OUTPUT": "output", "ENV": "env", "PATH": "path", "STEP_SUMMARY": "summary"}


def _list(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
