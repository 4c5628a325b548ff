"""`rebuild` and `snapshots`: the offline side of the index."""

from __future__ import annotations

from typing import Annotated

import typer

from index import snapshot as store
from index.errors import UnknownSnapshotError
from index.inventory import SnapshotInfo, inventory
from recommender.cli.common import (
    catalog_of,
    command_settings,
    encoder_of,
    print_json,
    progress,
    say,
    show,
    table_of,
)
from recommender.cli.options import DataDir, Json
from recommender.rebuild import rebuild as run_rebuild

app = typer.Typer(help="Snapshots of the index on disk: list, verify, go back, prune.", no_args_is_help=True)


def rebuild(*, data_dir: DataDir = None, json: Json = False) -> None:
    """Build, check and publish a fresh snapshot of every article.

    The live snapshot answers meanwhile. Only texts that are new to the model are encoded.
    """
    settings = command_settings(data_dir=data_dir)
    with catalog_of(settings) as catalog:
        encoder = encoder_of(settings)
        with progress("encoding", catalog.pending_count(encoder.encoder_id)) as advance:
            report = run_rebuild(
                catalog, encoder, settings.snapshot_dir, keep=settings.keep_snapshots, progress=advance
            )
    if json:
        print_json(report.as_dict())
        return
    say(
        f"snapshot {report.snapshot_id}: {report.articles} articles, {report.encoded} encoded in "
        f"{report.encode_seconds:.1f} s, built in {report.build_seconds:.1f} s"
    )


@app.command("list")
def list_(*, data_dir: DataDir = None, json: Json = False) -> None:
    """List the snapshots, newest first."""
    found = inventory(command_settings(data_dir=data_dir).snapshot_dir)
    documents = [
        {
            "id": info.id,
            "live": info.is_current,
            "articles": info.manifest.count,
            "revision": info.manifest.revision,
            "created_at": info.manifest.created_at,
            "encoder_id": info.manifest.encoder_id,
            "bytes": info.size,
        }
        for info in found
    ]
    if json:
        print_json(documents)
        return
    show(table_of(("", "id", "articles", "revision", "encoder", "MB"), map(_row, found)))


@app.command()
def verify(
    snapshot: Annotated[str | None, typer.Argument(help="Snapshot id; the live one when left out.")] = None,
    *,
    data_dir: DataDir = None,
) -> None:
    """Read a snapshot whole and compare every checksum."""
    root = command_settings(data_dir=data_dir).snapshot_dir
    name = snapshot or store.read_pointer(root).current
    if not name:
        raise UnknownSnapshotError(f"no snapshot is live in {root}: 'recommender rebuild' makes the first")
    manifest = store.verify(root, name)
    say(f"snapshot {name}: {manifest.count} articles, {len(manifest.files)} files, every checksum is right")


@app.command()
def rollback(*, data_dir: DataDir = None) -> None:
    """Make the previous snapshot live again.

    A running service follows within a moment; changes made since are applied to it, so none is lost.
    """
    root = command_settings(data_dir=data_dir).snapshot_dir
    say(f"snapshot {store.rollback(root)} is live")


@app.command()
def prune(
    *,
    keep: Annotated[int | None, typer.Option(min=2, help="How many to keep, the live one included.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Delete old snapshots.

    Never the live one, nor the one to go back to.
    """
    settings = command_settings(data_dir=data_dir)
    gone = store.prune(settings.snapshot_dir, keep=keep or settings.keep_snapshots)
    say(f"{len(gone)} deleted" + (f": {', '.join(gone)}" if gone else ""))


def _row(info: SnapshotInfo) -> tuple[str, ...]:
    live, manifest = "live" if info.is_current else "", info.manifest
    numbers = (str(manifest.count), str(manifest.revision))
    return (live, info.id, *numbers, manifest.encoder_id, f"{info.size / 1e6:.1f}")
