"""Secrets in what Terraform writes as JSON: its state, and plans as `terraform show -json` prints them.

There a secret needs no telling name: `result` of a `random_password` is one. Values that are not known yet are absent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

SHAPE = "terraform-secret"
_BY_TYPE = {
    "random_password": {"result", "bcrypt_hash"},
    "tls_private_key": {"private_key_pem", "private_key_openssh", "private_key_pem_pkcs8"},
    "aws_iam_access_key": {"secret", "ses_smtp_password_v4"},
    "aws_secretsmanager_secret_version": {"secret_string", "secret_binary"},
    "aws_ssm_parameter": {"value"},
    "google_service_account_key": {"private_key"},
    "google_secret_manager_secret_version": {"secret_data"},
    "vault_kv_secret_v2": {"data_json"},
    "vault_token": {"client_token"},
    "vault_approle_auth_backend_role_secret_id": {"secret_id"},
    "pagerduty_service_integration": {"integration_key"},
}
_WHOLE = {"kubernetes_secret", "kubernetes_secret_v1"}
_NAME = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|secret_key|private_key|private_key_pem|auth_token|api_key|access_token)$"
)
_REFERENCE = re.compile(r"^$|^\$\{|^projects/|^arn:|^/|^(?:true|false)$")


def secrets(data: bytes) -> Iterator[tuple[str, int, int]]:
    """Shape, first and last place of each secret value."""
    try:
        document = json.loads(data)
    except ValueError:
        return
    at = 0
    for value in dict.fromkeys(_leaves(document, "", "")):
        written = json.dumps(value, ensure_ascii=False)[1:-1].encode()
        found = data.find(b'"' + written + b'"', at)
        found = found if found >= 0 else data.find(json.dumps(value).encode())
        if found >= 0:
            yield SHAPE, found + 1, found + 1 + len(written)


def _leaves(value: Any, kind: str, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        own = value.get("type")
        kind = own if isinstance(own, str) and "_" in own else kind
        for key, inner in value.items():
            yield from _leaves(inner, kind, "*" if name in ("*", "data", "string_data") and kind in _WHOLE else key)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, kind, name)
    elif isinstance(value, str) and _telling(kind, name) and len(value) >= 4 and not _REFERENCE.search(value):
        yield value


def _telling(kind: str, name: str) -> bool:
    return name == "*" or name in _BY_TYPE.get(kind, ()) or bool(_NAME.search(name))
