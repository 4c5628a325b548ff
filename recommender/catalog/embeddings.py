"""Vectors by content hash and encoder: stored once, shared by every article with that text.

Stored as little-endian float32, the very bits the encoder gave: a rebuilt index and a tailed one then
agree exactly, which half precision (768 bytes less for 384 numbers, beside some kilobytes of text)
would turn into a question of tolerance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import and_, bindparam, delete, insert, or_, select, update

from recommender.catalog.reads import chunks
from recommender.catalog.revisions import lock_revision, log_changes
from recommender.catalog.tables import articles, embeddings
from recommender.errors import CatalogError, EncoderError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import numpy.typing as npt
    from sqlalchemy import Connection

    from recommender.catalog.types import Vector

_DTYPE = np.dtype("<f4")


def as_vectors(vectors: Mapping[str, npt.ArrayLike]) -> dict[str, Vector]:
    """Return one-dimensional float32 vectors of one width, finite and not zero. Raises `EncoderError`."""
    checked = {content_hash: np.asarray(vector, dtype=_DTYPE) for content_hash, vector in vectors.items()}
    widths = {vector.shape for vector in checked.values()}
    if len(widths) > 1 or any(len(shape) != 1 or shape == (0,) for shape in widths):
        raise EncoderError(
            f"got vectors of shapes {sorted(widths)}, wanted one width for all: check the encoder"
        )
    for content_hash, vector in checked.items():
        if not np.isfinite(vector).all() or not vector.any():
            raise EncoderError(
                f"the vector for content hash {content_hash} is all zero or not finite: nothing of this call "
                f"was stored; check the encoder's precision and the article with this hash"
            )
    return checked


def put(connection: Connection, encoder_id: str, vectors: Mapping[str, Vector]) -> int:
    """Store checked vectors, log a change for each servable article that has one now, return the revision."""
    latest = lock_revision(connection)
    if not vectors:
        return latest
    _refuse_other_width(connection, encoder_id, next(iter(vectors.values())).shape[0])
    held = {each: vector.tobytes() for each, vector in get(connection, encoder_id, vectors).items()}
    news = {each: vector.tobytes() for each, vector in vectors.items() if held.get(each) != vector.tobytes()}
    _write(connection, encoder_id, news, held)
    ready: list[int] = []
    for chunk in chunks(news):
        query = select(articles.c.row_id).where(articles.c.servable, articles.c.content_hash.in_(chunk))
        ready.extend(connection.execute(query).scalars())
    return log_changes(connection, latest, sorted(ready))


def get(connection: Connection, encoder_id: str, hashes: Iterable[str]) -> dict[str, Vector]:
    """Return the vectors that are there, by content hash."""
    query = select(embeddings.c.content_hash, embeddings.c.dim, embeddings.c.vector)
    query = query.where(embeddings.c.encoder_id == encoder_id)
    return {
        content_hash: read_vector(blob, dim)
        for chunk in chunks(dict.fromkeys(hashes))
        for content_hash, dim, blob in connection.execute(query.where(embeddings.c.content_hash.in_(chunk)))
    }


def read_vector(blob: bytes, dim: int) -> Vector:
    """Read a stored vector; it is the caller's own. Raises `CatalogError` when bytes are missing."""
    if len(blob) != dim * _DTYPE.itemsize:
        raise CatalogError(
            f"got a stored vector of {len(blob)} bytes, wanted {dim * _DTYPE.itemsize}: "
            f"the catalog is damaged, restore it from a backup"
        )
    return np.frombuffer(blob, dtype=_DTYPE).astype(np.float32)


def prune(connection: Connection, keep: Collection[str]) -> int:
    """Remove vectors of other encoders, and those whose text no article has any more; return how many."""
    lock_revision(connection)
    used = select(articles.c.content_hash).where(articles.c.deleted_at.is_(None))
    unused = or_(embeddings.c.encoder_id.not_in(list(keep)), embeddings.c.content_hash.not_in(used))
    return connection.execute(delete(embeddings).where(unused)).rowcount


def _refuse_other_width(connection: Connection, encoder_id: str, dim: int) -> None:
    query = select(embeddings.c.dim).where(embeddings.c.encoder_id == encoder_id).limit(1)
    stored = connection.execute(query).scalar_one_or_none()
    if stored is not None and stored != dim:
        raise EncoderError(
            f"got {dim}-dim vectors from {encoder_id!r}, the catalog has {stored} from it: "
            f"an encoder that changed needs another encoder_id"
        )


def _write(connection: Connection, encoder_id: str, news: Mapping[str, bytes], held: Collection[str]) -> None:
    entries: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for content_hash, blob in news.items():
        dim = len(blob) // _DTYPE.itemsize
        entry = {"an_encoder": encoder_id, "a_hash": content_hash, "a_dim": dim, "a_vector": blob}
        entries[content_hash in held].append(entry)
    values: dict[str, Any] = {"dim": bindparam("a_dim"), "vector": bindparam("a_vector")}
    if entries[False]:
        names: dict[str, Any] = {"encoder_id": bindparam("an_encoder"), "content_hash": bindparam("a_hash")}
        connection.execute(insert(embeddings).values(names | values), entries[False])
    if entries[True]:
        same = and_(
            embeddings.c.encoder_id == bindparam("an_encoder"),
            embeddings.c.content_hash == bindparam("a_hash"),
        )
        connection.execute(update(embeddings).where(same).values(values), entries[True])
