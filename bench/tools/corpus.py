"""Articles for measuring: made up from word lists by topic, so that neighbours mean something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from recommender.article import Article

if TYPE_CHECKING:
    from collections.abc import Iterator

_SYLLABLES = [
    "ba",
    "be",
    "bi",
    "bo",
    "bu",
    "da",
    "de",
    "di",
    "do",
    "du",
    "ga",
    "ge",
    "gi",
    "go",
    "ka",
    "ke",
    "ki",
    "ko",
    "la",
    "le",
    "li",
    "lo",
    "ma",
    "me",
    "mi",
    "mo",
    "na",
    "ne",
    "no",
    "ra",
    "re",
    "ri",
    "ro",
    "sa",
    "se",
]
_SECTIONS = ("politik", "wirtschaft", "sport", "kultur", "wissen", "lokales", "panorama", "digital")
_COMMON_WORDS, _TOPIC_WORDS, _WORDS_PER_ARTICLE = 2_000, 60, 220
_NEWEST = datetime(2026, 9, 1, tzinfo=UTC)


def made_up_articles(count: int, *, site: str = "bench", seed: int = 7) -> Iterator[Article]:
    """Yield `count` articles, about 25 to a topic; the same for the same seed."""
    rng = np.random.default_rng(seed)
    common = _words(rng, _COMMON_WORDS)
    topics = max(1, count // 25)
    for number in range(count):
        topic = int(rng.integers(topics))
        own = _words(np.random.default_rng([seed, topic]), _TOPIC_WORDS)
        words = [*rng.choice(common, _WORDS_PER_ARTICLE * 2 // 3), *rng.choice(own, _WORDS_PER_ARTICLE // 3)]
        rng.shuffle(words)
        yield Article(
            site=site,
            id=str(number),
            url=f"https://bench.example/{number}",
            title=" ".join(words[:8]).capitalize(),
            teaser=" ".join(words[8:30]),
            body=" ".join(words[30:]),
            language="de",
            section=_SECTIONS[topic % len(_SECTIONS)],
            published_at=_NEWEST - timedelta(hours=int(rng.integers(24 * 900))),
        )


def _words(rng: np.random.Generator, count: int) -> list[str]:
    lengths = rng.integers(2, 5, size=count)
    return ["".join(rng.choice(_SYLLABLES, size=length)) for length in lengths]
