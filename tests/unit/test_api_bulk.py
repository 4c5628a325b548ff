"""A stream is cut into the same lines however it arrives, and no line is kept beyond its limit."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from recommender.api.bulk import cut_lines
from recommender.errors import BodyTooLargeError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

LIMIT = 8


def _lines(chunks: Sequence[bytes]) -> list[bytes | None]:
    """Return the lines; None stands for one that is too long."""

    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def cut() -> list[bytes | None]:
        lines = cut_lines(stream(), limit=LIMIT)
        return [None if isinstance(line, BodyTooLargeError) else line async for line in lines]

    return asyncio.run(cut())


@given(st.lists(st.binary(max_size=12).map(lambda raw: raw.replace(b"\r", b"\n")), max_size=12))
def test_any_cut_of_a_stream_gives_the_lines_of_the_whole(chunks: list[bytes]) -> None:
    *whole, last = b"".join(chunks).split(b"\n")
    expected = [*whole, *([last] if last else [])]
    assert _lines(chunks) == [None if len(line) > LIMIT else line for line in expected]


def test_a_line_of_exactly_the_limit_is_taken() -> None:
    assert _lines([b"12345678\n123456789\n1"]) == [b"12345678", None, b"1"]


def test_a_line_without_an_end_is_too_long_only_once() -> None:
    assert _lines([b"x" * 6] * 1_000) == [None]
