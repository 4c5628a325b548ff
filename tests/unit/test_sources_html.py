"""Pages from files, folders and archives; what must not be read isn't."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest

from recommender.errors import SourceError
from recommender.sources import Source, open_source, pages
from recommender.sources.pages import page_id

PAGES = Path(__file__).parents[1] / "fixtures" / "pages"
SHARED = Path(__file__).parents[3] / "shared"
REPORT = (PAGES / "report.html").read_bytes()


def opened(path: Path) -> Source:
    return open_source(str(path), site="s", language="de")


def outcome(path: Path) -> tuple[list[str], dict[str, str]]:
    source = opened(path)
    ids = [article.id for article in source.articles()]
    return ids, {skip.where: skip.reason for skip in source.account.skipped}


def tar_of(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w") as tar:
        for member, data in members:
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def test_a_page_becomes_an_article_with_everything_it_states() -> None:
    (article,) = opened(PAGES / "report.html").articles()

    assert (article.id, article.site, article.language, article.section) == ("report", "s", "de", "Tirol")
    assert article.url == ""  # the canonical link is relative, and a file has no address
    assert article.image is not None
    assert article.image.width == 1600
    assert article.place == "Oberlind"
    assert article.extra == {"noindex": True, "paywalled": True}


def test_the_fact_box_fills_the_article_from_html_and_from_text() -> None:
    for name in ("aggregator.html", "aggregator.txt"):
        (article,) = opened(PAGES / name).articles()

        assert (article.event, article.place, article.best_reference) == (
            "Schiffsunfall",
            "Sandhagen, Hafen",
            "hafenfunk.example",
        )
        assert article.regions[0] == "Nordfriesland"
        assert article.sources[0] == "inselbote.example"
        assert article.tags == ("Fähre", "Nebel", "Sandhagen")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("a.html", "a"),
        ("x/y.HTM.gz", "x/y"),
        ("x\\y.txt", "x/y"),
        ("v1.2", "v1.2"),
        ("/a.html", "a"),
        ("a.html.html", "a.html"),
    ],
)
def test_ids_come_from_the_path(name: str, wanted: str) -> None:
    assert page_id(name) == wanted


def test_folders_are_read_in_order_with_reasons_for_the_rest(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "eins.html").write_bytes(REPORT)
    (tmp_path / "a.html").write_bytes(REPORT)
    (tmp_path / "a.htm").write_bytes(REPORT)
    (tmp_path / "no-suffix").write_bytes(REPORT)
    (tmp_path / "bild.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "link.html").symlink_to(tmp_path / "a.html")
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "zcut.html.gz").write_bytes(gzip.compress(REPORT)[:200])
    os.mkfifo(tmp_path / "pipe.html")

    ids, skips = outcome(tmp_path)

    assert ids == ["a", "b/eins", "no-suffix"]
    assert skips == {
        "a.html": "same id as an earlier page",
        "bild.jpg": "not a page",
        "link.html": "link",
        "pipe.html": "device or pipe",
        "round": "link",
        "zcut.html.gz": "file is cut off or damaged",
    }


def test_archives_give_no_way_out(tmp_path: Path) -> None:
    path = tar_of(
        tmp_path / "a.tar",
        (member("../out.html"), REPORT),
        (member("/etc/x.html"), REPORT),
        (member("ok/../../x.html"), REPORT),
        (member("sym.html", tarfile.SYMTYPE, "/etc/passwd"), b""),
        (member("hard.html", tarfile.LNKTYPE, "in/page.html"), b""),
        (member("dev.html", tarfile.CHRTYPE), b""),
        (member("in/page.html"), REPORT),
    )

    ids, skips = outcome(path)

    assert ids == ["in/page"]
    assert skips == {
        "../out.html": "name leaves the archive",
        "/etc/x.html": "name leaves the archive",
        "ok/../../x.html": "name leaves the archive",
        "sym.html": "link",
        "hard.html": "link",
        "dev.html": "device or pipe",
    }
    assert list(tmp_path.iterdir()) == [path]


def test_pages_over_the_limit_are_skipped_packed_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MAX_PAGE_BYTES", 50_000)
    (tmp_path / "bomb.html.gz").write_bytes(gzip.compress(b"<html>" + b" " * 1_000_000))
    (tmp_path / "large.html").write_bytes(b"<html>" + b" " * 60_000)
    (tmp_path / "small.html").write_bytes(REPORT)

    assert outcome(tmp_path) == (["small"], {"bomb.html.gz": "too large", "large.html": "too large"})


def test_a_cut_off_archive_gives_what_it_holds_and_says_so(tmp_path: Path) -> None:
    whole = tar_of(tmp_path / "whole.tar", *((member(f"{n}.html"), REPORT) for n in range(3)))
    cut = tmp_path / "cut.tar"
    cut.write_bytes(whole.read_bytes()[: len(REPORT) * 2])

    ids, skips = outcome(cut)

    assert ids == ["0"]
    assert "file is cut off or damaged" in skips.values()


def test_a_page_that_breaks_the_extraction_does_not_end_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: bytes) -> None:
        raise RecursionError("too deep")

    (tmp_path / "a.html").write_bytes(REPORT)
    monkeypatch.setattr(pages, "extract_page", broken)

    source = opened(tmp_path)
    assert list(source.articles()) == []
    assert source.account.skipped[0].reason == "extraction failed"
    assert source.account.skipped[0].detail == "RecursionError: too deep"


def test_content_decides_when_the_name_does_not(tmp_path: Path) -> None:
    (tmp_path / "json").write_text('{"id": "1", "title": "Ein Titel"}', encoding="utf-8")
    (tmp_path / "page").write_bytes(REPORT)
    tar_of(tmp_path / "archive", (member("p.html"), REPORT))

    assert [outcome(tmp_path / name)[0] for name in ("json", "page", "archive")] == [["1"], ["page"], ["p"]]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.pdf", b"%PDF-1.7", r"supported are \.jsonl"),
        ("feed.xml", b"<?xml version='1.0'?><rss/>", "supported are"),
        ("cut.gz", gzip.compress(b"x" * 1000)[:12], "cannot read"),
        ("broken.tar.gz", b"no archive", "cannot read .* as a tar archive"),
        ("missing.jsonl", None, "no file or folder"),
    ],
)
def test_what_cannot_be_read_at_all_is_a_source_error(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(SourceError, match=message):
        list(opened(tmp_path / name).articles())


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        buffer = io.BytesIO(b'{"id": "1", "title": "Ein Titel"}')

    monkeypatch.setattr("sys.stdin", Input())
    source = open_source("-", site="s", language="de")

    assert [article.id for article in source.articles()] == ["1"]


@pytest.mark.skipif(
    not (SHARED / "seed").exists(), reason="the page that started the project is not part of it"
)
def test_the_seed_page_is_an_article() -> None:
    (article,) = opened(SHARED / "seed").articles()

    assert article.language == "de"
    assert article.tags == ("Russland", "Technologie", "Ukraine")
    assert article.body.count("\n\n") == 3
