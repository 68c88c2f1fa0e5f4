"""Strimzi's part, played here: server.properties from a `Kafka` resource, topics from `KafkaTopic`, rights from `KafkaUser`.

Ours, after Strimzi's documentation: listeners are named NAME-PORT and their settings prefixed by that, brokers and controllers
speak by mutual TLS under an authority of Strimzi's own, its operators are super users, a user is `CN=<name>`. Rendered: what a
listener, the configuration, a topic and the rights say. Not as on a cluster: three nodes are broker and controller in one, and
addresses are loopback ports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)
from confluent_kafka.cimpl import NewTopic

from ballast.stack import LOOPBACK, Authority, Certificate, Kafka, Stack, free_port
from ballast.stack.kafka import new_cluster_id
from ballast.terraform.platform import Platform

from .issued import Issued, mounted

NODES = range(3)
OPERATOR = "kafka-entity-user-operator"
CONTROL, REPLICATION = "CONTROLPLANE-9090", "REPLICATION-9091"
PATTERNS = {"literal": ResourcePatternType.LITERAL, "prefix": ResourcePatternType.PREFIXED}


@dataclass(frozen=True)
class Cluster:
    """Brokers, the port of each listener of each of them, and the operator that may do everything."""

    brokers: list[Kafka]
    ports: dict[str, list[int]]
    operator: AdminClient

    def bootstrap(self, listener: str) -> str:
        return ",".join(f"{LOOPBACK}:{port}" for port in self.ports[listener])


def client(certificate: Certificate | None, authority: Path, bootstrap: str) -> dict[str, str | int]:
    """librdkafka's settings for mutual TLS."""
    tls = {"ssl.ca.location": str(authority), "ssl.endpoint.identification.algorithm": "https"}
    if certificate is not None:
        tls |= {"ssl.certificate.location": str(certificate.cert), "ssl.key.location": str(certificate.key)}
    return {"bootstrap.servers": bootstrap, "security.protocol": "ssl", "log_level": 0, "socket.timeout.ms": 10_000, **tls}


@contextmanager
def started(platform: Platform, issued: Issued, folder: Path, sidecars: Mapping[int, int]) -> Iterator[Cluster]:
    """The cluster with its topics and rights. `sidecars` are ports here for those that a listener advertises."""
    [kafka] = (manifest.document["spec"]["kafka"] for manifest in platform.of_kind("Kafka"))
    strimzi = Authority(folder / "strimzi", "strimzi")
    nodes = strimzi.issue("kafka-kafka", organization="io.strimzi")
    names = [CONTROL, REPLICATION, *(_name(listener) for listener in kafka["listeners"])]
    ports = {name: [free_port() for _ in NODES] for name in names}
    cluster_id = new_cluster_id()
    advertised = {
        _name(listener): [sidecars[b["advertisedPort"]] for b in sorted(said, key=lambda b: b["broker"])]
        for listener in kafka["listeners"]
        if (said := listener["configuration"].get("brokers"))
    }
    brokers = []
    for node in NODES:
        own = _node(node, ports, advertised) | _internal(_pem(nodes), nodes.ca) | _authorizer(kafka)
        for listener in kafka["listeners"]:
            own |= _listener(listener, issued)
        own |= {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in kafka["config"].items()}
        port = ports[_name(kafka["listeners"][0])][node]
        brokers.append(Kafka(folder / f"kafka-{node}", own, port=port, name=f"kafka-{node}", cluster_id=cluster_id))
    with Stack(folder) as stack:
        stack.start_all(*brokers)
        operator = strimzi.issue(OPERATOR, organization="io.strimzi")
        to = ",".join(f"{LOOPBACK}:{port}" for port in ports[REPLICATION])
        admin = AdminClient(client(operator, strimzi.cert, to))
        _content(platform, admin)
        yield Cluster(brokers, {given["name"]: ports[_name(given)] for given in kafka["listeners"]}, admin)
        for broker in brokers:
            broker.kill()  # the last of a quorum would wait for the others to take over


