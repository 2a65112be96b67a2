"""A ZIP that is made while it is sent: no file is ever whole in the memory.

The same members give the same bytes. Files are stored as they are: what people keep as proof is
compressed already, and every program reads it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from stat import S_IFREG
from typing import IO, Final

from stream_zip import NO_COMPRESSION_64, Method, stream_zip

CHUNK: Final = 64 * 1024  # bytes
MODE: Final = S_IFREG | 0o644


@dataclass(frozen=True, slots=True)
class Member:
    """name: the path within the ZIP. modified_at: shown by programs in this time zone.

    open: gives the file to be read; it is closed after. Read twice, for its sum stands before it.
    """

    name: str
    modified_at: datetime
    open: Callable[[], IO[bytes]]


def streamed_zip(members: Iterable[Member]) -> Iterator[bytes]:
    """The ZIP in pieces. A member is opened when its turn comes."""
    yield from stream_zip(_files(members), chunk_size=CHUNK)


def _files(
    members: Iterable[Member],
) -> Iterator[tuple[str, datetime, int, Method, Iterator[bytes]]]:
    for member in members:
        with member.open() as file:
            method = _stored(file)
            file.seek(0)
            yield member.name, member.modified_at, MODE, method, _chunks(file)


def _stored(file: IO[bytes]) -> Method:
    size = crc = 0
    for chunk in _chunks(file):
        size += len(chunk)
        crc = zlib.crc32(chunk, crc)
    return NO_COMPRESSION_64(size, crc)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk
