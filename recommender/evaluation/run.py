"""`evaluate`: load articles and judgements, run production and both baselines, return one report."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.live import LiveIndex, build_snapshot
from index.snapshot import publish
from recommender.calibration import calibration_for
from recommender.catalog import open_catalog
from recommender.encoder.base import EmbeddingText
from recommender.errors import SourceError
from recommender.evaluation.pairs import read_pairs
from recommender.evaluation.report import evaluation_document, measure
from recommender.evaluation.systems import Cosine, Production, word_counts
from recommender.ingest import clean_article
from recommender.rows import rows_of
from recommender.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from recommender.article import Article
    from recommender.encoder.base import Encoder
    from recommender.evaluation.pairs import JudgedPair
    from recommender.evaluation.report import SystemReport

SITE = "evaluation"
_BATCH = 64


def load_articles(specs: Sequence[str], *, default_language: str) -> list[Article]:
    """Return the articles of all sources, in order; an id that comes twice keeps its first article.

    Raises `SourceError` when a source gives none.
    """
    articles: dict[str, Article] = {}
    for spec in specs:
        source = open_source(spec, site=SITE, language=default_language)
        before = len(articles)
        for article in source.articles():
            articles.setdefault(article.id, clean_article(article, default_language=default_language))
        if len(articles) == before:
            raise SourceError(
                f"{spec} gave no article: check the path, or the skips that 'recommender ingest' lists"
            )
    return list(articles.values())


def evaluate(
    articles: Sequence[Article],
    pairs_file: Path,
    encoder: Encoder,
    plain: Encoder,
    *,
    cache_url: str,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Return the report of production beside the dense and the lexical baseline, as one document.

    `plain` encodes title and text in one go, the way everybody starts. Vectors are kept under
    `cache_url`, so that a second run only measures.
    """
    started = time.monotonic()
    languages = {article.id: article.base_language for article in articles}
    pairs = read_pairs(pairs_file, languages)
    vectors = encode_cached(articles, encoder, cache_url, progress)
    plain_vectors = encode_cached(articles, plain, cache_url, progress)
    ids = [article.id for article in articles]
    baselines = {
        "dense": measure(Cosine(ids, plain_vectors), pairs, languages),
        "lexical": measure(word_counts(articles), pairs, languages),
    }
    production = _measure_production(articles, vectors, encoder, pairs, languages)
    return evaluation_document(production, baselines, seconds=time.monotonic() - started)


def _measure_production(
    articles: Sequence[Article],
    vectors: npt.NDArray[np.float32],
    encoder: Encoder,
    pairs: Sequence[JudgedPair],
    languages: dict[str, str],
) -> SystemReport:
    rows = {article.id: at for at, article in enumerate(articles)}
    with tempfile.TemporaryDirectory(prefix="recommender-evaluate-") as folder:
        root = Path(folder)
        built = rows_of(list(rows.values()), articles, vectors, dim=encoder.dim)
        publish(root, build_snapshot(root, built, encoder_id=encoder.encoder_id, revision=0))
        live = LiveIndex.open(root, encoder_id=encoder.encoder_id, dim=encoder.dim)
        try:
            system = Production(live.view(), calibration_for(encoder.encoder_id), rows)
            return measure(system, pairs, languages)
        finally:
            live.close()


def encode_cached(
    articles: Sequence[Article],
    encoder: Encoder,
    cache_url: str,
    progress: Callable[[int], None] | None = None,
) -> npt.NDArray[np.float32]:
    """Return one raw unit row per article, in order, from the cache where it has them."""
    texts = {article.content_hash: EmbeddingText.of(article) for article in articles}
    cache = open_catalog(cache_url)
    try:
        known = cache.embeddings(encoder.encoder_id, texts)
        missing = sorted((h for h in texts if h not in known), key=lambda h: len(texts[h].body))
        if progress is not None:
            progress(len(texts) - len(missing))
        for first in range(0, len(missing), _BATCH):
            part = missing[first : first + _BATCH]
            rows = encoder.encode([texts[content_hash] for content_hash in part])
            cache.put_embeddings(encoder.encoder_id, dict(zip(part, rows, strict=True)))
            if progress is not None:
                progress(len(part))
        # what was just encoded is read back too, so that a first run and a second give the same numbers
        known = cache.embeddings(encoder.encoder_id, texts)
    finally:
        cache.close()
    return np.stack([known[article.content_hash] for article in articles])
