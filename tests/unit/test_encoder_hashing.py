from __future__ import annotations

import time
import zlib

import numpy as np
import pytest

from recommender.encoder import EmbeddingText, HashingEncoder
from recommender.encoder.hashing import bucket


def test_a_vector_can_be_computed_by_hand() -> None:
    """CRC-32 of "auto" is 0x66ba25fa: bucket 0xfa of 256, positive; of "bahn" 0xfe50ec73: 0x73, negative."""
    assert (zlib.crc32(b"auto"), zlib.crc32(b"bahn")) == (0x66BA25FA, 0xFE50EC73)
    row = HashingEncoder().encode([EmbeddingText("Auto", "AUTO", "Bahn")])[0]
    assert {int(at): float(row[at]) for at in np.flatnonzero(row)} == pytest.approx(
        {0xFA: 2 / 5**0.5, 0x73: -1 / 5**0.5}
    )


def test_umlauts_are_hashed_as_utf_8() -> None:
    code = zlib.crc32("straße".encode())
    assert bucket("straße", 64) == (code % 2**31 % 64, -1.0 if code >= 2**31 else 1.0)


def test_a_text_without_words_or_with_words_that_cancel_points_along_bucket_0() -> None:
    opposite = next(
        word
        for word in map(str, range(10_000))
        if bucket(word, 4) == (bucket("auto", 4)[0], -bucket("auto", 4)[1])
    )
    rows = HashingEncoder(4).encode([EmbeddingText("", "", "… – !"), EmbeddingText("auto", opposite, "")])
    assert rows.tolist() == [[1, 0, 0, 0], [1, 0, 0, 0]]


def test_the_id_names_version_and_width() -> None:
    assert HashingEncoder(64).encoder_id == "hashing-v1-64"


def test_five_thousand_short_articles_a_second() -> None:
    texts = [
        EmbeddingText(f"Titel {n}", "", " ".join(f"wort{n * k % 997}" for k in range(120)))
        for n in range(1_000)
    ]
    started = time.process_time()
    HashingEncoder().encode(texts)
    assert time.process_time() - started < 0.2
