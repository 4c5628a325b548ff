"""The article: aliases, what is kept, what is refused and how."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from recommender.article import Article, ArticleKey, Status, parse_article
from recommender.errors import InvalidArticleError


def _article(**fields: Any) -> Article:
    return parse_article({"id": "1", "title": "Titel", **fields}, site="zeitung")


def test_other_systems_field_names_are_taken() -> None:
    article = _article(text="Text.", lead="Vorspann.", published="2026-01-02", category="sport", lang="de_AT")

    assert (article.body, article.teaser, article.section) == ("Text.", "Vorspann.", "sport")
    assert article.published_at == datetime(2026, 1, 2, tzinfo=UTC)
    assert (article.language, article.base_language) == ("de-at", "de")


def test_unknown_fields_are_kept_in_extra() -> None:
    article = _article(labels=["a"], extra={"paywall": True})
    assert article.extra == {"labels": ["a"], "paywall": True}


def test_a_time_with_a_zone_becomes_utc() -> None:
    article = _article(published_at="2026-07-01T10:00:00+02:00")
    assert article.published_at == datetime(2026, 7, 1, 8, tzinfo=UTC)


def test_null_means_empty() -> None:
    article = _article(teaser=None, tags=None, kind=None, place=None)
    assert (article.teaser, article.tags, article.kind, article.place) == ("", (), "article", "")


def test_a_number_is_an_id_and_one_tag_is_a_list() -> None:
    article = parse_article({"id": 17, "title": "T", "tags": "Kultur"}, site="s")
    assert (article.key, article.tags) == (ArticleKey("s", "17"), ("Kultur",))


def test_an_article_without_a_title_gets_one_from_its_text() -> None:
    words = "Der Gemeinderat hat am Montagabend nach langer Debatte beschlossen, die Gebühren für Kitas nicht zu erhöhen."
    assert parse_article({"id": "1", "body": words}, site="s").title == (
        "Der Gemeinderat hat am Montagabend nach langer Debatte beschlossen, die Gebühren für …"
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"title": "", "body": "  "}, "title, teaser and body are all empty"),
        ({"status": "live"}, r"status: Input should be 'published', 'draft'.* \(got 'live'\)"),
        ({"published_at": "gestern"}, "published_at: Input should be a valid datetime"),
        ({"published_at": "0001-01-01T00:00:00+14:00"}, "out of range in UTC"),
        ({"id": ""}, "id: String should have at least 1 character"),
        ({"id": "x" * 1_001}, "id: String should have at most 1000 characters"),
        ({"id": True}, "id: Input should be a valid string"),
        ({"body": "x" * 2_000_001}, "body: String should have at most 2000000 characters"),
        ({"image": {"url": "a.jpg", "width": 0}}, "image.width: Input should be greater than or equal to 1"),
        ({"site": "andere"}, "site: got 'andere' in the article, but it was sent to site 'zeitung'"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_field_reason_and_value(
    fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArticleError, match=message):
        _article(**fields)


def test_a_site_is_one_part_of_an_address() -> None:
    with pytest.raises(InvalidArticleError, match=r"site: .* send it without a slash .*got 'a/b'"):
        parse_article({"id": "1", "title": "T"}, site="a/b")


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(InvalidArticleError) as caught:
        _article(status="x" * 5_000)
    assert len(str(caught.value)) < 300


def test_the_content_hash_follows_the_text_and_nothing_else() -> None:
    article = _article(body="Text.")
    assert (
        article.content_hash == _article(body="Text.", url="https://x.example/", status="draft").content_hash
    )
    for change in (
        {"body": "Anders."},
        {"title": "Neu"},
        {"teaser": "T"},
        {"tags": ["a"]},
        {"language": "en"},
    ):
        assert article.content_hash != _article(**{"body": "Text.", **change}).content_hash, change


def test_text_moved_from_one_field_to_the_next_is_another_text() -> None:
    assert _article(teaser="ab", body="c").content_hash != _article(teaser="a", body="bc").content_hash


def test_the_default_status_is_published() -> None:
    assert _article().status is Status.PUBLISHED
