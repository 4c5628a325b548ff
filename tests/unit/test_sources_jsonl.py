"""JSON Lines: aliases, bad lines, damage, limits."""

from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING

import pytest

from recommender.sources import jsonl
from recommender.sources.jsonl import JsonlSource

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {
    "id": "1",
    "title": "Rat baut Brücke",
    "text": "Der Gemeinderat hat am Mittwoch den Neubau der Brücke beschlossen.",
}


def read(data: bytes, *, language: str = "de") -> tuple[JsonlSource, list[str]]:
    source = JsonlSource(io.BytesIO(data), site="s", language=language, name="f")
    return source, [article.id for article in source.articles()]


def lines(*objects: object) -> bytes:
    return b"\n".join(o if isinstance(o, bytes) else json.dumps(o).encode() for o in objects)


def test_aliases_and_own_language_are_kept() -> None:
    line = {
        **GOOD,
        "lead": "Kurz.",
        "published": "2025-02-03",
        "category": "Lokal",
        "lang": "de-CH",
        "labels": [1],
    }
    source = JsonlSource(io.BytesIO(lines(line)), site="s")
    (article,) = source.articles()

    assert (article.site, article.teaser, article.section) == ("s", "Kurz.", "Lokal")
    assert article.language == "de-ch"
    assert article.body == GOOD["text"]
    assert article.extra == {"labels": [1]}


def test_an_article_of_another_site_is_refused() -> None:
    source = JsonlSource(io.BytesIO(lines({**GOOD, "site": "own"})), site="s")

    assert list(source.articles()) == []
    assert "it was sent to site 's'" in source.account.skipped[0].detail


@pytest.mark.parametrize(
    ("text", "language"),
    [("The council decided on Wednesday to build the bridge anew, a spokesman said.", "en"), ("Kurz", "it")],
)
def test_the_language_is_detected_or_the_default(text: str, language: str) -> None:
    source = JsonlSource(io.BytesIO(lines({"id": 7, "title": text})), site="s", language="it-CH")

    assert [(a.id, a.language) for a in source.articles()] == [("7", language)]


def test_texts_are_repaired_and_normalised_and_other_fields_are_not() -> None:
    line = {"id": "a\u00a0b", "title": "FÃ¼r  alle", "body": "a\r\n\r\n\r\nb"}
    (article,) = JsonlSource(io.BytesIO(lines(line)), site="s").articles()

    assert (article.id, article.title, article.body) == ("a\u00a0b", "Für alle", "a\n\nb")


def test_bad_lines_are_skipped_with_line_and_reason_and_the_rest_is_read() -> None:
    source, ids = read(
        lines(b"{broken", [1], GOOD, b"", {"title": "no id"}, {"id": "2"}, b"\xff\xfe{", {**GOOD, "id": "9"})
    )

    assert ids == ["1", "9"]
    assert [(skip.where, skip.reason) for skip in source.account.skipped] == [
        ("f:1", "not a JSON object"),
        ("f:2", "not a JSON object"),
        ("f:5", "invalid article"),
        ("f:6", "invalid article"),
        ("f:7", "not a JSON object"),
    ]
    assert "got list, wanted an object" in source.account.skipped[1].detail
    assert "id" in source.account.skipped[2].detail


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    _, ids = read(b"\xef\xbb\xbf" + lines(GOOD) + b"\r\n" + lines({**GOOD, "id": "2"}) + b"\r\n")

    assert ids == ["1", "2"]


def test_a_line_that_is_too_long_is_skipped_and_the_next_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", 200)
    source, ids = read(lines({**GOOD, "body": "x" * 1_000}, GOOD, {**GOOD, "id": "2"}))

    assert ids == ["1", "2"]
    assert [(skip.where, skip.reason) for skip in source.account.skipped] == [("f:1", "too large")]


def test_a_cut_off_gzip_gives_what_it_holds_and_says_so(tmp_path: Path) -> None:
    # incompressible ids, so that the cut falls into the lines and not into the header
    many = lines(*({**GOOD, "id": f"{n}-{hash((n, 'x'))}"} for n in range(2_000)))
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(many)[:-2_000])
    source = JsonlSource(path, site="s", language="de")

    got = list(source.articles())

    assert 0 < len(got) < 2_000
    assert source.account.skipped[-1].reason == "file is cut off or damaged"
    assert source.account.read == len(got) + 1


def test_damaged_bytes_in_a_gzip_are_reported(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(lines(GOOD)))
    data[-6] ^= 0xFF  # the checksum
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(data)
    source = JsonlSource(path, site="s", language="de")

    list(source.articles())

    assert [skip.reason for skip in source.account.skipped] == ["file is cut off or damaged"]


@pytest.mark.parametrize("data", [b"", b"\n\n"])
def test_an_empty_file_is_reported(tmp_path: Path, data: bytes) -> None:
    for name, content in (("a.jsonl", data), ("a.jsonl.gz", data and gzip.compress(data))):
        path = tmp_path / name
        path.write_bytes(content)
        source = JsonlSource(path, site="s")

        assert list(source.articles()) == []
        assert source.account.reasons == {"file is empty": 1}


def test_gzip_is_recognised_by_content_not_name(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(gzip.compress(lines(GOOD)))

    assert [a.id for a in JsonlSource(path, site="s").articles()] == ["1"]
