"""What several commands need: settings, progress that suits the terminal, JSON on standard output."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson
from filelock import FileLock, Timeout
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from recommender.encoder.factory import create_encoder
from recommender.errors import SettingsError
from recommender.observability import configure_logging
from recommender.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from recommender.encoder.base import Encoder

errors = Console(stderr=True, highlight=False)
out = Console(highlight=False)
_PLAIN_EVERY = 500


def load_settings(**given: Any) -> Settings:
    """Return the settings from the environment, with the options that were given on top.

    Raises `SettingsError` naming each bad value and the variable it came from. Sets up the log.
    """
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        problems = [
            f"RECOMMENDER_{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']} (got {item['input']!r})"
            for item in error.errors()
        ]
        raise SettingsError("; ".join(problems)) from error
    configure_logging(level=settings.log_level, style=settings.log_format)
    return settings


def quiet(settings: Settings) -> Settings:
    """Return the settings for a command that a person reads: warnings only, unless the environment says."""
    if "RECOMMENDER_LOG_LEVEL" not in os.environ:
        configure_logging(level="warning", style=settings.log_format)
    return settings


def encoder_of(settings: Settings) -> Encoder:
    """Build the configured encoder in this process."""
    return create_encoder(
        settings.model,
        cache_dir=settings.model_cache_dir,
        precision=settings.precision,
        device=settings.device,
        revision=settings.model_revision or None,
    )


def print_json(document: Any) -> None:
    """Write one JSON document and nothing else to standard output."""
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show how far a long work is: a bar on a terminal, a plain line now and then elsewhere."""
    if errors.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=errors, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda more: bar.advance(task, more)
        return
    done = shown = 0

    def plain(more: int) -> None:
        nonlocal done, shown
        done += more
        if done - shown >= _PLAIN_EVERY or done == total:
            shown = done
            errors.print(f"{what}: {done}" + (f" of {total}" if total else ""))

    yield plain


@contextmanager
def indexing_lock(data_dir: Path) -> Iterator[bool]:
    """Hold the right to encode, if no service holds it; yields whether it is held here."""
    lock = FileLock(data_dir / "indexing.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
