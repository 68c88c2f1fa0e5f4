"""Three real Kafka brokers on what a root renders for Strimzi: who gets in, who may do what, and that Tempo finds its way."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from ballast.repo import CannotRun
from ballast.stack import LOOPBACK, Certificate, free_port, wait_until
from ballast.stack.kafka import jars, java
from ballast.terraform.platform import Platform, pods, read_plan

from .conftest import ROOTS, Planned
from .issued import Issued, mounted
from .strimzi import Cluster, client, started
from .tunnel import Outgoing

ASK_VERSIONS = b"\0\0\0\x0a\0\x12\0\0\0\0\0\x01\xff\xff"
SIDECARS = [19090, 19091, 19092]


@pytest.fixture(scope="module")
def platform(planned: Planned) -> Platform:
    try:
        java(), jars()
    except CannotRun as error:
        pytest.skip(str(error))
    return read_plan(planned(ROOTS[0]), ROOTS[0])


@pytest.fixture(scope="module")
def issued(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Issued:
    return Issued(platform, tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def sidecars() -> dict[int, int]:
    """Where Tempo's sidecars wait here, by the port that is rendered."""
    return {port: free_port() for port in SIDECARS}


@pytest.fixture(scope="module")
def cluster(
    platform: Platform, issued: Issued, sidecars: dict[int, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    with started(platform, issued, tmp_path_factory.mktemp("kafka"), sidecars) as found:
        yield found


def _producer(settings: dict[str, str | int]) -> Producer:
    return Producer({**settings, "acks": "all", "enable.idempotence": True, "message.timeout.ms": 30_000})


def _refusal(producer: Producer, topic: str) -> int | None:
    """The error's code of an event sent to a topic; None when it was acknowledged."""
    codes: list[int | None] = []
    try:
        producer.produce(topic, "event", "key", on_delivery=lambda error, _: codes.append(error and error.code()))
    except KafkaException as refused:  # librdkafka knows already, when it has asked for the topic before
        return int(refused.args[0].code())
    producer.flush(40)
    return codes[0]


def _accepted(producer: Producer, topic: str) -> None:
    """An event is acknowledged, once the broker that leads the topic has heard of the rights."""
    wait_until(lambda: _refusal(producer, topic) is None, 60, f"an event for {topic} is acknowledged")


def _read(settings: dict[str, str | int], topic: str, group: str) -> list[bytes | None]:
    """Events of a topic, read and committed by a group. Raises KafkaException where that is refused."""
    given = {**settings, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False}
    consumer = Consumer(given)
    consumer.subscribe([topic])
    try:
        message = wait_until(lambda: consumer.poll(0.5), 40, f"an event of {topic} for {group}")
        if error := message.error():
            raise KafkaException(error)
        consumer.commit(message, asynchronous=False)
        return [message.value()]
    finally:
        consumer.close()


def _answered(context: ssl.SSLContext, port: int, name: str) -> bool:
    try:
        with (
            socket.create_connection((LOOPBACK, port), timeout=10) as raw,
            context.wrap_socket(raw, server_hostname=name) as secure,
        ):
            secure.sendall(ASK_VERSIONS)
            return bool(secure.recv(16))
    except (ssl.SSLError, ConnectionError):
        return False


def test_a_client_needs_a_certificate_of_the_authority(cluster: Cluster, issued: Issued) -> None:
    """On each listener of each broker, under the names by which clients and sidecars ask."""
    own, forged = issued.secret("gateway-tls"), issued.forged("gateway-tls")
    wrong = []
    for listener, ports in cluster.ports.items():
        for node, port in enumerate(ports):
            for name in ("kafka-kafka-bootstrap.kafka.svc", f"kafka-brokers-{node}.kafka-kafka-brokers.kafka.svc"):
                for who, certificate in (("known", own), ("nobody", None), ("stranger", forged)):
                    if _answered(issued.client(certificate), port, name) is not (who == "known"):
                        wrong.append(f"{listener} of {node} as {name} to {who}")
    assert wrong == []


def test_the_gateway_writes_and_reads_its_events(cluster: Cluster, issued: Issued) -> None:
    gateway = client(issued.secret("gateway-tls"), issued.authority.cert, cluster.bootstrap("tls"))
    producer = _producer(gateway)
    assert [_refusal(producer, topic) for topic in ("alerts", "audit")] == [None, None]
    assert _refusal(producer, "tempo-traces") == KafkaError.TOPIC_AUTHORIZATION_FAILED
    assert _read(gateway, "alerts", "gateway") == [b"event"]
    with pytest.raises(KafkaException, match="GROUP_AUTHORIZATION_FAILED"):
        _read(gateway, "alerts", "tempo-live-store")
    with pytest.raises(KafkaException, match="TOPIC_AUTHORIZATION_FAILED"):
        _read(gateway, "audit", "gateway-audit")


def test_a_certificate_with_another_name_may_do_nothing(cluster: Cluster, issued: Issued) -> None:
    loki = client(issued.secret("loki-tls"), issued.authority.cert, cluster.bootstrap("tls"))
    assert AdminClient(loki).list_topics(timeout=20).topics == {}
    assert _refusal(_producer(loki), "alerts") == KafkaError.TOPIC_AUTHORIZATION_FAILED


def test_nobody_of_ours_is_strimzis_operator(cluster: Cluster, issued: Issued) -> None:
    """Clients' listeners trust our authority only, and replication Strimzi's only."""
    own = issued.secret("gateway-tls")
    replication = cluster.brokers[0].properties()["listeners"].split("REPLICATION-9091://")[1].split(",")[0]
    assert not _answered(_blind(own), int(replication.rpartition(":")[2]), "localhost")


def _blind(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(certificate.cert, certificate.key)
    return context


def test_the_collector_sees_lag_and_no_event(cluster: Cluster, issued: Issued) -> None:
    collector = client(issued.secret("collector-tls"), issued.authority.cert, cluster.bootstrap("tls"))
    admin = AdminClient(collector)
    assert set(admin.list_topics(timeout=20).topics) >= {"alerts", "audit", "tempo-traces"}
    assert admin.list_consumer_groups(request_timeout=20).result().errors == []
    with pytest.raises(KafkaException, match="AUTHORIZATION_FAILED"):
        _read(collector, "alerts", "collector")


def test_topics_are_as_rendered(cluster: Cluster, platform: Platform) -> None:
    found = cluster.operator.list_topics(timeout=20).topics
    for manifest in platform.of_kind("KafkaTopic"):
        spec = manifest.document["spec"]
        partitions = found[spec["topicName"]].partitions.values()
        assert [len(p.replicas) for p in partitions] == [spec["replicas"]] * spec["partitions"]
        [config] = cluster.operator.describe_configs([ConfigResource(ResourceType.TOPIC, spec["topicName"])]).values()
        entries = config.result(20)
        assert {key: entries[key].value for key in spec["config"]} == {k: str(v) for k, v in spec["config"].items()}


def test_nothing_is_lost_and_nobody_waits_with_one_broker_gone(cluster: Cluster, issued: Issued) -> None:
    gateway = client(issued.secret("gateway-tls"), issued.authority.cert, cluster.bootstrap("tls"))
    cluster.brokers[2].kill()
    try:
        _accepted(_producer(gateway), "audit")
    finally:
        cluster.brokers[2].start()


def test_tempo_finds_every_broker_through_its_sidecars(
    cluster: Cluster, platform: Platform, issued: Issued, sidecars: dict[int, int]
) -> None:
    """In plain text to the bootstrap's sidecar; each broker then names the sidecar of Tempo's pods that leads to itself."""
    tempo = next(r for r in platform.releases if r.chart == "tempo-distributed")
    containers = tempo.get("distributor", "extraContainers")
    arguments = [pods.flags(c["args"]) for c in containers if c["name"].startswith("to-kafka")]
    targets = {int(a["listen"].rpartition(":")[2]): a["target"] for a in arguments}
    bootstrap = set(targets) - set(SIDECARS)
    assert targets == {
        **{port: f"kafka-brokers-{n}.kafka-kafka-brokers.kafka.svc:9094" for n, port in enumerate(SIDECARS)},
        **dict.fromkeys(bootstrap, "kafka-kafka-bootstrap.kafka.svc:9094"),
    }
    ports = {**sidecars, **{port: free_port() for port in bootstrap}}
    with ExitStack() as tunnels:
        for given in arguments:
            port = int(given["listen"].rpartition(":")[2])
            node = SIDECARS.index(port) if port in SIDECARS else 0
            here = mounted(given, "/etc/mtls", issued.secret("tempo-tls"))
            tunnels.enter_context(Outgoing(here, cluster.ports["loopback"][node], ports[port]))
        plain: dict[str, str | int] = {"bootstrap.servers": f"{LOOPBACK}:{ports[bootstrap.pop()]}", "log_level": 0}
        brokers = AdminClient(plain).list_topics(timeout=20).brokers
        assert {n: (b.host, b.port) for n, b in brokers.items()} == {
            n: (LOOPBACK, sidecars[port]) for n, port in enumerate(SIDECARS)
        }
        producer = _producer(plain)
        _accepted(producer, "tempo-traces")
        assert _refusal(producer, "alerts") == KafkaError.TOPIC_AUTHORIZATION_FAILED
        for group in ("tempo-live-store", "block-builder", "metrics-generator"):
            assert _read(plain, "tempo-traces", group) == [b"event"]
        with pytest.raises(KafkaException, match="GROUP_AUTHORIZATION_FAILED"):
            _read(plain, "tempo-traces", "gateway")


def test_ports_that_brokers_name_are_those_of_the_sidecars(platform: Platform, tmp_path: Path) -> None:
    """The fixture replaces them by free ones; here they are as rendered."""
    [kafka] = (manifest.document["spec"]["kafka"] for manifest in platform.of_kind("Kafka"))
    [loopback] = (listener for listener in kafka["listeners"] if listener["name"] == "loopback")
    said = [(b["broker"], b["advertisedHost"], b["advertisedPort"]) for b in loopback["configuration"]["brokers"]]
    assert said == [(n, LOOPBACK, port) for n, port in enumerate(SIDECARS)]
