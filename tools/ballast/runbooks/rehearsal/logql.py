"""What can be said of a LogQL or TraceQL query without Loki or Tempo: its brackets, its quotes, its stream selector."""

from __future__ import annotations

import re

_TEXT = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`")
_STREAM = re.compile(r"\{\s*[A-Za-z_]\w*\s*(?:=~|!~|!=|=)\s*\"\"\s*(?:,\s*[A-Za-z_]\w*\s*(?:=~|!~|!=|=)\s*\"\"\s*)*,?\s*\}")
_PAIRS = {")": "(", "]": "[", "}": "{"}


def fault(kind: str, query: str) -> str:
    """What is certainly wrong with a query, or ""."""
    bare = _TEXT.sub('""', query)
    if '"' in bare.replace('""', "") or "`" in bare:
        return "a quote is not closed"
    stack: list[str] = []
    for char in bare:
        if char in "([{":
            stack.append(char)
        elif char in _PAIRS and (not stack or stack.pop() != _PAIRS[char]):
            return f"an unexpected {char}"
    if stack:
        return f"a {stack[-1]} is not closed"
    if kind == "logql" and not _STREAM.search(bare):
        return 'no stream selector such as {service_name="checkout"}'
    return "no span selector { … }" if kind == "traceql" and "{" not in bare else ""
