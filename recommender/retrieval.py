"""Candidates for one query: dense and lexical legs, over-fetched, each with both similarities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from index.filters import Filter
    from index.types import Attributes, Hit, Ids, Matrix, TermVector
    from recommender.calibration import Calibration


class SearchView(Protocol):
    """The part of `index.live.View` that retrieval needs; one view serves a whole query."""

    def search_centred(self, query: Matrix, k: int, conditions: Filter, /) -> list[Hit]:
        """Return the nearest articles to a centred unit vector."""
        ...

    def search_terms(self, query: TermVector, k: int, conditions: Filter, /) -> list[Hit]:
        """Return the articles with the closest terms."""
        ...

    def similarity_centred(self, query: Matrix, ids: Sequence[int] | Ids, /) -> npt.NDArray[np.float64]:
        """Return the cosine of each id's vector with a centred unit vector."""
        ...

    def term_similarity(self, query: TermVector, ids: Sequence[int] | Ids, /) -> npt.NDArray[np.float64]:
        """Return the term cosine of each id with the query's terms."""
        ...

    def attributes(self, ids: Sequence[int] | Ids, /) -> dict[int, Attributes]:
        """Return the columns of each id."""
        ...


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for: a centred unit vector, the terms, and the language they are in."""

    vector: Matrix
    terms: TermVector
    language: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A neighbour with its columns, before re-ranking. `relevance` is calibrated 0…1."""

    id: int
    dense: float
    lexical: float
    relevance: float
    attributes: Attributes


def retrieve(
    view: SearchView, query: Query, *, k: int, conditions: Filter, calibration: Calibration
) -> list[Candidate]:
    """Return the union of both legs' `k` nearest, best relevance first, ties by ascending id.

    Every candidate carries both similarities, also where only one leg found it. The lexical leg
    looks only within the query's language, so a query without terms or a filter without that
    language leaves the dense leg alone.
    """
    found = [hit.id for hit in view.search_centred(query.vector, k, conditions)]
    if len(query.terms.ids) and (conditions.languages is None or query.language in conditions.languages):
        own = replace(conditions, languages=frozenset({query.language}))
        found += [hit.id for hit in view.search_terms(query.terms, k, own)]
    ids = sorted(set(found))
    if not ids:
        return []
    dense = view.similarity_centred(query.vector, ids)
    lexical = view.term_similarity(query.terms, ids)
    columns = view.attributes(ids)
    candidates = []
    for row_id, d, t in zip(ids, dense.tolist(), lexical.tolist(), strict=True):
        same = columns[row_id].language == query.language
        relevance = calibration.relevance(d, t, same_language=same)
        candidates.append(Candidate(row_id, d, t, relevance, columns[row_id]))
    return sorted(candidates, key=lambda candidate: (-candidate.relevance, candidate.id))
