"""`evaluate`: how good the related lists are, against human judgements."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from recommender.cli.common import encoder_of, load_settings, out, print_json, progress, quiet
from recommender.encoder.plain import plain_twin
from recommender.evaluation.run import evaluate as run
from recommender.evaluation.run import load_articles


def evaluate(
    articles: Annotated[list[str], typer.Argument(help="Articles: the judged ones, and any others as distractors.")],
    pairs: Annotated[Path, typer.Option(help='Judged pairs, JSONL: {"a", "b", "score" 0…1, "langs"}.')],
    data_dir: Annotated[Path | None, typer.Option(help="Data folder; vectors are kept there.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Measure production's retrieval and relevance beside a dense and a lexical baseline, in one run."""
    settings = quiet(load_settings(data_dir=data_dir))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    loaded = load_articles(articles, default_language=settings.default_language)
    encoder = encoder_of(settings)
    cache_url = f"sqlite:///{(settings.data_dir / 'evaluation.db').resolve()}"
    with progress("encoding", 2 * len(loaded)) as advance:
        document = run(loaded, pairs, encoder, plain_twin(encoder), cache_url=cache_url, progress=advance)
    if json:
        print_json(document)
        return
    systems = {"production": document, **document["baselines"]}
    _print("agreement with the judges, Pearson", systems, "pairs", "pearson", "n")
    _print("a related article among the first five", systems, "retrieval", "hit@5", "queries")


def _print(title: str, systems: dict[str, Any], part: str, measure: str, count: str) -> None:
    groups = list(systems["production"][part])
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for group in groups:
        table.add_column(f"{group} ({systems['production'][part][group][count]})")
    for name, report in systems.items():
        cells = [report[part][group][measure] for group in groups]
        table.add_row(name, *("–" if cell is None else f"{cell:.3f}" for cell in cells))
    out.print(table)
