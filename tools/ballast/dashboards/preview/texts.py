"""Panels of words: Markdown, log lines, and what a panel that cannot be drawn says."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from ballast.dashboards.model import Panel, text
from ballast.dashboards.preview.ask import Answer
from ballast.dashboards.preview.canvas import Box, Canvas, clean, width_of

if TYPE_CHECKING:
    from markdown_it.token import Token

_TAG = re.compile(r"<[^<>]*>")
_LEVEL = re.compile(r"\b(error|err|fatal|panic|critical|warn|warning)\b", re.IGNORECASE)
SIZE, LINE = 12.5, 19.0


class Word(NamedTuple):
    """A piece of a line of Markdown."""

    text: str
    bold: bool = False
    mono: bool = False
    url: str = ""


def message(canvas: Canvas, box: Box, words: str, size: float = 13) -> None:
    """A few words in the middle, wrapped."""
    wide = max(int(box.width / (size * 0.62)), 8)
    lines = textwrap.wrap(clean(words)[:300], wide)[: max(int(box.height / (size * 1.4)), 1)]
    for number, line in enumerate(lines):
        y = box.y + box.height / 2 + (number - (len(lines) - 1) / 2) * size * 1.4
        canvas.text(box.x + box.width / 2, y, line, size, canvas.faint, align="center", room=box.width)


def logs(canvas: Canvas, box: Box, answer: Answer) -> None:
    """Time and line, the newest first, with a bar in front of errors and warnings."""
    y = box.y + 9
    if answer.invented:
        canvas.text(box.x, y, "synthetic lines: no Loki was asked", 11.5, canvas.faint)
        y += 18
    if not answer.lines:
        message(canvas, box, "no log lines")
    for at, line in answer.lines:
        if y > box.y + box.height - 6:
            break
        level = _LEVEL.search(line)
        if level:
            canvas.rect(Box(box.x, y - 7, 3, 14), canvas.see("#826817" if level[1].lower().startswith("warn") else "#ed3b87"))
        when = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        x = box.x + 8 + canvas.text(box.x + 8, y, when, 11, canvas.faint, mono=True) + 12
        canvas.text(x, y, line, 11, mono=True, room=box.x + box.width - x)
        y += 17


def words(canvas: Canvas, box: Box, panel: Panel, content: str) -> None:
    """Markdown: headings, paragraphs, lists, bold, code and links, line by line; HTML without its tags."""
    y = box.y + SIZE / 2 + 2
    for indent, size, line in _blocks(_TAG.sub("", content) if panel.options.get("mode") == "html" else content):
        for row in _wrapped(line, box.width - indent, size):
            if y > box.y + box.height - SIZE / 2:
                return
            x = box.x + indent
            for word in _runs(row):
                ink = canvas.see("#5b8def" if canvas.theme == "dark" else "#1f60c4") if word.url else ""
                x += canvas.text(x, y, word.text, size, ink, bold=word.bold, mono=word.mono, url=word.url) + size * 0.32
            y += LINE * size / SIZE
        y += 5


def _blocks(content: str) -> Iterator[tuple[float, float, list[Word]]]:
    """Each block's indent, size of text and words."""
    from markdown_it import MarkdownIt

    depth, size, bullet = 0, SIZE, ""
    counters: list[int | None] = []
    for token in MarkdownIt("commonmark").enable("table").parse(content[:20_000]):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth, counters = depth + 1, [*counters, 0 if token.type.startswith("ordered") else None]
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth, counters = depth - 1, counters[:-1]
        elif token.type == "list_item_open":
            counters[-1] = None if counters[-1] is None else counters[-1] + 1
            bullet = "•" if counters[-1] is None else f"{counters[-1]}."
        elif token.type == "heading_open":
            size = {"h1": 18.0, "h2": 16.0, "h3": 14.5}.get(token.tag, 13.0)
        elif token.type == "inline":
            line = list(_inline(token, bold=size != SIZE))
            yield (16.0 * max(depth - 1, 0), size, [Word(bullet), *line] if bullet else line)
            size, bullet = SIZE, ""
        elif token.type in ("fence", "code_block"):
            for line_ in token.content.rstrip("\n").split("\n")[:60]:
                yield (16.0 * depth, 11.5, [Word(line_, mono=True)])


def _inline(token: Token, *, bold: bool) -> Iterator[Word]:
    strong, url = bold, ""
    for child in token.children or ():
        if child.type in ("strong_open", "strong_close"):
            strong = bold or child.type == "strong_open"
        elif child.type == "link_open":
            url = str(child.attrs.get("href", ""))
        elif child.type == "link_close":
            url = ""
        elif child.type == "code_inline":
            yield Word(child.content, strong, True, url)
        elif child.type == "image":
            yield Word(f"[{child.content}]")
        elif child.type == "text":
            for part in child.content.split():
                yield Word(part, strong, False, url)


def _wrapped(line: list[Word], room: float, size: float) -> Iterator[list[Word]]:
    row: list[Word] = []
    x = 0.0
    for word in line:
        glued = row and word.text[:1] in ".,:;)!?" and len(word.text) < 3
        if glued:
            row[-1] = row[-1]._replace(text=row[-1].text + word.text)
            continue
        wide = width_of(clean(word.text)[:400], size, word.bold, word.mono)
        if row and x + wide > room:
            yield row
            row, x = [], 0.0
        row.append(word)
        x += wide + size * 0.32
    if row:
        yield row


def _runs(row: list[Word]) -> Iterator[Word]:
    """Words of one look in one piece, so that the space between them is the font's."""
    for look, found in groupby(row, key=lambda word: word[1:]):
        yield Word(" ".join(word.text for word in found), *look)


def html_of(panel: Panel, content: str) -> str:
    """A text panel as HTML. Tags in the text are shown as text, whoever wrote it."""
    from markdown_it import MarkdownIt

    plain = _TAG.sub("", content) if panel.options.get("mode") == "html" else content
    return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(plain))


def content_of(panel: Panel) -> str:
    """The text of a text panel; old ones keep it beside the options."""
    return text(panel.options.get("content")) or text(panel.config.get("content"))
