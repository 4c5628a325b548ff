from __future__ import annotations

import logging
import re

import numpy as np
import pytest

from recommender.encoder.base import EmbeddingText
from recommender.encoder.recipe import HEAD_CHARS, MAX_WINDOWS, plan, pool


class Words:
    """A tokenizer whose tokens are words: every window can be counted by hand."""

    def __init__(self, room: int) -> None:
        self.room = room

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Find the words."""
        return [match.span() for match in re.finditer(r"\S+", text)]


class Letters(Words):
    """A tokenizer whose tokens are letters, so that a window can end inside a word."""

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Find the letters."""
        return [match.span() for match in re.finditer(r"\S", text)]


def numbers(count: int) -> str:
    return " ".join(f"w{number}" for number in range(count))


def test_a_short_article_is_one_passage_for_head_and_window() -> None:
    found = plan(EmbeddingText("Titel", "Vorspann.", "Text."), Words(100))
    assert found.head == "Titel\nVorspann.\nText."
    assert found.windows == (found.head,)


def test_windows_of_equal_length_cover_every_word_in_order_and_each_starts_with_the_title() -> None:
    # room for 20 tokens: 2 of title, 1 of the line break, 17 of text less 4 that a cut may move
    found = plan(EmbeddingText("Zwei Wörter", "", numbers(39)), Words(20))
    assert [window.split("\n")[0] for window in found.windows] == ["Zwei Wörter"] * 3
    pieces = [window.split("\n")[1] for window in found.windows]
    assert " ".join(pieces) == numbers(39)
    assert [len(piece.split()) for piece in pieces] == [13, 13, 13]


def test_a_text_that_fits_is_not_cut() -> None:
    assert plan(EmbeddingText("", "", numbers(19)), Words(20)).windows == (numbers(19),)


def test_a_very_long_text_keeps_first_last_and_middle_window_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG, logger="recommender.encoder.recipe"):
        found = plan(EmbeddingText("", "", numbers(72)), Words(11))
    assert len(found.windows) == MAX_WINDOWS
    # nine windows of eight words: the first, the fifth and the ninth
    assert [window.split()[0] for window in found.windows] == ["w0", "w32", "w64"]
    assert found.windows[-1].split()[-1] == "w71"
    assert "recipe.windows_capped tokens=72 windows=9 kept=3" in caplog.messages


def test_windows_end_between_words() -> None:
    # 15 letters and room for 12: the middle is in the middle of "drei"
    found = plan(EmbeddingText("", "", "eins zwei drei vier"), Letters(13))
    assert found.windows == ("eins zwei", "drei vier")


def test_a_word_longer_than_a_window_is_cut_and_nothing_is_lost() -> None:
    found = plan(EmbeddingText("", "", "x" * 80), Letters(41))
    assert found.windows == ("x" * 27, "x" * 26, "x" * 27)


def test_the_lead_stands_before_the_body_unless_the_body_repeats_it() -> None:
    apart = plan(EmbeddingText("T", "Das Neue.", "Es begann."), Words(100))
    repeated = plan(EmbeddingText("T", "Das Neue.", "Das Neue. Es begann."), Words(100))
    assert apart.windows == ("T\nDas Neue.\nEs begann.",)
    assert repeated.windows == ("T\nDas Neue. Es begann.",)


def test_without_body_title_and_lead_are_encoded() -> None:
    found = plan(EmbeddingText("Titel", "Vorspann.", "  "), Words(100))
    assert (found.head, found.windows) == ("Titel\nVorspann.", ("Titel\nVorspann.",))


def test_a_title_alone_is_one_window() -> None:
    found = plan(EmbeddingText("Nur ein Titel", "", ""), Words(100))
    assert (found.head, found.windows) == ("Nur ein Titel", ("Nur ein Titel",))


def test_an_empty_text_still_has_a_passage() -> None:
    assert plan(EmbeddingText("", "", ""), Words(100)).windows == ("",)


def test_a_title_longer_than_the_window_leaves_room_for_the_text() -> None:
    found = plan(EmbeddingText(numbers(30), "", "a b c d e f"), Words(10))
    assert [window.split("\n") for window in found.windows] == [[numbers(5), "a b c"], [numbers(5), "d e f"]]


def test_the_head_is_cut_between_words() -> None:
    found = plan(EmbeddingText("", "", "Wörter " * 200), Words(10_000))
    assert found.head == " ".join(["Wörter"] * (HEAD_CHARS // 7))


def test_a_head_without_spaces_is_cut_at_its_length() -> None:
    assert plan(EmbeddingText("", "", "x" * 2_000), Words(10)).head == "x" * HEAD_CHARS


@pytest.mark.parametrize("length", [1, 7, 60, 61, 150, 999])
def test_no_window_is_longer_than_the_room(length: int) -> None:
    words = " ".join("ab" * (1 + number % 9) for number in range(length))
    tokens = Letters(61)
    found = plan(EmbeddingText("T", "", words), tokens)
    assert max(len(tokens.spans(window)) for window in found.windows) <= tokens.room


def test_pool_is_the_mean_of_the_heads_direction_and_the_windows_direction() -> None:
    head = np.array([1, 0], dtype=np.float32)
    windows = np.array([[1, 0], [1, 0], [-0.6, 0.8], [-0.8, 0.6]], dtype=np.float32)
    # windows: (.6, 1.4), of length √2.32; with the head (1 + .3939, .9191)
    whole = np.array([0.6, 1.4]) / np.sqrt(2.32)
    want = (head + whole) / np.linalg.norm(head + whole)
    assert pool(head, windows) == pytest.approx(want, abs=1e-6)


def test_vectors_that_cancel_out_leave_the_head_or_the_first_window() -> None:
    head = np.array([1, 0], dtype=np.float32)
    assert pool(head, -head[None]).tolist() == [1, 0]
    assert pool(head, np.array([[0, 1], [0, -1]], dtype=np.float32)) == pytest.approx([0.7071068] * 2)
