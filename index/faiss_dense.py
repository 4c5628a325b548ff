"""FAISS over fixed vectors: flat, IVF or HNSW, always inner product, never written to once built.

Facts this file is built on (FAISS 1.15): results are padded with id -1 and come in no order among
ties; HNSW without a metric argument is L2; no search may run beside an add; a selector that keeps
few rows starves HNSW and IVF. So engines are sealed, row numbers go in and out, every candidate is
compared again in float64, and what the engine cannot find, brute force does.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, Self

import faiss as _faiss
import numpy as np

from index.arrays import load_array
from index.errors import SnapshotCorruptError
from index.exact import ExactDense
from index.ordering import TIE_WIDTH, exact_similarities

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    from index.columns import Mask
    from index.types import Ids, Matrix

# Its stubs describe the C++ signatures, not those of the Python wrappers that are called here.
faiss: Any = _faiss

Kind = Literal["auto", "flat", "ivf", "hnsw"]

# Up to here a full scan of 384 numbers a row stays under 3 ms on one thread; from there on IVF.
FLAT_UP_TO = 50_000
# Brute force over this many scattered rows takes about 3 ms, no more than IVF for them, and is exact.
EXACT_UP_TO = 10_000
# IVF: about 2·sqrt(n) lists, 8-bit codes. At 300,000 clustered rows 16 probes find all of the true 20
# nearest; behind a filter that keeps a tenth, 1.0 of them in nested clusters and .85 in flat ones.
_PROBES = 16
_TRAINING_ROWS_PER_LIST = 64
_KMEANS_ROUNDS = 10
_SEED = 1
# HNSW: the usual middle values for 384 dimensions; `effort` raises the search's.
_HNSW_NEIGHBOURS = 32
_HNSW_EF_BUILD = 120
_HNSW_EF_SEARCH = 96
_HNSW_STARVES_BELOW_SHARE = 0.1
_MIN_EXTRA = 16

_DENSE_FILE = "dense.faiss"
_VECTORS_FILE = "vectors.npy"
# FAISS keeps its deserialisation limit in one global variable.
_reading = threading.Lock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Let FAISS use one thread for calls from this thread; builds outside keep all cores.

    OpenMP gives each calling thread a pool of its own: a server's many threads would fight for the cores.
    """
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def chosen_kind(kind: Kind, count: int) -> Kind:
    """Return the engine for `count` rows: as asked for, or by size; flat when too few for IVF."""
    if kind == "auto":
        kind = "flat" if count <= FLAT_UP_TO else "ivf"
    return "flat" if kind == "ivf" and count < _TRAINING_ROWS_PER_LIST else kind


