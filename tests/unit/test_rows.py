"""What the index stores of an article."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from index.types import NO_DATE, Attributes
from recommender.article import Article
from recommender.rows import attributes_of, join_rows, rows_of, terms_of


def _article(article_id: str = "1", **fields: object) -> Article:
    return Article.model_validate({"site": "s", "id": article_id, "title": "Brücke gesperrt"} | fields)


def test_attributes_are_what_an_article_is_filtered_by() -> None:
    article = _article(
        language="de-AT",
        section="Politik",
        kind="liveblog",
        status="draft",
        published_at=datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
    )
    assert attributes_of(article) == Attributes("s", "de", "Politik", "liveblog", "draft", -1)


def test_an_article_without_a_date_sorts_before_every_date() -> None:
    ancient = _article(published_at=datetime(1, 1, 1, tzinfo=UTC))
    assert attributes_of(_article()).published_at == NO_DATE
    assert attributes_of(_article()).published_at < attributes_of(ancient).published_at


def test_terms_come_from_title_teaser_body_and_tags_in_the_article_s_language() -> None:
    everywhere = terms_of(_article(teaser="Umleitung", body="Stau", tags=["Verkehr"], language="de"))
    assert len(everywhere.ids) == 5
    assert everywhere.ids.tolist() == sorted(everywhere.ids.tolist())
    assert sorted(everywhere.counts.tolist()) == [1.0, 1.0, 2.0, 2.0, 2.0]
    english = terms_of(_article(teaser="Umleitung", body="Stau", tags=["Verkehr"], language="en"))
    assert not set(everywhere.ids.tolist()) & set(english.ids.tolist())


def test_rows_keep_the_order_given() -> None:
    articles = [_article("b", section="x"), _article("a", title="Anderes", section="y")]
    vectors = np.array([[1, 0], [0, 1]], dtype=np.float32)

    rows = rows_of([9, 4], articles, vectors, dim=2)

    assert rows.ids.tolist() == [9, 4]
    assert rows.vectors.tolist() == [[1, 0], [0, 1]]
    assert [row.section for row in rows.attributes] == ["x", "y"]
    assert [terms.ids.tolist() for terms in rows.terms] == [terms_of(each).ids.tolist() for each in articles]


def test_vectors_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match="reshape"):
        rows_of([1], [_article()], [np.ones(3, dtype=np.float32)], dim=2)


def test_joined_rows_follow_one_another() -> None:
    first = rows_of([1, 2], [_article("1"), _article("2")], np.eye(2, dtype=np.float32), dim=2)
    second = rows_of([3], [_article("3", section="z")], np.ones((1, 2), dtype=np.float32), dim=2)

    rows = join_rows([first, second], dim=2)

    assert rows.ids.tolist() == [1, 2, 3]
    assert rows.vectors.tolist() == [[1, 0], [0, 1], [1, 1]]
    assert [row.section for row in rows.attributes] == ["", "", "z"]
    assert len(rows.terms) == 3


def test_no_parts_join_to_no_rows_of_that_width() -> None:
    rows = join_rows([], dim=4)
    assert (len(rows), rows.vectors.shape) == (0, (0, 4))
    assert rows.ids.dtype == np.dtype(np.int64)
    assert rows.vectors.dtype == np.dtype(np.float32)
