"""Rules as YAML: Prometheus rule files and PrometheusRule resources.

Written by hand: the shape is fixed, a thousand SLOs are ten megabytes, and the YAML libraries at hand either take longer than
compiling does or write texts (`=`, `y`, line separators) that YAML 1.1 reads back as something else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from ballast.slo.model import AlertRule, Group, Labels

__all__ = ["block", "kubernetes_rules", "prometheus_rules", "scalar"]

# A word that every YAML version reads back as text: no indicator, no number, and none of those that mean something else.
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_./:-]*[A-Za-z0-9_/]|[A-Za-z_]|[0-9]{1,9}[smhdw]")
_RESERVED = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz(")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def prometheus_rules(groups: Iterable[Group], header: str = "") -> str:
    """A Prometheus rule file. `header` becomes comments, a line each."""
    body = _groups(groups, "  ")
    return "".join([_comment(header), "groups:\n" if body else "groups: []\n", *body])


def kubernetes_rules(name: str, groups: Iterable[Group], labels: Labels, header: str = "") -> str:
    """A PrometheusRule of the Prometheus operator: `labels` are what its `ruleSelector` may ask for."""
    body = _groups(groups, "    ")
    head = f"apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: {scalar(name)}\n"
    return "".join(
        [
            _comment(header),
            head,
            _mapping("labels", labels, "  "),
            "spec:\n  groups:\n" if body else "spec:\n  groups: []\n",
            *body,
        ]
    )


@lru_cache(maxsize=16384)
def scalar(text: str) -> str:
    """Text on one line: plain where that is safe, else in single quotes, in double ones (as JSON) where it needs escapes."""
    if _WORD.fullmatch(text):
        return text if text.lower() not in _RESERVED else f'"{text}"'
    if _is_plain(text):
        return text
    if "\n" in text or _UNPRINTABLE.search(text):
        return _UNPRINTABLE.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(text, ensure_ascii=False))
    return "'" + text.replace("'", "''") + "'"


def block(text: str, indent: str) -> str:
    """Text after a key: a literal block where it has several lines and such a block can hold it, else a scalar."""
    if "\n" not in text or text[0].isspace() or text.endswith(("\n\n", " \n")) or not _printable(text):
        return scalar(text)
    mark = "|" if text.endswith("\n") else "|-"
    lines = text.removesuffix("\n").replace("\n", f"\n{indent}")
    return f"{mark}\n{indent}{lines}"


def _is_plain(text: str) -> bool:
    """Whether several words, or a query, are safe without quotes."""
    return (
        text[:1] in _LETTERS
        and text.isascii()
        and text.isprintable()
        and (" " in text or "(" in text or "{" in text)
        and ": " not in text
        and " #" not in text
        and text[-1] not in ": "
    )


def _printable(text: str) -> bool:
    return text.replace("\n", "").isprintable() or not _UNPRINTABLE.search(text)  # the first is ten times faster


def _groups(groups: Iterable[Group], at: str) -> list[str]:
    """One text a group; `at` is the indentation of the list."""
    texts: dict[int, str] = {}  # of label sets that many rules of an SLO share
    inner, text_at = f"{at}      ", f"{at}        "
    out: list[str] = []
    for group in groups:
        limit = f"{at}  limit: {group.limit}\n" if group.limit else ""
        out.append(f"{at}- name: {scalar(group.name)}\n{at}  interval: {group.interval}\n{limit}{at}  rules:\n")
        for rule in group.rules:
            labels = texts.get(id(rule.labels))
            if labels is None:
                labels = texts[id(rule.labels)] = _mapping("labels", rule.labels, inner)
            if isinstance(rule, AlertRule):
                hold = f"{inner}for: {rule.hold}\n" if rule.hold else ""
                head = f"{at}    - alert: {scalar(rule.alert)}\n{inner}expr: {block(rule.expr, text_at)}\n{hold}"
                out.append(f"{head}{labels}{_mapping('annotations', rule.annotations, inner)}")
            else:
                out.append(f"{at}    - record: {rule.record}\n{inner}expr: {block(rule.expr, text_at)}\n{labels}")
    return out


def _mapping(key: str, values: Mapping[str, str], at: str) -> str:
    rows = [_row(at, name, values[name]) for name in sorted(values)]
    return f"{at}{key}:\n{''.join(rows)}" if rows else ""


@lru_cache(maxsize=16384)
def _row(at: str, name: str, value: str) -> str:
    return f"{at}  {scalar(name)}: {block(value, at + '    ')}\n"


def _comment(header: str) -> str:
    return "".join(f"# {line}\n" for line in header.splitlines())
