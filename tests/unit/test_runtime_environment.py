"""A process that we start has the settings of its parent."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

from recommender.runtime.environment import environment_of
from recommender.settings import Settings


def _again(settings: Settings) -> Settings:
    with mock.patch.dict("os.environ", environment_of(settings), clear=True):
        return Settings()


def test_every_setting_survives(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path / "mit Leerzeichen",
        database_url="postgresql://me:p%40ss@host/db",
        model="hashing",
        model_cache=Path("models"),
        port=0,
        allow_no_keys=True,
        cross_language=True,
        half_life_days=1.5,
        min_relevance=0.0,
        log_level="warning",
        open_read="no",
    )

    assert _again(settings) == settings


def test_what_is_unset_stays_unset() -> None:
    with mock.patch.dict("os.environ", {}, clear=True):
        settings = Settings()

    assert "RECOMMENDER_MODEL_CACHE" not in environment_of(settings)
    assert _again(settings) == settings


def test_every_setting_has_its_variable() -> None:
    names = set(environment_of(Settings(model_cache=Path("x"))))

    assert names == {f"RECOMMENDER_{name.upper()}" for name in Settings.model_fields}
