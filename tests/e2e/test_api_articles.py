"""Articles in, out and away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from api_fixtures import SITE, Api, HeldEncoder, article_path, ndjson, open_api, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with open_api(tmp_path) as opened:
        yield opened


def _article(api: Api, article_id: str) -> dict[str, Any]:
    answer = api.client.get(article_path(article_id), headers=api.as_admin)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def test_put_says_what_became_of_the_article(api: Api) -> None:
    first = api.put("1", title="Brücke gesperrt", updated_at="2026-08-02T10:00:00Z")
    again = api.put("1", title="Brücke gesperrt", updated_at="2026-08-02T10:00:00Z")
    older = api.put("1", title="Brücke offen", updated_at="2026-08-01T10:00:00Z")
    newer = api.put("1", title="Brücke bleibt gesperrt", updated_at="2026-08-02T12:00:00+01:00")

    assert [answer.status_code for answer in (first, again, older, newer)] == [201, 200, 200, 200]
    assert [answer.json()["outcome"] for answer in (first, again, older, newer)] == [
        "created",
        "unchanged",
        "stale",
        "updated",
    ]
    revisions = [answer.json()["revision"] for answer in (first, again, older, newer)]
    assert revisions[0] == revisions[1] == revisions[2] < revisions[3]
    assert _article(api, "1")["title"] == "Brücke bleibt gesperrt"


def test_a_put_that_waited_is_found_at_once(api: Api) -> None:
    api.put("b0", **told("b0", topic="bruecke"))
    stored = api.put("b1", **told("b1", topic="bruecke"))
    assert stored.json() == {
        "site": SITE,
        "id": "b1",
        "outcome": "created",
        "revision": 3,
        "searchable": True,
    }
    assert api.related_ids("b0") == ["b1"]


def test_an_update_changes_the_lists(api: Api) -> None:
    for name in ("b0", "b1"):
        api.put(name, **told(name, topic="bruecke"))
    assert api.related("b0")["items"][0]["reason"] == "related"

    api.put("b1", **told("b1", topic="sport"))

    assert [(item["id"], item["reason"]) for item in api.related("b0")["items"]] == [("b1", "newest")]


def test_a_put_that_cannot_be_searched_in_time_answers_202(tmp_path: Path) -> None:
    encoder = HeldEncoder()
    encoder.gate.clear()
    with open_api(tmp_path, encoder=encoder, wait_timeout_s=0.05) as api:
        late = api.put("b0", **told("b0"))
        hurried = api.put("b1", wait=False, **told("b1"))
        encoder.gate.set()
        api.settle()
        found = api.put("b0", **told("b0"))

    assert (late.status_code, late.json()["outcome"], late.json()["searchable"]) == (202, "created", False)
    assert (hurried.status_code, hurried.json()["searchable"]) == (201, False)
    assert (found.status_code, found.json()["outcome"], found.json()["searchable"]) == (
        200,
        "unchanged",
        True,
    )


def test_while_a_new_text_is_encoded_the_article_is_found_by_its_old_one(tmp_path: Path) -> None:
    encoder = HeldEncoder()
    with open_api(tmp_path, encoder=encoder) as api:
        api.put("b0", **told("b0", topic="bruecke"))
        api.put("b1", **told("b1", topic="bruecke"))
        encoder.gate.clear()

        put = api.put("b1", wait=False, **told("b1", topic="sport"))
        meanwhile = api.related("b0")["items"]
        article = _article(api, "b1")
        encoder.gate.set()
        api.settle()

    assert put.json()["searchable"] is False
    assert [(item["id"], item["reason"]) for item in meanwhile] == [("b1", "related")]
    assert article["searchable"] is True


def test_every_field_comes_back_as_it_was_sent(api: Api) -> None:
    sent: dict[str, Any] = {
        "url": "https://talblatt.example/bruecke",
        "title": "Brücke gesperrt",
        "teaser": "Der Sturm ist schuld.",
        "body": "Erster Absatz.\n\nZweiter Absatz.",
        "language": "de-at",
        "published_at": "2026-08-01T08:00:00Z",
        "updated_at": "2026-08-01T09:30:00Z",
        "status": "published",
        "kind": "liveblog",
        "section": "lokales",
        "tags": ["Verkehr", "Sturm"],
        "regions": ["Tirol"],
        "place": "Innsbruck",
        "event": "Sperre",
        "best_reference": "https://amt.example/sperre",
        "sources": ["Bezirksamt"],
        "authors": ["Mia Moser"],
        "image": {"url": "https://talblatt.example/b.jpg", "alt": "Brücke", "width": 1200, "height": 675},
        "sensitivity": "crime",
        "extra": {"paywall": True, "ratio": 1.5, "nested": {"list": [1, None, "ß"]}},
    }
    put = api.put("1", **sent).json()

    article = _article(api, "1")

    assert article == {"site": SITE, "id": "1", **sent, "revision": put["revision"], "searchable": True}


def test_what_get_gave_can_be_put_back(api: Api) -> None:
    api.put("1", **told("b0", tags=["Brücke"], paywall=True))
    article = _article(api, "1")

    assert api.put("1", **article).json()["outcome"] == "unchanged"
    assert api.bulk(ndjson([article]))[0]["outcome"] == "unchanged"
    assert article["extra"] == {"paywall": True}


def test_an_id_in_the_body_may_repeat_the_address(api: Api) -> None:
    assert api.put("7", id=7, title="Zahl").status_code == 201
    assert api.put("8", id=None, title="Null").status_code == 201
    refused = api.put("9", id="10", title="Andere")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_article")
    assert "got '10' in the body, but the address says '9'" in refused.json()["detail"]
    other_site = api.put("9", site=SITE, title="x")
    assert other_site.status_code == 201


def test_a_body_for_another_site_is_refused(api: Api) -> None:
    answer = api.client.put(article_path("1"), json={"site": "bergpost", "title": "x"}, headers=api.as_admin)
    assert answer.status_code == 422
    assert "got 'bergpost' in the article, but it was sent to site 'talblatt'" in answer.json()["detail"]


def test_a_deleted_article_is_gone_from_every_list_at_once(api: Api) -> None:
    names = ["b0", "b1", "b2", "b3"]
    for name in names:
        api.put(name, **told(name, topic="bruecke"))
    assert all("b2" in api.related_ids(name) for name in names if name != "b2")

    first, again, never = api.delete("b2"), api.delete("b2"), api.delete("never")

    assert all("b2" not in api.related_ids(name) for name in names if name != "b2")
    assert [answer.status_code for answer in (first, again, never)] == [200, 200, 200]
    assert [answer.json()["outcome"] for answer in (first, again, never)] == ["deleted", "absent", "absent"]
    assert api.client.get(article_path("b2"), headers=api.as_admin).status_code == 404
    for tail in ("/related", "/shown-on"):
        assert api.get(article_path("b2", tail)).json()["code"] == "unknown_article"


def test_a_deletion_needs_nothing_but_the_catalog(tmp_path: Path) -> None:
    """The index of this process may lag: nobody waits for it, and nothing deleted is served from it."""
    with open_api(tmp_path) as api:
        for name in ("b0", "b1"):
            api.put(name, **told(name, topic="bruecke"))
        view = api.core.live.view()
        api.core.live.view = lambda: view  # type: ignore[method-assign] # it stays as it was

        api.delete("b1")

        assert view.count() == 2
        assert api.related_ids("b0") == []


@pytest.mark.parametrize("status", ["draft", "scheduled", "private", "trashed", "retracted"])
def test_an_article_put_as_unpublished_is_gone_at_once_and_can_come_back(api: Api, status: str) -> None:
    for name in ("b0", "b1"):
        api.put(name, **told(name, topic="bruecke"))

    away = api.put("b1", wait=False, **told("b1", topic="bruecke", status=status))
    gone = api.related_ids("b0")
    hidden = api.get(article_path("b1", "/related"))
    waited = api.put("b1", **told("b1", topic="bruecke", status=status))
    back = api.put("b1", **told("b1", topic="bruecke"))

    assert (away.json()["outcome"], gone, hidden.status_code) == ("updated", [], 404)
    assert _article(api, "b1")["status"] == "published"
    # settled, so no 202; and yet nothing that a search could find
    assert (waited.status_code, waited.json()["searchable"]) == (200, False)
    assert back.json()["searchable"] is True
    assert api.related_ids("b0") == ["b1"]


def test_a_deleted_article_can_be_sent_again(api: Api) -> None:
    api.put("b0", **told("b0"))
    api.delete("b0")
    assert (api.put("b0", **told("b0")).status_code, _article(api, "b0")["title"]) == (201, "b0")


def test_markup_becomes_text(api: Api) -> None:
    api.put(
        "1",
        title="<b>Brücke</b> &amp; Fluss",
        body="<p>Erster Absatz.</p><script>alert(1)</script><p>Zweiter.</p>",
    )
    article = _article(api, "1")
    assert (article["title"], article["body"]) == ("Brücke & Fluss", "Erster Absatz.\n\nZweiter.")


def test_a_byte_order_mark_does_no_harm(api: Api) -> None:
    body = b"\xef\xbb\xbf" + json.dumps({"title": "Brücke"}).encode()
    answer = api.client.put(article_path("1"), content=body, headers=api.as_admin)
    assert (answer.status_code, _article(api, "1")["title"]) == (201, "Brücke")
