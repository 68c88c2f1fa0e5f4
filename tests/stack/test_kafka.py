"""A real Kafka broker, and the script that fetches it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient

from ballast.repo import CannotRun
from ballast.stack import Kafka, wait_until
from ballast.stack.kafka import jars, java


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    try:
        java(), jars()
    except CannotRun as error:
        pytest.skip(str(error))
    broker = Kafka(tmp_path_factory.mktemp("kafka")).start()
    yield broker
    broker.stop()


def _send(broker: Kafka, topic: str, value: str) -> None:
    errors: list[object] = []
    producer = Producer({"bootstrap.servers": broker.address, "acks": "all", "log_level": 0, "message.timeout.ms": 20_000})
    producer.produce(topic, value, "key", on_delivery=lambda error, _: errors.append(error))
    producer.flush(20)
    assert errors == [None]


def _read(broker: Kafka, topic: str, group: str) -> list[bytes | None]:
    settings = {"bootstrap.servers": broker.address, "group.id": group, "auto.offset.reset": "earliest", "log_level": 0}
    consumer = Consumer(settings)
    consumer.subscribe([topic])
    read: list[Message] = []
    wait_until(lambda: read.extend(consumer.consume(10, 0.1)) or read, 20, f"messages of {topic}")
    consumer.commit()
    consumer.close()
    return [message.value() for message in read]


def test_what_was_acknowledged_is_there_after_a_kill(kafka: Kafka) -> None:
    kafka.create_topics("alerts", partitions=3, config={"retention.ms": "-1"})
    kafka.create_topics("alerts")
    assert len(AdminClient({"bootstrap.servers": kafka.address}).list_topics("alerts", 10).topics["alerts"].partitions) == 3
    _send(kafka, "alerts", "first")
    address = kafka.address
    kafka.kill()
    with pytest.raises(KafkaException):
        AdminClient({"bootstrap.servers": address, "log_level": 0}).list_topics(timeout=0.5)
    assert kafka.start().address == address
    assert _read(kafka, "alerts", "a") == [b"first"]
    assert kafka.restart().running
    _send(kafka, "alerts", "second")
    assert _read(kafka, "alerts", "a") == [b"second"], "a group goes on where it was"


def test_a_topic_that_the_broker_refuses_is_one_sentence(kafka: Kafka) -> None:
    with pytest.raises(CannotRun, match=r"Kafka did not make topic odd: Unknown topic config name: no\.such"):
        kafka.create_topics("odd", config={"no.such": "1"})


def test_settings_that_it_does_not_take_are_one_sentence(kafka: Kafka, tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"Kafka cannot start with .*server\.properties: .*process.roles"):
        Kafka(tmp_path, {"process.roles": "waiter"}).start()


def test_without_java_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotRun, match="install Java 17 or newer"):
        java()
    (tmp_path / "java").write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    (tmp_path / "java").chmod(0o755)
    with pytest.raises(CannotRun, match=r"needs Java 17 or newer, and .*/java is 11"):
        java()


@pytest.fixture
def checkout(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose Maven brings two jars of our own."""
    for name in ("scripts/kafka.sh", "scripts/lib.sh", "tools/toolchain/kafka/pom.xml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, tmp_path / name)
    sums = [f"{hashlib.sha256(name.encode()).hexdigest()}  {name}.jar\n" for name in ("a", "b")]
    (tmp_path / "tools/toolchain/kafka/jars.sha256").write_text("".join(sums))
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "java").write_text("#!/bin/sh\n")
    maven = '#!/bin/sh\nfor word; do case $word in -DoutputDirectory=*) cd "${word#*=}";; esac; done\n'
    (programs / "mvn").write_text(f'{maven}printf a > a.jar; printf "${{SECOND:-b}}" > b.jar; echo "Downloaded from here"\n')
    for program in programs.iterdir():
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("BALLAST_HOME", str(tmp_path))
    return tmp_path


def _fetch(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([checkout / "scripts" / "kafka.sh"], capture_output=True, text=True, check=False)


def test_jars_are_fetched_once(checkout: Path) -> None:
    with pytest.raises(CannotRun, match=r"run scripts/kafka\.sh"):
        jars()
    done = _fetch(checkout)
    assert (done.returncode, "kafka: ready" in done.stderr) == (0, True), done.stderr
    assert sorted(path.name for path in jars().iterdir()) == ["a.jar", "b.jar"]
    assert _fetch(checkout).stderr == ""


def test_another_jar_than_the_listed_one_is_not_kept(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECOND", "changed")
    done = _fetch(checkout)
    assert done.returncode == 2
    assert "Maven brought other jars than tools/toolchain/kafka/jars.sha256 lists" in done.stderr
    assert [path.name for path in (checkout / ".ballast" / "toolchain").iterdir()] == [".kafka.lock"]
