from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from index_data import pairs, random_terms, term_vector, tf_idf_cosine

from index.delta_terms import DeltaTerms
from index.lexical import LexicalIndex
from index.terms import TermStatistics, sublinear

if TYPE_CHECKING:
    from pathlib import Path

    from index.types import TermVector

TEXTS = random_terms(150)
IDS = np.arange(150, dtype=np.int64) * 5 + 2
QUERIES = [*TEXTS[::40], *random_terms(4, seed=7, vocabulary=400)]


@pytest.fixture(scope="module")
def lexical() -> LexicalIndex:
    return LexicalIndex.build(IDS, TEXTS)


@pytest.mark.parametrize("query", QUERIES)
def test_search_agrees_with_brute_force(lexical: LexicalIndex, query: TermVector) -> None:
    truth = {int(row_id): tf_idf_cosine(query, text, TEXTS) for row_id, text in zip(IDS, TEXTS, strict=True)}
    want = sorted(((i, round(s, 6)) for i, s in truth.items() if s > 0), key=lambda pair: (-pair[1], pair[0]))

    got = pairs(lexical.search(query, 12, max_terms=1_000))

    assert [similarity for _, similarity in got] == pytest.approx([s for _, s in want[:12]], abs=2e-6)
    assert all(similarity == pytest.approx(truth[row_id], abs=2e-6) for row_id, similarity in got)
    assert got == sorted(got, key=lambda pair: (-pair[1], pair[0]))


def test_few_terms_find_candidates_and_all_terms_rank_them(lexical: LexicalIndex) -> None:
    query = TEXTS[3]
    for hit in lexical.search(query, 5, max_terms=2):
        assert hit.similarity == pytest.approx(
            tf_idf_cosine(query, TEXTS[int(np.searchsorted(IDS, hit.id))], TEXTS), abs=2e-6
        )


def test_a_mask_holds_inside_the_search(lexical: LexicalIndex) -> None:
    passing = np.zeros(len(IDS), dtype=bool)
    passing[::9] = True
    everything = [pair for pair in pairs(lexical.search(TEXTS[0], 999)) if pair[0] in set(IDS[::9].tolist())]
    assert pairs(lexical.search(TEXTS[0], 5, passing)) == everything[:5]


def test_similarities_come_in_the_order_asked_for(lexical: LexicalIndex) -> None:
    ids = [int(IDS[9]), -4, int(IDS[2]), int(IDS[9])]
    want = [tf_idf_cosine(TEXTS[2], TEXTS[9], TEXTS), 0, 1, tf_idf_cosine(TEXTS[2], TEXTS[9], TEXTS)]
    assert lexical.similarity(TEXTS[2], ids).tolist() == pytest.approx(want, abs=2e-6)


def test_a_row_gives_back_the_terms_it_was_built_of(lexical: LexicalIndex) -> None:
    got = lexical.terms_of([int(IDS[4]), -1])
    assert list(got) == [int(IDS[4])]
    assert got[int(IDS[4])].ids.tolist() == TEXTS[4].ids.tolist()
    assert got[int(IDS[4])].counts.tolist() == TEXTS[4].counts.tolist()


def test_equal_rows_tie_by_id_and_empty_ones_are_never_found() -> None:
    empty, text = term_vector({}), term_vector({3: 1.0, 2**63 + 5: 2.0})
    lexical = LexicalIndex.build(np.array([1, 4, 6, 9]), [empty, text, empty, text])
    assert [hit.id for hit in lexical.search(text, 9)] == [4, 9]
    assert lexical.search(empty, 9) == []
    assert lexical.search(text, 0) == []
    assert lexical.similarity(empty, [4]).tolist() == [0.0]


def test_an_index_without_terms_or_without_rows_finds_nothing() -> None:
    assert LexicalIndex.build(IDS, ()).search(TEXTS[0], 5) == []
    assert LexicalIndex.build(IDS[:0], ()).search(TEXTS[0], 5) == []
    assert LexicalIndex.build(IDS[:0], ()).similarity(TEXTS[0], [3]).tolist() == [0.0]


def test_an_index_comes_back_from_its_folder(lexical: LexicalIndex, tmp_path: Path) -> None:
    lexical.save(tmp_path)
    loaded = LexicalIndex.load(tmp_path, IDS)
    for query in QUERIES:
        assert loaded.search(query, 9) == lexical.search(query, 9)
    assert loaded.terms_of([2])[2].ids.tolist() == TEXTS[0].ids.tolist()


def test_term_frequency_counts_less_the_more_there_is() -> None:
    assert sublinear(np.array([0.5, 1, np.e], dtype=np.float32)).tolist() == pytest.approx([0.5, 1, 2])


def test_without_statistics_every_term_weighs_the_same() -> None:
    weights = TermStatistics.none().weights(term_vector({1: 1.0, 2: 1.0, 7: 1.0, 9: 1.0}))
    assert weights.tolist() == pytest.approx([0.5] * 4)


def test_rows_of_the_delta_are_weighted_by_the_snapshot(lexical: LexicalIndex) -> None:
    """Some of the terms are known to the snapshot, some new; the first row has none."""
    later = [term_vector({}), *random_terms(80, seed=11, vocabulary=350)]
    terms = DeltaTerms.empty()
    for start in range(0, len(later), 9):
        batch = later[start : start + 9]
        terms = terms.extended(batch, len(batch), lexical.statistics)
    everywhere = np.ones(len(later), dtype=bool)
    for query in QUERIES:
        truth = [tf_idf_cosine(query, text, TEXTS) for text in later]
        rows, similarities = terms.candidates(query, 99, everywhere, lexical.statistics)
        assert sorted(rows.tolist()) == [row for row, value in enumerate(truth) if value > 0]
        assert similarities.tolist() == pytest.approx([truth[row] for row in rows], abs=2e-6)
        some = np.array([5, 0, 77])
        got = terms.cosines(query, some, lexical.statistics).tolist()
        assert got == pytest.approx([truth[row] for row in some], abs=2e-6)


def test_terms_that_share_a_slot_are_told_apart_in_the_delta() -> None:
    """Ids that differ only below the slot's bits: a candidate, and not a hit."""
    terms = DeltaTerms.empty().extended(
        [term_vector({1: 1.0}), term_vector({2: 1.0})], 2, TermStatistics.none()
    )
    rows, similarities = terms.candidates(
        term_vector({2: 1.0}), 5, np.ones(2, dtype=bool), TermStatistics.none()
    )
    assert (rows.tolist(), similarities.tolist()) == ([1], [1.0])
