from __future__ import annotations

from datetime import UTC, datetime

import pytest

from recommender.article import Article, Image
from recommender.web.cards import Card, is_safe_url


@pytest.mark.parametrize(
    "url",
    [
        "https://zeitung.example/politik/rathaus-17",
        "http://zeitung.example",
        "HTTPS://ZEITUNG.EXAMPLE/A",
        "//bilder.example/a.jpg",
        "/politik/rathaus-17",
        "politik/rathaus-17?a=1&b=2#teil",
        "?p=17",
        "/straße/größe ohne prozent",
    ],
)
def test_web_and_relative_addresses_are_safe(url: str) -> None:
    assert is_safe_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "   ",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "mailto:a@b.example",
        "https:",
        "http:/pfad",
        "http://[::1",
        "/pfad\x00",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    assert not is_safe_url(url)


def test_a_card_takes_over_what_readers_see() -> None:
    image = Image(url="/images/hafen.svg", alt="Boote", width=1200, height=675)
    when = datetime(2026, 9, 24, 11, 42, tzinfo=UTC)
    article = Article(
        site="s", id="7", url="/lokales/hafen-7", title="Neuer Steg", teaser="Er ist fertig.", body="…",
        language="de", published_at=when, kind="video", section="lokales", image=image,
    )  # fmt: skip

    assert Card.of(article) == Card(
        url="/lokales/hafen-7", title="Neuer Steg", teaser="Er ist fertig.", image=image,
        published_at=when, section="lokales", language="de", kind="video",
    )  # fmt: skip
