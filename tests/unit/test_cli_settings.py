"""Settings that cannot be used end a command with one clear line, before anything was done."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from command_line import NEWS, SITE, invoke

if TYPE_CHECKING:
    from pathlib import Path

WRITERS = [("ingest", NEWS, "--site", SITE), ("rebuild",), ("serve",), ("demo", "--no-serve")]


@pytest.mark.parametrize(
    ("name", "value"),
    [("port", "abc"), ("port", "70000"), ("workers", "0"), ("half_life_days", "0"), ("precision", "int3"),
     ("log_level", "loud"), ("open_read", "maybe"), ("min_relevance", "2")],
)  # fmt: skip
def test_a_bad_value_is_named_with_its_variable(tmp_path: Path, name: str, value: str) -> None:
    shown = invoke("doctor", data_dir=tmp_path / "data", **{name: value})

    assert shown.is_one_line_error("invalid_settings")
    assert f"RECOMMENDER_{name.upper()}: got '{value}': " in shown.err
    assert not (tmp_path / "data").exists()


def test_every_bad_value_is_named_at_once(tmp_path: Path) -> None:
    shown = invoke("doctor", data_dir=tmp_path, port="abc", limit="none")

    assert shown.is_one_line_error("invalid_settings")
    assert "RECOMMENDER_PORT: " in shown.err
    assert "RECOMMENDER_LIMIT: " in shown.err


@pytest.mark.parametrize("words", WRITERS, ids=lambda words: words[0])
def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path, words: tuple[object, ...]) -> None:
    occupied = tmp_path / "data"
    occupied.write_text("not a folder", encoding="utf-8")

    shown = invoke(*words, "--data-dir", occupied)

    assert shown.is_one_line_error("invalid_settings")
    assert f"cannot make the data folder {occupied}" in shown.err
    assert occupied.read_text(encoding="utf-8") == "not a folder"


@pytest.mark.parametrize("words", WRITERS, ids=lambda words: words[0])
def test_a_data_folder_under_a_file_is_refused(tmp_path: Path, words: tuple[object, ...]) -> None:
    (tmp_path / "file").touch()

    shown = invoke(*words, "--data-dir", tmp_path / "file" / "data")

    assert shown.is_one_line_error("invalid_settings")
    assert "choose another with --data-dir" in shown.err


@pytest.mark.parametrize("words", WRITERS, ids=lambda words: words[0])
def test_a_data_folder_that_cannot_be_written_is_refused(
    tmp_path: Path, words: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    # asked through the call itself: a super-user may write everywhere
    monkeypatch.setattr(os, "access", lambda _path, mode: not mode & os.W_OK)

    shown = invoke(*words, "--data-dir", tmp_path)

    assert shown.is_one_line_error("invalid_settings")
    assert f"cannot write in the data folder {tmp_path}" in shown.err


@pytest.mark.parametrize(
    ("url", "said"),
    [("not a url", "give a URL such as sqlite:///"), ("mysql://host/db", "sqlite or postgresql"),
     ("sqlite:////dev/null/x/catalog.db", "catalog"), ("oracle+nothing://x", "sqlite or postgresql")],
)  # fmt: skip
@pytest.mark.parametrize(
    "words", [("ingest", NEWS, "--site", SITE), ("rebuild",), ("serve",)], ids=lambda w: w[0]
)
def test_a_database_that_cannot_be_opened_is_named(
    tmp_path: Path, words: tuple[object, ...], url: str, said: str
) -> None:
    shown = invoke(*words, data_dir=tmp_path, database_url=url)

    assert shown.is_one_line_error("catalog_failed")
    assert said in shown.err


def test_a_password_in_the_database_url_is_not_shown(tmp_path: Path) -> None:
    shown = invoke("rebuild", data_dir=tmp_path, database_url="postgresql://me:geheim@127.0.0.1:1/x")

    assert shown.is_one_line_error("catalog_failed")
    assert "geheim" not in shown.err


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_text(
        "a shopping list, long enough to be read as a page", encoding="utf-8"
    )

    shown = invoke("rebuild", data_dir=tmp_path)

    assert shown.is_one_line_error("catalog_failed")
    assert "not an SQLite database" in shown.err
    assert (tmp_path / "catalog.db").read_text(encoding="utf-8").startswith("a shopping list")


@pytest.mark.parametrize(
    "words", [("ingest", NEWS, "--site", SITE), ("rebuild",), ("serve",), ("model",)], ids=lambda w: w[0]
)
def test_a_model_folder_that_is_not_there_is_named(tmp_path: Path, words: tuple[object, ...]) -> None:
    shown = invoke(*words, data_dir=tmp_path, model="./no-such-model")

    assert shown.is_one_line_error("encoder_failed")
    assert "no model folder ./no-such-model" in shown.err
    assert "bundled" in shown.err


def test_an_option_outranks_the_environment(tmp_path: Path) -> None:
    chosen, other = tmp_path / "chosen", tmp_path / "other"

    assert invoke("ingest", NEWS, "--site", SITE, "--data-dir", chosen, data_dir=other).code == 0
    assert (chosen / "catalog.db").exists()
    assert not other.exists()
