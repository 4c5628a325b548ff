"""The wire format of related lists: what goes out, field by field."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from recommender.article import MAX_ID_CHARS, Article, Image
from recommender.service import Reason, Why

if TYPE_CHECKING:
    from recommender.ranking import ScoreParts
    from recommender.service import Dropped, Related, RelatedList

MAX_BATCH = 100


class Parts(BaseModel):
    """The parts of a score, as `explain` shows them."""

    score: float = Field(description="What the list is sorted by: relevance * recency - redundancy")
    dense: float = Field(description="Cosine of the language-centred vectors, -1…1")
    lexical: float = Field(description="Cosine of the weighted terms, 0…1; 0 across languages")
    relevance: float = Field(description="Calibrated probability that an editor calls the pair related, 0…1")
    recency: float = Field(description="Factor for age, at most 1")
    redundancy: float = Field(description="What similarity to better-placed items took off")

    @classmethod
    def of(cls, parts: ScoreParts) -> Parts:
        """Round the parts to what is worth reading."""
        return cls(
            score=round(parts.final, 4),
            dense=round(parts.dense, 4),
            lexical=round(parts.lexical, 4),
            relevance=round(parts.relevance, 4),
            recency=round(parts.recency, 4),
            redundancy=round(parts.redundancy, 4),
        )


class Item(BaseModel):
    """One related article."""

    id: str
    url: str
    title: str
    teaser: str
    image: Image | None
    published_at: datetime | None
    section: str
    language: str
    kind: str
    relevance: float = Field(ge=0, le=1, description="Calibrated 0…1, the same meaning for every encoder")
    reason: Reason = Field(
        description="Why it is here: related by content, or a fallback that filled the place"
    )
    explain: Parts | None = Field(default=None, description="Only with `explain`")

    @classmethod
    def of(cls, related: Related, *, explain: bool) -> Item:
        """Make the wire item of one result."""
        article = related.article
        return cls(
            **_card(article),
            relevance=round(related.relevance, 4),
            reason=related.reason,
            explain=Parts.of(related.parts) if explain else None,
        )


class DroppedItem(BaseModel):
    """A candidate that did not make it; only with `explain`."""

    id: str
    title: str
    why: Why = Field(description="Why it was left out")
    explain: Parts

    @classmethod
    def of(cls, dropped: Dropped) -> DroppedItem:
        """Make the wire item of one dropped candidate."""
        article = dropped.article
        return cls(id=article.id, title=article.title, why=dropped.why, explain=Parts.of(dropped.parts))


class RelatedAnswer(BaseModel):
    """The related list of one article, best first."""

    site: str
    id: str | None = Field(description="Null for a draft that was sent without one")
    items: list[Item]
    complete: bool = Field(description="False while the article is not encoded yet: ask again in seconds")
    dropped: list[DroppedItem] | None = Field(default=None, description="Only with `explain`")

    @classmethod
    def of(cls, site: str, article_id: str | None, related: RelatedList, *, explain: bool) -> RelatedAnswer:
        """Make the wire answer of a related list."""
        return cls(
            site=site,
            id=article_id,
            items=[Item.of(item, explain=explain) for item in related.items],
            complete=related.complete,
            dropped=[DroppedItem.of(item) for item in related.dropped] if explain else None,
        )


class BatchRequest(BaseModel):
    """Which articles a batch asks for."""

    model_config = ConfigDict(extra="forbid")

    ids: list[Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARS)]] = Field(
        min_length=1, max_length=MAX_BATCH
    )


class BatchAnswer(BaseModel):
    """Related lists of several articles; what failed carries its error instead of items."""

    results: list[RelatedAnswer | BatchFailure]


class BatchFailure(BaseModel):
    """One article of a batch that has no list, and why."""

    site: str
    id: str
    code: str
    detail: str


class Page(BaseModel):
    """A page that shows an article now."""

    id: str
    url: str
    title: str


class ShownOn(BaseModel):
    """The pages to purge when an article changes or goes."""

    site: str
    id: str
    pages: list[Page]


def _card(article: Article) -> dict[str, Any]:
    names = ("id", "url", "title", "teaser", "image", "published_at", "section", "language", "kind")
    return {name: getattr(article, name) for name in names}


BatchAnswer.model_rebuild()
