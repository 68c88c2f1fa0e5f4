"""A real Kafka broker (KRaft, one node that is its own controller), from the jars that scripts/kafka.sh fetches."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from ballast.repo import CannotRun
from ballast.stack.ports import LOOPBACK, free_port
from ballast.stack.process import Process
from ballast.stack.toolchain import home
from ballast.stack.wait import tcp_open

JAVA = 17
"""The oldest Java that a broker of this version runs on."""
_LOG4J = """status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
logger.start.name = kafka.server.KafkaRaftServer
logger.start.level = info
"""
_SMALL = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")


class Kafka(Process):
    """A broker on 127.0.0.1; data in `directory`, kept between starts. Topics are made on purpose, not by their first use.

    `settings` are lines of server.properties that add to or replace the ones here; in their values `{port}` stands for the
    broker's port and `{controller}` for the one that it talks to itself on. Several make a cluster where their settings name
    all of them and `cluster_id` is the same. Starting raises CannotRun where Java or the jars are missing.
    """

    start_seconds = 60.0
    stop_seconds = 20.0

    def __init__(
        self,
        directory: Path,
        settings: Mapping[str, str] | None = None,
        *,
        port: int | None = None,
        name: str = "kafka",
        cluster_id: str | None = None,
    ) -> None:
        super().__init__(name, directory, port=port)
        self.cluster_id = cluster_id or new_cluster_id()
        self.settings = dict(settings or {})
        self.config = self.directory / "server.properties"
        self._controller = free_port()

    @property
    def address(self) -> str:
        """`host:port`, as clients' `bootstrap.servers` want it."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def url(self) -> str:
        """The same as `address`: Kafka has no URLs."""
        return self.address

    def properties(self) -> dict[str, str]:
        """What server.properties will hold."""
        own = {
            "process.roles": "broker,controller",
            "node.id": "0",
            "controller.quorum.voters": f"0@{LOOPBACK}:{{controller}}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"CONTROLLER://{LOOPBACK}:{{controller}},PLAINTEXT://{LOOPBACK}:{{port}}",
            "log.dirs": str(self.directory / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "broker.session.timeout.ms": "2000",  # after a kill, its controller takes it back when the old session is over
            "broker.heartbeat.interval.ms": "500",
            "num.network.threads": "2",
            "num.io.threads": "2",
            "log.cleaner.dedupe.buffer.size": "2097152",
        }
        ports = {"{port}": str(self.port), "{controller}": str(self._controller)}
        return {k: re.sub(r"\{(port|controller)\}", lambda m: ports[m[0]], v) for k, v in {**own, **self.settings}.items()}

    def prepare(self) -> None:
        """Write server.properties, and format the data directory, once. Raises CannotRun with Kafka's words."""
        self.config.write_text("".join(f"{key}={_escaped(value)}\n" for key, value in self.properties().items()))
        (self.directory / "log4j2.properties").write_text(_LOG4J)
        if (self.directory / "data" / "meta.properties").exists():
            return
        words = [*self._java(), "kafka.tools.StorageTool", "format", "-t", self.cluster_id, "-c", self.config]
        made = subprocess.run(words, capture_output=True, text=True, check=False)
        if made.returncode:
            said = [
                line for line in f"{made.stdout}\n{made.stderr}".splitlines() if line.strip() and not line.startswith("\tat ")
            ]
            raise CannotRun(f"Kafka cannot start with {self.config}: {said[-1] if said else f'code {made.returncode}'}")

    def command(self) -> Sequence[str | Path]:
        """The broker in the foreground, with a small heap."""
        return [*self._java(), "kafka.Kafka", self.config]

    def ready(self) -> bool:
        """Whether it says that it has started, and listens."""
        return "Kafka Server started" in self._output() and tcp_open(self.port)

    def create_topics(self, *names: str, partitions: int = 1, config: Mapping[str, str] | None = None) -> None:
        """Make topics of one replica, as any client may while the listener is plain; those that exist stay as they are.

        Raises CannotRun when the broker refuses.
        """
        from confluent_kafka import KafkaError, KafkaException
        from confluent_kafka.admin import AdminClient
        from confluent_kafka.cimpl import NewTopic

        admin = AdminClient({"bootstrap.servers": self.address, "log_level": 0})
        topics = [NewTopic(name, num_partitions=partitions, replication_factor=1, config=dict(config or {})) for name in names]
        for name, made in admin.create_topics(topics, request_timeout=30).items():
            try:
                made.result()
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise CannotRun(f"Kafka did not make topic {name}: {error.args[0].str()}") from error

    def _java(self) -> list[str | Path]:
        log4j = f"-Dlog4j2.configurationFile={self.directory / 'log4j2.properties'}"
        return [java(), *_SMALL, log4j, "-cp", f"{jars()}/*"]


def new_cluster_id() -> str:
    """A UUID as Kafka writes them. Brokers of one cluster are given the same."""
    raw = uuid.uuid4().bytes
    return base64.urlsafe_b64encode(bytes([raw[0] & 0x7F]) + raw[1:]).decode().rstrip("=")  # never begins with a hyphen


def java() -> str:
    """The Java that runs it. Raises CannotRun when there is none, or one that is too old."""
    found = shutil.which("java")
    if found is None:
        raise CannotRun(
            f"Kafka needs Java, which is missing: install Java {JAVA} or newer (Debian: openjdk-{JAVA}-jre-headless)"
        )
    said = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < JAVA:
        raise CannotRun(f"Kafka needs Java {JAVA} or newer, and {found} is {version[1] if version else 'none that says which'}")
    return found


def jars() -> Path:
    """The folder of the broker's jars. Raises CannotRun with the command that fetches them."""
    pinned = home() / "tools" / "toolchain" / "kafka"
    digest = hashlib.sha256(b"".join((pinned / name).read_bytes() for name in ("pom.xml", "jars.sha256")))
    folder = home() / ".ballast" / "toolchain" / f"kafka-{digest.hexdigest()[:16]}"
    if not folder.is_dir():
        raise CannotRun("Kafka's jars are not here yet: run scripts/kafka.sh")
    return folder


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n")
