"""Articles in and out of the catalog, on every database it runs on."""

from __future__ import annotations

from datetime import timedelta, timezone
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from catalog_cases import DATABASES, SITE, START, after, article, database_url, key

from recommender.article import Article, Status
from recommender.catalog import Accepted, Change, Deleted, DeleteOutcome, UpsertOutcome, open_catalog
from recommender.errors import InvalidArticleError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recommender.catalog import Catalog

CREATED, UPDATED = UpsertOutcome.CREATED, UpsertOutcome.UPDATED
UNCHANGED, STALE = UpsertOutcome.UNCHANGED, UpsertOutcome.STALE


@pytest.fixture(params=DATABASES)
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    with database_url(request.param, tmp_path) as url, open_catalog(url, clock=lambda: START) as opened:
        yield opened


def test_every_field_of_an_article_comes_back_as_it_was(catalog: Catalog) -> None:
    sent = article(
        "Ä/1 %",
        url="https://talblatt.example/1",
        teaser="Ein Riss im Pfeiler.",
        body="Absatz eins.\n\nAbsatz „zwei“ mit \x00 und 🚧.",
        language="de-AT",
        published_at=START,
        updated_at=START.astimezone(timezone(timedelta(hours=-7))),
        status="draft",
        kind="liveblog",
        section="Lokales",
        tags=("Verkehr", "Brücke"),
        regions=("Unteres Tal",),
        image={"url": "https://talblatt.example/1.svg", "width": 640, "height": 360},
        extra={"deep": [{"a": None, "b": 1.5}], "big": 10**30},
    )

    (receipt,) = catalog.upsert([sent])
    stored = catalog.get(sent.key)

    assert stored is not None
    assert stored.article == sent
    assert stored.content_hash == sent.content_hash
    assert (stored.row_id, stored.revision, stored.deleted) == (receipt.row_id, receipt.revision, False)


def test_receipts_keep_the_order_and_number_changes_from_one(catalog: Catalog) -> None:
    receipts = catalog.upsert([article("b"), article("a"), article("c", site="bergbote")])

    assert [(r.key, r.outcome, r.revision) for r in receipts] == [
        (key("b"), CREATED, 1),
        (key("a"), CREATED, 2),
        (key("c", "bergbote"), CREATED, 3),
    ]
    assert len({r.row_id for r in receipts}) == 3
    assert catalog.revision() == 3


def test_the_same_id_on_two_sites_is_two_articles(catalog: Catalog) -> None:
    here, there = catalog.upsert([article("1", title="Hier"), article("1", title="Dort", site="bergbote")])

    assert here.row_id != there.row_id
    assert _title(catalog, "1") == "Hier"
    assert _title(catalog, "1", site="bergbote") == "Dort"


def test_sending_the_same_article_again_costs_no_revision(catalog: Catalog) -> None:
    (first,) = catalog.upsert([article("1", updated_at=START)])

    (again,) = catalog.upsert([article("1", updated_at=START)])

    assert again == Accepted(key("1"), first.row_id, UNCHANGED, 1)
    assert catalog.revision() == 1
    assert catalog.changes_since(0) == [Change(1, first.row_id)]


def test_a_change_keeps_the_row_id_and_replaces_the_article(catalog: Catalog) -> None:
    (first,) = catalog.upsert([article("1", section="Lokales", tags=("a",))])

    (second,) = catalog.upsert([article("1", section="Verkehr", status="draft")])
    stored = catalog.get(key("1"))

    assert second == Accepted(key("1"), first.row_id, UPDATED, 2)
    assert stored is not None
    assert stored.article == article("1", section="Verkehr", status="draft")
    assert catalog.counts() == {"draft": 1}
    assert catalog.published_count() == 0


def test_an_older_article_never_overwrites_a_newer_one(catalog: Catalog) -> None:
    (first,) = catalog.upsert([article("1", title="Neu", updated_at=after(5))])

    (stale,) = catalog.upsert([article("1", title="Alt", updated_at=after(4.999))])

    assert stale == Accepted(key("1"), first.row_id, STALE, 1)
    assert (_title(catalog, "1"), catalog.revision()) == ("Neu", 1)


