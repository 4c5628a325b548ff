"""The templates of the demo paper and the words they use."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from recommender.demo import paper as press
from recommender.web.wording import wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.article import Article


@cache
def environment() -> Environment:
    """Return the template environment, made once: everything is escaped, a missing value is an error."""
    made = Environment(
        loader=PackageLoader("recommender.demo", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = wording(press.PAPER_LANGUAGE)
    made.filters.update(
        path=press.site_path,
        label=press.section_label,
        date=press.local_date,
        time=press.local_time,
        weekday=press.weekday,
        names=_join,
        kind=lambda kind: words.kinds.get(kind, ""),
        written_in=lambda article: (
            "" if _is_own(article) else words.written_in.get(article.base_language, "")
        ),
        paragraphs=lambda body: [part for part in body.split("\n\n") if part.strip()],
        lang=lambda article: "" if _is_own(article) else article.language,
    )
    return made


def _join(names: Sequence[str]) -> str:
    return " und ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def _is_own(article: Article) -> bool:
    return article.base_language in {"", press.PAPER_LANGUAGE}
