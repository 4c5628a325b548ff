"""The article: one piece as a CMS knows it, identified by `(site, id)` and never by its URL."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from recommender.errors import InvalidArticleError, shown

MAX_ID_CHARS = 1_000
MAX_TEXT_CHARS = 2_000_000
_TITLE_FROM_BODY_CHARS = 90
# A list of 100,000 bad tags has as many problems; nobody reads beyond these.
_EXPLAINED_PROBLEMS = 20


class Status(StrEnum):
    """Where an article stands in its CMS. Only `PUBLISHED` is ever served."""

    PUBLISHED = "published"
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PRIVATE = "private"
    TRASHED = "trashed"
    RETRACTED = "retracted"


class ArticleKey(NamedTuple):
    """What identifies an article: the site it stands on and the CMS's own id."""

    site: str
    id: str


class Image(BaseModel):
    """A teaser image; width and height in pixels, so that a page can reserve its space."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    url: str = Field(max_length=4_000)
    alt: str = Field(default="", max_length=2_000)
    width: int | None = Field(default=None, ge=1, le=100_000)
    height: int | None = Field(default=None, ge=1, le=100_000)


class Article(BaseModel):
    """One article with clean text. Frozen; unknown fields land in `extra` and are kept, not interpreted.

    Field names that other systems use are accepted: `text` (body), `lead` (teaser), `published`
    (published_at), `category` (section), `lang` (language). Times without a zone are taken as UTC.
    An article without a title gets one from its teaser or body; one without any text is refused.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, str_strip_whitespace=True)

    site: str = Field(min_length=1, max_length=200)
    id: str = Field(min_length=1, max_length=MAX_ID_CHARS)
    url: str = Field(default="", max_length=4_000)
    title: str = Field(default="", max_length=2_000)
    teaser: str = Field(default="", max_length=20_000, validation_alias=AliasChoices("teaser", "lead"))
    body: str = Field(default="", max_length=MAX_TEXT_CHARS, validation_alias=AliasChoices("body", "text"))
    language: str = Field(default="", max_length=35, validation_alias=AliasChoices("language", "lang"))
    published_at: datetime | None = Field(
        default=None, validation_alias=AliasChoices("published_at", "published")
    )
    updated_at: datetime | None = None
    status: Status = Status.PUBLISHED
    kind: str = Field(default="article", max_length=100)
    section: str = Field(default="", max_length=200, validation_alias=AliasChoices("section", "category"))
    tags: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    place: str = Field(default="", max_length=500)
    event: str = Field(default="", max_length=500)
    best_reference: str = Field(default="", max_length=4_000)
    sources: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    image: Image | None = None
    sensitivity: str = Field(default="", max_length=100)
    extra: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _keep_unknown_fields(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        unknown = {name: value for name, value in data.items() if name not in KNOWN_FIELDS}
        if not unknown:
            return data
        known = {name: value for name, value in data.items() if name in KNOWN_FIELDS}
        given = known.get("extra")
        return {**known, "extra": {**unknown, **(given if isinstance(given, dict) else {})}}

    @field_validator(
        "url",
        "title",
        "teaser",
        "body",
        "language",
        "kind",
        "section",
        "place",
        "event",
        "best_reference",
        "sensitivity",
        mode="before",
    )
    @classmethod
    def _null_is_empty(cls, value: Any, info: Any) -> Any:
        if value is None:
            return "article" if info.field_name == "kind" else ""
        return value

    @field_validator("tags", "regions", "sources", "authors", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        if value is None:
            return ()
        return (value,) if isinstance(value, str) else value

    @field_validator("site")
    @classmethod
    def _site_in_an_address(cls, value: str) -> str:
        if "/" in value:
            raise ValueError("a site is one part of an address: send it without a slash")
        return value

    @field_validator("id", mode="before")
    @classmethod
    def _number_ids(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("language")
    @classmethod
    def _lower_language(cls, value: str) -> str:
        return value.replace("_", "-").lower()

    @field_validator("published_at", "updated_at")
    @classmethod
    def _aware_utc(cls, value: datetime | None) -> datetime | None:
        if value is None:
            return None
        try:
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        except OverflowError as error:
            raise ValueError(f"time {value} is out of range in UTC") from error

    @model_validator(mode="after")
    def _has_text(self) -> Self:
        if self.title:
            return self
        text = self.teaser or self.body
        if not text:
            raise ValueError("title, teaser and body are all empty: send at least a title")
        # frozen for callers; a derived title is part of making the value
        object.__setattr__(self, "title", _first_words(text))
        return self

    @property
    def key(self) -> ArticleKey:
        """Site and id."""
        return ArticleKey(self.site, self.id)

    @property
    def base_language(self) -> str:
        """The language without its region: `de` for `de-AT`; empty when unknown."""
        return self.language.partition("-")[0]

    @property
    def content_hash(self) -> str:
        """A hash of everything that an embedding or a term list depends on: equal hash, equal vector."""
        parts = (self.base_language, self.title, self.teaser, self.body, *self.tags)
        # a separator that cannot stand in text keeps ("ab", "c") apart from ("a", "bc")
        return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()


def _known_fields() -> frozenset[str]:
    names = set(Article.model_fields)
    for field in Article.model_fields.values():
        if isinstance(field.validation_alias, AliasChoices):
            names.update(str(choice) for choice in field.validation_alias.choices)
    return frozenset(names)


KNOWN_FIELDS = _known_fields()


def _first_words(text: str) -> str:
    line = text.split("\n", 1)[0].strip()
    if len(line) <= _TITLE_FROM_BODY_CHARS:
        return line
    return line[:_TITLE_FROM_BODY_CHARS].rsplit(" ", 1)[0].rstrip(",;:– ") + " …"


def parse_article(data: dict[str, Any], *, site: str | None = None) -> Article:
    """Make an `Article` of untrusted `data`; `site`, when given, is the site it is sent to.

    Raises `InvalidArticleError` naming each bad field, what was got and what is wanted.
    """
    if site is not None:
        stated = data.get("site", site)
        if stated != site:
            raise InvalidArticleError(
                f"site: got {stated!r} in the article, but it was sent to site {site!r}"
            )
        data = {**data, "site": site}
    try:
        return Article.model_validate(data)
    except ValidationError as error:
        raise InvalidArticleError(_explain(error)) from error


def _explain(error: ValidationError) -> str:
    lines = []
    problems = error.errors(include_url=False)
    for problem in problems[:_EXPLAINED_PROBLEMS]:
        where = ".".join(str(part) for part in problem["loc"]) or "article"
        lines.append(f"{where}: {problem['msg']} (got {shown(problem.get('input'))})")
    if len(problems) > len(lines):
        lines.append(f"and {len(problems) - len(lines):,} more")
    return "; ".join(lines)
