"""What a step says to expect, as a machine reads it: the code in the line `Expect:`; what follows it is for people.

| kind | expectation | holds when |
|---|---|---|
| promql, logql, traceql | `data` | there is at least one series |
| | `empty` | there is none |
| | `3 series` | there are so many |
| | `> 0.01`, `== 1`, … | there is a series, and the comparison holds for each |
| | `any > 0.01` | it holds for one of them |
| | `empty or == 1` | there is none, or it holds for each |
| bash, kubectl | `exit 0` | it ends with that code |
| | `prints TEXT` | it ends well and its output has TEXT |
| http | `200` | the answer has that status |
| | `200 with TEXT` | and TEXT in its body |
| manual | any text | a person has seen it |
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_CODE = re.compile(r"^`([^`]+)`(.*)$")
_COMPARE = re.compile(r"^(any |empty or )?(==|!=|>=|<=|>|<) *(-?\d+(?:\.\d+)?(?:e-?\d+)?)$")
_SERIES = re.compile(r"^(\d+) series$")
_EXIT = re.compile(r"^exit (\d{1,3})$")
_HTTP = re.compile(r"^(\d{3})(?: with (.+))?$")
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
QUERIES = ("promql", "logql", "traceql")
FORMS = {
    **dict.fromkeys(QUERIES, "`data`, `empty`, `3 series`, `> 0.01`, `any > 0.01` or `empty or == 1`"),
    **dict.fromkeys(("bash", "kubectl"), "`exit 0` or `prints TEXT`"),
    "http": "`200` or `200 with TEXT`",
    "manual": "what one sees, in backticks",
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """One that was understood: `code` as written, `kind` of the step that it belongs to."""

    kind: str
    code: str

    def of_values(self, values: Sequence[float]) -> str:
        """What is wrong with the values of a query's series, or ""."""
        compare = _COMPARE.match(self.code)
        if self.code == "data":
            return "" if values else "no series"
        if self.code == "empty":
            return f"{len(values)} series" if values else ""
        if many := _SERIES.match(self.code):
            return "" if len(values) == int(many[1]) else f"{len(values)} series"
        assert compare is not None
        if not values:
            return "" if compare[1] == "empty or " else "no series"
        holds = [_OPERATORS[compare[2]](value, float(compare[3])) and not math.isnan(value) for value in values]
        if any(holds) if compare[1] == "any " else all(holds):
            return ""
        return ", ".join(f"{value:.6g}" for value, held in zip(values, holds, strict=True) if not held)

    def of_command(self, code: int, output: str) -> str:
        """What is wrong with a command's exit code and output, or ""."""
        if wanted := _EXIT.match(self.code):
            return "" if code == int(wanted[1]) else f"exit {code}"
        text = self.code.removeprefix("prints ")
        return f"exit {code}" if code else "" if text in output else f"printed {shortened(output)!r}"

    def of_answer(self, status: int, body: str) -> str:
        """What is wrong with an HTTP answer, or ""."""
        wanted = _HTTP.match(self.code)
        assert wanted is not None
        if status != int(wanted[1]):
            return f"status {status}"
        return f"answered {shortened(body)!r}" if wanted[2] and wanted[2] not in body else ""


def expectation(kind: str, written: str) -> Expectation | None:
    """Read what stands behind `Expect:`; None where it is not of this kind's forms (`FORMS`)."""
    code = _CODE.match(written)
    if not code:
        return None
    text = code[1].strip()
    if kind in QUERIES:
        known = text in ("data", "empty") or bool(_SERIES.match(text) or _COMPARE.match(text))
    elif kind in ("bash", "kubectl"):
        known = bool(_EXIT.match(text)) or text.startswith("prints ")
    elif kind == "http":
        known = bool(_HTTP.match(text))
    else:
        known = bool(text)
    return Expectation(kind, text) if known else None


def shortened(text: str, most: int = 80) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
