"""How hard a text is to read: sentences, syllables, and the Flesch-Kincaid grade.

The grade is 0.39 × words/sentences + 11.8 × syllables/words − 15.59: years of school in the United States (Kincaid,
Fishburne, Rogers and Chissom, 1975). Syllables are the larger of two counts: pyphen's places to hyphenate, which miss some
("cus-tomer"), and groups of vowels without a silent e, which miss others ("cre-ate").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

_CODE = re.compile(r"`[^`]*`")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_URL = re.compile(r"https?://\S+")
_END = re.compile(r"(?<=[.!?:;])\s+|\n\n")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?<=[aeiouy])(?P<c>[^aeiouy]+)(?:(?<![td])ed|(?<![sxzcg])(?<!ch)(?<!sh)es|(?<!l)e)$")
_ITEM = re.compile(r"^\s*(?:\d+[.)]|[-*])\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: its words (code and links' targets left out), and the line that it begins on."""

    line: int
    words: tuple[str, ...]
    text: str


def sentences(prose: Sequence[tuple[int, str]]) -> Iterator[Sentence]:
    """The sentences of numbered lines. Headings, tables, and what a machine reads are none; an item of a list begins one."""
    paragraph: list[tuple[int, str]] = []
    for number, line in [*prose, (0, "")]:
        text = line.strip()
        if not text or text.startswith(("#", "|", "Expect:", "<")) or _ITEM.match(line):
            yield from _split(paragraph)
            paragraph = []
        if text and not text.startswith(("#", "|", "Expect:", "<")):
            paragraph.append((number, _ITEM.sub("", line).strip()))


def grade(found: Sequence[Sentence]) -> float:
    """The Flesch-Kincaid grade of some sentences; 0 for less than 30 words, of which it says nothing."""
    words = [word for sentence in found for word in sentence.words]
    if len(words) < 30:
        return 0.0
    return 0.39 * len(words) / len(found) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


@cache
def syllables(word: str) -> int:
    """How many syllables a word has; at least one."""
    word = word.lower().partition("'")[0].partition("’")[0]
    spoken = _SILENT.sub(r"\g<c>", word)
    return max(len(_patterns().positions(word)) + 1, len(_VOWELS.findall(spoken)))


@cache
def _patterns() -> Any:
    import pyphen

    return pyphen.Pyphen(lang="en_US", left=2, right=2)


def _split(paragraph: Sequence[tuple[int, str]]) -> Iterator[Sentence]:
    if not paragraph:
        return
    starts, text = [], ""
    for number, line in paragraph:
        starts.append((len(text), number))
        text += f"{_plain(line)} "
    begin = 0
    for end in [*(match.end() for match in _END.finditer(text)), len(text)]:
        words = tuple(_WORD.findall(text[begin:end]))
        if len(words) > 1:
            yield Sentence(next(n for at, n in reversed(starts) if at <= begin), words, text[begin:end].strip())
        begin = end


def _plain(line: str) -> str:
    return _URL.sub("", _LINK.sub(r"\1", _CODE.sub("it", line))).replace("*", "")
