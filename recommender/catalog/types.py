"""Values that the catalog gives back: frozen, so that a caller may keep them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from recommender.article import Status

if TYPE_CHECKING:
    from datetime import datetime

    from recommender.article import Article, ArticleKey

Vector = npt.NDArray[np.float32]


class UpsertOutcome(StrEnum):
    """What became of one article that was sent. Only `CREATED` and `UPDATED` cost a revision."""

    CREATED = "created"  # was not there, or had been deleted
    UPDATED = "updated"
    UNCHANGED = "unchanged"  # the very same article is stored already
    STALE = "stale"  # a newer one is stored; this one was dropped


class DeleteOutcome(StrEnum):
    """What became of one deletion. Only `DELETED` costs a revision."""

    DELETED = "deleted"
    ABSENT = "absent"  # never sent, or deleted already


class Scope(StrEnum):
    """What an API key allows."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receipt for one upsert; `revision` is that of the stored article after it."""

    key: ArticleKey
    row_id: int
    outcome: UpsertOutcome
    revision: int


@dataclass(frozen=True, slots=True)
class Deleted:
    """The receipt for one deletion; for a key that was never sent, `row_id` is None and `revision` 0."""

    key: ArticleKey
    row_id: int | None
    outcome: DeleteOutcome
    revision: int


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as it is stored. `row_id` names it for ever; `revision` is its last accepted change."""

    row_id: int
    article: Article
    revision: int
    content_hash: str
    deleted: bool

    @property
    def servable(self) -> bool:
        """Whether a reader may see it: published and not deleted."""
        return self.article.status is Status.PUBLISHED and not self.deleted


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the change log: at `revision`, something about `row_id` changed (see `Catalog.states`)."""

    revision: int
    row_id: int


@dataclass(frozen=True, slots=True)
class RowState:
    """What is true of a row now: `servable` is published and not deleted, `vector` is None until encoded."""

    row_id: int
    article: Article
    revision: int
    content_hash: str
    servable: bool
    vector: Vector | None


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """An API key without its secret, which nobody has but its owner. `site` None means every site."""

    key_id: str
    name: str
    scopes: frozenset[Scope]
    site: str | None
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made; `secret` is shown this once and cannot be had again."""

    record: KeyRecord
    secret: str = field(repr=False)
