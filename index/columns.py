"""Articles' attributes as dictionary-encoded numpy columns, so that a filter is a few array comparisons."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index.arrays import load_array
from index.types import Attributes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from index.filters import Filter
    from index.types import Ids

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int32]

_DICTIONARIES_FILE = "columns.json"
_DATES_FILE = "column_published_at.npy"
_TEXT_FIELDS = ("site", "language", "section", "kind", "status")


@dataclass(frozen=True, slots=True)
class TextColumn:
    """One text attribute of n rows: `codes` (n,) point into the distinct `values`."""

    codes: Codes
    values: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> TextColumn:
        """Encode `texts`; codes are given out in order of first appearance."""
        known: dict[str, int] = {}
        codes = [known.setdefault(text, len(known)) for text in texts]
        return cls(np.array(codes, dtype=np.int32), tuple(known))

    def among(self, wanted: Iterable[str]) -> Mask:
        """Return which rows hold one of `wanted`."""
        chosen = set(wanted)
        accepted = [code for code, value in enumerate(self.values) if value in chosen]
        if len(accepted) == len(self.values):
            return np.ones(len(self.codes), dtype=np.bool_)
        if len(accepted) == 1:
            return np.asarray(self.codes == accepted[0])
        table = np.zeros(len(self.values) + 1, dtype=np.bool_)
        table[accepted] = True
        return table[self.codes]

    def extended(self, other: TextColumn) -> TextColumn:
        """Return a new column with the rows of `other` after these."""
        known = {value: code for code, value in enumerate(self.values)}
        # the table is never empty: a column of no rows has no values, and no codes to look up
        recode = np.array(
            [known.setdefault(value, len(known)) for value in other.values] or [0], dtype=np.int32
        )
        return TextColumn(np.concatenate([self.codes, recode[other.codes]]), tuple(known))

    def taken(self, rows: Ids) -> TextColumn:
        """Return a new column with only these rows, in this order."""
        return TextColumn(self.codes[rows], self.values)


@dataclass(frozen=True, slots=True)
class Columns:
    """The attributes of n rows, column by column; immutable."""

    site: TextColumn
    language: TextColumn
    section: TextColumn
    kind: TextColumn
    status: TextColumn
    published_at: Ids

    @classmethod
    def of(cls, attributes: Sequence[Attributes]) -> Columns:
        """Encode attributes row by row."""
        texts = {name: TextColumn.of(getattr(row, name) for row in attributes) for name in _TEXT_FIELDS}
        dates = np.array([row.published_at for row in attributes], dtype=np.int64)
        return cls(**texts, published_at=dates)

    def __len__(self) -> int:
        """Count rows."""
        return len(self.published_at)

    def mask(self, conditions: Filter) -> Mask:
        """Return which rows pass, save for `excluded_ids`: those are for the owner of the ids to take out."""
        passing = np.ones(len(self), dtype=np.bool_)
        if conditions.site is not None:
            passing &= self.site.among((conditions.site,))
        for column, wanted in (
            (self.language, conditions.languages),
            (self.section, conditions.sections),
            (self.kind, conditions.kinds),
            (self.status, conditions.statuses),
        ):
            if wanted is not None:
                passing &= column.among(wanted)
        if conditions.published_from is not None:
            passing &= self.published_at >= conditions.published_from
        if conditions.published_to is not None:
            passing &= self.published_at <= conditions.published_to
        return passing

    def attributes(self, row: int) -> Attributes:
        """Return one row's attributes."""
        texts = {}
        for name in _TEXT_FIELDS:
            column: TextColumn = getattr(self, name)
            texts[name] = column.values[column.codes[row]]
        return Attributes(**texts, published_at=int(self.published_at[row]))

    def extended(self, other: Columns) -> Columns:
        """Return new columns with the rows of `other` after these."""
        texts = {name: getattr(self, name).extended(getattr(other, name)) for name in _TEXT_FIELDS}
        return Columns(**texts, published_at=np.concatenate([self.published_at, other.published_at]))

    def taken(self, rows: Ids) -> Columns:
        """Return new columns with only these rows, in this order."""
        texts = {name: getattr(self, name).taken(rows) for name in _TEXT_FIELDS}
        return Columns(**texts, published_at=self.published_at[rows])

    def newest(self, ids: Ids, passing: Mask, k: int) -> list[tuple[int, int]]:
        """Return up to `k` pairs (published_at, id) of passing rows, newest first, ties by descending id."""
        rows = np.flatnonzero(passing)
        dates = self.published_at[rows]
        if 0 < k < len(rows):
            kth_newest = np.partition(dates, len(dates) - k)[len(dates) - k]
            rows = rows[dates >= kth_newest]
            dates = self.published_at[rows]
        order = np.lexsort((ids[rows], dates))[::-1][: max(k, 0)]
        return [(int(dates[at]), int(ids[rows[at]])) for at in order]

    def save(self, folder: Path) -> None:
        """Write the columns into `folder` as `column_*.npy` and one JSON file of distinct values."""
        values = {name: getattr(self, name).values for name in _TEXT_FIELDS}
        (folder / _DICTIONARIES_FILE).write_text(json.dumps(values), encoding="utf-8")
        for name in _TEXT_FIELDS:
            np.save(folder / f"column_{name}.npy", getattr(self, name).codes)
        np.save(folder / _DATES_FILE, self.published_at)

    @classmethod
    def load(cls, folder: Path, *, mmap: bool = True) -> Columns:
        """Read what `save` wrote; mapped into memory unless told otherwise."""
        values = json.loads((folder / _DICTIONARIES_FILE).read_text(encoding="utf-8"))
        texts = {
            name: TextColumn(load_array(folder / f"column_{name}.npy", mmap=mmap), tuple(values[name]))
            for name in _TEXT_FIELDS
        }
        return cls(**texts, published_at=load_array(folder / _DATES_FILE, mmap=mmap))