class FaissDense:
    """A sealed FAISS engine and the vectors it was built over."""

    def __init__(self, engine: Any, vectors: Matrix) -> None:
        self._engine = engine
        # a view into the engine's own memory for flat and HNSW: the attribute above keeps it alive
        self.vectors = vectors
        self._exact = ExactDense(vectors)

    @classmethod
    def build(cls, vectors: Matrix, kind: Kind = "auto") -> Self:
        """Build over unit rows (n, dim); takes seconds for IVF and minutes for HNSW on 300,000 rows."""
        chosen = chosen_kind(kind, len(vectors))
        if chosen == "ivf":
            return cls(_build_ivf(vectors), vectors)
        engine = _empty_hnsw(vectors.shape[1]) if chosen == "hnsw" else _empty_flat(vectors.shape[1])
        engine.add(np.ascontiguousarray(vectors))
        return cls(engine, _stored_vectors(engine))

    @property
    def kind(self) -> Kind:
        """Which engine it is."""
        if isinstance(self._engine, faiss.IndexIVF):
            return "ivf"
        return "hnsw" if isinstance(self._engine, faiss.IndexHNSW) else "flat"

    def candidates(
        self, query: Matrix, k: int, passing: Mask | None, effort: float = 1.0
    ) -> tuple[Ids, npt.NDArray[np.float64]]:
        """See `DenseSearch`. Exact when few rows pass, or when the engine finds too few of them."""
        total = len(self.vectors)
        count = total if passing is None else int(np.count_nonzero(passing))
        want = min(k, count)
        if want <= 0 or count <= EXACT_UP_TO or self._starves(count / total):
            return self._exact.candidates(query, k, passing)
        fetch = min(count, want + max(want, _MIN_EXTRA))
        while True:
            rows = self._probe(query, fetch, passing, effort * total / count)
            if len(rows) < fetch:
                return self._exact.candidates(query, k, passing)
            similarities = exact_similarities(self.vectors, rows, query)
            kth_best = np.partition(similarities, len(rows) - want)[len(rows) - want]
            if fetch == count or similarities.min() < kth_best - TIE_WIDTH:
                return rows, similarities
            # more ties than were asked for: without the rest their order would be the engine's, not by id
            fetch = min(count, 4 * fetch)

    def save(self, folder: Path) -> None:
        """Write `dense.faiss`, and for IVF (which keeps 8-bit codes only) the vectors beside it."""
        faiss.write_index(self._engine, str(folder / _DENSE_FILE))
        if self.kind == "ivf":
            np.save(folder / _VECTORS_FILE, self.vectors)

    @classmethod
    def load(cls, folder: Path, *, mmap: bool = True) -> Self:
        """Read what `save` wrote; vectors stay on disk unless told otherwise.

        Verify the checksums first: FAISS's reader trusts its input. Raises `SnapshotCorruptError`.
        """
        engine = _read_engine(folder / _DENSE_FILE, mmap=mmap)
        if isinstance(engine, faiss.IndexIVF):
            return cls(engine, load_array(folder / _VECTORS_FILE, mmap=mmap))
        return cls(engine, _stored_vectors(engine))

    def _starves(self, share: float) -> bool:
        return self.kind == "hnsw" and share < _HNSW_STARVES_BELOW_SHARE

    def _probe(self, query: Matrix, fetch: int, passing: Mask | None, effort: float) -> Ids:
        # the caller divides `effort` by the share that passes, to look at as many rows as without a filter
        selector = (
            None if passing is None else faiss.IDSelectorBitmap(np.packbits(passing, bitorder="little"))
        )
        parameters = self._parameters(selector, fetch, effort)
        with one_thread():
            found = self._engine.search(query[None, :], fetch, params=parameters)[1][0]
        return np.asarray(found[found >= 0], dtype=np.int64)

    def _parameters(self, selector: Any, fetch: int, effort: float) -> Any:
        if self.kind == "ivf":
            probes = min(int(self._engine.nlist), max(1, round(_PROBES * effort)))
            return faiss.SearchParametersIVF(sel=selector, nprobe=probes)
        if self.kind == "hnsw":
            depth = max(round(_HNSW_EF_SEARCH * effort), 2 * fetch)
            return faiss.SearchParametersHNSW(sel=selector, efSearch=depth)
        return faiss.SearchParameters(sel=selector)


def _empty_flat(dim: int) -> Any:
    return faiss.IndexFlat(dim, faiss.METRIC_INNER_PRODUCT)


def _empty_hnsw(dim: int) -> Any:
    engine = faiss.IndexHNSWFlat(dim, _HNSW_NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
    engine.hnsw.efConstruction = _HNSW_EF_BUILD
    return engine


def _build_ivf(vectors: Matrix) -> Any:
    count, dim = vectors.shape
    wanted = 2 ** round(np.log2(2 * np.sqrt(count)))
    lists = int(min(wanted, count // _TRAINING_ROWS_PER_LIST))
    engine = faiss.IndexIVFScalarQuantizer(
        _empty_flat(dim), dim, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    engine.cp.niter = _KMEANS_ROUNDS
    engine.cp.max_points_per_centroid = _TRAINING_ROWS_PER_LIST
    engine.cp.seed = _SEED
    engine.train(vectors)
    engine.add(vectors)
    return engine


def _read_engine(path: Path, *, mmap: bool) -> Any:
    with _reading:
        before = faiss.get_deserialization_vector_byte_limit()
        # no array in a file can be larger than the file: a forged length is refused instead of allocated
        faiss.set_deserialization_vector_byte_limit(path.stat().st_size)
        try:
            return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC if mmap else 0)
        except RuntimeError as error:
            raise SnapshotCorruptError(
                f"{path.name}: FAISS cannot read it ({error}): rebuild the snapshot"
            ) from error
        finally:
            faiss.set_deserialization_vector_byte_limit(before)


def _stored_vectors(engine: Any) -> Matrix:
    flat = faiss.downcast_index(engine.storage) if isinstance(engine, faiss.IndexHNSW) else engine
    count, dim = int(flat.ntotal), int(flat.d)
    if count == 0:
        return np.empty((0, dim), dtype=np.float32)
    stored: Matrix = faiss.rev_swig_ptr(flat.get_xb(), count * dim).reshape(count, dim)
    return stored
