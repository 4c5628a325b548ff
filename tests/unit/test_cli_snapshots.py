"""`rebuild` and `snapshots`: forward, back, and what is damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import NEWS, PUBLISHED, SITE, Outcome, invoke

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    assert invoke("ingest", NEWS, "--site", SITE, data_dir=tmp_path).code == 0
    return tmp_path


def _ids(data_dir: Path) -> list[str]:
    return [snapshot["id"] for snapshot in invoke("snapshots", "list", "--json", data_dir=data_dir).document]


def _live(data_dir: Path) -> list[str]:
    listed = invoke("snapshots", "list", "--json", data_dir=data_dir).document
    return [snapshot["id"] for snapshot in listed if snapshot["live"]]


def _rebuild(data_dir: Path) -> str:
    snapshot_id: str = invoke("rebuild", "--json", data_dir=data_dir).document["snapshot_id"]
    return snapshot_id


def test_a_rebuild_encodes_nothing_that_has_a_vector(data_dir: Path) -> None:
    first = _live(data_dir)

    shown = invoke("rebuild", data_dir=data_dir)

    assert (shown.code, shown.err) == (0, "")
    assert f": {len(PUBLISHED)} articles, 0 encoded in " in shown.out
    assert _live(data_dir) != first


def test_a_rebuild_of_nothing_is_an_empty_snapshot(tmp_path: Path) -> None:
    report = invoke("rebuild", "--json", data_dir=tmp_path).document

    assert (report["articles"], report["encoded"]) == (0, 0)
    assert _live(tmp_path) == [report["snapshot_id"]]


def test_the_list_is_newest_first_with_what_an_operator_asks(data_dir: Path) -> None:
    newest = _rebuild(data_dir)

    listed = invoke("snapshots", "list", "--json", data_dir=data_dir).document
    table = invoke("snapshots", "list", data_dir=data_dir).out

    assert [snapshot["live"] for snapshot in listed] == [True, False]
    assert listed[0]["id"] == newest
    assert (listed[0]["articles"], listed[0]["encoder_id"]) == (len(PUBLISHED), "hashing-v1-256")
    folder = data_dir / "snapshots" / newest
    files = sum(path.stat().st_size for path in folder.iterdir() if path.name != "manifest.json")
    assert listed[0]["bytes"] == files
    assert [newest in line for line in table.splitlines() if "live" in line] == [True]


def test_no_snapshot_is_an_empty_list(tmp_path: Path) -> None:
    assert invoke("snapshots", "list", "--json", data_dir=tmp_path) == Outcome(0, "[]\n", "")


def test_verify_reads_the_live_one_or_the_named_one(data_dir: Path) -> None:
    older = _live(data_dir)[0]
    newest = _rebuild(data_dir)

    assert invoke("snapshots", "verify", data_dir=data_dir).out.startswith(
        f"snapshot {newest}: 11 articles, "
    )
    assert invoke("snapshots", "verify", older, data_dir=data_dir).out.startswith(f"snapshot {older}: 11 ")


def test_one_damaged_byte_is_found_and_named(data_dir: Path) -> None:
    folder = data_dir / "snapshots" / _live(data_dir)[0]
    damaged = max(
        (path for path in folder.iterdir() if path.suffix != ".json"), key=lambda path: path.stat().st_size
    )
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.chmod(0o644)
    damaged.write_bytes(content)

    shown = invoke("snapshots", "verify", data_dir=data_dir)

    assert shown.is_one_line_error("snapshot_corrupt")
    assert damaged.name in shown.err
    # what would answer from it refuses as well
    assert invoke("related", "h1", "--site", SITE, data_dir=data_dir).is_one_line_error("snapshot_corrupt")
    assert invoke("serve", "--port", 0, data_dir=data_dir).is_one_line_error("snapshot_corrupt")
    # and a rebuild is the cure
    assert invoke("rebuild", data_dir=data_dir).code == 0
    assert invoke("related", "h1", "--site", SITE, data_dir=data_dir).code == 0


@pytest.mark.parametrize(("words", "code"), [(["verify"], "unknown_snapshot"), (["verify", "nobody"], "unknown_snapshot"),
                                             (["verify", "../x"], "unknown_snapshot"), (["rollback"], "unknown_snapshot")])  # fmt: skip
def test_what_is_not_there_is_named(tmp_path: Path, words: list[str], code: str) -> None:
    assert invoke("snapshots", *words, data_dir=tmp_path).is_one_line_error(code)


def test_rollback_makes_the_one_before_live_and_loses_no_article(data_dir: Path, tmp_path: Path) -> None:
    older = _live(data_dir)[0]
    more = tmp_path / "more.jsonl"
    more.write_text(
        '{"id": "f9", "title": "Der Trainer des TSV Altenweiler lobt die Abwehr im Pokal"}\n',
        encoding="utf-8",
    )
    invoke("ingest", more, "--site", SITE, data_dir=data_dir)
    newer = _live(data_dir)[0]

    shown = invoke("snapshots", "rollback", data_dir=data_dir)

    assert (shown.code, shown.out) == (0, f"snapshot {older} is live\n")
    assert newer != older
    assert _live(data_dir) == [older]
    related = invoke("related", "f2", "--site", SITE, "--json", data_dir=data_dir).document
    assert "f9" in [item["id"] for item in related["items"]]
    assert invoke("snapshots", "rollback", data_dir=data_dir).is_one_line_error("unknown_snapshot")


def test_prune_keeps_the_newest_and_the_live_one(data_dir: Path) -> None:
    made = [*_ids(data_dir), *(_rebuild(data_dir) for _ in range(2))]

    shown = invoke("snapshots", "prune", "--keep", 2, data_dir=data_dir)

    assert shown.out == f"1 deleted: {made[0]}\n"
    assert _ids(data_dir) == made[:0:-1]
    assert invoke("snapshots", "prune", "--keep", 2, data_dir=data_dir).out == "0 deleted\n"


def test_a_rebuild_keeps_as_many_as_the_settings_say(data_dir: Path) -> None:
    for _ in range(3):
        invoke("rebuild", data_dir=data_dir, keep_snapshots=2)

    assert len(_ids(data_dir)) == 2
