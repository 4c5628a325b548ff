"""How one section looks on a terminal: two lines for each article, reasons in words."""

from __future__ import annotations

import contextlib
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from recommender.article import Article
from recommender.cli.section import print_section, why
from recommender.ranking import ScoreParts
from recommender.service import Dropped, Related, RelatedList

if TYPE_CHECKING:
    from recommender.related import Reason

QUERY = Article(site="bote", id="q", title="Eine [bold]Frage[/bold] der Deiche", language="de")
LONG = "Gemeinderat von Altenweiler beschließt nach langer Sitzung den Bau neuer Deiche an der Elster"


def _item(reason: Reason = "related", *, language: str = "de", **parts: float) -> Related:
    article = Article(
        site="bote",
        id="h4",
        title=LONG,
        section="politik",
        language=language,
        published_at=datetime(2026, 9, 12, 16, 40, tzinfo=UTC),
    )
    numbers = {"dense": 0.5, "lexical": 0.15, "relevance": 0.5, **parts}
    return Related(article, reason, ScoreParts(**numbers))


def _shown(
    *items: Related, dropped: list[Dropped] | None = None, explain: bool = False, **more: Any
) -> list[str]:
    found = RelatedList(list(items), dropped or [], revision=3, snapshot_id="s", language="de", **more)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        print_section(QUERY, found, explain=explain)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_an_article_takes_two_lines() -> None:
    assert _shown(_item()) == [
        "Ähnliche Artikel · Eine [bold]Frage[/bold] der Deiche",
        f"1 0.50 {LONG}",
        "       h4 · politik · 12.09.2026 · related, some of the same words",
    ]


def test_a_terminal_of_80_columns_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.cli.section._WIDTH", 80)

    lines = _shown(*[_item()] * 12)

    assert max(map(len, lines)) <= 80
    # the long title wraps once, below itself
    assert lines[1:4] == [
        " 1 0.50 Gemeinderat von Altenweiler beschließt nach langer Sitzung den Bau neuer",
        "        Deiche an der Elster",
        "        h4 · politik · 12.09.2026 · related, some of the same words",
    ]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"relevance": 0.70, "lexical": 0.20}, "closely related, many of the same words"),
        ({"relevance": 0.69, "lexical": 0.19}, "related, some of the same words"),
        ({"relevance": 0.40, "lexical": 0.09}, "related, few of the same words"),
        ({"relevance": 0.39, "lexical": 0.0}, "loosely related, few of the same words"),
        ({"recency": 0.89}, "related, some of the same words, placed lower for its age"),
        ({"recency": 0.90}, "related, some of the same words"),
    ],
)
def test_the_numbers_become_words(parts: dict[str, float], words: str) -> None:
    assert why(_item("related", language="de", **parts), language="de") == words


def test_across_languages_no_words_are_compared() -> None:
    assert why(_item(language="fr"), language="de") == "related, by content, in another language (fr)"


@pytest.mark.parametrize(("reason", "what"), [("section", "the section"), ("newest", "the site")])
def test_a_fallback_says_so_and_has_no_relevance(reason: Reason, what: str) -> None:
    lines = _shown(_item(reason, relevance=0.0))

    assert lines[1] == f"1  –   {LONG}"
    assert lines[2].endswith(f"nothing closer: the newest of {what}")


def test_explain_shows_how_the_score_comes_about() -> None:
    lines = _shown(_item(recency=0.9, redundancy=0.05), explain=True)

    assert lines[3].strip() == (
        "score 0.400 = relevance 0.500 × recency 0.900 - redundancy 0.050; dense 0.500, lexical 0.150"
    )


def test_explain_names_what_was_left_out_and_why() -> None:
    dropped = Dropped(_item().article, "near_duplicate", ScoreParts(0.9, 0.8, 0.95))

    assert _shown(_item(), dropped=[dropped], explain=True)[-1] == (
        f"  left out h4 {LONG}: tells the same as another one (relevance 0.95)"
    )
    assert len(_shown(_item(), dropped=[dropped])) == 3


def test_an_empty_section_says_that_there_is_nothing() -> None:
    assert _shown()[1] == "none: no other published article of this site in this language"


def test_an_article_that_waits_for_its_vector_is_said_to() -> None:
    assert _shown(_item("newest"), complete=False)[-1] == (
        "The article is not encoded yet, so nothing closer can be found."
    )


def test_an_article_without_date_and_section_has_a_short_second_line() -> None:
    bare = Related(
        Article(site="bote", id="x", title="Nur ein Titel", language="de"), "newest", ScoreParts(0, 0, 0)
    )

    assert _shown(bare)[2].strip() == "x · nothing closer: the newest of the site"
