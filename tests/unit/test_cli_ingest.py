"""`ingest`: what is taken, what is lost and why, and what it costs to do it again."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

from command_line import NEWS, PUBLISHED, SITE, invoke
from filelock import FileLock

from recommender.article import ArticleKey
from recommender.catalog import open_catalog

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from command_line import Outcome

PARAGRAPHS = (
    "Der Wochenmarkt in Altenweiler zieht auf den Rathausplatz um, weil die Uferstraße gesperrt ist.",
    "Die Händler hoffen auf mehr Kundschaft, die Stadt verspricht Strom und Wasser an jedem Stand.",
)


def _ingest(data_dir: Path, *sources: object, json_too: bool = True, **settings: object) -> Outcome:
    flags = ["--json"] if json_too else []
    return invoke("ingest", *sources, "--site", SITE, *flags, data_dir=data_dir, **settings)


def _stored(data_dir: Path, article_id: str) -> Any:
    with open_catalog(f"sqlite:///{data_dir}/catalog.db") as catalog:
        found = catalog.get(ArticleKey(SITE, article_id))
    return found and found.article


def _line(article_id: str, **fields: object) -> str:
    return (
        json.dumps({"id": article_id, "title": f"Meldung {article_id}", "body": PARAGRAPHS[0], **fields})
        + "\n"
    )


def _page(title: str) -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    return f"<!doctype html><html lang='de'><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}</article></body></html>"


def test_everything_taken_is_exit_code_0_and_searchable(tmp_path: Path) -> None:
    taken = _ingest(tmp_path, NEWS)

    assert (taken.code, taken.err) == (0, "encoding: 11 of 11\n")
    source = taken.document["sources"][0]
    assert (source["source"], source["read"], source["created"], source["skipped"]) == (str(NEWS), 12, 12, 0)
    assert (taken.document["encoded"], taken.document["articles"]) == (len(PUBLISHED), len(PUBLISHED))
    related = invoke("related", "h2", "--site", SITE, "--json", data_dir=tmp_path).document
    assert [item["id"] for item in related["items"] if item["reason"] == "related"] == ["h3", "h1", "h4"]


def test_a_second_time_nothing_is_encoded_and_no_snapshot_is_made(tmp_path: Path) -> None:
    first = _ingest(tmp_path, NEWS).document

    again = _ingest(tmp_path, NEWS)

    assert (again.code, again.err) == (0, "")
    assert again.document["sources"][0]["unchanged"] == 12
    assert (again.document["encoded"], again.document["rebuilt"]) == (0, False)
    assert again.document["snapshot"] == first["snapshot"]


def test_one_changed_article_costs_one_encoding(tmp_path: Path) -> None:
    source = tmp_path / "news.jsonl"
    source.write_text(_line("a") + _line("b"), encoding="utf-8")
    _ingest(tmp_path / "data", source)
    source.write_text(_line("a") + _line("b", body=PARAGRAPHS[1]), encoding="utf-8")

    changed = _ingest(tmp_path / "data", source).document

    assert (changed["sources"][0]["unchanged"], changed["sources"][0]["updated"]) == (1, 1)
    assert changed["encoded"] == 1


def test_an_older_version_is_stale_and_no_loss(tmp_path: Path) -> None:
    source = tmp_path / "news.jsonl"
    source.write_text(_line("a", updated_at="2026-09-02T00:00:00Z"), encoding="utf-8")
    _ingest(tmp_path / "data", source)
    source.write_text(_line("a", title="Alt", updated_at="2026-09-01T00:00:00Z"), encoding="utf-8")

    older = _ingest(tmp_path / "data", source)

    assert (older.code, older.document["sources"][0]["stale"]) == (0, 1)
    assert _stored(tmp_path / "data", "a").title == "Meldung a"


def test_lost_lines_are_named_with_their_number_and_exit_code_1(tmp_path: Path) -> None:
    source = tmp_path / "news.jsonl"
    bad = '{"id": "c", "title": \n' + "[1, 2]\n" + "\n" + json.dumps({"id": "d"}) + "\n"
    source.write_text(_line("a") + bad + _line("b"), encoding="utf-8")

    shown = _ingest(tmp_path / "data", source, json_too=False)

    assert shown.code == 1
    lines = shown.out.splitlines()
    assert lines[0] == f"{source}: 5 read, 2 created, 0 updated, 0 unchanged, 0 stale, 3 skipped"
    assert [line.split(": ")[:2] for line in lines[1:4]] == [
        ["  skipped news.jsonl:2", "not a JSON object"],
        ["  skipped news.jsonl:3", "not a JSON object"],
        ["  skipped news.jsonl:5", "invalid article"],
    ]
    assert "send at least a title" in lines[3]
    assert lines[4].startswith("2 encoded, 2 articles in snapshot ")


def test_json_is_one_document_also_when_lines_are_lost(tmp_path: Path) -> None:
    source = tmp_path / "news.jsonl"
    source.write_text(_line("a") + "{\n", encoding="utf-8")

    shown = _ingest(tmp_path / "data", source)

    assert shown.code == 1
    account = shown.document["sources"][0]
    assert account["skipped_by_reason"] == {"not a JSON object": 1}
    assert [skip["where"] for skip in account["skips"]] == ["news.jsonl:2"]


def test_more_skips_than_fit_are_counted(tmp_path: Path) -> None:
    source = tmp_path / "news.jsonl"
    source.write_text("{\n" * 25 + _line("a"), encoding="utf-8")

    lines = _ingest(tmp_path / "data", source, json_too=False).out.splitlines()

    assert len([line for line in lines if line.startswith("  skipped ")]) == 20
    assert "  … and 5 more; --json lists the first 25" in lines


def test_gzip_is_read_and_its_end_is_missed(tmp_path: Path) -> None:
    whole, cut, empty = tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl.gz", tmp_path / "c.jsonl.gz"
    data = gzip.compress("".join(_line(f"n{number}") for number in range(400)).encode())
    whole.write_bytes(data)
    cut.write_bytes(data[: len(data) // 2])
    empty.write_bytes(b"")

    shown = _ingest(tmp_path / "data", whole, cut, empty)

    assert shown.code == 1
    accounts = shown.document["sources"]
    assert (accounts[0]["created"], accounts[0]["skipped"]) == (400, 0)
    assert accounts[1]["unchanged"] > 0
    assert accounts[1]["skipped_by_reason"] == {"file is cut off or damaged": 1}
    assert accounts[2]["skipped_by_reason"] == {"file is empty": 1}


def test_a_folder_of_pages_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    (folder / "2026").mkdir(parents=True)
    (folder / "2026" / "markt.html").write_text(_page("Wochenmarkt zieht um"), encoding="utf-8")
    (folder / "alt.html").write_bytes(_page("Händler hoffen auf Käufer").encode("windows-1252"))
    (folder / "notes.bin").write_bytes(b"\x00\x01")

    shown = _ingest(tmp_path / "data", folder)

    assert shown.code == 1
    assert shown.document["sources"][0]["skipped_by_reason"] == {"not a page": 1}
    assert _stored(tmp_path / "data", "2026/markt").title == "Wochenmarkt zieht um"
    # a page that names no charset, or the wrong one, keeps its umlauts
    assert _stored(tmp_path / "data", "alt").title == "Händler hoffen auf Käufer"
    assert PARAGRAPHS[1] in _stored(tmp_path / "data", "alt").body


def test_a_member_that_leaves_the_archive_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "pages.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("gut.html", "../boese.html"):
            data = _page("Wochenmarkt").encode()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))

    shown = _ingest(tmp_path / "data", archive)

    assert shown.code == 1
    assert shown.document["sources"][0]["skips"] == [
        {"where": "../boese.html", "reason": "name leaves the archive", "detail": ""}
    ]
    assert _stored(tmp_path / "data", "gut").title == "Wochenmarkt"
    assert not (tmp_path / "boese.html").exists()


def test_a_missing_source_is_noticed_before_anything_is_stored(tmp_path: Path) -> None:
    shown = _ingest(tmp_path / "data", NEWS, tmp_path / "missing.jsonl")

    assert shown.is_one_line_error("source_unreadable")
    assert "missing.jsonl" in shown.err
    assert not (tmp_path / "data").exists()


def test_a_source_that_breaks_keeps_what_came_before_and_those_after(tmp_path: Path) -> None:
    broken = tmp_path / "pages.tar"
    broken.write_bytes(b"this is no archive" * 100)

    shown = _ingest(tmp_path / "data", NEWS, broken, NEWS)

    assert shown.code == 1
    accounts = shown.document["sources"]
    assert [account["failure"] is None for account in accounts] == [True, False, True]
    assert "as a tar archive" in accounts[1]["failure"]
    assert (accounts[0]["created"], accounts[2]["unchanged"]) == (12, 12)
    assert shown.document["articles"] == len(PUBLISHED)


def test_strict_stops_at_the_first_loss_and_keeps_what_came_before(tmp_path: Path) -> None:
    source = tmp_path / "news.jsonl"
    source.write_text(_line("a") + "{\n" + _line("b") + _line("c"), encoding="utf-8")

    shown = invoke("ingest", source, NEWS, "--site", SITE, "--strict", "--json", data_dir=tmp_path / "data")

    assert shown.code == 1
    assert "(--strict)" in shown.err
    accounts = shown.document["sources"]
    assert len(accounts) == 1
    assert (accounts[0]["read"], accounts[0]["created"], accounts[0]["skipped"]) == (2, 1, 1)
    assert _stored(tmp_path / "data", "a").title == "Meldung a"
    assert _stored(tmp_path / "data", "b") is None


def test_strict_takes_everything_that_is_whole(tmp_path: Path) -> None:
    shown = invoke("ingest", NEWS, "--site", SITE, "--strict", "--json", data_dir=tmp_path)

    assert (shown.code, shown.document["sources"][0]["created"]) == (0, 12)


def test_no_index_only_stores(tmp_path: Path) -> None:
    shown = invoke("ingest", NEWS, "--site", SITE, "--no-index", "--json", data_dir=tmp_path)

    assert shown.code == 0
    assert "encoded" not in shown.document
    assert not (tmp_path / "snapshots").exists()
    assert _ingest(tmp_path, NEWS).document["encoded"] == len(PUBLISHED)


def test_while_a_service_indexes_it_only_stores(tmp_path: Path) -> None:
    with FileLock(tmp_path / "indexing.lock"):
        shown = _ingest(tmp_path, NEWS)

    assert (shown.code, shown.document["indexed_by"]) == (0, "service")
    assert "a running service encodes and indexes these articles" in shown.err
    assert not (tmp_path / "snapshots").exists()


def test_a_change_of_the_model_encodes_everything_anew_and_the_way_back_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ingest(tmp_path, NEWS)
    with monkeypatch.context() as patch:
        patch.setattr("recommender.encoder.hashing._VERSION", "hashing-v2")
        changed = _ingest(tmp_path, NEWS).document

    back = _ingest(tmp_path, NEWS).document

    assert (changed["encoded"], changed["rebuilt"]) == (len(PUBLISHED), True)
    # the vectors are all there, but the live snapshot is the other model's
    assert (back["encoded"], back["rebuilt"]) == (0, True)
    assert invoke("related", "h1", "--site", SITE, data_dir=tmp_path).code == 0


def test_a_live_snapshot_that_is_gone_is_made_anew(tmp_path: Path) -> None:
    first = _ingest(tmp_path, NEWS).document
    (tmp_path / "snapshots" / first["snapshot"] / "manifest.json").unlink()

    again = _ingest(tmp_path, NEWS).document

    assert (again["encoded"], again["rebuilt"], again["articles"]) == (0, True, len(PUBLISHED))


def test_the_language_option_is_for_articles_too_short_to_tell(tmp_path: Path) -> None:
    source = tmp_path / "news.jsonl"
    source.write_text(
        json.dumps({"id": "a", "title": "Elster"}) + "\n" + _line("b", language="fr"), encoding="utf-8"
    )

    invoke("ingest", source, "--site", SITE, "--language", "it", data_dir=tmp_path / "data")

    assert _stored(tmp_path / "data", "a").language == "it"
    assert _stored(tmp_path / "data", "b").language == "fr"


def test_progress_is_a_line_now_and_then_and_never_markup(tmp_path: Path) -> None:
    source = tmp_path / "[red]news.jsonl"
    source.write_text("".join(_line(f"n{number}") for number in range(1_001)), encoding="utf-8")

    shown = _ingest(tmp_path / "data", source)

    assert f"reading {source}: 500\nreading {source}: 1000\n" in shown.err
    assert shown.document["sources"][0]["source"] == str(source)