def test_an_article_without_time_is_taken_but_does_not_open_the_door_to_older_ones(catalog: Catalog) -> None:
    catalog.upsert([article("1", title="Neu", updated_at=after(5))])

    outcomes = [
        catalog.upsert([article("1", title="Von Hand")])[0].outcome,
        catalog.upsert([article("1", title="Alt", updated_at=after(1))])[0].outcome,
        catalog.upsert([article("1", title="Gleichzeitig", updated_at=after(5))])[0].outcome,
    ]

    assert outcomes == [UPDATED, STALE, UPDATED]
    assert _title(catalog, "1") == "Gleichzeitig"


def test_within_a_batch_the_later_entry_wins_and_each_change_is_logged(catalog: Catalog) -> None:
    receipts = catalog.upsert(
        [
            article("1", title="Eins", updated_at=after(1)),
            article("2"),
            article("1", title="Drei", updated_at=after(3)),
            article("1", title="Zwei", updated_at=after(2)),
            article("1", title="Drei", updated_at=after(3)),
        ]
    )

    assert [r.outcome for r in receipts] == [CREATED, CREATED, UPDATED, STALE, UNCHANGED]
    assert [r.revision for r in receipts] == [1, 2, 3, 3, 3]
    one, two = receipts[0].row_id, receipts[1].row_id
    assert catalog.changes_since(0) == [Change(1, one), Change(2, two), Change(3, one)]
    assert _title(catalog, "1") == "Drei"


def test_a_deleted_article_is_kept_behind_a_tombstone(catalog: Catalog) -> None:
    (sent,) = catalog.upsert([article("1")])

    gone = catalog.delete(key("1"))
    stored = catalog.get(key("1"))

    assert gone == Deleted(key("1"), sent.row_id, DeleteOutcome.DELETED, 2)
    assert stored is not None
    assert (stored.deleted, stored.revision) == (True, 2)
    assert catalog.changes_since(1) == [Change(2, sent.row_id)]
    assert (catalog.counts(), catalog.published_count(), catalog.sites()) == ({"deleted": 1}, 0, [])


def test_deleting_again_or_what_was_never_there_costs_no_revision(catalog: Catalog) -> None:
    (sent,) = catalog.upsert([article("1")])

    receipts = catalog.delete_many([key("1"), key("unbekannt"), key("1")])

    assert receipts == [
        Deleted(key("1"), sent.row_id, DeleteOutcome.DELETED, 2),
        Deleted(key("unbekannt"), None, DeleteOutcome.ABSENT, 0),
        Deleted(key("1"), sent.row_id, DeleteOutcome.ABSENT, 2),
    ]
    assert catalog.revision() == 2


def test_a_deleted_article_sent_again_is_created_under_its_old_row_id(catalog: Catalog) -> None:
    (first,) = catalog.upsert([article("1", updated_at=START)])
    catalog.delete(key("1"))

    (again,) = catalog.upsert([article("1", updated_at=START)])
    stored = catalog.get(key("1"))

    assert again == Accepted(key("1"), first.row_id, CREATED, 3)
    assert stored is not None
    assert not stored.deleted
    assert catalog.published_count() == 1


def test_an_older_article_does_not_revive_a_deleted_one(catalog: Catalog) -> None:
    catalog.upsert([article("1", updated_at=after(5))])
    catalog.delete(key("1"))

    (late,) = catalog.upsert([article("1", updated_at=after(4))])
    stored = catalog.get(key("1"))

    assert late.outcome is STALE
    assert stored is not None
    assert stored.deleted


def test_nothing_of_a_batch_is_stored_when_one_article_cannot_be(catalog: Catalog) -> None:
    deep: Any = []
    for _ in range(230):
        deep = [deep]
    for extra in ({"x": object()}, {"x": "\ud800"}, {"x": deep}):
        with pytest.raises(InvalidArticleError, match="extra"):
            catalog.upsert([article("1"), article("2", extra=extra)])

    assert catalog.get(key("1")) is None
    assert catalog.revision() == 0


