"""What is checked before a service starts: each problem is an error of ours that says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import NEWS, SITE, invoke

from index.errors import SnapshotCorruptError, SnapshotMismatchError
from recommender.catalog import open_catalog
from recommender.errors import EncoderError, SettingsError
from recommender.runtime.checks import check_snapshot, check_startable
from recommender.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def _settings(folder: Path, **more: object) -> Settings:
    return Settings.model_validate({"data_dir": folder, "model": "hashing", **more})


def test_an_empty_folder_is_enough(tmp_path: Path) -> None:
    check_startable(_settings(tmp_path / "new" / "data"))

    assert (tmp_path / "new" / "data" / "catalog.db").exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "::1"])
def test_on_this_machine_alone_no_key_is_asked_for(tmp_path: Path, host: str) -> None:
    check_startable(_settings(tmp_path, host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "news.example"])
def test_a_public_address_without_keys_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(SettingsError, match=f"refusing to listen on {host}: .*keys create NAME"):
        check_startable(_settings(tmp_path, host=host))


def test_a_public_address_with_a_key_or_a_word_is_let_through(tmp_path: Path) -> None:
    check_startable(_settings(tmp_path, host="0.0.0.0", allow_no_keys=True))
    with open_catalog(f"sqlite:///{tmp_path}/catalog.db") as catalog:
        key = catalog.create_key("cms", ["write"])
    check_startable(_settings(tmp_path, host="0.0.0.0"))

    with open_catalog(f"sqlite:///{tmp_path}/catalog.db") as catalog:
        catalog.revoke_key(key.record.key_id)
    with pytest.raises(SettingsError, match="refusing to listen"):
        check_startable(_settings(tmp_path, host="0.0.0.0"))


@pytest.mark.parametrize("model", ["./typo", "/nowhere/model", "~/no-such-model-folder", "../x"])
def test_a_model_written_like_a_path_must_be_a_folder(tmp_path: Path, model: str) -> None:
    with pytest.raises(EncoderError, match="no model folder"):
        check_startable(_settings(tmp_path, model=model))


@pytest.mark.parametrize("model", ["bundled", "hashing", "organisation/model"])
def test_a_model_named_otherwise_is_let_through(tmp_path: Path, model: str) -> None:
    check_startable(_settings(tmp_path, model=model))


def test_a_folder_with_a_long_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="too long for the socket"):
        check_startable(_settings(tmp_path / ("x" * 100)))


def test_a_live_snapshot_is_read_whole_and_compared(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    assert check_snapshot(settings, "hashing-v1-256") == ""
    snapshot = invoke("ingest", NEWS, "--site", SITE, "--json", data_dir=tmp_path).document["snapshot"]

    assert check_snapshot(settings, "hashing-v1-256") == snapshot
    assert check_snapshot(settings, None) == snapshot
    with pytest.raises(SnapshotMismatchError, match="run 'recommender rebuild' with this model first"):
        check_snapshot(settings, "other@1")


def test_a_damaged_live_snapshot_is_refused(tmp_path: Path) -> None:
    snapshot = invoke("ingest", NEWS, "--site", SITE, "--json", data_dir=tmp_path).document["snapshot"]
    next((tmp_path / "snapshots" / snapshot).glob("[!m]*")).unlink()

    with pytest.raises(SnapshotCorruptError, match="got no file"):
        check_snapshot(_settings(tmp_path), None)