def _name(listener: Mapping[str, Any]) -> str:
    return f"{listener['name'].upper()}-{listener['port']}"


def _node(node: int, ports: Mapping[str, list[int]], advertised: Mapping[str, list[int]]) -> dict[str, str]:
    at = {name: f"{name}://{LOOPBACK}:{numbers[node]}" for name, numbers in ports.items()}
    says = {name: f"{name}://{LOOPBACK}:{advertised.get(name, ports[name])[node]}" for name in ports if name != CONTROL}
    return {
        "node.id": str(node),
        "controller.quorum.voters": ",".join(f"{n}@{LOOPBACK}:{port}" for n, port in enumerate(ports[CONTROL])),
        "controller.listener.names": CONTROL,
        "inter.broker.listener.name": REPLICATION,
        "listeners": ",".join(at.values()),
        "advertised.listeners": ",".join(says.values()),
        "listener.security.protocol.map": ",".join(f"{name}:SSL" for name in ports),
    }


def _internal(keys: Path, authority: Path) -> dict[str, str]:
    """Control plane and replication: both sides show a certificate of Strimzi's authority."""
    return {
        f"listener.name.{name.lower()}.{key}": value
        for name in (CONTROL, REPLICATION)
        for key, value in (
            *_keystore(keys).items(),
            ("ssl.truststore.type", "PEM"),
            ("ssl.truststore.location", str(authority)),
            ("ssl.client.auth", "required"),
        )
    }


def _listener(given: Mapping[str, Any], issued: Issued) -> dict[str, str]:
    """`custom` authentication's settings as they are, with the certificate that brokerCertChainAndKey names."""
    assert given["tls"] is True
    assert given["authentication"]["type"] == "custom"
    secret = issued.secret(given["configuration"]["brokerCertChainAndKey"]["secretName"])
    settings = _keystore(_pem(secret)) | mounted(given["authentication"]["listenerConfig"], "/mnt/authority", secret)
    return {f"listener.name.{_name(given).lower()}.{key}": value for key, value in settings.items()}


def _keystore(pem: Path) -> dict[str, str]:
    return {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(pem)}


def _pem(certificate: Certificate) -> Path:
    """Key and certificate in one file, as Kafka reads them."""
    made = certificate.directory / "keystore.pem"
    made.write_text(certificate.key.read_text() + certificate.cert.read_text())
    return made


def _authorizer(kafka: Mapping[str, Any]) -> dict[str, str]:
    assert kafka["authorization"] == {"type": "simple"}
    operators = ["kafka-kafka", "kafka-entity-topic-operator", OPERATOR]
    return {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": ";".join(f"User:CN={name},O=io.strimzi" for name in operators),
    }


def _content(platform: Platform, admin: AdminClient) -> None:
    """What topic and user operator do with their resources."""
    topics = [manifest.document["spec"] for manifest in platform.of_kind("KafkaTopic")]
    wanted = [
        NewTopic(t["topicName"], t["partitions"], t["replicas"], config={k: str(v) for k, v in t["config"].items()})
        for t in topics
    ]
    for made in admin.create_topics(wanted).values():
        made.result(30)
    rights = [acl for user in platform.of_kind("KafkaUser") for acl in _rights(user.document)]
    for made in admin.create_acls(list(dict.fromkeys(rights))).values():
        made.result(30)


def _rights(user: Mapping[str, Any]) -> Iterator[AclBinding]:
    who = f"User:CN={user['metadata']['name']}"
    for acl in user["spec"]["authorization"]["acls"]:
        resource = acl["resource"]
        kind = ResourceType[{"cluster": "BROKER"}.get(resource["type"], resource["type"].upper())]
        pattern = PATTERNS[resource.get("patternType", "literal")]
        for operation in acl["operations"]:
            what = AclOperation[{"DescribeConfigs": "DESCRIBE_CONFIGS"}.get(operation, operation.upper())]
            name = resource.get("name", "kafka-cluster")
            assert acl["type"] == "allow"
            yield AclBinding(kind, name, pattern, who, acl["host"], what, AclPermissionType.ALLOW)
