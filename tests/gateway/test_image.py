"""The gateway's image: what goes in, as whom it runs; and, with the tools and a base at hand, built and run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ballast.stack import ROUTING_KEY

IMPORTED = """
import importlib, importlib.metadata, pkgutil, sys
import ballast.gateway
for module in pkgutil.walk_packages(ballast.gateway.__path__, "ballast.gateway."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
import apprise, hvac
from opentelemetry.exporter.otlp.proto.http import trace_exporter
owners = importlib.metadata.packages_distributions()
tops = {name.partition(".")[0] for name in sys.modules}
print(*sorted({owner.lower().replace("_", "-") for top in tops for owner in owners.get(top, [])}))
"""


def pins(path: Path) -> dict[str, str]:
    """Package -> version."""
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ \\]+)", path.read_text(), re.MULTILINE))


def test_it_has_the_versions_that_were_tested(root: Path) -> None:
    ours, all_of_them = pins(root / "images/gateway/requirements.lock"), pins(root / "requirements.lock")
    assert ours
    assert {name: version for name, version in ours.items() if all_of_them.get(name) != version} == {}


def test_everything_that_the_gateway_imports_is_in_it(root: Path) -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split()) - {"ballast"}
    assert {"psycopg", "uvicorn", "hvac"} <= imported
    beside = {"pip", "setuptools", "pytest", "coverage", "pytest-cov"} | {"cryptography"}  # Apprise uses it where it is
    assert imported - set(pins(root / "images/gateway/requirements.lock")) - beside == set()


def test_it_is_nobody_with_a_pinned_base_and_hashes(root: Path) -> None:
    text = (root / "images/gateway/Dockerfile").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    stages = [line for line in lines if line.startswith("FROM ")]
    assert stages == ["FROM ${BASE} AS build", "FROM ${BASE}"], "one base, given with its digest"
    last = "\n".join(lines[lines.index(stages[-1]) :])
    assert "RUN" not in last, "the image that runs is only copied into"
    assert "\nUSER 65534:65534\n" in last
    assert "--require-hashes" in text
    assert "has no digest" in text
    module = (root / "terraform/modules/gateway/values.tf").read_text()
    command = re.search(r"command += (\[.*\])", module)
    assert command is not None
    assert f"CMD {command.group(1)}" in last, "the platform runs what the image runs"
    ignored = (root / "images/gateway/Dockerfile.dockerignore").read_text().splitlines()
    assert ignored[0] == "*", "nothing goes in that is not named"


@pytest.fixture
def base() -> str:
    """A base image in the local store, by its digest."""
    for tool in ("buildah", "podman"):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool}: apt-get install buildah podman runc")
    given = os.environ.get("BALLAST_IMAGE_BASE", "")
    if "@sha256:" not in given:
        pytest.skip("BALLAST_IMAGE_BASE names no local image with its digest: images/gateway/README.md says how one is made")
    return given


@pytest.mark.soak
def test_it_is_built_and_runs_read_only_as_nobody(root: Path, base: str) -> None:
    # pip in there reaches the index as pip out here does.
    files = ["/etc/pip.conf", os.environ.get("PIP_CERT", "")]
    reach = [f"--volume={path}:{path}:ro" for path in files if Path(path).is_file()]
    reach += [f"--env={name}={os.environ[name]}" for name in ("PIP_INDEX_URL", "PIP_CERT") if name in os.environ]
    build = ["buildah", "build", "--isolation=chroot", "--file=images/gateway/Dockerfile", "--tag=ballast-gateway:test"]

    def built(base: str) -> subprocess.CompletedProcess[str]:
        words = [*build, *reach, f"--build-arg=BASE={base}", "."]
        return subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)

    made = built(base)
    assert made.returncode == 0, made.stderr[-3000:]
    refused = built(base.partition("@")[0])
    assert "has no digest" in refused.stderr + refused.stdout
    run = ["podman", "run", "--rm", "--runtime=runc", "--cgroup-manager=cgroupfs", "--network=none", "--read-only"]
    run += ["--cap-drop=all", "--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096"]
    run += ["--env=HOME=/nonexistent"]

    def ran(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*run, *words], capture_output=True, text=True, check=False)

    nothing = ran("ballast-gateway:test")
    assert (nothing.returncode, "BALLAST_DATABASE_URL is not set" in nothing.stderr) == (2, True), nothing.stderr
    script = (
        "import os, subprocess, sys, time, urllib.request\n"
        "assert os.getuid() == 65534\n"
        "gateway = subprocess.Popen([sys.executable, '-m', 'ballast.gateway'])\n"
        "for _ in range(100):\n"
        "    try:\n"
        "        print(urllib.request.urlopen('http://127.0.0.1:9095/healthz', timeout=1).read().decode()); break\n"
        "    except OSError: time.sleep(0.2)\n"
        "gateway.terminate(); sys.exit(gateway.wait(30))\n"
    )
    keys = ["--env=BALLAST_DATABASE_URL=postgresql://127.0.0.1:1/none", f"--env=BALLAST_PAGERDUTY_ROUTING_KEY={ROUTING_KEY}"]
    alive = ran(*keys, "ballast-gateway:test", "python", "-c", script)
    assert (alive.returncode, '{"status":"ok"}' in alive.stdout) == (0, True), alive.stderr[-3000:]
