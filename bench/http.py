"""Related-by-id over HTTP against a bare FastAPI route that returns the same bytes, in one run.

`python bench/http.py --articles 27966 --json`. Rounds of both alternate, so that a machine whose
speed drifts slows both; ratios are of medians over the rounds. `uncached` asks for another article
each time, `cached` for the same ones again.
"""

from __future__ import annotations

import _path  # noqa: F401 - has to come before everything else

# isort: split
import os
import statistics
import tempfile
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.tools.corpus import made_up_articles
from bench.tools.load import Measured, run
from bench.tools.report import options_of, show
from bench.tools.servers import bare_route, service
from recommender.article import ArticleKey
from recommender.catalog import open_catalog
from recommender.encoder import HashingEncoder
from recommender.ingest import accept_all
from recommender.rebuild import rebuild
from recommender.settings import Settings
from recommender.sources import open_source

if TYPE_CHECKING:
    import argparse

_SITE = "bench"
_SAME_IDS = 20


def main() -> None:
    """Measure and print."""
    parser = options_of(__doc__.partition("\n")[0], articles=10_000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=2_000, help="per round and server")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-http-") as folder:
        show(measure(Path(folder), options), as_json=options.json)


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Fill a catalog, start both servers, alternate the rounds, return the figures."""
    ids = _fill(folder / "data", options)
    rng = np.random.default_rng(3)
    paths = [f"/v1/sites/{_SITE}/articles/{article_id}/related" for article_id in rng.permutation(ids)]
    with service(folder / "data", model="hashing") as port:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{paths[0]}") as answer:
            content = answer.read()
        with bare_route(folder, content) as bare_port:
            rounds = _rounds(port, bare_port, paths, options)
    ours, bare, again = rounds["ours"], rounds["bare"], rounds["again"]
    return {
        "articles": len(ids),
        "answer_bytes": len(content),
        "connections": options.connections,
        "cores": os.cpu_count(),
        "uncached": _figures(ours),
        "cached": _figures(again),
        "bare": _figures(bare),
        "ratio_uncached": round(_median(ours, "per_second") / _median(bare, "per_second"), 3),
        "ratio_cached": round(_median(again, "per_second") / _median(bare, "per_second"), 3),
        "p99_ratio": round(_median(ours, "p99_ms") / _median(bare, "p99_ms"), 2),
    }


def _fill(data_dir: Path, options: argparse.Namespace) -> list[str]:
    settings = Settings(data_dir=data_dir, model="hashing")
    data_dir.mkdir(parents=True)
    articles = (
        open_source(options.source, site=_SITE, language="de").articles()
        if options.source
        else made_up_articles(options.articles, site=_SITE)
    )
    with open_catalog(settings.catalog_url) as catalog:
        batches = accept_all(catalog, articles, default_language="de")
        ids = [accepted.key.id for batch in batches for accepted in batch]
        rebuild(catalog, HashingEncoder(), settings.snapshot_dir, keep=2)
        assert catalog.get(ArticleKey(_SITE, ids[0])) is not None
    return ids


def _rounds(
    port: int, bare_port: int, paths: list[str], options: argparse.Namespace
) -> dict[str, list[Measured]]:
    found: dict[str, list[Measured]] = {"ours": [], "bare": [], "again": []}
    for number in range(options.rounds + 1):
        first = number * options.requests
        fresh = [paths[at % len(paths)] for at in range(first, first + options.requests)]
        same = [paths[at % _SAME_IDS] for at in range(options.requests)]
        measured = {
            "ours": run("127.0.0.1", port, fresh, connections=options.connections),
            "bare": run("127.0.0.1", bare_port, fresh, connections=options.connections),
            "again": run("127.0.0.1", port, same, connections=options.connections),
        }
        # the first round warms up
        for name, value in measured.items() if number else ():
            if value.failures:
                raise RuntimeError(f"{value.failures} of {value.requests} requests to {name} failed")
            found[name].append(value)
    return found


def _figures(rounds: list[Measured]) -> dict[str, float]:
    return {
        "per_second": round(_median(rounds, "per_second"), 1),
        "p50_ms": round(_median(rounds, "p50_ms"), 3),
        "p99_ms": round(_median(rounds, "p99_ms"), 3),
    }


def _median(rounds: list[Measured], figure: str) -> float:
    return float(statistics.median(getattr(measured, figure) for measured in rounds))


if __name__ == "__main__":
    main()
