"""`doctor` finds what is wrong before a reader does, and `model` prepares a start."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from command_line import NEWS, SITE, invoke

from recommender import __version__

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from command_line import Outcome


def _verdicts(shown: Outcome) -> dict[str, bool]:
    return {check["check"]: check["ok"] for check in shown.document["checks"]}


def _detail(shown: Outcome, name: str) -> str:
    return str(next(check["detail"] for check in shown.document["checks"] if check["check"] == name))


def test_all_is_well_on_a_new_machine(tmp_path: Path) -> None:
    shown = invoke("doctor", data_dir=tmp_path / "data")

    assert (shown.code, shown.err) == (0, "")
    assert [line.split(":")[0] for line in shown.out.splitlines()] == [
        "ok   version", "ok   disk", "ok   catalog", "ok   encoder", "ok   snapshot",
    ]  # fmt: skip
    assert f"version: {__version__}, Python " in shown.out
    assert "snapshot: none yet: 'recommender rebuild'" in shown.out


def test_all_is_well_with_articles(tmp_path: Path) -> None:
    invoke("ingest", NEWS, "--site", SITE, data_dir=tmp_path)

    shown = invoke("doctor", "--json", data_dir=tmp_path)

    assert (shown.code, shown.document["ok"]) == (0, True)
    assert _detail(shown, "catalog").startswith("11 published articles on 1 sites, revision ")
    assert _detail(shown, "snapshot").endswith(" with 11 articles, every checksum is right")


def test_a_damaged_snapshot_fails_and_the_rest_is_still_checked(tmp_path: Path) -> None:
    invoke("ingest", NEWS, "--site", SITE, data_dir=tmp_path)
    manifest = next((tmp_path / "snapshots").glob("*/manifest.json"))
    manifest.write_text("{}", encoding="utf-8")

    shown = invoke("doctor", data_dir=tmp_path)

    assert shown.code == 1
    assert [line[:4] for line in shown.out.splitlines()] == ["ok  ", "ok  ", "ok  ", "ok  ", "FAIL"]
    assert "rebuild it" in shown.out.splitlines()[-1]


def test_a_snapshot_of_another_model_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    invoke("ingest", NEWS, "--site", SITE, data_dir=tmp_path)
    monkeypatch.setattr("recommender.encoder.hashing._VERSION", "hashing-v2")

    shown = invoke("doctor", "--json", data_dir=tmp_path)

    assert (shown.code, shown.document["ok"]) == (1, False)
    assert [name for name, ok in _verdicts(shown).items() if not ok] == ["snapshot"]
    assert "'recommender rebuild'" in _detail(shown, "snapshot")


def test_a_wrong_model_and_a_wrong_database_fail_beside_each_other(tmp_path: Path) -> None:
    shown = invoke("doctor", "--json", data_dir=tmp_path, model="./typo", database_url="mysql://x/y")

    assert shown.code == 1
    assert [name for name, ok in _verdicts(shown).items() if not ok] == ["catalog", "encoder"]


def test_a_folder_that_is_a_file_fails(tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    shown = invoke("doctor", "--json", data_dir=tmp_path / "data")

    assert shown.code == 1
    assert _detail(shown, "disk").startswith("cannot make the data folder")


def test_a_full_disk_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10**10, 10**10, 10**8))

    shown = invoke("doctor", "--json", data_dir=tmp_path)

    assert [name for name, ok in _verdicts(shown).items() if not ok] == ["disk"]
    assert _detail(shown, "disk") == f"0.1 GB free in {tmp_path}, at least 1.0 needed: make room"


def test_model_names_the_encoder(tmp_path: Path) -> None:
    shown = invoke("model", data_dir=tmp_path)

    assert (shown.code, shown.out) == (0, f"hashing-v1-256: 256 dimensions, ready in {tmp_path / 'models'}\n")
