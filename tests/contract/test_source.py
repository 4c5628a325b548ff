"""What every source promises, asked of all of them over the same two articles."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from recommender.errors import SourceError
from recommender.sources import Source, open_source
from recommender.sources.base import MAX_KEPT_SKIPS, Account

BODY = (
    "Der Gemeinderat von Oberlind hat am Montagabend mit großer Mehrheit den Bau einer neuen Seilbahn beschlossen. "
    "Sie soll vom Bahnhof bis auf die Lindalm führen und die alte Anlage ersetzen."
)
ARTICLES = {"eins": f"Die erste Meldung. {BODY}", "zwei": f"Die zweite Meldung. {BODY}"}
Maker = Callable[[Path, dict[str, str]], Path]


def page(title: str, body: str) -> bytes:
    return f"<html lang='de'><head><title>{title}</title></head><body><article><h1>{title}</h1><p>{body}</p></article></body></html>".encode()


def as_jsonl(folder: Path, articles: dict[str, str]) -> Path:
    path = folder / "articles.jsonl"
    lines = [json.dumps({"id": key, "title": f"Titel {key}", "text": body}) for key, body in articles.items()]
    path.write_text("\n".join([*lines, "no json"]), encoding="utf-8")
    return path


def as_gzipped_jsonl(folder: Path, articles: dict[str, str]) -> Path:
    path = folder / "articles.jsonl.gz"
    path.write_bytes(gzip.compress(as_jsonl(folder, articles).read_bytes()))
    return path


def as_pages(folder: Path, articles: dict[str, str]) -> Path:
    pages = folder / "pages"
    pages.mkdir()
    for key, body in articles.items():
        (pages / f"{key}.html").write_bytes(page(f"Titel {key}", body))
    (pages / "leer.html").write_bytes(page("", ""))
    return pages


def as_gzipped_pages(folder: Path, articles: dict[str, str]) -> Path:
    pages = as_pages(folder, articles)
    for path in list(pages.iterdir()):
        (pages / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    return pages


def as_texts(folder: Path, articles: dict[str, str]) -> Path:
    texts = folder / "texts"
    texts.mkdir()
    for key, body in articles.items():
        (texts / f"{key}.txt").write_text(
            f"Titel {key}\n\n{body}\n\nKurze Werbeeinblendung", encoding="utf-8"
        )
    (texts / "leer.txt").write_text("\n", encoding="utf-8")
    return texts


def as_tar(folder: Path, articles: dict[str, str]) -> Path:
    path = folder / "pages.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for key, data in [*((k, page(f"Titel {k}", b)) for k, b in articles.items()), ("leer", page("", ""))]:
            member = tarfile.TarInfo(f"{key}.html")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


@pytest.fixture(
    params=[as_jsonl, as_gzipped_jsonl, as_pages, as_gzipped_pages, as_texts, as_tar],
    ids=lambda make: make.__name__,
)
def make(request: pytest.FixtureRequest) -> Maker:
    chosen: Maker = request.param
    return chosen


@pytest.fixture
def source(make: Maker, tmp_path: Path) -> Source:
    return open_source(str(make(tmp_path, ARTICLES)), site="bergbote", language="de-AT")


def test_each_article_comes_with_site_id_title_text_and_language(source: Source) -> None:
    got = [(a.site, a.id, a.title, a.body, a.language) for a in source.articles()]

    assert got == [("bergbote", key, f"Titel {key}", body, "de") for key, body in ARTICLES.items()]


def test_a_second_run_gives_the_same_and_a_new_account(source: Source) -> None:
    first, account = list(source.articles()), source.account

    assert list(source.articles()) == first
    assert source.account == account
    assert source.account is not account


def test_the_account_adds_up_and_names_what_was_left_out(source: Source) -> None:
    list(source.articles())

    account = source.account
    assert (account.read, account.yielded, account.skipped_count) == (3, 2, 1)
    (skip,) = account.skipped
    assert skip.reason in {"not a JSON object", "no article text"}
    assert skip.where in {"articles.jsonl:3", "articles.jsonl.gz:3", "leer.html", "leer.html.gz", "leer.txt"}
    assert account.reasons == {skip.reason: 1}


def test_articles_are_streamed(source: Source) -> None:
    """The first article is there before the rest is read."""
    articles = source.articles()

    next(articles)

    assert source.account.read == source.account.yielded == 1


def test_nothing_in_it_is_said(make: Maker, tmp_path: Path) -> None:
    source = open_source(str(make(tmp_path, {})), site="s", language="de")

    assert list(source.articles()) == []
    assert source.account.skipped_count == 1


def test_a_place_that_goes_away_is_a_source_error(make: Maker, tmp_path: Path) -> None:
    place = make(tmp_path, ARTICLES)
    source = open_source(str(place), site="s", language="de")
    place.rename(tmp_path / "gone")

    with pytest.raises(SourceError, match=r"cannot read .*check"):
        list(source.articles())


def test_the_list_of_skips_is_bounded_and_the_counts_are_not() -> None:
    account = Account()
    for number in range(MAX_KEPT_SKIPS + 50):
        account.skip(str(number), "no article text")

    assert len(account.skipped) == MAX_KEPT_SKIPS
    assert account.reasons == {"no article text": MAX_KEPT_SKIPS + 50}
    assert account.read == account.skipped_count == MAX_KEPT_SKIPS + 50