@pytest.mark.parametrize("field", ["section", "kind", "language"])
def test_a_nul_in_a_column_is_refused_by_name_on_every_database(catalog: Catalog, field: str) -> None:
    with pytest.raises(InvalidArticleError, match=f"{field}: got a NUL"):
        catalog.upsert([article("1", **{field: "a\x00b"})])


def test_reads_by_key_and_row_leave_out_what_is_unknown(catalog: Catalog) -> None:
    one, two = catalog.upsert([article("1"), article("2", site="bergbote")])
    catalog.delete(key("1"))

    assert catalog.get(key("3")) is None
    assert catalog.row_ids([key("1"), key("2"), key("2", "bergbote")]) == {
        key("1"): one.row_id,
        key("2", "bergbote"): two.row_id,
    }
    rows = catalog.get_rows([two.row_id, 999_999, one.row_id, one.row_id])
    assert {row_id: (row.article, row.deleted) for row_id, row in rows.items()} == {
        one.row_id: (article("1"), True),
        two.row_id: (article("2", site="bergbote"), False),
    }


def test_a_batch_larger_than_one_statement_is_taken_whole(catalog: Catalog) -> None:
    sent = [article(str(number)) for number in range(1_203)]

    receipts = catalog.upsert(sent)
    again = catalog.upsert([*sent, article("neu")])

    assert [r.revision for r in receipts] == list(range(1, 1_204))
    assert {r.outcome for r in again[:-1]} == {UNCHANGED}
    assert again[-1].outcome is CREATED
    stored = catalog.get_rows([r.row_id for r in receipts])
    assert [stored[r.row_id].article for r in receipts] == sent
    assert len(catalog.row_ids([a.key for a in sent])) == 1_203


def test_an_empty_call_does_nothing(catalog: Catalog) -> None:
    assert catalog.upsert([]) == []
    assert catalog.delete_many([]) == []
    assert catalog.get_rows([]) == {}
    assert catalog.changes_since(0) == []
    assert catalog.revision() == 0


def test_changes_come_in_pages_without_a_gap(catalog: Catalog) -> None:
    receipts = catalog.upsert([article(str(number)) for number in range(5)])
    want = [Change(r.revision, r.row_id) for r in receipts]

    assert catalog.changes_since(0, limit=2) == want[:2]
    assert catalog.changes_since(2, limit=2) == want[2:4]
    assert catalog.changes_since(4) == want[4:]
    assert catalog.changes_since(5) == []


def test_counts_are_by_status_and_site(catalog: Catalog) -> None:
    statuses = [Status.PUBLISHED, Status.PUBLISHED, Status.DRAFT, Status.TRASHED, Status.PUBLISHED]
    catalog.upsert([article(str(n), status=status) for n, status in enumerate(statuses)])
    catalog.upsert([article("1", site="Alpenpost"), article("1", site="bergbote", status="draft")])
    catalog.delete_many([key("0"), key("2")])

    assert catalog.counts() == {"deleted": 2, "draft": 1, "published": 3, "trashed": 1}
    assert catalog.counts(SITE) == {"deleted": 2, "published": 2, "trashed": 1}
    assert catalog.counts("unbekannt") == {}
    assert catalog.sites() == ["Alpenpost", "bergbote", SITE]
    assert catalog.published_count() == 3


def test_threads_that_write_at_once_get_revisions_without_gap_or_repeat(catalog: Catalog) -> None:
    receipts: list[Accepted] = []

    def write(name: str) -> None:
        for number in range(20):
            receipts.extend(
                catalog.upsert([article(f"{name}-{number}"), article("gemeinsam", title=f"{name} {number}")])
            )

    threads = [Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(r.revision for r in receipts) == list(range(1, 161))
    log = {(change.revision, change.row_id) for change in catalog.changes_since(0)}
    assert log == {(r.revision, r.row_id) for r in receipts}
    last = max((r for r in receipts if r.key.id == "gemeinsam"), key=lambda r: r.revision)
    stored = catalog.get(key("gemeinsam"))
    assert stored is not None
    assert stored.revision == last.revision


def _title(catalog: Catalog, article_id: str, site: str = SITE) -> str:
    stored = catalog.get(key(article_id, site))
    assert stored is not None
    assert isinstance(stored.article, Article)
    return stored.article.title
