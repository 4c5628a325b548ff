from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.columns import Columns
from index.filters import Filter
from index.types import NO_DATE, Attributes

if TYPE_CHECKING:
    from pathlib import Path

_words = st.sampled_from(["", "a", "b", "c"])
_sets = st.none() | st.frozensets(_words)
_dates = st.sampled_from([NO_DATE, -5, 0, 5, 10])
_attributes = st.builds(
    Attributes, site=_words, language=_words, section=_words, kind=_words, status=_words, published_at=_dates
)
_filters = st.builds(
    Filter,
    site=st.none() | _words,
    languages=_sets,
    sections=_sets,
    kinds=_sets,
    statuses=_sets,
    published_from=st.none() | _dates,
    published_to=st.none() | _dates,
)


@given(st.lists(_attributes, max_size=8), st.lists(_attributes, max_size=8), _filters)
def test_a_mask_passes_what_the_filter_defines(
    first: list[Attributes], second: list[Attributes], conditions: Filter
) -> None:
    """Also when the columns were put together of two, or picked from."""
    columns = Columns.of(first).extended(Columns.of(second))
    rows = [*first, *second]
    want = [conditions.matches(0, row) for row in rows]
    assert columns.mask(conditions).tolist() == want
    assert [columns.attributes(at) for at in range(len(rows))] == rows

    backwards = np.arange(len(rows), dtype=np.int64)[::-1]
    assert columns.taken(backwards).mask(conditions).tolist() == want[::-1]


def test_columns_come_back_from_their_folder(tmp_path: Path) -> None:
    rows = [Attributes("süd", "de", "Politik", published_at=7), Attributes("nord", "fr", 'a"b\\c\n')]
    Columns.of(rows).save(tmp_path)
    for mmap in (True, False):
        loaded = Columns.load(tmp_path, mmap=mmap)
        assert [loaded.attributes(at) for at in range(len(loaded))] == rows
        assert loaded.mask(Filter(languages=frozenset({"fr"}))).tolist() == [False, True]


def test_newest_goes_by_date_then_by_descending_id() -> None:
    dates = [5, 9, 9, NO_DATE, 9, 1]
    ids = np.array([10, 20, 40, 50, 30, 60], dtype=np.int64)
    columns = Columns.of([Attributes("s", published_at=date) for date in dates])
    passing = np.array([True, True, True, True, True, False])
    assert columns.newest(ids, passing, 2) == [(9, 40), (9, 30)]
    assert columns.newest(ids, passing, 9) == [(9, 40), (9, 30), (9, 20), (5, 10), (NO_DATE, 50)]
    assert columns.newest(ids, passing, 0) == []
    assert columns.newest(ids, ~np.ones(6, dtype=bool), 3) == []
