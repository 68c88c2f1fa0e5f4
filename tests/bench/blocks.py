"""Makes one TSDB block hold thousands of series that share the chunks of a few: history for a benchmark in a second.

Written after the format's documentation (prometheus/tsdb/docs/format/index.md, index version 2). Chunks stay as promtool wrote
them; only the index is written anew, in which many series point to the same chunks.
"""

from __future__ import annotations

import json
import struct
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

Labels = dict[str, str]
MAGIC, VERSION = 0xBAAAD700, 2
TOC = struct.Struct(">6Q")


def multiply(block: Path, expand: Callable[[Labels], Iterable[Labels]]) -> int:
    """Give each series of `block` the label sets that `expand` makes of its own; returns how many series there are now."""
    index = (block / "index").read_bytes()
    series = [(labels, chunks) for own, chunks in _series(index) for labels in expand(own)]
    series.sort(key=lambda one: sorted((n.encode(), v.encode()) for n, v in one[0].items()))
    (block / "index").write_bytes(_index(series))
    meta = json.loads((block / "meta.json").read_text())
    meta["stats"]["numSeries"] = len(series)
    (block / "meta.json").write_text(json.dumps(meta))
    return len(series)


def _series(index: bytes) -> Iterable[tuple[Labels, bytes]]:
    """Labels of each series, and its chunk list as it is encoded."""
    symbols_at, series_at, *others = TOC.unpack(index[-TOC.size - 4 : -4])
    symbols = _symbols(index, symbols_at)
    end = min(at for at in others if at > series_at)
    at = series_at
    while (at := -(-at // 16) * 16) < end:
        size, start = _uvarint(index, at)
        count, at = _uvarint(index, start)
        labels: Labels = {}
        for _ in range(count):
            name, at = _uvarint(index, at)
            value, at = _uvarint(index, at)
            labels[symbols[name]] = symbols[value]
        yield labels, index[at : start + size]
        at = start + size + 4


def _symbols(index: bytes, at: int) -> list[str]:
    (count,) = struct.unpack(">I", index[at + 4 : at + 8])
    at, found = at + 8, []
    for _ in range(count):
        size, at = _uvarint(index, at)
        found.append(index[at : at + size].decode())
        at += size
    return found


def _index(series: list[tuple[Labels, bytes]]) -> bytes:
    out = bytearray(struct.pack(">IB", MAGIC, VERSION))
    symbols = sorted({text for labels, _ in series for pair in labels.items() for text in pair}, key=str.encode)
    number = {text: n for n, text in enumerate(symbols)}
    symbols_at = len(out)
    out += _section(struct.pack(">I", len(symbols)) + b"".join(_text(symbol) for symbol in symbols))
    series_at = len(out)
    postings: dict[tuple[str, str], list[int]] = defaultdict(list)
    for labels, chunks in series:
        out += bytes(-len(out) % 16)
        reference = len(out) // 16
        pairs = sorted(labels.items(), key=lambda pair: pair[0].encode())
        body = _number(len(pairs)) + b"".join(_number(number[name]) + _number(number[value]) for name, value in pairs) + chunks
        out += _number(len(body)) + body + struct.pack(">I", _crc(body))
        for pair in [("", ""), *pairs]:
            postings[pair].append(reference)
    postings_at, table = len(out), bytearray(struct.pack(">I", len(postings)))
    for (name, value), references in sorted(postings.items()):
        out += bytes(-len(out) % 4)
        table += _number(2) + _text(name) + _text(value) + _number(len(out))
        out += _section(struct.pack(f">{len(references) + 1}I", len(references), *references))
    table_at = len(out)
    out += _section(bytes(table))
    toc = TOC.pack(symbols_at, series_at, 0, 0, postings_at, table_at)
    return bytes(out + toc + struct.pack(">I", _crc(toc)))


def _section(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body + struct.pack(">I", _crc(body))


def _text(text: str) -> bytes:
    return _number(len(text.encode())) + text.encode()


def _number(value: int) -> bytes:
    """An unsigned varint."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _uvarint(data: bytes, at: int) -> tuple[int, int]:
    """The number at `at`, and where the next byte is."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _crc(data: bytes) -> int:
    """CRC-32C, eight bits at a time."""
    value = 0xFFFFFFFF
    for byte in data:
        value = _TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


def _row(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value


_TABLE = [_row(n) for n in range(256)]
