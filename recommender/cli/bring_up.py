"""From what is stored to what can be found: encode what waits and publish a snapshot, if there is need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import SnapshotError
from index.inventory import current_manifest
from index.snapshot import read_pointer
from recommender.cli.common import encoder_of, progress
from recommender.encoder.identity import static_identity
from recommender.rebuild import rebuild

if TYPE_CHECKING:
    from recommender.catalog import Catalog
    from recommender.settings import Settings


@dataclass(frozen=True, slots=True)
class Indexed:
    """What can be found now: `articles` in `snapshot`, `encoded` of them anew; not `rebuilt`: none waited."""

    encoded: int
    articles: int
    snapshot: str
    rebuilt: bool


def index_everything(catalog: Catalog, settings: Settings) -> Indexed:
    """Make everything that is stored searchable; costs next to nothing when it is already.

    A snapshot of another encoder, or one that cannot be read, is replaced. Raises as `rebuild` does.
    """
    # the id first, where it can be told: loading a model to find that nothing waits takes seconds
    known = static_identity(settings.model)
    found = _as_it_is(catalog, settings, known[0]) if known else None
    if found is not None:
        return found
    encoder = encoder_of(settings)
    found = None if known else _as_it_is(catalog, settings, encoder.encoder_id)
    if found is not None:
        return found
    with progress("encoding", catalog.pending_count(encoder.encoder_id)) as advance:
        report = rebuild(
            catalog, encoder, settings.snapshot_dir, keep=settings.keep_snapshots, progress=advance
        )
    return Indexed(report.encoded, report.articles, report.snapshot_id, rebuilt=True)


def _as_it_is(catalog: Catalog, settings: Settings, encoder_id: str) -> Indexed | None:
    """Return the live snapshot if it holds the catalog's last change and nothing waits; else None."""
    try:
        manifest = current_manifest(settings.snapshot_dir)
        current = read_pointer(settings.snapshot_dir).current
    except SnapshotError:
        return None
    if manifest is None or manifest.encoder_id != encoder_id or manifest.revision != catalog.revision():
        return None
    if catalog.pending_count(encoder_id):
        return None
    return Indexed(0, manifest.count, current, rebuilt=False)
