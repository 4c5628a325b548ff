"""The contract of `Encoder`, the same for every implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import encoder_models
import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from recommender.encoder import EmbeddingText, Encoder, create_encoder
from recommender.encoder.plain import plain_twin
from recommender.encoder.recipe import plan, pool
from recommender.encoder.sentence import SentenceEncoder

if TYPE_CHECKING:
    from pathlib import Path

LONG = " ".join(f"satz {number} steht hier." for number in range(120))
TEXTS = [
    EmbeddingText(
        "Rat beschließt Haushalt", "Nach langer Debatte.", "Der Rat der Stadt hat beschlossen. " * 20, "de"
    ),
    EmbeddingText("Council passes budget", "", "The city council agreed after a long debate.", "en"),
    EmbeddingText("Langer Bericht", "Ein Vorspann.", LONG, "de"),
    EmbeddingText("Nur ein Titel", "", "", "de"),
    EmbeddingText("", "", "Nur Text, ohne Titel.", "de"),
    EmbeddingText("Zeichen: 東京 🙂 \u200b ﬁ", "", "a\tb\n\nc", ""),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encoder_models.save_tiny_model(
        tmp_path_factory.mktemp("models") / "tiny", prompts={"query": "query: "}
    )


@pytest.fixture(scope="module", params=["hashing", "sentence", "plain"])
def encoder(
    request: pytest.FixtureRequest, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Encoder:
    cache = tmp_path_factory.mktemp("cache")
    if request.param == "hashing":
        return create_encoder("hashing", cache_dir=cache)
    made = create_encoder(str(folder), cache_dir=cache, precision="fp32", device="cpu")
    return plain_twin(made) if request.param == "plain" else made


def test_one_finite_unit_row_of_float32_per_text(encoder: Encoder) -> None:
    rows = encoder.encode(TEXTS)
    assert rows.shape == (len(TEXTS), encoder.dim)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_a_row_does_not_depend_on_its_neighbours_or_the_order(encoder: Encoder) -> None:
    together = encoder.encode(TEXTS)
    backwards = encoder.encode(TEXTS[::-1])[::-1]
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert together == pytest.approx(backwards, abs=1e-5)
    assert together == pytest.approx(alone, abs=1e-5)


def test_different_texts_point_in_different_directions(encoder: Encoder) -> None:
    rows = encoder.encode(TEXTS)
    similarity = rows @ rows.T
    assert (similarity[~np.eye(len(TEXTS), dtype=bool)] < 0.9999).all()


def test_the_same_text_twice_gives_the_same_row_twice(encoder: Encoder) -> None:
    rows = encoder.encode([TEXTS[0], TEXTS[1], TEXTS[0]])
    assert np.array_equal(rows[0], rows[2])
    assert not np.allclose(rows[0], rows[1])


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    rows = encoder.encode([])
    assert rows.shape == (0, encoder.dim)
    assert rows.dtype == np.float32


def test_a_text_without_any_words_still_has_a_direction(encoder: Encoder) -> None:
    rows = encoder.encode([EmbeddingText("", "", ""), EmbeddingText(" ", "\n", "…")])
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_progress_adds_up_to_the_number_of_texts(encoder: Encoder) -> None:
    told: list[int] = []
    encoder.encode(TEXTS * 30, progress=told.append)
    assert sum(told) == len(TEXTS) * 30
    assert min(told) > 0


def test_id_and_width_do_not_change(encoder: Encoder) -> None:
    before = (encoder.encoder_id, encoder.dim)
    encoder.encode(TEXTS[:1])
    assert (encoder.encoder_id, encoder.dim) == before


def test_language_is_no_part_of_the_vector(encoder: Encoder) -> None:
    """Centring by language is the index build's business."""
    rows = encoder.encode([EmbeddingText("Titel", "", "Text", language) for language in ("de", "fr")])
    assert np.array_equal(rows[0], rows[1])


def test_the_sentence_encoder_agrees_with_the_library_passage_by_passage(
    folder: Path, tmp_path: Path
) -> None:
    """The oracle: the library's own `encode`, one passage at a time, pooled in float64."""
    encoder = create_encoder(str(folder), cache_dir=tmp_path, precision="fp32", device="cpu")
    assert isinstance(encoder, SentenceEncoder)
    library = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    want = []
    for text in TEXTS:
        each = plan(text, encoder.model)
        rows = library.encode(
            [each.head, *each.windows], prompt="query: ", batch_size=1, show_progress_bar=False
        )
        units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        want.append(pool(units[0], units[1:]))
    assert encoder.encode(TEXTS) == pytest.approx(np.stack(want), abs=1e-5)


def test_the_end_of_a_long_article_counts(folder: Path, tmp_path: Path) -> None:
    encoder = create_encoder(str(folder), cache_dir=tmp_path, precision="fp32", device="cpu")
    other_end = EmbeddingText("Langer Bericht", "Ein Vorspann.", LONG.removesuffix("hier.") + "xyz xyz xyz")
    rows = encoder.encode([TEXTS[2], other_end])
    assert float(rows[0] @ rows[1]) < 0.99999
