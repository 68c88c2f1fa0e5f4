"""Ways to break a platform's plan: each takes one thing away wherever it stands in values, manifests and config maps."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import yaml

from ballast.terraform.platform import Platform

type Break = Callable[[str, Any], Any]
"""Given a key and its value: what is to stand there instead. `GONE` takes the key away."""
GONE = object()


def broken_by(platform: Platform, change: Break) -> Platform:
    """The platform with `change` made everywhere, also within JSON and YAML that stands in a string."""
    return replace(
        platform,
        releases=tuple(replace(r, values=_deep("", r.values, change)) for r in platform.releases),
        manifests=tuple(replace(m, document=_deep("", m.document, change)) for m in platform.manifests),
        resources=tuple(
            replace(r, values=_deep("", r.values, change)) if r.type == "kubernetes_config_map_v1" else r
            for r in platform.resources
        ),
    )


def _deep(key: str, value: Any, change: Break) -> Any:
    if isinstance(value, Mapping):
        made = {name: _deep(name, change(name, inner), change) for name, inner in value.items()}
        return {name: inner for name, inner in made.items() if inner is not GONE}
    if isinstance(value, list):
        made_list = [_deep(key, change(key, inner), change) for inner in value]
        return [inner for inner in made_list if inner is not GONE]
    if isinstance(value, str) and value[:1] in ("{", "["):
        return json.dumps(_deep(key, json.loads(value), change)) if _is_json(value) else value
    if isinstance(value, str) and key.endswith((".yml", ".yaml", "extraContainers")):
        return yaml.safe_dump(_deep(key, yaml.safe_load(value), change))
    return value


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


KEYS = {
    *("cert_file", "key_file", "certFile", "keyFile", "tls_cert_file", "tls_key_file", "tls_certificates", "serverTLSSecret"),
    *("tlsSecret", "certManager", "certs"),
}
KEY_FLAGS = re.compile(
    r"--(?:cert|key|tls-config|http\.config|(?:grpc-|remote-write\.)server-tls-(?:cert|key)|tls-server-\w+-file)="
)


def without_keys(key: str, value: Any) -> Any:
    """No listener has a certificate of its own, or TLS at all."""
    if key in KEYS or (isinstance(value, str) and KEY_FLAGS.match(value)):
        return GONE
    if key in ("tls", "mtls") and isinstance(value, Mapping) and "enabled" in value:
        return {**value, "enabled": False}
    if key == "tls" and value is True:
        return False
    if isinstance(value, str) and value.startswith("hostssl "):
        return value.replace("hostssl ", "host ", 1)
    return value


CALLERS = {"client_ca_file", "clientCAFile", "caFile", "trusted_ca", "tls_client_ca_file", "authFilter", "kubeRBACProxy"}
CALLER_FLAGS = re.compile(r"--(?:cacert|(?:grpc-|remote-write\.)server-tls-client-ca|tls-server-ca-cert-file|tls-ca-file)=")


def without_callers(key: str, value: Any) -> Any:
    """No listener asks who calls."""
    if key in CALLERS or (isinstance(value, str) and CALLER_FLAGS.match(value)):
        return GONE
    if key in ("client_auth_type", "clientAuthType"):
        return "RequestClientCert"
    if key == "mtls" and isinstance(value, Mapping):
        return {**value, "enabled": False}
    if key in ("requireClientCertificate", "require_client_certificate"):
        return False
    if key == "tls_require_and_verify_client_cert":
        return False
    if key == "authentication":
        return {"type": "scram-sha-512"}
    if isinstance(value, str) and value.startswith("hostssl "):
        return re.sub(r" (?:cert|scram-sha-256) .*| cert$", " scram-sha-256", value)
    return value


def without_versions(key: str, value: Any) -> Any:
    """Every image is what was built last."""
    if key in ("tag", "defaultImageTag"):
        return "latest"
    if key in ("image", "imageName", "pauseImage") and isinstance(value, str):
        return re.sub(r"(?::[^:/@]+)?(?:@.*)?$", "", value) + ":latest"
    return value
