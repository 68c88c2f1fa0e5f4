"""Configuration is judged by the application's own program, or by a schema: right ones pass, a mistake is found."""

from __future__ import annotations

from typing import Any

import pytest

from ballast.repo import CannotRun
from ballast.stack import tool
from ballast.terraform.platform import Config, Platform, Release
from ballast.terraform.platform.operator import prometheus_config
from ballast.terraform.platform.render import as_ini, write
from ballast.terraform.platform.shapes import kinds, schema_of
from ballast.terraform.platform.verify import misfits, verify

S3 = {
    "type": "S3",
    "config": {"bucket": "b", "endpoint": "s3.eu-west-1.amazonaws.com", "region": "eu-west-1", "aws_sdk_auth": True},
}
OTLP = {"otlp": {"protocols": {"grpc": {"endpoint": "0.0.0.0:4317"}}}}
COLLECTOR: dict[str, Any] = {
    "receivers": OTLP,
    "exporters": {"otlp/tempo": {"endpoint": "tempo:4317"}},
    "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["otlp/tempo"]}}},
}
WRITE = {
    "remoteWrite": [{"url": "https://thanos:1/x", "name": "thanos", "remoteTimeout": "10s", "queueConfig": {"maxShards": 3}}]
}
RULES = {"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "up == 0"}]}]}

GOOD: list[tuple[str, Any]] = [
    ("alertmanager", {"route": {"receiver": "a"}, "receivers": [{"name": "a"}]}),
    ("prometheus-rules", RULES),
    ("prometheus-spec", WRITE),
    ("thanos-objstore", S3),
    ("thanos-objstore", {"type": "GCS", "config": {"bucket": "b"}}),
    ("opentelemetry", COLLECTOR),
    ("loki", {"auth_enabled": False, "limits_config": {"retention_period": "720h"}, "schema_config": {"configs": []}}),
    ("vault", {"listener": [], "storage": {"raft": {"path": "/vault"}}, "max_lease_ttl": "768h"}),
]
BAD: list[tuple[str, Any, str]] = [
    ("alertmanager", {"route": {"receiver": "b"}, "receivers": [{"name": "a"}]}, 'undefined receiver "b"'),
    ("prometheus-rules", {"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "up =="}]}]}, "could not parse expression"),
    ("prometheus-spec", {"remoteWrite": [{"url": "https://t", "queueConfig": {"maxShard": 3}}]}, "max_shard not found"),
    ("thanos-objstore", {"type": "S3", "config": S3["config"] | {"regio": "x"}}, "field regio not found"),  # type: ignore[operator]
    ("thanos-objstore", {"type": "S4", "config": {}}, "S4 is not supported"),
    ("thanos-receive-limits", {"write": {"default": {"head_serie_limit": 1}}}, "field head_serie_limit not found"),
    ("opentelemetry", COLLECTOR | {"exporters": {"otlp/tempo": {"endpont": "x", "endpoint": "y"}}}, "did you mean endpoint?"),
    ("opentelemetry", COLLECTOR | {"receivers": OTLP | {"otlp/2": OTLP["otlp"]}}, "otlp/2 of receivers is in no pipeline"),
    ("opentelemetry", COLLECTOR | {"exporters": {}}, "otlp/tempo is not among exporters"),
    ("loki", {"limits_config": {"retention_period": "thirty days"}, "schema_config": {"configs": []}}, "not a duration"),
    ("loki", {}, "schema_config is missing"),
    ("vault", {"listener": [], "storage": {"raft": {"path": 1}}}, "storage.raft.path is 1, not a string"),
]


@pytest.mark.parametrize(("kind", "data"), GOOD, ids=[f"{n}-{kind}" for n, (kind, _) in enumerate(GOOD)])
def test_a_right_configuration_passes(kind: str, data: Any) -> None:
    assert [m.message for m in misfits(Config("x", kind, data, ""))] == []


@pytest.mark.parametrize(("kind", "data", "said"), BAD, ids=[f"{n}-{kind}" for n, (kind, _, _) in enumerate(BAD)])
def test_a_mistake_is_found(kind: str, data: Any, said: str) -> None:
    found = " ".join(f"{m.message} {m.mend}" for m in misfits(Config("x", kind, data, "")))
    assert said in found


def test_what_nothing_can_check_is_no_pass() -> None:
    with pytest.raises(CannotRun, match="no schema of other"):
        list(misfits(Config("x", "other", {}, "")))
    release = Release("helm_release.this", "x", "x", "no-such-chart", "1.0.0", {})
    found = list(verify(tool("promtool").parent, "root", {}, Platform("root", (release,), (), ())))
    assert [f.unproven for f in found] == [True]


@pytest.mark.parametrize("kind", kinds())
def test_schemas_are_whole(kind: str) -> None:
    """Every named type of a schema is there and used, and every word is one that is understood."""
    schema = schema_of(kind)
    assert schema is not None
    assert schema.reference.startswith(("https://", "docs/"))
    named: set[str] = set()

    def walk(shape: Any) -> None:
        if isinstance(shape, str):
            if shape.startswith("$"):
                named.add(shape[1:])
            elif not shape.startswith(("=", "~")):
                assert shape in ("any", "string", "bool", "int", "number", "duration", "bytes"), shape
        elif isinstance(shape, list):
            assert len(shape) == 1
            walk(shape[0])
        else:
            for key, inner in shape.items():
                for one in [inner] if key != "<" or isinstance(inner, str) else inner:
                    walk(one)

    walk(schema.root)
    for shape in schema.types.values():
        walk(shape)
    assert named == set(schema.types)


def test_a_spec_becomes_prometheus_own_words() -> None:
    tls = {"ca": {"secret": {"name": "s", "key": "ca.crt"}}, "keySecret": {"name": "s", "key": "tls.key"}, "serverName": "t"}
    made = prometheus_config(
        {
            "scrapeInterval": "15s",
            "externalLabels": {"clusterName": "a"},
            "remoteWrite": [{"url": "https://t", "tlsConfig": tls}],
        }
    )
    assert made["global"] == {"scrape_interval": "15s", "evaluation_interval": "15s", "external_labels": {"clusterName": "a"}}
    assert made["remote_write"][0]["tls_config"] == {
        "ca_file": "/etc/prometheus/certs/secret_s_ca.crt",
        "key_file": "/etc/prometheus/certs/secret_s_tls.key",
        "server_name": "t",
    }


def test_files_replace_what_was_there(tmp_path: Any) -> None:
    write({"a/b.yaml": "1\n"}, tmp_path / "render")
    write({"c.yaml": "2\n"}, tmp_path / "render")
    assert [p.name for p in sorted((tmp_path / "render").rglob("*"))] == ["c.yaml"]
    assert [p.name for p in tmp_path.iterdir()] == ["render"]
    assert (
        as_ini({"app_mode": "production", "auth": {"disable_login_form": True}})
        == "app_mode = production\n\n[auth]\ndisable_login_form = true\n"
    )
