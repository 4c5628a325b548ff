"""What an operator can set, and what follows from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from recommender.ranking import RankingOptions
from recommender.settings import Settings, is_loopback


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"RECOMMENDER_{name.upper()}", raising=False)


def test_everything_has_a_default_and_stands_in_one_folder() -> None:
    settings = Settings()
    assert settings.model == "bundled"
    assert settings.snapshot_dir == Path("var/snapshots")
    assert settings.model_cache_dir == Path("var/models")
    assert settings.encoder_socket == Path("var/encoder.sock")
    assert settings.catalog_url == f"sqlite:///{Path.cwd()}/var/catalog.db"


def test_the_environment_is_read_and_an_argument_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RECOMMENDER_PORT", "9000")
    monkeypatch.setenv("RECOMMENDER_LIMIT", "7")
    monkeypatch.setenv("RECOMMENDER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RECOMMENDER_CROSS_LANGUAGE", "true")
    settings = Settings(limit=3)
    assert (settings.port, settings.limit, settings.cross_language) == (9000, 3, True)
    assert settings.snapshot_dir == tmp_path / "snapshots"


def test_database_and_model_may_stand_elsewhere(tmp_path: Path) -> None:
    settings = Settings(database_url="postgresql://db/articles", model_cache=tmp_path)
    assert settings.catalog_url == "postgresql://db/articles"
    assert settings.model_cache_dir == tmp_path


def test_settings_do_not_change_once_made() -> None:
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="colour"):
        Settings.model_validate({"colour": "red"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 65_536),
        ("port", -1),
        ("workers", 0),
        ("limit", 0),
        ("limit", 51),
        ("min_relevance", 1.1),
        ("half_life_days", 0),
        ("recency_weight", -0.1),
        ("relevance_weight", 2),
        ("keep_snapshots", 1),
        ("poll_interval_s", 0),
        ("precision", "int8"),
        ("log_level", "chatty"),
    ],
)
def test_what_could_not_work_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings.model_validate({name: value})


def test_the_ranking_core_gets_what_was_set() -> None:
    settings = Settings(min_relevance=0.4, recency_weight=0.3, half_life_days=9, relevance_weight=0.7)
    assert settings.ranking == RankingOptions(
        min_relevance=0.4, recency_weight=0.3, half_life_days=9, relevance_weight=0.7
    )


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.10", "::1", "[::1]"])
def test_a_loopback_address_is_reached_from_this_machine_only(host: str) -> None:
    assert is_loopback(host)
    assert Settings(host=host).reads_are_open


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "", "192.168.1.7", "127.0.0.1.example.org", "localhost.example.org", "news.example"],
)
def test_every_other_address_is_public(host: str) -> None:
    assert not is_loopback(host)
    assert not Settings(host=host).reads_are_open


def test_open_reads_can_be_decided_by_hand() -> None:
    assert Settings(host="0.0.0.0", open_read="yes").reads_are_open
    assert not Settings(host="127.0.0.1", open_read="no").reads_are_open
