"""Hard filters as a structure, so that every engine can apply them inside its own search."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.types import Attributes

_PUBLISHED = frozenset({"published"})


@dataclass(frozen=True, slots=True)
class Filter:
    """What a hit must satisfy; all conditions hold together, `None` means no condition.

    `published_from` and `published_to` are epoch seconds, both inclusive. An article without a
    date fails `published_from` and passes `published_to`. `statuses` defaults to published only.
    """

    site: str | None = None
    languages: frozenset[str] | None = None
    sections: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    statuses: frozenset[str] | None = _PUBLISHED
    published_from: int | None = None
    published_to: int | None = None
    excluded_ids: frozenset[int] = field(default_factory=frozenset)

    def matches(self, row_id: int, attributes: Attributes) -> bool:
        """Say whether one article passes: the definition every faster way has to agree with."""
        return (
            (self.site is None or attributes.site == self.site)
            and (self.languages is None or attributes.language in self.languages)
            and (self.sections is None or attributes.section in self.sections)
            and (self.kinds is None or attributes.kind in self.kinds)
            and (self.statuses is None or attributes.status in self.statuses)
            and (self.published_from is None or attributes.published_at >= self.published_from)
            and (self.published_to is None or attributes.published_at <= self.published_to)
            and row_id not in self.excluded_ids
        )
