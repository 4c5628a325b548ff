"""The seam of every source: articles in a stable order, and an account of what was left out and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from recommender.article import Article, parse_article
from recommender.errors import InvalidArticleError
from recommender.text.language import base_language, detect_language

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MAX_KEPT_SKIPS: Final = 200
INVALID_ARTICLE: Final = "invalid article"
DAMAGED: Final = "file is cut off or damaged"
EMPTY: Final = "file is empty"
TOO_LARGE: Final = "too large"


@dataclass(frozen=True, slots=True)
class Skip:
    """One thing that was left out: where it stands, why (one of few reasons), and the particulars."""

    where: str
    reason: str
    detail: str = ""


@dataclass(slots=True)
class Account:
    """What became of everything that was read: `read == yielded + skipped_count` once the source is through.

    `skipped` keeps the first 200; `reasons` counts all of them.
    """

    read: int = 0
    yielded: int = 0
    skipped: list[Skip] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def skipped_count(self) -> int:
        """How many were left out, all reasons together."""
        return self.reasons.total()

    def skip(self, where: str, reason: str, detail: str = "") -> None:
        """Note one thing that was read and left out."""
        self.read += 1
        self.reasons[reason] += 1
        if len(self.skipped) < MAX_KEPT_SKIPS:
            self.skipped.append(Skip(where, reason, detail))

    def took(self) -> None:
        """Note one thing that was read and yielded as an article."""
        self.read += 1
        self.yielded += 1


class Source(Protocol):
    """Articles from one place, streamed: memory does not grow with the number of articles."""

    @property
    def account(self) -> Account:
        """The account of the newest `articles()` run; it grows while that run is consumed."""
        ...

    def articles(self) -> Iterator[Article]:
        """Yield every article, in the same order each time; a bad item is skipped and accounted for.

        Raises `SourceError` when the place as a whole cannot be read.
        """
        ...


def take_article(
    data: dict[str, Any], *, site: str, language: str, where: str, account: Account
) -> Article | None:
    """Return the article in `data`, or None after noting why it isn't one.

    One that names another site than `site` is refused: it was sent to the wrong place. An article
    without a language gets the detected one, or the base code of `language` when its text is too short.
    """
    try:
        article = parse_article({**data, "site": data.get("site") or site}, site=site)
    except InvalidArticleError as error:
        account.skip(where, INVALID_ARTICLE, str(error))
        return None
    if not article.language:
        text = f"{article.title}\n{article.teaser}\n{article.body}"
        found = detect_language(text, fallback=base_language(language))
        article = article.model_copy(update={"language": found})
    account.took()
    return article
