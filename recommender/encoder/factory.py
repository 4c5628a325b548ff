"""Make the encoder a name stands for. The model libraries are imported here, when one is made."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from recommender.encoder import probe
from recommender.encoder.hashing import HashingEncoder
from recommender.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recommender.encoder.base import Encoder
    from recommender.encoder.loading import LoadedModel

log = logging.getLogger(__name__)

BUNDLED = "bundled"
HASHING = "hashing"
AUTO = "auto"
PRECISIONS = (AUTO, probe.FP32, probe.BF16)


def create_encoder(
    model: str,
    *,
    cache_dir: Path,
    precision: str = AUTO,
    device: str = AUTO,
    revision: str | None = None,
    threads: int | None = None,
) -> Encoder:
    """Return the encoder named `model`: `bundled`, `hashing`, a sentence-transformers hub id or a folder.

    `cache_dir` takes the bundled model (about 490 MB) and the measured choice of precision. `threads`
    limits torch in the whole process; None leaves it alone. Torch's idle threads are told to sleep, unless
    `OMP_WAIT_POLICY` says otherwise. Raises `EncoderError` that says what to do.
    """
    if precision not in PRECISIONS:
        raise EncoderError(f"got precision {precision!r}, wanted one of {', '.join(PRECISIONS)}")
    if threads is not None and threads < 1:
        raise EncoderError(f"got {threads} threads, wanted at least 1, or none given to let torch choose")
    if model == HASHING:
        return HashingEncoder()
    return _sentence_encoder(
        model, cache_dir=cache_dir, precision=precision, device=device, revision=revision, threads=threads
    )


def _sentence_encoder(
    model: str, *, cache_dir: Path, precision: str, device: str, revision: str | None, threads: int | None
) -> Encoder:
    # Read once, when torch loads its OpenMP. Threads that spin while they wait cost two thirds of the
    # speed as soon as another process wants the same cores, and gain nothing measurable without one.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch  # noqa: PLC0415 - seconds of import that only a real model is worth

    from recommender.encoder import bundled, loading  # noqa: PLC0415 - as above
    from recommender.encoder.sentence import SentenceEncoder  # noqa: PLC0415 - as above

    if threads is not None:
        torch.set_num_threads(threads)
    if model == BUNDLED:
        folder = bundled.materialise(cache_dir)
        source = loading.ModelSource(str(folder), known_id=f"{bundled.NAME}@{bundled.revision()}")
    else:
        source = loading.ModelSource(model, revision)

    def open_in(wanted: str) -> LoadedModel:
        return loading.open_model(source, device=device, precision=wanted)

    if precision == AUTO:
        parts = (
            torch.__version__,
            source.location,
            source.revision or "",
            device,
            str(torch.get_num_threads()),
        )
        loaded = _open_fastest(open_in, cache_dir / "precision.json", probe.machine_key(*parts))
    else:
        loaded = open_in(precision)
    log.info(
        "encoder.ready model=%s precision=%s device=%s threads=%d",
        loaded.model_id,
        loaded.precision,
        loaded.device,
        torch.get_num_threads(),
    )
    return SentenceEncoder(loaded.passages, model_id=loaded.model_id)


def _open_fastest(open_in: Callable[[str], LoadedModel], choices: Path, key: str) -> LoadedModel:
    """Return the model in the precision measured to be faster, now or at an earlier start here."""
    known = probe.remembered(choices, key)
    if known is not None:
        return open_in(known)
    exact, rough = open_in(probe.FP32), open_in(probe.BF16)
    found = probe.measure(exact.passages.encode, rough.passages.encode)
    log.info(
        "probe.measured fp32_s=%.2f bf16_s=%.2f cosine=%.5f chosen=%s",
        found.fp32_s,
        found.bf16_s,
        found.cosine,
        found.precision,
    )
    probe.remember(choices, key, found.precision)
    return rough if found.precision == probe.BF16 else exact
