"""Near-duplicates: who repeats whom, and who speaks for a group."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.stories import Group, NearDuplicateRule, group_near_duplicates

RULE = NearDuplicateRule()


@pytest.mark.parametrize(
    ("dense", "lexical", "expected"),
    [
        (0.95, 0.85, True),  # the same words
        (0.95, 0.65, True),  # an agency text with a new lead: vectors nearly coincide
        (0.95, 0.40, False),  # the same story, told again
        (0.80, 0.65, False),
        (0.50, 0.90, False),  # a template filled in differently: same words, other matter
    ],
)
def test_a_near_duplicate_needs_close_vectors_and_close_words(
    dense: float, lexical: float, expected: bool
) -> None:
    assert RULE.holds(dense=dense, lexical=lexical) is expected


def _group(
    dense: list[list[float]], lexical: dict[tuple[int, int], float], dates: list[float]
) -> list[Group]:
    def term_cosines(a: int, others: list[int]) -> list[float]:
        return [lexical[min(a, b), max(a, b)] for b in others]

    return group_near_duplicates(np.array(dense, dtype=np.float32), term_cosines, dates, RULE)


def test_the_newest_of_a_group_represents_it_in_the_place_of_the_best() -> None:
    dense = [[1, 0.1, 0.95], [0.1, 1, 0.1], [0.95, 0.1, 1]]

    groups = _group(dense, {(0, 2): 0.9}, [100.0, 200.0, 300.0])

    assert groups == [Group(2, (0,)), Group(1)]


def test_equal_dates_leave_the_better_scored_in_front() -> None:
    assert _group([[1, 0.95], [0.95, 1]], {(0, 1): 0.9}, [100.0, 100.0]) == [Group(0, (1,))]


def test_words_are_only_compared_where_vectors_are_close() -> None:
    def never(_a: int, _others: list[int]) -> list[float]:
        raise AssertionError("the term cosine was asked for")

    apart = np.array([[1, 0.3], [0.3, 1]], dtype=np.float32)
    assert group_near_duplicates(apart, never, [1.0, 2.0], RULE) == [Group(0), Group(1)]


def test_no_candidates_make_no_groups() -> None:
    assert _group([], {}, []) == []


def test_who_repeats_two_groups_joins_them_so_that_no_two_representatives_repeat_each_other() -> None:
    dense = [[1, 0.75, 0.95], [0.75, 1, 0.95], [0.95, 0.95, 1]]
    words = {(0, 1): 0.5, (0, 2): 0.9, (1, 2): 0.9}
    assert _group(dense, words, [100.0, 300.0, 200.0]) == [Group(1, (0, 2))]


def test_alike_vectors_with_other_words_stay_apart() -> None:
    assert _group([[1, 0.95], [0.95, 1]], {(0, 1): 0.4}, [1.0, 2.0]) == [Group(0), Group(1)]


def test_groups_that_were_joined_stay_joined_for_whoever_comes_later() -> None:
    alike = {(1, 2), (0, 3), (1, 3), (2, 4)}
    dense = [[1.0 if a == b or (min(a, b), max(a, b)) in alike else 0.0 for b in range(5)] for a in range(5)]
    groups = _group(dense, dict.fromkeys(alike, 0.9), [5.0, 4.0, 3.0, 2.0, 1.0])
    assert groups == [Group(0, (1, 2, 3, 4))]
