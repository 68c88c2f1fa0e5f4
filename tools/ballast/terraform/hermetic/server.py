"""A running hermetic provider: every snapshot served from this process, to be reached by reattachment."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")  # tests start processes beside the server's threads
import grpc

from ballast.repo import CannotRun
from ballast.terraform.hermetic.provider import Provider
from ballast.terraform.hermetic.schema import Snapshot
from ballast.terraform.hermetic.service import Service
from ballast.terraform.hermetic.world import Call, Fault, Moment, Target, World

HOSTS = ("registry.terraform.io", "registry.opentofu.org")
"""The registries under whose names the cores look for a provider."""

QUIET = {
    "CHECKPOINT_DISABLE": "1",
    "TF_IN_AUTOMATION": "1",
    "TF_INPUT": "0",
    "TF_DISABLE_PLUGIN_TLS": "1",
    "TF_CLI_CONFIG_FILE": os.devnull,
    "GOGC": "400",
}
"""What keeps a core off the network and from asking questions, and from collecting garbage in a process that lives a second."""


def listen(service: Service, credentials: grpc.ServerCredentials | None = None) -> tuple[grpc.Server, int]:
    """Serve on a free loopback port; the server and its port."""
    server = grpc.server(
        ThreadPoolExecutor(max_workers=16, thread_name_prefix="hermetic"),
        options=[("grpc.max_receive_message_length", 256 << 20), ("grpc.max_send_message_length", 256 << 20)],
    )
    for handler in service.handlers():
        server.add_generic_rpc_handlers((handler,))
    address = "127.0.0.1:0"
    port = server.add_secure_port(address, credentials) if credentials else server.add_insecure_port(address)
    server.start()
    return server, port


class Server:
    """Hermetic providers for one session. Use as a context manager; the environment of a core comes from `environment()`.

        with Server(Path("terraform/schemas")) as server:
            subprocess.run([core.path, "plan"], env=os.environ | server.environment(), cwd=root)

    `only` restricts it to some providers (`hashicorp/aws`); with `seed` its made-up values repeat when the calls come in the
    same order. Without `announce` the caller says that results are hermetic: a core repeats the providers' warning for every
    run of `terraform test`. Raises CannotRun when there is no snapshot.
    """

    def __init__(
        self,
        schemas: Path,
        *,
        only: Iterable[str] = (),
        seed: str | None = None,
        protocol: Literal[5, 6] = 6,
        announce: bool = True,
    ) -> None:
        self.world = World(seed or secrets.token_hex(8))
        self.protocol, self.announce = protocol, announce
        wanted = set(only)
        snapshots = [Snapshot.read(path) for path in sorted(schemas.glob("*.json"))]
        self.snapshots = {s.source: s for s in snapshots if not wanted or s.source in wanted}
        if missing := wanted - set(self.snapshots):
            raise CannotRun(f"no schema snapshot of {', '.join(sorted(missing))} in {schemas}: see `ballast schemas --help`")
        if not self.snapshots:
            raise CannotRun(f"there are no provider schema snapshots in {schemas}: see `ballast schemas --help`")
        self._servers: dict[str, tuple[grpc.Server, int]] = {}
        self._providers: list[Provider] = []

    def start(self) -> Self:
        """Listen for every provider."""
        for source, snapshot in self.snapshots.items():
            provider = Provider(snapshot, self.world, self.announce)
            self._providers.append(provider)
            self._servers[source] = listen(Service(provider, self.protocol))
        return self

    def stop(self) -> None:
        """Stop at once; calls under way (a fault that hangs) are given up."""
        for provider in self._providers:
            provider.stopped.set()
        for event in [server.stop(grace=0) for server, _ in self._servers.values()]:
            event.wait(5)
        self._servers.clear()
        self._providers.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def reattach(self) -> str:
        """The value of TF_REATTACH_PROVIDERS."""
        return json.dumps(
            {
                f"{host}/{source}": {
                    "Protocol": "grpc",
                    "ProtocolVersion": self.protocol,
                    "Pid": os.getpid(),
                    "Test": True,
                    "Addr": {"Network": "tcp", "String": f"127.0.0.1:{port}"},
                }
                for source, (_, port) in self._servers.items()
                for host in HOSTS
            }
        )

    def environment(self) -> dict[str, str]:
        """Variables for a core's environment (to be laid over os.environ)."""
        return QUIET | {"TF_REATTACH_PROVIDERS": self.reattach()}

    @property
    def calls(self) -> list[Call]:
        """What cores asked for so far, in order."""
        return self.world.calls

    def fail(
        self,
        target: Target | str,
        moment: Moment = "create",
        kind: Literal["error", "timeout", "hang", "vanish"] = "error",
        *,
        message: str = "the API said no",
        times: int = 1,
        seconds: float = 60.0,
        where: Mapping[str, Any] | None = None,
    ) -> None:
        """Make the next `times` calls for the target go wrong (see `Fault`).

        `target` is a `Target`, or a type with `where`; a data source is read as `data.aws_vpc`.
        """
        self.world.add_fault(Fault(_target(target, where), moment, kind, message, times, seconds))

    def heal(self) -> None:
        """Drop every fault."""
        self.world.clear_faults()

    def vanish(self, target: Target | str, where: Mapping[str, Any] | None = None) -> None:
        """Somebody deleted the objects by hand: the next refresh finds them gone."""
        self.world.vanish(_target(target, where))

    def drift(self, target: Target | str, changes: Mapping[str, Any], where: Mapping[str, Any] | None = None) -> None:
        """Somebody changed values (dotted paths) by hand. Raises CannotRun when this server made no such object."""
        if not self.world.change(_target(target, where), changes):
            raise CannotRun(f"nothing of {target} {dict(where or {})} was created through this server, so it cannot drift")

    def put(self, kind: str, values: dict[str, Any]) -> None:
        """An object that exists before Terraform knows of it, for imports and data sources; what is not given is made up."""
        for provider in self._providers:
            if kind in provider.snapshot.resources:
                self.world.store(self.world.new_key(kind), kind, provider.made(kind, values))
                return
        raise CannotRun(f"no snapshot has the resource type {kind}")

    def objects(self, kind: str) -> list[dict[str, Any]]:
        """What exists of a type, oldest first."""
        return [values for _, values in self.world.find(kind, {})]


def _target(target: Target | str, where: Mapping[str, Any] | None) -> Target:
    return target if isinstance(target, Target) else Target(target, dict(where or {}))
