"""Weights of terms: sublinear frequency times inverse document frequency (Salton & Buckley, 1988)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index.arrays import load_array

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from index.types import Counts, Ids, Terms, TermVector

Weights = npt.NDArray[np.float32]

# Candidates compared in full for each hit asked for, and at least.
RESCORED_PER_HIT = 4
RESCORED_AT_LEAST = 64
_ROUNDING = 6

_VOCABULARY_FILE = "terms_vocabulary.npy"
_FREQUENCIES_FILE = "terms_document_frequency.npy"
_DOCUMENTS_FILE = "terms_documents.npy"


def sublinear(counts: Counts) -> Weights:
    """Return 1 + ln(count); counts below 1 (down-weighted terms) stay as they are."""
    return np.where(counts >= 1, 1 + np.log(np.maximum(counts, 1)), counts).astype(np.float32)


def find_terms(vocabulary: Terms, wanted: Terms) -> Ids:
    """Return the place of each wanted term in the ascending vocabulary, -1 where it is not there."""
    if not len(vocabulary):
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(vocabulary, wanted), len(vocabulary) - 1)
    return np.where(vocabulary[at] == wanted, at, -1).astype(np.int64)


def distinct(terms: Terms) -> Terms:
    """Return the distinct terms, ascending; many times faster than `np.unique`."""
    ordered = np.sort(terms)
    first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def as_cosines(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return dot products of unit vectors as cosines in [0, 1], rounded so that equal rows tie."""
    return np.clip(np.round(sums, _ROUNDING), 0.0, 1.0)


def products_by_row(
    starts: npt.NDArray[np.int64],
    places: npt.NDArray[np.int32],
    values: Callable[[Ids], Weights],
    rows: Ids,
    table: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Return, for each of `rows`, the sum of value times `table[place]` over its entries.

    Row r's entries stand at `starts[r]:starts[r + 1]` of `places`; `values` gives theirs by position.
    """
    lengths = starts[rows + 1] - starts[rows]
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    # positions of all entries of all rows, one row after the other
    entries = np.arange(total) + np.repeat(starts[rows] - (ends - lengths), lengths)
    owners = np.repeat(np.arange(len(rows)), lengths)
    products = values(entries) * table[places[entries]]
    return np.bincount(owners, weights=products, minlength=len(rows)).astype(np.float64)


@dataclass(frozen=True, slots=True)
class TermStatistics:
    """In how many of `documents` texts each term stands: a frequency per term of the ascending vocabulary."""

    vocabulary: Terms
    frequencies: npt.NDArray[np.int32]
    documents: int

    @classmethod
    def none(cls) -> TermStatistics:
        """Return statistics of no texts: every term weighs the same."""
        return cls(np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int32), 0)

    def idf(self) -> Weights:
        """Return ln((1 + documents) / (1 + frequency)) + 1 per term of the vocabulary."""
        return self._idf_of(self.frequencies)

    def idf_at(self, places: Ids) -> Weights:
        """Return the idf of the terms at these places of the vocabulary."""
        return self._idf_of(self.frequencies[places])

    def weights(self, terms: TermVector) -> Weights:
        """Return unit-length tf·idf weights, term by term; a term never seen weighs as the rarest would."""
        at = find_terms(self.vocabulary, terms.ids)
        frequencies = np.zeros(len(at), dtype=np.int32)
        known = at >= 0
        frequencies[known] = self.frequencies[at[known]]
        weights = sublinear(terms.counts) * self._idf_of(frequencies)
        length = np.sqrt(np.sum(np.square(weights, dtype=np.float64)))
        return (weights / length).astype(np.float32) if length > 0 else weights

    def save(self, folder: Path) -> None:
        """Write three `.npy` files into `folder`."""
        np.save(folder / _VOCABULARY_FILE, self.vocabulary)
        np.save(folder / _FREQUENCIES_FILE, self.frequencies)
        np.save(folder / _DOCUMENTS_FILE, np.array([self.documents], dtype=np.int64))

    @classmethod
    def load(cls, folder: Path, *, mmap: bool = True) -> TermStatistics:
        """Read what `save` wrote."""
        documents = load_array(folder / _DOCUMENTS_FILE, mmap=False)
        vocabulary = load_array(folder / _VOCABULARY_FILE, mmap=mmap)
        return cls(vocabulary, load_array(folder / _FREQUENCIES_FILE, mmap=mmap), int(documents[0]))

    def _idf_of(self, frequencies: npt.NDArray[np.int32]) -> Weights:
        return (np.log((1 + self.documents) / (1 + frequencies.astype(np.float64))) + 1).astype(np.float32)
