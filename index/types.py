"""Values that cross the seams of `index`: arrays with fixed dtypes, one article's columns, one hit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

Matrix = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
Terms = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.float32]

# Articles without a date sort before every date.
NO_DATE = -(2**62)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What an article can be filtered by. `published_at` is in epoch seconds UTC; `NO_DATE` when unknown."""

    site: str
    language: str = ""
    section: str = ""
    kind: str = "article"
    status: str = "published"
    published_at: int = NO_DATE


@dataclass(frozen=True, slots=True)
class TermVector:
    """The terms of one text: hashed term ids, ascending and distinct, with their counts (> 0).

    What a term is (word, stem, name) is the caller's business; equal ids mean the same term.
    """

    ids: Terms
    counts: Counts


@dataclass(frozen=True, slots=True)
class Rows:
    """Articles to put into a store: all four have the same length, row by row.

    `vectors` are unit rows (see `index.vectors.as_unit_rows`). `terms` may be empty when a
    store keeps none. When an id stands more than once, the last row wins.
    """

    ids: Ids
    vectors: Matrix
    attributes: Sequence[Attributes]
    terms: Sequence[TermVector] = ()

    def __len__(self) -> int:
        """Count rows."""
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Hit:
    """One search hit; `similarity` is cosine in [-1, 1], higher is closer."""

    id: int
    similarity: float
