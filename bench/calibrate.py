"""Fit the curve from similarities to relevance on judged pairs; prints what `recommender.calibration` holds.

    python bench/calibrate.py [--lexical 2.0] [--set PAIRS ARTICLES…]…

The demo corpus is always among the sets, and every set weighs the same. The weight of the term cosine
(by its square root) is given, not fitted: judged pairs were picked because they look alike, so on
them words hardly add to vectors, while in retrieval, where related articles have to be told from
all others, they do. 2.0 was chosen by hit@5; it costs .002 of Pearson. The rest is a logistic curve
through the judges' scores (Platt 1999, "Probabilistic outputs for support vector machines").
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
_NEWTON_STEPS = 100
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
    parser.add_argument("--lexical", type=float, default=2.0, help="weight of the root of the term cosine")
    parser.add_argument("--set", nargs="+", action="append", dest="sets", metavar="FILE")
    options = parser.parse_args()
    settings = Settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    encoder = create_encoder(settings.model, cache_dir=settings.model_cache_dir)
    sets = [(_DEMO_PAIRS, load_corpus(""))]
    for pairs, *specs in options.sets or []:
        sets.append((Path(pairs), load_articles(specs, default_language=settings.default_language)))
    judged = [_features(articles, pairs, encoder, settings) for pairs, articles in sets]
    print(json.dumps({"encoder": encoder.encoder_id, **_fit(judged, options.lexical)}))


def _fit(judged: Sequence[Features], lexical: float) -> dict[str, float]:
    weight = np.concatenate([np.full(len(each.score), 1_000 / len(each.score)) for each in judged])
    dense, score = _joined(judged, "dense"), _joined(judged, "score")
    given, same = lexical * _joined(judged, "root_lexical"), _joined(judged, "same") > 0
    bias, scale = _logistic(dense[same], given[same], score[same], weight[same])
    nothing = np.zeros(np.count_nonzero(~same))
    cross_bias, cross_dense = _logistic(dense[~same], nothing, score[~same], weight[~same])
    return {
        "same_bias": round(bias, 2),
        "same_dense": round(scale, 2),
        "same_lexical": lexical,
        "cross_bias": round(cross_bias, 2),
        "cross_dense": round(cross_dense, 2),
    }


def _logistic(dense: Numbers, given: Numbers, score: Numbers, weight: Numbers) -> list[float]:
    """Return intercept and slope of a logistic curve through scores in 0…1, by Newton's method.

    `given` is added to the logit as it is.
    """
    columns = np.c_[np.ones(len(dense)), dense]
    found = np.zeros(2)
    for _ in range(_NEWTON_STEPS):
        p = 1 / (1 + np.exp(-columns @ found - given))
        curvature = columns.T @ (columns * (weight * p * (1 - p))[:, None])
        found += np.linalg.solve(curvature, columns.T @ (weight * (score - p)))
    return [float(value) for value in found]


def _joined(sets: Sequence[Features], name: str) -> Numbers:
    return np.concatenate([getattr(each, name) for each in sets])


def _features(loaded: Sequence[Article], pairs: Path, encoder: Encoder, settings: Settings) -> Features:
    articles = [article for article in loaded if article.status is Status.PUBLISHED]
    languages = {article.id: article.base_language for article in articles}
    cache = f"sqlite:///{(settings.data_dir / 'evaluation.db').resolve()}"
    vectors = encode_cached(articles, encoder, cache)
    at = {article.id: row for row, article in enumerate(articles)}
    found = read_pairs(pairs, languages)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        rows = rows_of(list(at.values()), articles, vectors, dim=encoder.dim)
        publish(root, build_snapshot(root, rows, encoder_id=encoder.encoder_id, revision=0))
        live = LiveIndex.open(root, encoder_id=encoder.encoder_id, dim=encoder.dim)
        try:
            return _measure(live.view(), found, at, languages)
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
