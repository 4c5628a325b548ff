"""Articles through the plumbing: ingest, the second unchanged pass, rebuild; articles per second and memory.

`python bench/ingest.py --json`, or with `--source archive.jsonl.gz`. Uses the hashing encoder, so
that the plumbing is measured and not a model. Each step runs in a process of its own, whose peak
memory the operating system reports.
"""

from __future__ import annotations

import _path  # noqa: F401 - has to come before everything else

# isort: split
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.tools.corpus import made_up_articles
from bench.tools.report import options_of, show

if TYPE_CHECKING:
    import argparse


def main() -> None:
    """Measure and print."""
    parser = options_of(__doc__.partition("\n")[0], articles=5_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-ingest-") as folder:
        show(measure(Path(folder), options), as_json=options.json)


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Run the steps one after the other and return their figures."""
    source = options.source or str(_write(folder / "articles.jsonl", options.articles))
    steps = {
        "store": ["ingest", source, "--site", "bench", "--no-index", "--json"],
        "unchanged": ["ingest", source, "--site", "bench", "--no-index", "--json"],
        "encode_and_rebuild": ["rebuild", "--json"],
        "rebuild": ["rebuild", "--json"],
    }
    measured = {name: _step(folder / "data", arguments) for name, arguments in steps.items()}
    count = int(measured["rebuild"]["report"]["articles"])
    figures: dict[str, Any] = {"articles": count, "cores": os.cpu_count()}
    for name, step in measured.items():
        figures[name] = {
            "seconds": step["seconds"],
            "articles_per_second": round(count / step["seconds"]),
            "peak_mb": step["peak_mb"],
        }
    figures["rebuild_report"] = measured["rebuild"]["report"]
    return figures


def _step(data_dir: Path, arguments: list[str]) -> dict[str, Any]:
    environment = {**os.environ, "RECOMMENDER_MODEL": "hashing", "RECOMMENDER_DATA_DIR": str(data_dir)}
    started = time.perf_counter()
    # RUSAGE_CHILDREN keeps the largest child ever, so each step's is asked for in a fresh process
    code = (
        "import json,resource,subprocess,sys;"
        "done=subprocess.run([sys.executable,'-m','recommender',*sys.argv[1:]],stdout=subprocess.PIPE);"
        "print(json.dumps([done.returncode,resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,done.stdout.decode()]))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, stdout=subprocess.PIPE, check=True
    )
    status, peak_kb, output = json.loads(answer.stdout)
    report = json.loads(output)
    if status and not report.get("sources", [{}])[0].get("skipped"):
        raise RuntimeError(f"{arguments} ended with status {status}")
    return {
        "seconds": round(time.perf_counter() - started, 2),
        "peak_mb": round(peak_kb / 1_024),
        "report": report,
    }


def _write(path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8") as lines:
        for article in made_up_articles(count):
            lines.write(article.model_dump_json() + "\n")
    return path


if __name__ == "__main__":
    main()
