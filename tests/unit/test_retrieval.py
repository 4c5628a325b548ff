"""Candidates: the union of both legs, each with both similarities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from index.filters import Filter
from index.types import Attributes, Hit, TermVector
from recommender.calibration import Calibration
from recommender.retrieval import Query, retrieve

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from index.types import Ids, Matrix

# relevance is 1 / (1 + exp(-dense)) across languages, and rises with both cosines within one
CURVE = Calibration(same_bias=0.0, same_dense=1.0, same_lexical=2.0, cross_bias=0.0, cross_dense=1.0)
NO_TERMS = TermVector(np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.float32))
SOME_TERMS = TermVector(np.array([7], dtype=np.uint64), np.array([1.0], dtype=np.float32))
ANY = Filter()


class FakeView:
    """Answers with what it was told: id -> (dense, lexical, language)."""

    def __init__(self, rows: dict[int, tuple[float, float, str]]) -> None:
        self.rows = rows
        self.asked: list[tuple[str, int, Filter]] = []

    def search_centred(self, _query: Matrix, k: int, conditions: Filter, /) -> list[Hit]:
        """See `SearchView`."""
        self.asked.append(("dense", k, conditions))
        return self._best(0, k, conditions)

    def search_terms(self, _query: TermVector, k: int, conditions: Filter, /) -> list[Hit]:
        """See `SearchView`."""
        self.asked.append(("lexical", k, conditions))
        return self._best(1, k, conditions)

    def similarity_centred(self, _query: Matrix, ids: Sequence[int] | Ids, /) -> npt.NDArray[np.float64]:
        """See `SearchView`."""
        return np.array([self.rows[int(row_id)][0] for row_id in ids])

    def term_similarity(self, _query: TermVector, ids: Sequence[int] | Ids, /) -> npt.NDArray[np.float64]:
        """See `SearchView`."""
        return np.array([self.rows[int(row_id)][1] for row_id in ids])

    def attributes(self, ids: Sequence[int] | Ids, /) -> dict[int, Attributes]:
        """See `SearchView`."""
        return {int(row_id): self._attributes(int(row_id)) for row_id in ids}

    def _attributes(self, row_id: int) -> Attributes:
        return Attributes("s", self.rows[row_id][2])

    def _best(self, leg: int, k: int, conditions: Filter) -> list[Hit]:
        passing = [row_id for row_id in self.rows if conditions.matches(row_id, self._attributes(row_id))]
        passing.sort(key=lambda row_id: (-float(self.rows[row_id][leg]), row_id))
        return [Hit(row_id, float(self.rows[row_id][leg])) for row_id in passing[:k]]


def _query(terms: TermVector = SOME_TERMS, language: str = "de") -> Query:
    return Query(np.ones(2, dtype=np.float32), terms, language)


def test_either_leg_finds_candidates_and_each_has_both_similarities() -> None:
    view = FakeView({1: (0.9, 0.0, "de"), 2: (0.1, 0.81, "de"), 3: (0.5, 0.1, "de")})

    found = retrieve(view, _query(), k=1, conditions=ANY, calibration=CURVE)

    # 2 has 0.1 + 2·0.9 = 1.9 against 0.9
    assert [(each.id, each.dense, each.lexical) for each in found] == [(2, 0.1, 0.81), (1, 0.9, 0.0)]
    assert found[0].relevance == pytest.approx(1 / (1 + np.exp(-1.9)))
    assert found[0].attributes == Attributes("s", "de")


def test_equal_relevance_goes_by_ascending_id() -> None:
    view = FakeView({5: (0.5, 0.25, "de"), 3: (0.5, 0.25, "de"), 4: (0.5, 0.25, "de")})
    found = retrieve(view, _query(), k=9, conditions=ANY, calibration=CURVE)
    assert [each.id for each in found] == [3, 4, 5]


def test_across_languages_the_vector_decides_alone() -> None:
    view = FakeView({1: (0.6, 0.9, "en"), 2: (0.5, 0.0, "de")})
    found = retrieve(view, _query(), k=9, conditions=ANY, calibration=CURVE)
    assert {each.id: each.relevance for each in found} == {
        1: pytest.approx(1 / (1 + np.exp(-0.6))),
        2: pytest.approx(1 / (1 + np.exp(-0.5))),
    }


def test_words_are_searched_only_within_the_query_s_language() -> None:
    view = FakeView({1: (0.6, 0.9, "en"), 2: (0.5, 0.4, "de")})
    conditions = Filter(site="s", languages=frozenset({"de", "en"}), excluded_ids=frozenset({9}))

    retrieve(view, _query(), k=7, conditions=conditions, calibration=CURVE)

    own = Filter(site="s", languages=frozenset({"de"}), excluded_ids=frozenset({9}))
    assert view.asked == [("dense", 7, conditions), ("lexical", 7, own)]


@pytest.mark.parametrize(
    ("query", "languages"),
    [(_query(NO_TERMS), None), (_query(), frozenset({"en"}))],
    ids=["no words", "other language"],
)
def test_without_common_words_the_vector_leg_is_alone(query: Query, languages: frozenset[str] | None) -> None:
    view = FakeView({1: (0.6, 0.9, "en")})
    found = retrieve(view, query, k=5, conditions=Filter(languages=languages), calibration=CURVE)
    assert [each.id for each in found] == [1]
    assert [leg for leg, _, _ in view.asked] == ["dense"]


def test_no_articles_give_no_candidates() -> None:
    assert retrieve(FakeView({}), _query(), k=5, conditions=ANY, calibration=CURVE) == []
