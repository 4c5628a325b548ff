"""`rebuild` and `snapshots`: the offline side of the index."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from index import snapshot as store
from index.errors import UnknownSnapshotError
from index.inventory import inventory
from recommender.catalog import open_catalog
from recommender.cli.common import encoder_of, load_settings, out, print_json, progress, quiet
from recommender.rebuild import rebuild as run_rebuild

app = typer.Typer(help="Snapshots of the index on disk: list, verify, go back, prune.", no_args_is_help=True)

DataDir = Annotated[Path | None, typer.Option(help="Data folder.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def rebuild(data_dir: DataDir = None, json: Json = False) -> None:
    """Build a fresh snapshot of every published article beside the live one, check it, publish it."""
    settings = quiet(load_settings(data_dir=data_dir))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    catalog = open_catalog(settings.catalog_url)
    try:
        encoder = encoder_of(settings)
        with progress("encoding", catalog.pending_count(encoder.encoder_id)) as advance:
            report = run_rebuild(
                catalog, encoder, settings.snapshot_dir, keep=settings.keep_snapshots, progress=advance
            )
    finally:
        catalog.close()
    if json:
        print_json(report.as_dict())
        return
    out.print(
        f"snapshot {report.snapshot_id}: {report.articles} articles, {report.encoded} encoded in "
        f"{report.encode_seconds} s, built in {report.build_seconds} s"
    )


@app.command("list")
def list_(data_dir: DataDir = None, json: Json = False) -> None:
    """List the snapshots, newest first."""
    found = inventory(load_settings(data_dir=data_dir).snapshot_dir)
    if json:
        print_json(
            [
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
        )
        return
    table = Table()
    for heading in ("", "id", "articles", "revision", "created", "encoder", "MB"):
        table.add_column(heading)
    for info in found:
        manifest = info.manifest
        table.add_row(
            "live" if info.is_current else "",
            info.id,
            str(manifest.count),
            str(manifest.revision),
            manifest.created_at[:19],
            manifest.encoder_id,
            f"{info.size / 1e6:.1f}",
        )
    out.print(table)


@app.command()
def verify(
    snapshot: Annotated[str | None, typer.Argument(help="Snapshot id; the live one when left out.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Read a snapshot whole and compare every checksum."""
    root = load_settings(data_dir=data_dir).snapshot_dir
    name = snapshot or store.read_pointer(root).current
    if not name:
        raise UnknownSnapshotError(f"no snapshot is live in {root}: 'recommender rebuild' makes the first one")
    manifest = store.verify(root, name)
    out.print(f"snapshot {name}: {manifest.count} articles, {len(manifest.files)} files, every checksum is right")


@app.command()
def rollback(data_dir: DataDir = None) -> None:
    """Make the previous snapshot live again; a running service follows within a moment."""
    root = load_settings(data_dir=data_dir).snapshot_dir
    out.print(f"snapshot {store.rollback(root)} is live")


@app.command()
def prune(
    keep: Annotated[int | None, typer.Option(min=2, help="How many to keep, the live one included.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Delete old snapshots; never the live one, nor the one to go back to."""
    settings = load_settings(data_dir=data_dir)
    gone = store.prune(settings.snapshot_dir, keep=keep or settings.keep_snapshots)
    out.print(f"{len(gone)} deleted" + (f": {', '.join(gone)}" if gone else ""))
