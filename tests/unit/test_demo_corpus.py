from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from recommender.article import Status
from recommender.demo.corpus import LEAD_ID, SITE, load_corpus, load_pairs

BASE = "http://127.0.0.1:8080"


def test_the_archive_is_large_and_varied_enough_to_show_something() -> None:
    articles = load_corpus(BASE)
    languages = Counter(article.base_language for article in articles)

    assert languages["de"] >= 120
    assert languages["en"] >= 10
    assert languages["fr"] >= 10
    assert len({article.section for article in articles}) >= 10
    assert {"liveblog", "article"} <= {article.kind for article in articles}
    assert {Status.DRAFT, Status.RETRACTED} <= {article.status for article in articles}
    assert "obituary" in {article.sensitivity for article in articles}


def test_ids_and_addresses_are_unique() -> None:
    articles = load_corpus(BASE)

    assert len({article.id for article in articles}) == len(articles)
    assert len({article.url for article in articles}) == len(articles)
    assert {article.site for article in articles} == {SITE}


def test_every_article_is_dated_in_its_quarter() -> None:
    start, end = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)

    assert [a.id for a in load_corpus(BASE) if not (a.published_at and start <= a.published_at < end)] == []


def test_addresses_move_to_the_base_url() -> None:
    lead = next(article for article in load_corpus(BASE + "/") if article.id == LEAD_ID)

    assert lead.url.startswith(f"{BASE}/{lead.section}/")
    assert lead.url.endswith(f"-{LEAD_ID}")
    assert lead.image is not None
    assert lead.image.url == f"{BASE}/images/rakete.svg"
    assert (lead.image.width, lead.image.height) == (1200, 675)
    assert lead.image.alt


def test_every_picture_is_described() -> None:
    assert [a.id for a in load_corpus(BASE) if a.image and not a.image.alt] == []


def test_judged_pairs_join_published_articles() -> None:
    published = {article.id: article for article in load_corpus(BASE) if article.status is Status.PUBLISHED}
    pairs = load_pairs()

    assert len(pairs) >= 150
    for pair in pairs:
        assert pair.a != pair.b
        assert 0 <= pair.score <= 1
        languages = sorted((published[pair.a].base_language, published[pair.b].base_language))
        assert pair.langs == "-".join(languages)
