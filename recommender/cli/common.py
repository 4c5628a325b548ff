"""What several commands need: settings, the catalog, progress that suits the terminal, output."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson
import typer
from filelock import FileLock, Timeout
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from recommender.catalog import open_catalog
from recommender.encoder.factory import create_encoder
from recommender.errors import SettingsError, shown
from recommender.observability import configure_logging
from recommender.runtime.checks import check_model, make_data_dir
from recommender.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pydantic_core import ErrorDetails
    from rich.console import RenderableType

    from recommender.catalog import Catalog
    from recommender.encoder.base import Encoder

_PLAIN_EVERY = 500
# Where nobody looks at a terminal's edge, a table must not be cut or folded: programs read it.
_WIDTH_ELSEWHERE = 200


def load_settings(**given: Any) -> Settings:
    """Return the settings from the environment, with the options that were given on top; sets up the log.

    Raises `SettingsError` naming each bad value and the variable it came from.
    """
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise SettingsError("; ".join(map(_problem, error.errors()))) from error
    configure_logging(level=settings.log_level, style=settings.log_format)
    return settings


def _problem(item: ErrorDetails) -> str:
    name = "_".join(str(part) for part in item["loc"]).upper()
    return f"RECOMMENDER_{name}: got {shown(item['input'])}: {item['msg']}"


def command_settings(**given: Any) -> Settings:
    """Return the settings for a command that a person reads: warnings only, unless the environment says."""
    if "RECOMMENDER_LOG_LEVEL" not in os.environ:
        given["log_level"] = "warning"
    return load_settings(**given)


@contextmanager
def catalog_of(settings: Settings) -> Iterator[Catalog]:
    """Open the catalog, made if it is not there, and close it at the end of the block."""
    make_data_dir(settings)
    catalog = open_catalog(settings.catalog_url)
    try:
        yield catalog
    finally:
        catalog.close()


def encoder_of(settings: Settings) -> Encoder:
    """Build the configured encoder in this process. Raises `EncoderError`."""
    # before the libraries are imported that would tell it seconds later
    check_model(settings.model)
    return create_encoder(
        settings.model,
        cache_dir=settings.model_cache_dir,
        precision=settings.precision,
        device=settings.device,
        revision=settings.model_revision or None,
    )


def say(line: str) -> None:
    """Write a line to standard output as it is: not folded, no markup."""
    typer.echo(line)


def note(line: str) -> None:
    """Write a line to standard error as it is, for what does not belong to the result."""
    typer.echo(line, err=True)


def print_json(document: Any) -> None:
    """Write one JSON document and nothing else to standard output."""
    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def table_of(headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None) -> Table:
    """Return a table of texts as they are; square brackets are no markup in it."""
    table = Table(*headings, title=title, title_justify="left")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def show(table: RenderableType, *, width: int | None = None) -> None:
    """Write a table to standard output, as wide as the terminal; elsewhere `width` or 200 characters wide."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=width or _WIDTH_ELSEWHERE)
    console.print(table)


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show how far a long work is: a bar on a terminal, a plain line now and then elsewhere."""
    if sys.stderr.isatty():
        text = TextColumn("{task.description}", markup=False)
        columns = (text, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda more: bar.advance(task, more)
        return
    done = shown = 0

    def plain(more: int) -> None:
        nonlocal done, shown
        done += more
        if done - shown >= _PLAIN_EVERY or (done == total and more):
            shown = done
            note(f"{what}: {done}" + (f" of {total}" if total else ""))

    yield plain


@contextmanager
def indexing_lock(settings: Settings) -> Iterator[bool]:
    """Hold the right to encode, if no service holds it; yields whether it is held here."""
    lock = FileLock(make_data_dir(settings) / "indexing.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
