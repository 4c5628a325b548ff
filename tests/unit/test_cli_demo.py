"""`demo --no-serve`: three filled sections, from nothing, and again."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import pytest
from command_line import invoke
from filelock import FileLock

from recommender.article import ArticleKey
from recommender.catalog import open_catalog
from recommender.cli.demo import SHOWN
from recommender.demo.corpus import LEAD_ID, SITE, load_corpus

if TYPE_CHECKING:
    from pathlib import Path

TITLES = {article.id: article.title for article in load_corpus("http://127.0.0.1")}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    assert invoke("demo", "--no-serve", "--data-dir", folder).code == 0
    return folder


def _sections(out: str) -> list[list[str]]:
    """Cut the output into its sections: the title line, then one line for each article's facts."""
    parts = out.split("Ähnliche Artikel · ")[1:]
    return [[part.splitlines()[0], *re.findall(r"^ +(\d{5}) · .*$", part, re.MULTILINE)] for part in parts]


def test_it_prints_three_sections_the_lead_story_first(data_dir: Path) -> None:
    shown = invoke("demo", "--no-serve", "--data-dir", data_dir)

    sections = _sections(shown.out)
    assert SHOWN[0] == LEAD_ID
    assert [section[0] for section in sections] == [TITLES[article_id] for article_id in SHOWN]
    assert [len(section) - 1 for section in sections] == [5, 5, 5]
    assert shown.out.splitlines()[-1].endswith(" s to here.")


def test_the_lead_storys_section_is_filled_with_related_articles(data_dir: Path) -> None:
    shown = invoke("demo", "--no-serve", "--data-dir", data_dir)

    lead = shown.out.split("Ähnliche Artikel · ")[1]
    assert "nothing closer" not in lead
    listed = invoke("related", LEAD_ID, "--site", SITE, "--json", data_dir=data_dir).document["items"]
    assert {item["reason"] for item in listed} == {"related"}
    # the printed ones are those the service answers with, in its order
    assert _sections(shown.out)[0][1:] == [item["id"] for item in listed]


def test_a_second_run_encodes_nothing(data_dir: Path) -> None:
    shown = invoke("demo", "--no-serve", "--data-dir", data_dir)

    assert shown.out.splitlines()[0] == "172 articles, all indexed before"
    assert shown.err == ""


def test_another_port_moves_the_addresses_and_encodes_nothing(tmp_path: Path) -> None:
    invoke("demo", "--no-serve", "--data-dir", tmp_path, "--port", 8080)

    shown = invoke("demo", "--no-serve", "--data-dir", tmp_path, "--port", 8099)

    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("0 texts encoded, 172 articles in snapshot ")
    with open_catalog(f"sqlite:///{tmp_path}/catalog.db") as catalog:
        stored = catalog.get(ArticleKey(SITE, LEAD_ID))
    assert stored is not None
    assert stored.article.url.startswith("http://127.0.0.1:8099/")


def test_a_run_that_was_interrupted_before_indexing_is_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(
            "recommender.cli.demo.index_everything", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        assert invoke("demo", "--no-serve", "--data-dir", tmp_path).code == 130

    shown = invoke("demo", "--no-serve", "--data-dir", tmp_path)

    assert shown.out.startswith("172 texts encoded")
    assert "nothing closer" not in shown.out.split("Ähnliche Artikel · ")[1]


def test_another_model_than_before_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    invoke("demo", "--no-serve", "--data-dir", tmp_path)
    monkeypatch.setattr("recommender.encoder.hashing._VERSION", "hashing-v2")

    assert invoke("demo", "--no-serve", "--data-dir", tmp_path).out.startswith("172 texts encoded")


def test_the_catalog_of_a_real_site_is_not_touched(tmp_path: Path) -> None:
    real = f"sqlite:///{tmp_path}/real.db"

    assert invoke("demo", "--no-serve", "--data-dir", tmp_path / "demo", database_url=real).code == 0
    assert not (tmp_path / "real.db").exists()


def test_a_busy_port_is_named_before_any_work(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shown = invoke("demo", "--data-dir", tmp_path, "--port", port)

    assert shown.is_one_line_error("invalid_settings")
    assert f"cannot listen on 127.0.0.1 port {port}: something listens there already" in shown.err
    assert not (tmp_path / "snapshots").exists()


def test_a_second_demo_on_the_same_folder_is_told(tmp_path: Path) -> None:
    with FileLock(tmp_path / "indexing.lock"):
        shown = invoke("demo", "--no-serve", "--data-dir", tmp_path)

    assert shown.is_one_line_error("invalid_settings")
    assert f"another demo is running on {tmp_path}" in shown.err
