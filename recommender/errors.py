"""Every error this package raises on purpose: a class with a stable code and a message that helps.

The message says what was got, what was wanted and what to do next. The HTTP status of each class
stands in one table, `recommender.api.errors`.
"""

from __future__ import annotations

import reprlib
from typing import ClassVar

_SHOWN_CHARS = 80
# stops at this depth and length, so that neither deep nesting nor a huge text costs anything
_shortener = reprlib.Repr()
_shortener.maxlevel = 3
_shortener.maxstring = _shortener.maxother = _SHOWN_CHARS


def shown(value: object) -> str:
    """Return what was got, as a message may quote it: at most 80 characters, however deep or long it is."""
    text = _shortener.repr(value)
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 3] + "..."


class RecommenderError(Exception):
    """Base of everything `recommender` raises on purpose."""

    code: ClassVar[str] = "recommender_error"


class InvalidArticleError(RecommenderError):
    """The article cannot be taken: a field is missing, malformed or too large."""

    code = "invalid_article"


class InvalidRequestError(RecommenderError):
    """A parameter or the body of a request is not what the route takes."""

    code = "invalid_request"


class BodyTooLargeError(RecommenderError):
    """The request body is larger than this server takes."""

    code = "body_too_large"


class UnknownArticleError(RecommenderError):
    """The catalog holds no article with this site and id."""

    code = "unknown_article"

    def __init__(self, site: str, article_id: str) -> None:
        self.site, self.article_id = site, article_id
        super().__init__(
            f"no article {article_id!r} on site {site!r}: check the id, or send the article first "
            f"(PUT /v1/sites/{{site}}/articles/{{id}})"
        )


class SourceError(RecommenderError):
    """A source cannot be read at all (a bad item is reported and skipped instead)."""

    code = "source_unreadable"


class EncoderError(RecommenderError):
    """The encoder cannot be built or gave vectors that cannot be used."""

    code = "encoder_failed"


class EncoderUnavailableError(RecommenderError):
    """No encoder answers right now; reads by id go on working."""

    code = "encoder_unavailable"


class CatalogError(RecommenderError):
    """The catalog cannot be opened, or its settings do not keep what a 2xx promises."""

    code = "catalog_failed"


class NotReadyError(RecommenderError):
    """No snapshot is loaded yet, so no related list can be given."""

    code = "not_ready"


class RebuildError(RecommenderError):
    """A rebuild failed a check, or another one is running; the live snapshot is untouched."""

    code = "rebuild_failed"


class RebuildRunningError(RebuildError):
    """Another rebuild holds the lock."""

    code = "rebuild_running"


class SettingsError(RecommenderError):
    """The configuration cannot be used."""

    code = "invalid_settings"


class UnauthorizedError(RecommenderError):
    """No API key, or one that is not known."""

    code = "unauthorized"


class ForbiddenError(RecommenderError):
    """The API key is known, but lacks the scope."""

    code = "forbidden"
