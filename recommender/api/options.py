"""The query parameters that every related list takes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from recommender.errors import InvalidRequestError
from recommender.service import Ask

if TYPE_CHECKING:
    from recommender.settings import Settings

MAX_LIMIT = 50
_PROFILES = ("", "mixed")


class Options(BaseModel):
    """The query parameters every related list takes."""

    model_config = ConfigDict(extra="forbid")

    limit: int | None = Field(
        default=None,
        ge=1,
        le=MAX_LIMIT,
        description="How many articles, at most; absent: the server's setting",
    )
    profile: str = Field(default="", description="`mixed` (default)")
    exclude: list[str] = Field(
        default=[],
        description="Article ids that must not appear, separated by commas or given as several parameters",
    )
    languages: str = Field(
        default="",
        description="Languages to offer, separated by commas; `any` for all; absent: the article's own",
    )
    explain: bool = Field(default=False, description="Add every score part and what was dropped, and why")
    min_relevance: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Least relevance of a related item; absent: the server's setting",
    )

    def ask(self, settings: Settings) -> Ask:
        """Turn the parameters into what the service takes. Raises `InvalidRequestError`."""
        if self.profile not in _PROFILES:
            raise InvalidRequestError(f"profile: got {self.profile!r}, this version knows 'mixed'")
        ranking = settings.ranking
        if self.min_relevance is not None:
            ranking = replace(ranking, min_relevance=self.min_relevance)
        return Ask(
            limit=self.limit or settings.limit,
            exclude=_ids(self.exclude),
            languages=_languages(self.languages),
            explain=self.explain,
            ranking=ranking,
        )


def _ids(given: list[str]) -> frozenset[str]:
    # an id may hold a comma: as a whole it is one too
    named = (name.strip() for value in given for name in (value, *value.split(",")))
    return frozenset(name for name in named if name)


def _languages(given: str) -> frozenset[str] | None:
    # articles are told apart by language, not by region: de-AT finds what de finds
    named = (code.strip().lower().replace("_", "-").partition("-")[0] for code in given.split(","))
    languages = frozenset(code for code in named if code)
    if "any" in languages:
        return frozenset()
    return languages or None
