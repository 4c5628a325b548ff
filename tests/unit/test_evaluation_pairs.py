from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recommender.errors import SourceError
from recommender.evaluation.pairs import JudgedPair, by_langs, gains_of, is_related, read_pairs

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGES = {"1": "de", "2": "de", "3": "en"}
GOOD = '{"a": "1", "b": "2", "score": 1, "langs": "de-de"}'


def written(folder: Path, *lines: str) -> Path:
    path = folder / "pairs.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_pairs_are_read_in_order_with_their_languages_sorted(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD, "", '{"a": 3, "b": "1", "score": 0.25, "langs": "en-de", "dims": {}}')
    assert read_pairs(path, LANGUAGES) == [
        JudgedPair("1", "2", 1.0, "de-de"),
        JudgedPair("3", "1", 0.25, "de-en"),
    ]


def test_missing_langs_come_from_the_articles(tmp_path: Path) -> None:
    path = written(tmp_path, '{"a": "3", "b": "1", "score": 0.5}')
    assert read_pairs(path, LANGUAGES) == [JudgedPair("3", "1", 0.5, "de-en")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("nonsense", "got no JSON"),
        ("[1]", "wanted an object with a, b and score"),
        ('{"a": "1", "score": 1}', "wanted an object with a, b and score"),
        ('{"a": "1", "b": "2", "score": 3.5}', "got score 3.5, wanted a number from 0 to 1"),
        ('{"a": "1", "b": "2", "score": NaN}', "got score nan"),
        ('{"a": "1", "b": "2", "score": true}', "got score True"),
        ('{"a": "1", "b": "2", "score": "1"}', "got score '1'"),
        ('{"a": "1", "b": "9", "score": 1}', "article '9' is not among the loaded ones"),
        ('{"a": "1", "b": "1", "score": 1}', "article '1' is paired with itself"),
    ],
)
def test_a_bad_line_is_named_with_its_number(tmp_path: Path, line: str, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_pairs(written(tmp_path, GOOD, "", line), LANGUAGES)
    assert str(caught.value).startswith("pairs.jsonl line 3: ")
    assert reason in str(caught.value)


def test_a_file_that_cannot_be_read_or_is_empty_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot read the judged pairs"):
        read_pairs(tmp_path / "none.jsonl", LANGUAGES)
    with pytest.raises(SourceError, match="holds no pair"):
        read_pairs(written(tmp_path, "", " "), LANGUAGES)
    (tmp_path / "latin.jsonl").write_bytes('{"a": "ü"}'.encode("latin-1"))
    with pytest.raises(SourceError, match="UTF-8"):
        read_pairs(tmp_path / "latin.jsonl", LANGUAGES)


def test_line_separators_inside_a_string_do_not_end_a_line(tmp_path: Path) -> None:
    path = written(tmp_path, '{"a": "1", "b": "2", "score": 1, "note": "x\u2028y\x85z"}')
    assert read_pairs(path, LANGUAGES) == [JudgedPair("1", "2", 1.0, "de-de")]


def test_two_thirds_are_related_however_rounded() -> None:
    assert [is_related(score) for score in (1.0, 2 / 3, 0.6667, 0.667, 0.666, 0.6, 0.0)] == [True] * 5 + [
        False
    ] * 2


def test_groups_are_sorted_and_keep_their_order() -> None:
    pairs = [
        JudgedPair("1", "2", 1, "en-en"),
        JudgedPair("3", "4", 0, "de-de"),
        JudgedPair("5", "6", 0, "en-en"),
    ]
    assert list(by_langs(pairs).items()) == [("de-de", [pairs[1]]), ("en-en", [pairs[0], pairs[2]])]


def test_gains_go_both_ways_and_repeated_judgements_count_their_mean() -> None:
    pairs = [JudgedPair("1", "2", 1, "x"), JudgedPair("2", "1", 0.5, "x"), JudgedPair("1", "3", 0, "x")]
    assert gains_of(pairs) == {"1": {"2": 0.75, "3": 0}, "2": {"1": 0.75}, "3": {"1": 0}}
