"""`evaluate`: how good the related lists are, against human judgements."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from recommender.cli.common import command_settings, encoder_of, print_json, progress, show, table_of
from recommender.cli.options import DataDir, Json
from recommender.runtime.checks import make_data_dir

PairsFile = Annotated[Path, typer.Option(help='Judged pairs, JSONL: {"a", "b", "score" 0…1, "langs"}.')]


def evaluate(
    articles: Annotated[
        list[str], typer.Argument(help="Articles: the judged ones, and any others as distractors.")
    ],
    *,
    pairs: PairsFile,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Measure related lists against human judgements.

    Production's retrieval and relevance, beside a dense and a lexical baseline of the same run.
    """
    # half a second of statistics libraries, which no other command needs
    from recommender.encoder.plain import plain_twin  # noqa: PLC0415 - as above
    from recommender.evaluation.run import evaluate as run  # noqa: PLC0415 - as above
    from recommender.evaluation.run import load_articles  # noqa: PLC0415 - as above

    settings = command_settings(data_dir=data_dir)
    cache_url = f"sqlite:///{make_data_dir(settings).resolve() / 'evaluation.db'}"
    loaded = load_articles(articles, default_language=settings.default_language)
    encoder = encoder_of(settings)
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
    headings = [f"{group} ({systems['production'][part][group][count]})" for group in groups]
    rows = [
        (name, *(_number(report[part][group][measure]) for group in groups))
        for name, report in systems.items()
    ]
    show(table_of(("", *headings), rows, title=title))


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
