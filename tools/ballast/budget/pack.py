"""Sixty minutes in about a hundred bytes, and back; the same minutes always give the same bytes.

Format 1: a byte 1; eight bytes with a bit for each minute that is there; then, for total, bad and flags, the least value (8
bytes, signed), a byte with the width of a difference from it (0, 1, 2, 4 or 8), and the differences. With 16 added to the width
only differences other than 0 follow, after eight bytes that say whose they are. All little-endian, the shorter form is taken.
"""

from __future__ import annotations

import struct

from ballast.budget.tally import Minute

_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}
SPARSE = 16
FULL = (1 << 60) - 1
Hour = list[Minute | None]


def pack(hour: Hour) -> bytes:
    """Sixty places; None is a minute that has not been collected."""
    mask = sum(1 << place for place, minute in enumerate(hour) if minute is not None)
    there = [minute for minute in hour if minute is not None]
    parts = [struct.pack("<BQ", 1, mask)]
    for column in ([m.total for m in there], [m.bad for m in there], [m.flags for m in there]):
        least = min(column, default=0)
        greatest = max(column, default=0) - least
        width = 0 if greatest == 0 else next(w for w in _CODES if greatest < 1 << (8 * w))
        more = [value - least for value in column]
        few = [value for value in more if value]
        if 8 + width * len(few) < width * len(more):
            where = sum(1 << place for place, value in enumerate(more) if value)
            parts.append(struct.pack("<qBQ", least, width + SPARSE, where))
            more = few
        else:
            parts.append(struct.pack("<qB", least, width))
        if width:
            parts.append(struct.pack(f"<{len(more)}{_CODES[width]}", *more))
    return b"".join(parts)


def unpack(data: bytes) -> Hour:
    """The sixty places. ValueError when the bytes are no packed hour."""
    version, mask = struct.unpack_from("<BQ", data)
    if version != 1:
        raise ValueError(f"an hour of format {version}, and this program knows format 1")
    count, at = mask.bit_count(), 9
    columns = []
    for _ in range(3):
        least, width = struct.unpack_from("<qB", data, at)
        at += 9
        column = [least] * count
        if width > SPARSE:
            width -= SPARSE
            (where,) = struct.unpack_from("<Q", data, at)
            few = struct.unpack_from(f"<{where.bit_count()}{_CODES[width]}", data, at + 8)
            at += 8 + width * len(few)
            for more in few:
                lowest = where & -where
                column[lowest.bit_length() - 1] += more
                where ^= lowest
        elif width:
            column = [least + more for more in struct.unpack_from(f"<{count}{_CODES[width]}", data, at)]
            at += count * width
        columns.append(column)
    there = map(Minute._make, zip(*columns, strict=True))
    if mask == FULL:
        return list(there)
    return [next(there) if mask >> place & 1 else None for place in range(60)]
