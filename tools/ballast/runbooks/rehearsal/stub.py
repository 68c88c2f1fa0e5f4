"""Stands for kubectl, helm and their like in a rehearsal: checks its arguments, records the call, prints what the table says.

It is a program (copied under each name into the sandbox's PATH), so it knows only the standard library. Beside it lie
`stubs.json`, the table of known verbs and flags, and `calls.jsonl`, which it appends to. Exit code 64: wrong arguments.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def main(name: str, arguments: list[str]) -> int:
    """One call; returns the exit code."""
    table = json.loads((HERE / "stubs.json").read_text())[name]
    if name == "amtool":  # puts its flags wherever it likes
        arguments = [*[a for a in arguments if not a.startswith("--")], *[a for a in arguments if a.startswith("--")]]
    with Path(os.environ["BALLAST_CALLS"]).open("a") as out:
        out.write(json.dumps([name, *arguments]) + "\n")
    words, flags, rest = split(arguments, table)
    verb = next((v for v in sorted(table["verbs"], key=len, reverse=True) if words[: len(v.split())] == v.split()), None)
    if verb is None:
        return fail(name, f"unknown command {' '.join(words[:2]) or '(none)'}")
    known = table["verbs"][verb]
    allowed = {**spec(table.get("flags", "")), **spec(known.get("flags", ""))}
    for flag, value in flags:
        if flag not in allowed:
            return fail(name, f"unknown flag {flag} of {verb}")
        if allowed[flag] and not value:
            return fail(name, f"{flag} needs a value")
    operands = words[len(verb.split()) :]
    if len(operands) < known.get("operands", 0):
        return fail(name, f"{verb} needs {known['operands']} argument(s), got {len(operands)}")
    if any(not word for word in operands):
        return fail(name, f"an argument of {verb} is empty")
    if known.get("command") and not rest:
        return fail(name, f"{verb} needs -- and a command")
    if not sys.stdin.isatty():
        sys.stdin.buffer.read()
    print(str(known.get("prints", "ok")).replace("{0}", operands[0] if operands else "object"))
    return 0


def split(arguments: list[str], table: dict[str, Any]) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    """Words, (flag, value) pairs, and what stands behind `--`."""
    takes: dict[str, bool] = {}
    for known in ({"flags": table.get("flags", "")}, *table["verbs"].values()):
        takes.update({flag: value for flag, value in spec(known.get("flags", "")).items() if value or flag not in takes})
    words: list[str] = []
    flags: list[tuple[str, str]] = []
    index = 0
    while index < len(arguments):
        word = arguments[index]
        if word == "--":
            return words, flags, arguments[index + 1 :]
        if word.startswith("-") and word != "-" and not word[1:].isdigit():
            flag, equals, value = word.partition("=")
            if not equals and takes.get(flag):
                index += 1
                value = arguments[index] if index < len(arguments) else ""
            flags.append((flag, value))
        else:
            words.append(word)
        index += 1
    return words, flags, []


def spec(text: str) -> dict[str, bool]:
    """`-n= --all` as {"-n": True, "--all": False}: whether the flag takes a value."""
    return {word.removesuffix("="): word.endswith("=") for word in text.split()}


def fail(name: str, text: str) -> int:
    """Say what is wrong with the arguments."""
    print(f"{name}: {text}", file=sys.stderr)
    return 64


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[0]).name, sys.argv[1:]))
