"""What must be right before anything is started: each problem becomes one clear line, not a dying process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from index import snapshot as snapshots
from index.errors import SnapshotMismatchError
from recommender.catalog import open_catalog
from recommender.errors import EncoderError, SettingsError
from recommender.runtime.listening import check_socket_path
from recommender.settings import is_loopback

if TYPE_CHECKING:
    from recommender.settings import Settings


def make_data_dir(settings: Settings) -> Path:
    """Return the data folder, made if it is not there. Raises `SettingsError` when it cannot be used."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"cannot make the data folder {folder} ({error.strerror}): choose another with --data-dir "
            "or RECOMMENDER_DATA_DIR"
        ) from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise SettingsError(
            f"cannot write in the data folder {folder}: make it writable for this user, or choose another"
        )
    return folder


def check_startable(settings: Settings) -> None:
    """Check what a service needs before it opens its address or starts a process.

    Raises `SettingsError` (data folder, an address that anybody could reach), `CatalogError`,
    `EncoderError` (no such model folder).
    """
    make_data_dir(settings)
    check_socket_path(settings.encoder_socket)
    check_model(settings.model)
    _check_guarded(settings)


def check_snapshot(settings: Settings, encoder_id: str | None) -> str:
    """Read the live snapshot whole and return its id, empty when there is none.

    `encoder_id` None leaves the encoder unchecked. Raises `SnapshotError` that says what to do.
    """
    current = snapshots.read_pointer(settings.snapshot_dir).current
    if not current:
        return ""
    manifest = snapshots.verify(settings.snapshot_dir, current)
    if encoder_id is not None and manifest.encoder_id != encoder_id:
        raise SnapshotMismatchError(
            f"the live snapshot {current} was built with the encoder {manifest.encoder_id!r}, the model "
            f"{settings.model!r} is {encoder_id!r}: run 'recommender rebuild' with this model first, or set "
            "RECOMMENDER_MODEL back"
        )
    return current


def check_model(model: str) -> None:
    """Refuse what is written like a path and is no folder; a hub id only loading can tell. `EncoderError`."""
    if model.startswith((".", "/", "~")) and not Path(model).expanduser().is_dir():
        raise EncoderError(
            f"no model folder {model}: check RECOMMENDER_MODEL, or use the model 'bundled', which needs none"
        )


def _check_guarded(settings: Settings) -> None:
    catalog = open_catalog(settings.catalog_url)
    try:
        keys = catalog.list_keys()
    finally:
        catalog.close()
    guarded = any(key.revoked_at is None for key in keys)
    if not (guarded or settings.allow_no_keys or is_loopback(settings.host)):
        raise SettingsError(
            f"refusing to listen on {settings.host}: there is no API key yet, so nobody could write, and "
            "what is open would be open to anybody. Make a key with 'recommender keys create NAME --scope "
            "admin', or say RECOMMENDER_ALLOW_NO_KEYS=true if something in front guards it"
        )
