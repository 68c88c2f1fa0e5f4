"""GitHub's expressions, as far as our workflows use them: contexts, comparisons, logic, a few functions.

Source: docs.github.com, "Evaluate expressions in workflows and actions".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|&&|\|\||==|!=|!|[(),]|[A-Za-z_][\w.-]*|-?\d+(?:\.\d+)?)")
_WHOLE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
Functions = Mapping[str, Callable[..., Any]]


def evaluate(text: str, contexts: Mapping[str, Any], functions: Functions) -> Any:
    """The value of an expression (without its braces)."""
    out, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match, f"not understood: {text[at:]}"
        word, at = match[1], match.end()
        if word.startswith("'"):
            out.append(repr(word[1:-1].replace("''", "'")))
        elif word in ("&&", "||", "!"):
            out.append({"&&": " and ", "||": " or ", "!": " not "}[word])
        elif re.match(r"[A-Za-z_]", word) and text[at:].lstrip().startswith("("):
            assert word in functions, f"no such function: {word}"
            out.append(f"functions[{word!r}]")
        elif word in ("true", "false", "null"):
            out.append({"true": "True", "false": "False", "null": "None"}[word])
        elif re.match(r"[A-Za-z_]", word):
            out.append(f"value({word!r})")
        else:
            out.append(word)
    scope = {"functions": functions, "value": lambda path: lookup(contexts, path)}
    return eval("".join(out), {"__builtins__": {}}, scope)


def lookup(contexts: Mapping[str, Any], path: str) -> Any:
    """A value of a context. The context has to exist; what it does not hold is empty, as with GitHub."""
    name, *rest = path.split(".")
    assert name in contexts, f"no context {name} here ({path})"
    found: Any = contexts[name]
    for part in rest:
        found = found.get(part, "") if isinstance(found, Mapping) else ""
    return found


def filled(text: str, contexts: Mapping[str, Any], functions: Functions) -> Any:
    """A string with its expressions replaced; one that is nothing but an expression keeps its type."""
    if match := re.fullmatch(r"\s*\$\{\{((?:(?!\}\}).)*)\}\}\s*", text, re.DOTALL):
        return evaluate(match[1], contexts, functions)
    return _WHOLE.sub(lambda m: _text(evaluate(m[1], contexts, functions)), text)


def condition(text: str, contexts: Mapping[str, Any], functions: Functions) -> bool:
    """An `if`: braces are optional, and without a status function success() is meant."""
    inner = match[1] if (match := re.fullmatch(r"\s*\$\{\{(.*)\}\}\s*", text, re.DOTALL)) else text
    value = bool(evaluate(inner, contexts, functions))
    if re.search(r"\b(success|failure|always|cancelled)\(", inner):
        return value
    return value and bool(functions["success"]())


def _text(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, bool | dict | list) else str(value)
