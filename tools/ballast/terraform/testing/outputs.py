"""Outputs of an apply, read by name and type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError


class Outputs(Mapping[str, Any]):
    """Outputs by name. Sensitive ones can be read, but do not show when this is printed.

    `seen` is called with the name of each output that is read.
    """

    def __init__(self, raw: Mapping[str, Mapping[str, Any]], seen: Callable[[str], None] = lambda _: None) -> None:
        self._raw = {name: output for name, output in raw.items() if not name.startswith("ballast_choice_")}
        self._seen = seen

    def __getitem__(self, name: str) -> Any:
        if name not in self._raw:
            raise AssertionError(f"there is no output {name}; there are {', '.join(self._raw) or 'none'}")
        self._seen(name)
        return self._raw[name]["value"]

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def __contains__(self, name: object) -> bool:
        return name in self._raw

    def __repr__(self) -> str:
        shown = {name: "(sensitive)" if output.get("sensitive") else output["value"] for name, output in self._raw.items()}
        return f"Outputs({shown})"

    def read[T](self, name: str, kind: type[T]) -> T:
        """An output as a type: `str`, `dict[str, int]`, a dataclass, a pydantic model. Raises AssertionError if it is not."""
        value = self[name]
        try:
            return TypeAdapter(kind).validate_python(value, strict=False)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join([name, *map(str, first["loc"])])
            found = "(sensitive)" if self._raw[name].get("sensitive") else repr(first["input"])
            raise AssertionError(f"output {where} is {found}: {first['msg']}") from None

    def text(self, name: str) -> str:
        """An output that is a string."""
        value = self[name]
        assert isinstance(value, str), f"output {name} is no string: {self._shown(name)}"
        return value

    def number(self, name: str) -> float:
        """An output that is a number."""
        value = self[name]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        assert number, f"output {name} is no number: {self._shown(name)}"
        return float(value)

    def flag(self, name: str) -> bool:
        """An output that is true or false."""
        value = self[name]
        assert isinstance(value, bool), f"output {name} is neither true nor false: {self._shown(name)}"
        return value

    def _shown(self, name: str) -> str:
        return "(sensitive)" if self._raw[name].get("sensitive") else repr(self._raw[name]["value"])
