"""A host for Ansible: a Debian root in a folder, reached by the chroot connection, on which nothing is ever started.

The root is made once (mmdebstrap, or debootstrap), with the packages that roles install already fetched, and kept under
.ballast by the hash of what it is made of. Each playbook runs in a mount and process namespace of its own: whatever a package
or module might start ends with it, and `policy-rc.d` refuses all starts besides.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".ballast/ansible-venv/bin"
SUITE, MIRROR = "bookworm", "http://deb.debian.org/debian"
IN_ROOT = "python3,python3-apt,ca-certificates,systemd"
PACKAGES = (
    "sudo openssh-server chrony auditd unattended-upgrades nftables openssl prometheus-node-exporter prometheus "
    "prometheus-blackbox-exporter prometheus-postgres-exporter"
)
REFUSE = "#!/bin/sh\nexit 101\n"


def missing() -> str:
    """Why no host can be made here; empty when one can."""
    if not (BIN / "ansible-playbook").is_file():
        return "Ansible is not installed: scripts/ansible.sh"
    if os.geteuid() != 0:
        return "a chroot takes root"
    if not (shutil.which("mmdebstrap") or shutil.which("debootstrap")):
        return "neither mmdebstrap nor debootstrap is installed"
    if subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], check=False, capture_output=True).returncode:
        return "no namespaces here"
    return ""


def base() -> Path:
    """The packed root, made when it is not there. Raises CalledProcessError when the mirror cannot be reached."""
    made_of = hashlib.sha256("\n".join([SUITE, MIRROR, IN_ROOT, PACKAGES, REFUSE, "1"]).encode()).hexdigest()[:16]
    packed = ROOT / f".ballast/ansible-root-{made_of}.tar"
    if packed.is_file():
        return packed
    folder = packed.with_suffix(f".{os.getpid()}")
    shutil.rmtree(folder, ignore_errors=True)
    if shutil.which("mmdebstrap"):
        _run(["mmdebstrap", "-q", "--variant=apt", f"--include={IN_ROOT}", SUITE, str(folder), MIRROR])
    else:
        _run(["debootstrap", "--variant=minbase", f"--include={IN_ROOT}", SUITE, str(folder), MIRROR])
    policy = folder / "usr/sbin/policy-rc.d"
    policy.write_text(REFUSE)
    policy.chmod(0o755)
    fetch = f"apt-get update -qq && apt-get install -qq --no-install-recommends --download-only {PACKAGES}"
    _run(["chroot", str(folder), "sh", "-c", fetch])
    part = packed.with_suffix(f".{os.getpid()}.part")
    _run(["tar", "-C", str(folder), "-cf", str(part), "."])
    part.replace(packed)
    shutil.rmtree(folder)
    return packed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a playbook did: the names of tasks that changed something, those that failed, and all it said."""

    changed: set[str]
    failed: list[str]
    said: str


@dataclass(frozen=True, slots=True)
class Host:
    """`root` is the host's file system; `env` is added to the environment of playbooks."""

    root: Path
    env: dict[str, str]

    def read(self, path: str) -> str:
        """A file of the host."""
        return (self.root / path.lstrip("/")).read_text()

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A program of the host, in its root."""
        return namespaced(self.root, ["chroot", str(self.root), *command])

    def play(
        self, playbook: str | Path, *arguments: str, check: bool = False, groups: Sequence[str] = (), **variables: Any
    ) -> Outcome:
        """Run a playbook of ansible/playbooks (or any, by its path) against this host as `web-1`."""
        inventory = self.root.parent / "hosts.json"
        host = {
            "ansible_connection": "community.general.chroot",
            "ansible_host": str(self.root),
            "ansible_python_interpreter": "/usr/bin/python3",
        }
        groups = {name: {"hosts": {"web-1": {}}} for name in groups}
        inventory.write_text(json.dumps({"all": {"hosts": {"web-1": host}, "children": groups}}))
        path = playbook if isinstance(playbook, Path) else Path("playbooks") / playbook
        variables = {"ansible_become": False, **variables}
        command = [
            str(BIN / "ansible-playbook"), str(path), "-i", "inventories/staging/hosts.yml", "-i", str(inventory),
            "-e", json.dumps(variables), *(["--check"] if check else []), *arguments,
        ]  # fmt: skip
        env = {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_PIPELINING": "1", **self.env}
        done = namespaced(self.root, command, cwd=ROOT / "ansible", env=env)
        return _outcome(done.stdout + done.stderr)


def unpack(folder: Path) -> Path:
    """A fresh root in `folder`."""
    root = folder / "root"
    root.mkdir()
    _run(["tar", "-C", str(root), "-xf", str(base())])
    return root


def namespaced(
    root: Path, command: Sequence[str], cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run with the root's /proc mounted, in namespaces that end with the command."""
    inner = 'mount -t proc proc "$0/proc" && exec "$@"'
    environment = {**os.environ, **(env or {}), "PATH": f"{BIN}:/usr/sbin:/sbin:{os.environ['PATH']}"}
    return subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", inner, str(root), *command],
        cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=3000,
    )  # fmt: skip


def _outcome(said: str) -> Outcome:
    start = said.find("{\n")
    try:
        result = json.JSONDecoder().raw_decode(said[start:])[0]
    except ValueError:
        return Outcome(set(), [said.strip()], said)
    changed, failed = set(), []
    for play in result["plays"]:
        for task in play["tasks"]:
            for answer in task["hosts"].values():
                name = task["task"]["name"]
                if answer.get("failed") or answer.get("unreachable"):
                    failed.append(f"{name}: {answer.get('msg')}")
                elif answer.get("changed"):
                    changed.add(name)
    return Outcome(changed, failed, said)


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=600)


def rendered(host: Host, path: str) -> Any:
    """A YAML file of the host."""
    return yaml.safe_load(host.read(path))
