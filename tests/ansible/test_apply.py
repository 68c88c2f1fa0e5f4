"""Roles are really applied: check mode told the truth, a second run changes nothing, programs accept what was written."""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path

import pytest

from tests.ansible.host import ROOT, Host, rendered

GROUPS = ("bastion", "collectors", "probes", "postgresql")
AGENT = {"node_exporter_allow": ["10.9.0.0/16"]}


@pytest.mark.soak
def test_a_host_is_made_once_and_says_before_what_it_will_do(host: Host) -> None:
    """Baseline and the exporters' pattern, in one playbook: before, then, again, away."""
    tags = ("--tags", "baseline,node_exporter")
    before = host.play("site.yml", *tags, check=True, **AGENT)
    assert not before.failed, before.failed
    assert not (host.root / "etc/ssh/sshd_config.d/10-ballast.conf").exists(), "check mode wrote something"
    applied = host.play("site.yml", *tags, **AGENT)
    assert not applied.failed, applied.failed
    assert applied.changed == before.changed
    again = host.play("site.yml", *tags, **AGENT)
    assert (again.failed, again.changed) == ([], set())

    for command in (
        ["sshd", "-t"],
        ["visudo", "-c"],
        ["nft", "-c", "-f", "/etc/nftables.conf"],
        ["apt-config", "dump"],
        ["chronyd", "-p", "-f", "/etc/chrony/chrony.conf"],
        ["openssl", "verify", "-CAfile", "/etc/ballast/tls/node-exporter/ca.crt", "/etc/ballast/tls/node-exporter/tls.crt"],
    ):
        done = host.run(*command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    assert "passwordauthentication no" in host.run("sshd", "-T", "-C", "user=sre,host=x,addr=10.20.0.9").stdout
    assert 'tcp dport 9100 accept comment "prometheus-node-exporter"' in host.read(
        "/etc/nftables.d/prometheus-node-exporter.nft"
    )
    web = rendered(host, "/etc/prometheus/node-exporter-web.yml")["tls_server_config"]
    assert web["client_auth_type"] == "RequireAndVerifyClientCert"
    key = host.root / "etc/ballast/tls/node-exporter/tls.key"
    assert key.stat().st_mode & 0o777 == 0o400
    assert (host.root / "etc/systemd/system/multi-user.target.wants/prometheus-node-exporter.service").is_symlink()

    gone = host.play("site.yml", "--tags", "node_exporter", node_exporter_state="absent", **AGENT)
    assert not gone.failed, gone.failed
    (archive,) = (host.root / "var/backups/ballast").glob("prometheus-node-exporter-*.tar.gz")
    with tarfile.open(archive) as packed:
        names = {Path(name).name for name in packed.getnames()}
    assert {"node-exporter-web.yml", "tls.key", "ballast.conf", "prometheus-node-exporter.nft"} <= names
    assert not key.exists()
    once_more = host.play("site.yml", "--tags", "node_exporter", node_exporter_state="absent", **AGENT)
    assert (once_more.failed, once_more.changed) == ([], set())


@pytest.mark.soak
def test_every_role(host: Host, tmp_path: Path) -> None:
    """All of them, with a stand-in for the collector, which is no package: its configuration is proven by structure only."""
    program = tmp_path / "otelcol-contrib"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    archive = host.root / "tmp/otelcol.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(program, program.name)
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    release = {"url": "file:///tmp/otelcol.tar.gz", "sha256": sha256, "program": "otelcol-contrib"}
    variables = {"collector_release": release, "otel_collector_release": release, "log_agent_release": release,
                 "bastion_targets": ["10.20.1.5:22"]}  # fmt: skip
    before = host.play("site.yml", check=True, groups=GROUPS, **variables)
    assert not before.failed, before.failed
    applied = host.play("site.yml", groups=GROUPS, **variables)
    assert not applied.failed, applied.failed
    assert applied.changed == before.changed
    again = host.play("site.yml", groups=GROUPS, **variables)
    assert (again.failed, again.changed) == ([], set())

    for command in (
        ["promtool", "check", "config", "--agent", "/etc/prometheus/agent.yml"],
        [
            "promtool",
            "check",
            "web-config",
            "/etc/prometheus/node-exporter-web.yml",
            "/etc/prometheus/blackbox-exporter-web.yml",
        ],
        ["prometheus-blackbox-exporter", "--config.check", "--config.file=/etc/prometheus/blackbox-ballast.yml"],
        ["nft", "-c", "-f", "/etc/nftables.conf"],
        ["sshd", "-t"],
    ):
        done = host.run(*command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    assert host.read("/etc/ballast/postgres-exporter.password") == "correct horse"
    for name in ("otel-collector", "log-agent"):
        config = rendered(host, f"/etc/otelcol/{name}.yml")
        for pipeline in config["service"]["pipelines"].values():
            for kind, parts in pipeline.items():
                assert set(parts) <= set(config[kind]), f"{name}: {kind}"
        assert set(config["service"]["extensions"]) == set(config["extensions"])

    states = {f"{role.parent.parent.name}_state": "absent" for role in (ROOT / "ansible/roles").glob("*/tasks/uninstall.yml")}
    gone = host.play(
        "site.yml",
        "--skip-tags",
        "baseline",
        groups=GROUPS,
        **{name: s for name, s in states.items() if name != "service_state"},
        **variables,
    )
    assert not gone.failed, gone.failed
    archives = {path.name.rpartition("-2")[0] for path in (host.root / "var/backups/ballast").glob("*.tar.gz")}
    assert archives >= {
        "prometheus",
        "log-agent",
        "otel-collector",
        "prometheus-blackbox-exporter",
        "prometheus-postgres-exporter",
        "bastion",
    }
