"""`doctor` and `model`: for whoever installs and runs the service."""

from __future__ import annotations

import platform
import shutil
import time
from typing import TYPE_CHECKING

import typer

from index.errors import VectorIndexError
from index.inventory import current_manifest
from recommender import __version__
from recommender.cli.common import catalog_of, command_settings, encoder_of, print_json, say
from recommender.cli.options import DataDir, Json
from recommender.encoder.base import EmbeddingText
from recommender.errors import RecommenderError, SettingsError
from recommender.runtime.checks import check_snapshot, make_data_dir

if TYPE_CHECKING:
    from collections.abc import Callable

    from recommender.settings import Settings

_LEAST_FREE_GB = 1.0
_PROBE = EmbeddingText("Probe", "", "Ein Satz zum Messen.", "de")
_PROBES = 8


def model(*, data_dir: DataDir = None) -> None:
    """Unpack and measure the model, so that the first start is quick."""
    settings = command_settings(data_dir=data_dir)
    encoder = encoder_of(settings)
    encoder.encode([_PROBE])
    say(f"{encoder.encoder_id}: {encoder.dim} dimensions, ready in {settings.model_cache_dir}")


def doctor(*, data_dir: DataDir = None, json: Json = False) -> None:
    """Check what the service needs; say what to do where it fails.

    Version, disk, catalog, model and live snapshot; exit code 1 when one of them fails.
    """
    settings = command_settings(data_dir=data_dir)
    results = list(map(_Checks(settings).result, ("version", "disk", "catalog", "encoder", "snapshot")))
    if json:
        print_json({"ok": all(result["ok"] for result in results), "checks": results})
    else:
        for result in results:
            say(f"{'ok  ' if result['ok'] else 'FAIL'} {result['check']}: {result['detail']}")
    if not all(result["ok"] for result in results):
        raise typer.Exit(1)


class _Checks:
    """One method per check; each returns what it found, or raises an error that says what to do."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._encoder_id: str | None = None

    def result(self, name: str) -> dict[str, str | bool]:
        check: Callable[[], str] = getattr(self, name)
        try:
            return {"check": name, "ok": True, "detail": check()}
        except (RecommenderError, VectorIndexError, OSError) as error:
            return {"check": name, "ok": False, "detail": " ".join(str(error).split())}

    def version(self) -> str:
        return f"{__version__}, Python {platform.python_version()}"

    def disk(self) -> str:
        folder = make_data_dir(self._settings).resolve()
        free_gb = shutil.disk_usage(folder).free / 1e9
        if free_gb < _LEAST_FREE_GB:
            raise SettingsError(
                f"{free_gb:.1f} GB free in {folder}, at least {_LEAST_FREE_GB} needed: make room"
            )
        return f"{free_gb:.0f} GB free in {folder}"

    def catalog(self) -> str:
        with catalog_of(self._settings) as catalog:
            published, sites = catalog.published_count(), len(catalog.sites())
            return f"{published} published articles on {sites} sites, revision {catalog.revision()}"

    def encoder(self) -> str:
        encoder = encoder_of(self._settings)
        self._encoder_id = encoder.encoder_id
        started = time.monotonic()
        encoder.encode([_PROBE] * _PROBES)
        return f"{encoder.encoder_id}, {_PROBES} short texts in {time.monotonic() - started:.2f} s"

    def snapshot(self) -> str:
        current = check_snapshot(self._settings, self._encoder_id)
        manifest = current_manifest(self._settings.snapshot_dir)
        if manifest is None:
            return (
                "none yet: 'recommender rebuild' makes the first one, "
                "or a running service once 20 articles have vectors"
            )
        return f"{current} with {manifest.count} articles, every checksum is right"
