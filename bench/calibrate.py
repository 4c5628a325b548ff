"""Fit the curve from similarities to relevance on judged pairs; prints what `recommender.calibration` holds.

    python bench/calibrate.py --set PAIRS ARTICLES… [--set PAIRS ARTICLES…]

Without a set, the demo corpus alone is used. Two steps. First the direction: how much the term
cosine (by its square root) weighs against the vectors' cosine when related pairs have to be told
from random pairs of the same language, which is what retrieval does. Then the scale along that
direction, on the judged pairs alone (Platt 1999, "Probabilistic outputs for support vector
machines"), which makes it the judges' score. Every set weighs the same.
"""

from __future__ import annotations

import _path  # noqa: F401 - has to come before everything else

# isort: split
import argparse
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index.live import LiveIndex, build_snapshot
from index.snapshot import publish
from recommender.article import Article, Status
from recommender.demo.corpus import load_corpus
from recommender.encoder import create_encoder
from recommender.evaluation.pairs import JudgedPair, read_pairs
from recommender.evaluation.run import encode_cached, load_articles
from recommender.rows import rows_of
from recommender.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.view import View
    from recommender.encoder import Encoder

_DEMO_PAIRS = Path(__file__).resolve().parent.parent / "recommender" / "demo" / "pairs.jsonl"
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Features:
    """Cosines of pairs, and what they should become; `same` says whether a pair shares its language."""

    dense: Numbers
    root_lexical: Numbers
    score: Numbers
    same: npt.NDArray[np.bool_]


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--set", nargs="+", action="append", dest="sets", metavar="FILE")
    options = parser.parse_args()
    settings = Settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    encoder = create_encoder(settings.model, cache_dir=settings.model_cache_dir)
    judged, random = [], []
    sets = [(_DEMO_PAIRS, load_corpus(""))]
    for pairs, *specs in options.sets or []:
        sets.append((Path(pairs), load_articles(specs, default_language=settings.default_language)))
    for pairs_file, articles in sets:
        of_judged, of_random = _features(articles, pairs_file, encoder, settings)
        judged.append(of_judged)
        random.append(of_random)
    print(json.dumps({"encoder": encoder.encoder_id, **_fit(judged, random)}))


def _fit(judged: Sequence[Features], random: Sequence[Features]) -> dict[str, float]:
    everything = [*judged, *random]
    weight = _weights(everything)
    same, score = _joined(everything, "same") > 0, _joined(everything, "score")
    dense, root = _joined(everything, "dense"), _joined(everything, "root_lexical")
    _, on_dense, on_lexical = _logistic(np.c_[dense, root][same], score[same], weight[same])
    ratio = on_lexical / on_dense

    weight, score = _weights(judged), _joined(judged, "score")
    dense, root, same = _joined(judged, "dense"), _joined(judged, "root_lexical"), _joined(judged, "same") > 0
    bias, scale = _logistic((dense + ratio * root)[same, None], score[same], weight[same])
    cross_bias, cross_dense = _logistic(dense[~same, None], score[~same], weight[~same])
    return {
        "same_bias": round(bias, 2),
        "same_dense": round(scale, 2),
        "same_lexical": round(scale * ratio, 2),
        "cross_bias": round(cross_bias, 2),
        "cross_dense": round(cross_dense, 2),
    }


def _logistic(inputs: Numbers, score: Numbers, weight: Numbers, rounds: int = 100) -> list[float]:
    """Return intercept and coefficients of a logistic curve through scores in 0…1, by Newton's method."""
    columns = np.c_[np.ones(len(inputs)), inputs]
    found = np.zeros(columns.shape[1])
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-columns @ found))
        curvature = columns.T @ (columns * (weight * p * (1 - p))[:, None]) + 1e-6 * np.eye(len(found))
        found += np.linalg.solve(curvature, columns.T @ (weight * (score - p)))
    return [float(value) for value in found]


def _weights(sets: Sequence[Features]) -> Numbers:
    return np.concatenate([np.full(len(each.score), 1_000 / len(each.score)) for each in sets])


def _joined(sets: Sequence[Features], name: str) -> Numbers:
    return np.concatenate([getattr(each, name) for each in sets])


def _features(
    loaded: Sequence[Article], pairs: Path, encoder: Encoder, settings: Settings
) -> tuple[Features, Features]:
    articles = [article for article in loaded if article.status is Status.PUBLISHED]
    languages = {article.id: article.base_language for article in articles}
    cache = f"sqlite:///{(settings.data_dir / 'evaluation.db').resolve()}"
    vectors = encode_cached(articles, encoder, cache)
    at = {article.id: row for row, article in enumerate(articles)}
    found = read_pairs(pairs, languages)
    rng = np.random.default_rng(11)
    chance = [
        JudgedPair(articles[a].id, articles[b].id, 0.0, "")
        for a, b in rng.integers(len(articles), size=(40 * len(found), 2))
        if a != b and articles[a].base_language == articles[b].base_language
    ][: len(found)]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        rows = rows_of(list(at.values()), articles, vectors, dim=encoder.dim)
        publish(root, build_snapshot(root, rows, encoder_id=encoder.encoder_id, revision=0))
        live = LiveIndex.open(root, encoder_id=encoder.encoder_id, dim=encoder.dim)
        try:
            return tuple(_measure(live.view(), some, at, languages) for some in (found, chance))  # type: ignore[return-value]
        finally:
            live.close()


def _measure(
    view: View, pairs: Sequence[JudgedPair], at: dict[str, int], languages: dict[str, str]
) -> Features:
    dense, lexical = [], []
    for pair in pairs:
        a, b = at[pair.a], at[pair.b]
        dense.append(float(view.similarity_centred(view.vectors([a])[a], [b])[0]))
        lexical.append(float(view.term_similarity(view.terms([a])[a], [b])[0]))
    return Features(
        np.array(dense),
        np.sqrt(np.maximum(lexical, 0)),
        np.array([pair.score for pair in pairs]),
        np.array([languages[pair.a] == languages[pair.b] for pair in pairs]),
    )


if __name__ == "__main__":
    main()
