"""The `recommender` command."""

from __future__ import annotations

import sys

import typer

from index.errors import VectorIndexError
from recommender import __version__
from recommender.cli import articles, demo, evaluate, keys, operations, related, snapshots
from recommender.errors import RecommenderError

app = typer.Typer(
    name="recommender",
    help="Related articles for news sites: take articles in, build the index, answer what to read next.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo")(demo.demo)
app.command("ingest")(articles.ingest)
app.command("serve")(operations.serve)
app.command("related")(related.related)
app.command("rebuild")(snapshots.rebuild)
app.add_typer(snapshots.app, name="snapshots")
app.command("evaluate")(evaluate.evaluate)
app.add_typer(keys.app, name="keys")
app.command("doctor")(operations.doctor)
app.command("model")(operations.model)
app.command("indexing-process", hidden=True)(operations.indexing_process)


def _version(value: bool) -> None:  # noqa: FBT001 - typer hands the option over like this
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """Related articles for news sites."""


def main() -> None:
    """Run the command; errors of ours end it with one line on standard error and exit code 1."""
    try:
        app()
    except (RecommenderError, VectorIndexError) as error:
        typer.echo(f"error [{error.code}]: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
