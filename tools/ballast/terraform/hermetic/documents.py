"""Data sources whose answer is a function of their arguments, computed as the provider computes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson


def iam_policy_document(config: dict[str, Any]) -> dict[str, Any]:
    """`aws_iam_policy_document`: the policy as JSON, source documents merged by Sid (later wins), overrides last."""
    statements: dict[str, dict[str, Any]] = {}
    version, identifier = config.get("version") or "2012-10-17", config.get("policy_id")

    def add(statement: dict[str, Any]) -> None:
        statements[statement.get("Sid") or f"\0{len(statements)}"] = statement

    def add_json(texts: list[str]) -> None:
        for text in filter(None, texts):
            found = orjson.loads(text).get("Statement", [])
            for statement in found if isinstance(found, list) else [found]:
                add(statement)

    add_json(config.get("source_policy_documents") or [])
    for block in config.get("statement") or []:
        add(_statement(block))
    add_json(config.get("override_policy_documents") or [])
    document: dict[str, Any] = {"Version": version} | ({"Id": identifier} if identifier else {})
    document["Statement"] = list(statements.values())
    return {
        "json": orjson.dumps(document, option=orjson.OPT_INDENT_2).decode(),
        "minified_json": orjson.dumps(document).decode(),
        "version": version,
    }


def _statement(block: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {"Sid": block["sid"]} if block.get("sid") else {}
    out["Effect"] = block.get("effect") or "Allow"
    for argument, key in (
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ):
        if block.get(argument):
            out[key] = _one_or_many(block[argument])
    for argument, key in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        principals: dict[str, list[str]] = {}
        for principal in block.get(argument) or []:
            principals.setdefault(principal["type"], []).extend(principal["identifiers"])
        if principals:
            everyone = principals.get("*") == ["*"]
            out[key] = "*" if everyone else {kind: _one_or_many(names) for kind, names in principals.items()}
    conditions: dict[str, dict[str, list[str]]] = {}
    for test in block.get("condition") or []:
        conditions.setdefault(test["test"], {}).setdefault(test["variable"], []).extend(test["values"])
    if conditions:
        out["Condition"] = {
            test: {variable: values[0] if len(values) == 1 else values for variable, values in variables.items()}
            for test, variables in conditions.items()
        }
    return out


def _one_or_many(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else sorted(values, reverse=True)


def google_iam_policy(config: dict[str, Any]) -> dict[str, Any]:
    """`google_iam_policy`: bindings sorted by role, members by name."""
    bindings = [
        {"members": sorted(b["members"]), "role": b["role"]} | ({"condition": b["condition"][0]} if b.get("condition") else {})
        for b in config.get("binding") or []
    ]
    policy: dict[str, Any] = {"bindings": sorted(bindings, key=lambda b: str(b["role"]))}
    audits = [
        {
            "auditLogConfigs": [
                {"logType": log["log_type"]}
                | ({"exemptedMembers": log["exempted_members"]} if log.get("exempted_members") else {})
                for log in audit["audit_log_configs"]
            ],
            "service": audit["service"],
        }
        for audit in config.get("audit_config") or []
    ]
    return {"policy_data": orjson.dumps(policy | ({"auditConfigs": audits} if audits else {})).decode()}


def vault_policy_document(config: dict[str, Any]) -> dict[str, Any]:
    """`vault_policy_document`: the rules as Vault's HCL."""
    parts = []
    for rule in config.get("rule") or []:
        lines = [f"# {rule['description']}"] if rule.get("description") else []
        lines.append(f'path "{rule["path"]}" {{')
        lines.append("  capabilities = [" + ", ".join(f'"{c}"' for c in rule["capabilities"]) + "]")
        if rule.get("required_parameters"):
            lines.append("  required_parameters = [" + ", ".join(f'"{p}"' for p in rule["required_parameters"]) + "]")
        for kind in ("allowed_parameter", "denied_parameter"):
            if rule.get(kind):
                entries = [f'    "{p["key"]}" = [' + ", ".join(f'"{v}"' for v in p["value"]) + "]" for p in rule[kind]]
                lines += [f"  {kind}s = {{", *entries, "  }"]
        lines += [f'  {key} = "{rule[key]}"' for key in ("min_wrapping_ttl", "max_wrapping_ttl") if rule.get(key)]
        parts.append("\n".join([*lines, "}"]) + "\n")
    return {"hcl": "\n".join(parts)}


DOCUMENTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "aws_iam_policy_document": iam_policy_document,
    "google_iam_policy": google_iam_policy,
    "vault_policy_document": vault_policy_document,
}
