"""Checks application configuration of a plan: by the application's own program where there is one, else by its schema."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ballast.findings import Finding
from ballast.repo import CannotRun, Position
from ballast.stack import free_port, tool
from ballast.terraform.addresses import locate
from ballast.terraform.charts.places import place_of
from ballast.terraform.platform import operator
from ballast.terraform.platform.model import Config, Platform
from ballast.terraform.platform.registry import components, unread
from ballast.terraform.platform.render import as_yaml
from ballast.terraform.platform.shapes import Misfit, schema_of

ID = "platform/configuration"

type Said = Iterator[Misfit]


def verify(repo: Path, root: str, plan: Mapping[str, Any], platform: Platform) -> Iterator[Finding]:
    """Findings of every configuration of the platform. A release without a reader is one as well: nothing proves it."""
    for release in unread(platform):
        place = locate(repo, repo / root, plan, release.address)
        yield Finding(ID, place, f"{release.address}: no reader understands chart {release.chart}", unproven=True)
    configs = [config for component in components(platform) for config in component.configs]
    configs += [
        Config(m.key, "prometheus-rules", {"groups": m.document.get("spec", {}).get("groups", [])}, f"{m.address}: {m.key}")
        for m in platform.of_kind("PrometheusRule")
    ]
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for config, said in zip(configs, pool.map(_checked, configs), strict=True):
            for misfit in said:
                position = _position(repo, root, plan, config, misfit.path)
                if isinstance(misfit, _Unproven):
                    yield Finding(
                        ID, position, f"{config.name} ({config.kind}) was not checked: {misfit.message}", unproven=True
                    )
                else:
                    yield Finding(ID, position, f"{config.name} ({config.kind}): {misfit.message}", misfit.mend)


class _Unproven(Misfit):
    """Something could not be checked."""


def _checked(config: Config) -> list[Misfit]:
    try:
        return list(misfits(config))
    except CannotRun as error:
        return [_Unproven((), str(error))]


def misfits(config: Config) -> Said:
    """What is wrong with one configuration. Raises CannotRun when nothing here can tell."""
    if config.kind in _PROGRAMS:
        yield from _PROGRAMS[config.kind](config.data)
        return
    schema = schema_of(config.kind)
    if schema is None:
        raise CannotRun(f"there is no schema of {config.kind} in tools/ballast/terraform/platform/schemas")
    yield from schema.misfits(config.data)
    yield from _MORE.get(config.kind, lambda _: iter(()))(config.data)


def _alertmanager(data: Any) -> Said:
    yield from _run([tool("amtool"), "check-config"], data, "alertmanager.yaml")


def _rules(data: Any) -> Said:
    yield from _run([tool("promtool"), "check", "rules", "--lint=none"], data, "rules.yaml")


def _prometheus(data: Any) -> Said:
    yield from _run([tool("promtool"), "check", "config", "--syntax-only"], data, "prometheus.yaml")


def _prometheus_spec(data: Any) -> Said:
    yield from _prometheus(operator.prometheus_config(data))


def _objstore(data: Any) -> Said:
    """Thanos reads the file, then asks a bucket on a loopback port where nothing answers: its words tell the two apart."""
    config = dict(data.get("config") or {})
    if str(data.get("type")).upper() == "S3":
        config |= {"endpoint": f"127.0.0.1:{free_port()}", "insecure": True}
    command: list[str | Path] = [tool("thanos"), "tools", "bucket", "ls", "--log.format=json", "--objstore.config-file"]
    env = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "GOOGLE_APPLICATION_CREDENTIALS": "/dev/null"}
    said = _words(command, {**data, "config": config}, "objstore.yaml", env, ok_after=5)
    if re.search(
        r"unmarshal|pars(?:e|ing)|not found in type|no s3 bucket|missing|not supported|invalid", said
    ) and not re.search(r"connection refused|dial tcp|credentials|deadline exceeded|timeout", said):
        yield Misfit((), said)


def _limits(data: Any) -> Said:
    command: list[str | Path] = [
        tool("thanos"),
        "receive",
        '--label=replica="check"',
        "--tsdb.path=tsdb",
        "--http-address=127.0.0.1:0",
        "--grpc-address=127.0.0.1:0",
        "--remote-write.address=127.0.0.1:0",
        "--receive.limits-config-file",
    ]
    said = _words(command, data, "limits.yaml", {}, ok_after=3)
    if re.search(r"limit", said) and re.search(r"unmarshal|pars|not found in type|invalid", said):
        yield Misfit((), said)


def _pipelines(data: Mapping[str, Any]) -> Said:
    """Each component of a pipeline is configured, and each that is configured is used."""
    service = data.get("service", {})
    used: dict[str, set[str]] = {"receivers": set(), "processors": set(), "exporters": set()}
    for name, pipeline in service.get("pipelines", {}).items():
        for part, names in used.items():
            for component in pipeline.get(part) or ():
                names.add(component)
                if component not in (data.get(part) or {}) and component not in (data.get("connectors") or {}):
                    yield Misfit(("service", "pipelines", name, part), f"{component} is not among {part}")
    used["extensions"] = set(service.get("extensions") or ())
    for part, names in used.items():
        for component in set(data.get(part) or {}) - names:
            yield Misfit((part, component), f"{component} of {part} is in no pipeline", "use it or take it out")
    for component in used["extensions"] - set(data.get("extensions") or {}):
        yield Misfit(("service", "extensions"), f"{component} is not among extensions")


_PROGRAMS: Mapping[str, Callable[[Any], Said]] = {
    "alertmanager": _alertmanager,
    "prometheus": _prometheus,
    "prometheus-rules": _rules,
    "prometheus-spec": _prometheus_spec,
    "thanos-objstore": _objstore,
    "thanos-receive-limits": _limits,
}
"""Kinds that a real program checks."""
_MORE: Mapping[str, Callable[[Any], Said]] = {"opentelemetry": _pipelines}


def _run(command: list[str | Path], data: Any, name: str) -> Said:
    with tempfile.TemporaryDirectory(prefix="ballast-render-") as folder:
        path = Path(folder) / name
        path.write_text(as_yaml(data))
        done = subprocess.run([*map(str, command), str(path)], capture_output=True, text=True, timeout=120, cwd=folder)
    if done.returncode:
        said = " ".join(f"{done.stdout} {done.stderr}".replace(str(path), name).split())
        yield Misfit((), said.partition("FAILED: ")[2] or said)


def _words(command: list[str | Path], data: Any, name: str, env: Mapping[str, str], ok_after: float) -> str:
    """The last error that a program says about a file; empty when it ends well or still runs after `ok_after` seconds."""
    with tempfile.TemporaryDirectory(prefix="ballast-render-") as folder:
        path = Path(folder) / name
        path.write_text(as_yaml(data))
        argv = [*map(str, command[:-1]), f"{command[-1]}={path}"]
        try:
            done = subprocess.run(argv, capture_output=True, text=True, timeout=ok_after, cwd=folder, env={**os.environ, **env})
        except subprocess.TimeoutExpired:
            return ""
    if done.returncode == 0:
        return ""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return _reason(lines[-1]).replace(str(path), name) if lines else ""


def _reason(line: str) -> str:
    """The error in a line of Thanos' log, in either of its forms, without the stack trace that it carries."""
    found = re.search(r'"?err"?[=:]("(?:[^"\\]|\\.)*")', line)
    words = json.loads(found[1]) if found else line
    traced = re.compile(r"^(?:\t|> )|^[\w./-]+\.[\w.()*]+$")
    return " ".join(part.strip() for part in words.splitlines() if part.strip() and not traced.match(part))


def _position(repo: Path, root: str, plan: Mapping[str, Any], config: Config, path: tuple[str, ...]) -> Position:
    place = locate(repo, repo / root, plan, config.where.partition(": ")[0])
    keys = [part for part in path if not part.isdigit()]
    found = place_of(repo, (repo / place.path).parent, keys) if keys else None
    return found or place
