"""A tiny BERT with random weights as a sentence-transformers folder: real code paths, in milliseconds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import torch
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

if TYPE_CHECKING:
    from pathlib import Path

DIM = 32
MAX_TOKENS = 48
_LETTERS = "abcdefghijklmnopqrstuvwxyzäöüß0123456789.,:-"


def save_tiny_model(
    folder: Path, *, prompts: dict[str, str] | None = None, default: str | None = None
) -> Path:
    """Write the model into `folder` and return it; the same weights every time."""
    _tokenizer().save_pretrained(str(folder))
    _bert(len(_vocabulary())).save_pretrained(str(folder))
    files = {
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        ],
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": DIM, "pooling_mode_mean_tokens": True},
        "config_sentence_transformers.json": {"prompts": prompts or {}, "default_prompt_name": default},
    }
    for name, value in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value), encoding="utf-8")
    return folder


def _vocabulary() -> dict[str, int]:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "query", *_LETTERS, *(f"##{letter}" for letter in _LETTERS)]
    return {word: number for number, word in enumerate(words)}


def _tokenizer() -> PreTrainedTokenizerFast:
    vocabulary = _vocabulary()
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"])
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        model_max_length=MAX_TOKENS,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    )


def _bert(vocabulary_size: int) -> BertModel:
    torch.manual_seed(7)
    configuration = BertConfig(
        vocab_size=vocabulary_size,
        hidden_size=DIM,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=MAX_TOKENS,
    )
    return BertModel(configuration)
