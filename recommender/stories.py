"""One story once: find near-duplicates among candidates and keep one representative of each group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class NearDuplicateRule:
    """When two articles tell the same thing in the same words.

    Their vectors must be at least `dense` close in cosine, which is cheap to know and spares the
    rest; then their terms must be nearly the same, or very alike where the vectors nearly
    coincide: an agency text with a new lead. Term cosines compare within one language only, so a
    translation is never a near-duplicate.
    """

    dense: float = 0.70
    lexical: float = 0.80
    close_dense: float = 0.90
    close_lexical: float = 0.60

    def holds(self, *, dense: float, lexical: float) -> bool:
        """Say whether a pair with these two cosines is a near-duplicate."""
        if dense < self.dense:
            return False
        return lexical >= self.lexical or (dense >= self.close_dense and lexical >= self.close_lexical)


@dataclass(frozen=True, slots=True)
class Group:
    """Positions of near-duplicates among the candidates; the representative is one of them."""

    representative: int
    others: tuple[int, ...] = ()


def group_near_duplicates(
    dense: npt.NDArray[np.float32],
    lexical: Callable[[int, list[int]], Sequence[float]],
    published_at: Sequence[float],
    rule: NearDuplicateRule,
) -> list[Group]:
    """Group candidates, given best first, in the order of each group's best member.

    `dense` is the square matrix of cosines; `lexical(a, others)` gives the term cosines of a position
    with others and is asked once for each, only for those whose vectors are close. Whoever repeats a
    member belongs to the group, so no two representatives repeat each other. The newest of a group
    represents it, ties going to the better-scored: of two versions a reader wants the later one.
    """
    best = list(range(len(published_at)))
    members = [[position] for position in best]
    close = np.tril(dense >= rule.dense, -1)
    for b in np.flatnonzero(close.any(axis=1)).tolist():
        others = np.flatnonzero(close[b]).tolist()
        for a, cosine in zip(others, lexical(b, others), strict=True):
            first, second = sorted((best[a], best[b]))
            if first != second and rule.holds(dense=float(dense[b, a]), lexical=float(cosine)):
                for position in members[second]:
                    best[position] = first
                members[first] += members[second]
                members[second] = []
    groups = []
    for group in filter(None, members):
        newest = max(group, key=lambda position: (published_at[position], -position))
        groups.append(Group(newest, tuple(sorted(position for position in group if position != newest))))
    return groups
