"""`serve`, `doctor`, `model`: for whoever runs the service."""

from __future__ import annotations

import platform
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index import snapshot as snapshots
from index.errors import VectorIndexError
from recommender import __version__
from recommender.catalog import open_catalog
from recommender.cli.common import encoder_of, load_settings, out, print_json, quiet
from recommender.encoder.base import EmbeddingText
from recommender.errors import RecommenderError
from recommender.runtime import indexing_process as process
from recommender.runtime.server import serve as run_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from recommender.settings import Settings

_LEAST_FREE_GB = 1.0


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that answer requests.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Data folder.")] = None,
) -> None:
    """Answer HTTP requests until stopped; one process beside the workers encodes."""
    run_server(load_settings(host=host, port=port, workers=workers, data_dir=data_dir))


def indexing_process() -> None:
    """Encode for a running service. `serve` starts this by itself."""
    process.run(load_settings())


def model(data_dir: Annotated[Path | None, typer.Option(help="Data folder.")] = None) -> None:
    """Unpack and measure the configured model, so that the first start is quick."""
    settings = quiet(load_settings(data_dir=data_dir))
    encoder = encoder_of(settings)
    encoder.encode([EmbeddingText("Probe", "", "Ein Satz zum Messen.", "de")])
    out.print(f"{encoder.encoder_id}: {encoder.dim} dimensions, in {settings.model_cache_dir}", markup=False)


def doctor(
    data_dir: Annotated[Path | None, typer.Option(help="Data folder.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Check everything the service needs and say what to do about what is missing; exit code 1 then."""
    settings = quiet(load_settings(data_dir=data_dir))
    checks: list[tuple[str, Callable[[Settings], str]]] = [
        ("version", lambda _: f"{__version__}, Python {platform.python_version()}"),
        ("disk", _check_disk),
        ("catalog", _check_catalog),
        ("encoder", _check_encoder),
        ("snapshot", _check_snapshot),
    ]
    results = []
    for name, check in checks:
        try:
            results.append({"check": name, "ok": True, "detail": check(settings)})
        except (RecommenderError, VectorIndexError, OSError) as error:
            results.append({"check": name, "ok": False, "detail": str(error)})
    if json:
        print_json({"ok": all(result["ok"] for result in results), "checks": results})
    else:
        for result in results:
            out.print(f"{'ok  ' if result['ok'] else 'FAIL'} {result['check']}: {result['detail']}", markup=False)
    if not all(result["ok"] for result in results):
        raise typer.Exit(1)


def _check_disk(settings: Settings) -> str:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    free_gb = shutil.disk_usage(settings.data_dir).free / 1e9
    if free_gb < _LEAST_FREE_GB:
        raise OSError(f"{free_gb:.1f} GB free in {settings.data_dir}, at least {_LEAST_FREE_GB} is needed: make room")
    return f"{free_gb:.0f} GB free in {settings.data_dir.resolve()}"


def _check_catalog(settings: Settings) -> str:
    catalog = open_catalog(settings.catalog_url)
    try:
        return f"{catalog.published_count()} published articles on {len(catalog.sites())} sites, revision {catalog.revision()}"
    finally:
        catalog.close()


def _check_encoder(settings: Settings) -> str:
    encoder = encoder_of(settings)
    started = time.monotonic()
    encoder.encode([EmbeddingText("Probe", "", "Ein Satz zum Messen.", "de")] * 8)
    return f"{encoder.encoder_id}, 8 short texts in {time.monotonic() - started:.2f} s"


def _check_snapshot(settings: Settings) -> str:
    current = snapshots.read_pointer(settings.snapshot_dir).current
    if not current:
        return "none yet: 'recommender ingest' or 'recommender rebuild' makes the first one"
    manifest = snapshots.verify(settings.snapshot_dir, current)
    return f"{current} with {manifest.count} articles, every checksum is right"
