"""»Searchable« is said when searches find the article, and not a moment before."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from api_fixtures import SITE, HeldEncoder, open_core, told

from recommender.article import parse_article

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pytest

    from recommender.catalog.types import RowState


def test_a_vector_that_arrives_during_the_look_has_to_be_applied_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The article itself is applied already: only the revision of its vector is missing."""
    encoder = HeldEncoder()
    encoder.gate.clear()
    with open_core(tmp_path, encoder=encoder) as core:
        (accepted,) = core.catalog.upsert([parse_article({"id": "b0", **told("b0")}, site=SITE)])
        assert core.tailer.wait_for(accepted.revision, timeout=20)
        states = core.catalog.states

        def late(row_ids: Iterable[int], encoder_id: str) -> list[RowState]:
            encoder.gate.set()
            while core.catalog.pending_count(encoder_id):
                pass
            return states(row_ids, encoder_id)

        with core.tailer._writing:
            monkeypatch.setattr(core.catalog, "states", late)
            early = core.wait_searchable(accepted.row_id, deadline=time.monotonic() + 0.1)
            assert (early, core.live.view().contains(accepted.row_id)) == (False, False)
        assert core.wait_searchable(accepted.row_id, deadline=time.monotonic() + 20)
        assert core.live.view().contains(accepted.row_id)
