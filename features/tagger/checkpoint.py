"""Reads the variables of a TensorFlow 1 checkpoint without TensorFlow.

A checkpoint ("tensor bundle") is an index and one data shard. The index is a LevelDB table whose
values are ``BundleEntryProto`` messages: type, shape, offset and size of each variable in the
shard. Sources: LevelDB ``doc/table_format.md``; TensorFlow ``tensor_bundle.proto``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import numpy as np

_FOOTER_BYTES: Final = 48
_MAGIC: Final = 0xDB4775248B80FB57
_FLOAT32: Final = 1


class CheckpointError(ValueError):
    """The bytes are not a checkpoint that this reader knows."""


def read_checkpoint(index: bytes, data: bytes) -> dict[str, np.ndarray]:
    """All float32 variables of a checkpoint, by name.

    ``index`` and ``data`` are the contents of ``*.index`` and ``*.data-00000-of-00001``.
    Variables of other types (step counters) are left out. Raises ``CheckpointError``.
    """
    variables = {}
    for key, value in _table(index):
        if not key:
            continue
        entry = _message(value)
        if entry.get(1, 0) != _FLOAT32:
            continue
        offset, size = int(entry.get(4, 0)), int(entry.get(5, 0))
        shape = _shape(entry.get(2, b""))
        if offset + size > len(data) or size != 4 * int(np.prod(shape)):
            raise CheckpointError(
                f"{key.decode()}: needs bytes {offset} to {offset + size} for shape {shape}, "
                f"the shard has {len(data)}; it is cut or belongs to another index"
            )
        variables[key.decode()] = np.frombuffer(data, "<f4", size // 4, offset).reshape(shape)
    return variables


def _table(index: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The entries of a LevelDB table in order."""
    footer = index[-_FOOTER_BYTES:]
    if len(footer) < _FOOTER_BYTES or struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
        raise CheckpointError("the index does not end like a LevelDB table; it is cut or not one")
    _, at = _handle(footer, 0)
    (offset, size), _ = _handle(footer, at)
    for _, value in _block(index, offset, size):
        (offset, size), _ = _handle(value, 0)
        yield from _block(index, offset, size)


def _block(index: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """The entries of one block, whose keys share prefixes with the key before."""
    if index[offset + size : offset + size + 1] != b"\0":
        raise CheckpointError("the index is compressed; only plain tables are read")
    block = index[offset : offset + size]
    (restarts,) = struct.unpack("<I", block[-4:])
    end, at, key = size - 4 - 4 * restarts, 0, b""
    while at < end:
        shared, at = _varint(block, at)
        unshared, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + unshared]
        at += unshared
        yield key, block[at : at + length]
        at += length


def _handle(raw: bytes, at: int) -> tuple[tuple[int, int], int]:
    offset, at = _varint(raw, at)
    size, at = _varint(raw, at)
    return (offset, size), at


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """A base-128 number at ``at``, and the position after it."""
    value = shift = 0
    while True:
        if at >= len(raw):
            raise CheckpointError("the index ends within a number; it is cut")
        byte = raw[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7


def _fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protocol-buffer message: number and value."""
    at = 0
    while at < len(raw):
        tag, at = _varint(raw, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = _varint(raw, at)
            yield number, value
        elif kind == 2:
            length, at = _varint(raw, at)
            yield number, raw[at : at + length]
            at += length
        elif kind in (1, 5):
            width = 8 if kind == 1 else 4
            yield number, int.from_bytes(raw[at : at + width], "little")
            at += width
        else:
            raise CheckpointError(f"field {number} has the unknown wire type {kind}")


def _message(raw: bytes) -> dict[int, int | bytes]:
    return dict(_fields(raw))


def _shape(raw: int | bytes) -> tuple[int, ...]:
    """The sizes in a ``TensorShapeProto``."""
    if isinstance(raw, int):
        raise CheckpointError("a shape is stored as a number")
    dims = [value for number, value in _fields(raw) if number == 2 and isinstance(value, bytes)]
    return tuple(int(_message(dim).get(1, 0)) for dim in dims)
