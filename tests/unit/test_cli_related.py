"""`related`: one section, for people and for programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from command_line import NEWS, SITE, invoke

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import Outcome


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    assert invoke("ingest", NEWS, "--site", SITE, data_dir=folder).code == 0
    return folder


def _related(data_dir: Path, *words: object, **settings: object) -> Outcome:
    return invoke("related", *words, "--site", SITE, data_dir=data_dir, **settings)


def test_the_list_is_for_people(data_dir: Path) -> None:
    shown = _related(data_dir, "f2", "--limit", "2")

    assert (shown.code, shown.err) == (0, "")
    title, *lines = [line.strip() for line in shown.out.splitlines()]
    assert title == "Ähnliche Artikel · Vor dem Viertelfinale: TSV-Trainer setzt auf die Abwehr"
    assert [re.sub(r"^(\d) 0\.\d\d ", r"\1 ", line) for line in lines] == [
        "1 Pokal-Aus: TSV Altenweiler verliert das Viertelfinale",
        "f3 · sport · 26.08.2026 · closely related, many of the same words",
        "2 TSV Altenweiler gewinnt das Pokalspiel im Elfmeterschießen",
        "f1 · sport · 15.08.2026 · closely related, many of the same words",
    ]


def test_json_is_the_answer_of_the_api(data_dir: Path) -> None:
    document = _related(data_dir, "f2", "--json").document

    assert (document["site"], document["id"], document["complete"]) == (SITE, "f2", True)
    assert [(item["id"], item["reason"]) for item in document["items"]][:2] == [
        ("f3", "related"),
        ("f1", "related"),
    ]
    assert all(item["explain"] is None for item in document["items"])
    assert document["dropped"] is None


def test_json_with_explain_has_every_part(data_dir: Path) -> None:
    document = _related(data_dir, "f2", "--json", "--explain").document

    parts = document["items"][0]["explain"]
    assert parts["score"] == pytest.approx(
        parts["relevance"] * parts["recency"] - parts["redundancy"], abs=2e-4
    )
    assert {dropped["why"] for dropped in document["dropped"]} == {"below_min_relevance"}


@pytest.mark.parametrize("limit", [1, 3])
def test_the_limit_is_kept(data_dir: Path, limit: int) -> None:
    assert len(_related(data_dir, "h1", "--limit", limit, "--json").document["items"]) == limit


def test_the_limit_of_the_settings_is_the_default(data_dir: Path) -> None:
    assert len(_related(data_dir, "h1", "--json", limit=4).document["items"]) == 4


@pytest.mark.parametrize("article_id", ["nobody", "w1"], ids=["unknown", "draft"])
def test_what_no_reader_may_see_is_an_error_on_standard_error(data_dir: Path, article_id: str) -> None:
    shown = _related(data_dir, article_id, "--json")

    assert shown.is_one_line_error("unknown_article")
    assert f"no article '{article_id}' on site '{SITE}'" in shown.err


def test_a_wrong_folder_is_named_and_not_made(tmp_path: Path) -> None:
    shown = _related(tmp_path / "typo", "h1")

    assert shown.is_one_line_error("invalid_settings")
    assert f"there is no catalog in {tmp_path / 'typo'}" in shown.err
    assert not (tmp_path / "typo").exists()


def test_a_snapshot_of_another_model_is_refused_by_name(data_dir: Path) -> None:
    shown = _related(data_dir, "h1", model="bundled")

    assert shown.is_one_line_error("snapshot_mismatch")
    assert "got encoder 'hashing-v1-256'" in shown.err
    assert "rebuild" in shown.err
