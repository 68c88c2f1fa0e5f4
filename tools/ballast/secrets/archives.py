"""What lies within files: members of ZIP and tar archives, compressed or not, as deep as an image in layers is."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

MOST_BYTES = 64 << 20
"""Of one piece of data; what is larger is not looked at, and that is said."""
_DEPTH = 4


class TooLarge(Exception):
    """A piece of data larger than MOST_BYTES; the message names it."""


def members(name: str, data: bytes, depth: int = 0) -> Iterator[tuple[str, bytes | TooLarge]]:
    """Name and content of the file, or of all that is in it (`archive!member`). What cannot be unpacked stays as it is."""
    if depth >= _DEPTH:
        yield name, data
        return
    if data[:4] == b"PK\x03\x04":
        yield from _zip(name, data, depth)
    elif data[257:262] == b"ustar":
        yield from _tar(name, data, depth)
    elif plain := _unpacked(data):
        yield from members(name, plain, depth + 1)
    else:
        yield name, data


def _zip(name: str, data: bytes, depth: int) -> Iterator[tuple[str, bytes | TooLarge]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                inner = f"{name}!{info.filename}"
                if info.file_size > MOST_BYTES:
                    yield inner, TooLarge(inner)
                elif not info.is_dir():
                    yield from members(inner, archive.read(info), depth + 1)
    except (zipfile.BadZipFile, RuntimeError, zlib.error, NotImplementedError):  # encrypted, cut short
        yield name, data


def _tar(name: str, data: bytes, depth: int) -> Iterator[tuple[str, bytes | TooLarge]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for info in archive:
                inner = f"{name}!{info.name}"
                if info.isfile() and info.size > MOST_BYTES and not _packed_name(info.name):
                    yield inner, TooLarge(inner)
                elif info.isfile() and (stream := archive.extractfile(info)):
                    yield from members(inner, stream.read(), depth + 1)
    except tarfile.TarError:
        yield name, data


def _packed_name(name: str) -> bool:
    """A layer of an image, which is an archive itself."""
    return name.endswith((".tar", ".tar.gz", ".tgz")) or "blobs/sha256" in name


def _unpacked(data: bytes) -> bytes:
    """What a compressed file holds; empty when it is none, or is broken, or larger than anybody should unpack."""
    for magic, module in ((b"\x1f\x8b", gzip), (b"BZh", bz2), (b"\xfd7zXZ\0", lzma)):
        if data.startswith(magic):
            try:
                with module.open(io.BytesIO(data)) as stream:
                    plain = stream.read(16 * MOST_BYTES + 1)
            except (OSError, EOFError, zlib.error, lzma.LZMAError):
                return b""
            return plain if len(plain) <= 16 * MOST_BYTES else b""
    return b""
