"""The way in: what is stored of what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recommender.article import Article, ArticleKey
from recommender.catalog import UpsertOutcome, open_catalog
from recommender.ingest import accept, accept_all, clean_article

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recommender.catalog import Catalog

GERMAN = "Der Gemeinderat hat am Dienstagabend den Haushalt für das kommende Jahr beschlossen."
FRENCH = "Le conseil municipal a adopté mardi soir le budget pour l'année prochaine, après un long débat."


def _article(**fields: object) -> Article:
    return Article.model_validate(
        {"site": "s", "id": "1", "title": "Haushalt beschlossen", "language": "de"} | fields
    )


def _clean(default_language: str = "de", **fields: object) -> Article:
    return clean_article(_article(**fields), default_language=default_language)


def test_markup_of_a_cms_becomes_text() -> None:
    clean = _clean(
        title="Haushalt <em>beschlossen</em> &amp; verkündet",
        teaser="<p>Ein langer\nAbend.</p>",
        body=f"<!-- wp:paragraph --><p>{GERMAN}</p><!-- /wp:paragraph --><script>x()</script><p>Mehr folgt.</p>",
        section="Politik &amp; Stadt",
        tags=["<b>Rat</b>", "<i></i>", "Essen &#038; Trinken"],
    )
    assert clean.title == "Haushalt beschlossen & verkündet"
    assert clean.teaser == "Ein langer Abend."
    assert clean.body == f"{GERMAN}\n\nMehr folgt."
    assert clean.section == "Politik & Stadt"
    assert clean.tags == ("Rat", "Essen & Trinken")


def test_plain_text_keeps_its_signs_and_paragraphs() -> None:
    body = "Wenn x < 5 und y > 3 gilt,\nsteht es hier.\n\nEin <Platzhalter> bleibt. „So“ – auch das."
    assert _clean(body=body, title="x < 5").body == body
    assert _clean(body=body, title="x < 5").title == "x < 5"


def test_an_article_that_is_clean_already_is_the_same_object() -> None:
    article = _article(body=GERMAN)
    assert clean_article(article, default_language="de") is article


def test_unicode_is_brought_to_one_form() -> None:
    clean = _clean(title="Bru\u0308cke\u00ad  ge\u200bsperrt", body="A\r\nB\u00a0C\x00")
    assert clean.title == "Brücke gesperrt"
    assert clean.body == "A\nB C"


@pytest.mark.parametrize("title", ["<b></b>", "<img src='x.jpg'>", "\u200b"])
def test_a_title_without_text_is_made_from_what_there_is(title: str) -> None:
    assert _clean(title=title, teaser="Aus dem Vorspann", body="Aus dem Text").title == "Aus dem Vorspann"
    assert _clean(title=title, body="<p>Aus dem Text</p><p>Zweiter Absatz</p>").title == "Aus dem Text"
    assert _clean(title=title, body="<p></p>").title == "1"


def test_a_fact_box_fills_blanks_and_overwrites_nothing() -> None:
    box = (
        f"<p>{GERMAN}</p><h2>Details zur Meldung</h2><p>Was ist passiert?<br>Ratssitzung</p>"
        "<p>In welchen Regionen?<br>Tirol, Bayern</p><p>Beste Referenz?<br>rat.example</p>"
    )
    clean = _clean(body=box, event="Sitzung des Rats", place="Innsbruck")
    assert clean.body == GERMAN
    assert (clean.event, clean.place) == ("Sitzung des Rats", "Innsbruck")
    assert (clean.regions, clean.best_reference, clean.sources) == (("Tirol", "Bayern"), "rat.example", ())


def test_a_stated_language_is_kept_and_a_missing_one_detected() -> None:
    assert _clean(body=FRENCH, language="de-AT").language == "de-at"
    assert _clean(body=FRENCH, language="").language == "fr"
    assert _clean(body=f"<p>{FRENCH}</p>", language="", title="<b>Budget</b>").language == "fr"


def test_a_text_too_short_to_tell_has_the_site_s_language() -> None:
    assert _clean(default_language="fr-CH", language="", title="Budget 2027").language == "fr"


def test_what_is_not_text_stays_as_it_was_sent() -> None:
    sent = _article(
        body=f"<p>{GERMAN}</p>", url="https://s.example/?a=1&amp;b=2", extra={"html": "<b>roh</b>"}
    )
    clean = clean_article(sent, default_language="de")
    assert clean.model_dump(exclude={"body"}) == sent.model_dump(exclude={"body"})


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    yield opened
    opened.close()


def test_accepted_articles_are_stored_clean_with_a_receipt_each_in_order(catalog: Catalog) -> None:
    sent = [_article(id="b", body=f"<p>{GERMAN}</p>"), _article(id="a", language="", body=FRENCH)]

    receipts = accept(catalog, sent, default_language="de")
    again = accept(catalog, sent, default_language="de")

    assert [(each.key.id, each.outcome, each.revision) for each in receipts] == [
        ("b", UpsertOutcome.CREATED, 1),
        ("a", UpsertOutcome.CREATED, 2),
    ]
    assert [each.outcome for each in again] == [UpsertOutcome.UNCHANGED] * 2
    stored = catalog.get(ArticleKey("s", "b"))
    assert stored is not None
    assert stored.article.body == GERMAN


def test_a_stream_is_taken_in_batches_and_no_further_than_asked(catalog: Catalog) -> None:
    drawn: list[int] = []

    def stream() -> Iterator[Article]:
        for number in range(7):
            drawn.append(number)
            yield _article(id=str(number))

    batches = accept_all(catalog, stream(), default_language="de", batch=3)

    assert [each.key.id for each in next(batches)] == ["0", "1", "2"]
    assert drawn == [0, 1, 2]
    assert catalog.revision() == 3
    assert [[each.key.id for each in batch] for batch in batches] == [["3", "4", "5"], ["6"]]
    assert catalog.published_count() == 7


def test_an_empty_stream_stores_nothing(catalog: Catalog) -> None:
    assert list(accept_all(catalog, [], default_language="de")) == []
    assert catalog.revision() == 0
