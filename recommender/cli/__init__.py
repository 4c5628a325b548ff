"""The `recommender` command."""

from __future__ import annotations

import logging
import sys
from typing import Annotated, NoReturn

import typer

from index.errors import VectorIndexError
from recommender import __version__
from recommender.cli import demo, doctor, evaluate, ingest, keys, related, serve, snapshots
from recommender.errors import RecommenderError

log = logging.getLogger(__name__)

app = typer.Typer(
    name="recommender",
    help="Related articles for news sites: take articles in, build the index, answer what to read next.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo")(demo.demo)
app.command("ingest")(ingest.ingest)
app.command("serve")(serve.serve)
app.command("related")(related.related)
app.command("rebuild")(snapshots.rebuild)
app.add_typer(snapshots.app, name="snapshots")
app.command("evaluate")(evaluate.evaluate)
app.add_typer(keys.app, name="keys")
app.command("doctor")(doctor.doctor)
app.command("model")(doctor.model)
app.command("worker", hidden=True)(serve.worker)
app.command("indexing-process", hidden=True)(serve.indexing_process)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(__version__)
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
]


@app.callback()
def _options(*, version: Version = False) -> None:
    """Related articles for news sites: take articles in, build the index, answer what to read next."""


def main() -> None:
    """Run the command; what goes wrong ends it with one line on standard error and exit code 1."""
    try:
        app()
    except (RecommenderError, VectorIndexError) as error:
        log.debug("command.failed code=%s", error.code, exc_info=True)
        _fail(error.code, str(error))
    except OSError as error:
        log.debug("command.failed code=system", exc_info=True)
        where = f"{error.filename}: " if error.filename else ""
        _fail("system", f"{where}{error.strerror or error}: check the disk and the rights of this user")


def _fail(code: str, message: str) -> NoReturn:
    typer.echo(f"error [{code}]: {' '.join(message.split())}", err=True)
    sys.exit(1)
