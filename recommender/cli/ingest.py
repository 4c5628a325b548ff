"""`ingest`: articles from files into the catalog, and from there into the index."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommender.cli.bring_up import index_everything
from recommender.cli.common import (
    catalog_of,
    command_settings,
    indexing_lock,
    note,
    print_json,
    progress,
    say,
)
from recommender.cli.options import DataDir, Json
from recommender.errors import SourceError
from recommender.ingest import accept_all
from recommender.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recommender.article import Article
    from recommender.catalog import Catalog
    from recommender.settings import Settings
    from recommender.sources import Account, Source

_OUTCOMES = ("created", "updated", "unchanged", "stale")
_SHOWN_SKIPS = 20


@dataclass(frozen=True, slots=True)
class _Taken:
    """What became of one source; `failure` says why it could not be read to its end."""

    spec: str
    account: Account
    outcomes: Counter[str]
    failure: str

    @property
    def read(self) -> int:
        # not the account's own: with --strict it has read one article more than was taken
        return self.outcomes.total() + self.account.skipped_count

    @property
    def is_whole(self) -> bool:
        return not self.failure and not self.account.skipped_count

    def as_dict(self) -> dict[str, Any]:
        account = self.account
        return {
            "source": self.spec,
            "read": self.read,
            "accepted": self.outcomes.total(),
            **{name: self.outcomes[name] for name in _OUTCOMES},
            "skipped": account.skipped_count,
            "skipped_by_reason": dict(account.reasons),
            "skips": [asdict(skip) for skip in account.skipped],
            "failure": self.failure or None,
        }

    def report(self) -> None:
        counts = ", ".join(f"{self.outcomes[name]} {name}" for name in _OUTCOMES)
        say(f"{self.spec}: {self.read} read, {counts}, {self.account.skipped_count} skipped")
        for skip in self.account.skipped[:_SHOWN_SKIPS]:
            say(f"  skipped {skip.where}: {skip.reason}" + (f": {skip.detail}" if skip.detail else ""))
        more = self.account.skipped_count - _SHOWN_SKIPS
        if more > 0:
            say(f"  … and {more} more; --json lists the first {len(self.account.skipped)}")
        if self.failure:
            say(f"  stopped: {self.failure}")


def ingest(
    sources: Annotated[
        list[str],
        typer.Argument(help="JSONL(.gz), HTML or text file, folder or tar with pages; - is standard input."),
    ],
    *,
    site: Annotated[str, typer.Option(help="Site the articles belong to.")],
    language: Annotated[str | None, typer.Option(help="Language of articles that state none.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first article that cannot be taken.")
    ] = False,
    no_index: Annotated[bool, typer.Option("--no-index", help="Only store; encode and build later.")] = False,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Take articles in from files, and index them.

    What cannot be taken is named with its line or file and the reason, and the exit code is 1. An
    article that was taken before and has not changed costs nothing.
    """
    settings = command_settings(data_dir=data_dir, default_language=language)
    # all of them first: a mistyped name must not show after an hour of reading
    opened = [open_source(spec, site=site, language=settings.default_language) for spec in sources]
    started = time.monotonic()
    with catalog_of(settings) as catalog:
        taken = list(_take_all(catalog, sources, opened, settings, strict=strict))
        store_seconds = time.monotonic() - started
        indexed = {} if no_index else _index(catalog, settings)
    document = {
        "site": site,
        "sources": [each.as_dict() for each in taken],
        "store_seconds": round(store_seconds, 2),
        **indexed,
        "seconds": round(time.monotonic() - started, 2),
    }
    if json:
        print_json(document)
    else:
        _report(taken, document)
    if not all(each.is_whole for each in taken):
        raise typer.Exit(1)


def _take_all(
    catalog: Catalog, specs: list[str], sources: list[Source], settings: Settings, *, strict: bool
) -> Iterator[_Taken]:
    for spec, source in zip(specs, sources, strict=True):
        taken = _take(catalog, spec, source, settings, strict=strict)
        yield taken
        if strict and not taken.is_whole:
            note(f"stopped at the first article that could not be taken (--strict), in {spec}")
            return


def _take(catalog: Catalog, spec: str, source: Source, settings: Settings, *, strict: bool) -> _Taken:
    outcomes: Counter[str] = Counter()
    failures: list[str] = []
    articles = _readable(source, failures, strict=strict)
    with progress(f"reading {spec}", None) as advance:
        for accepted in accept_all(catalog, articles, default_language=settings.default_language):
            outcomes.update(result.outcome for result in accepted)
            advance(len(accepted))
    return _Taken(spec, source.account, outcomes, "; ".join(failures))


def _readable(source: Source, failures: list[str], *, strict: bool) -> Iterator[Article]:
    """Yield what can be read, which is stored even when the rest cannot be; `strict`: up to a skip."""
    try:
        for article in source.articles():
            if strict and source.account.skipped_count:
                return
            yield article
    except SourceError as error:
        failures.append(str(error))


def _index(catalog: Catalog, settings: Settings) -> dict[str, Any]:
    with indexing_lock(settings) as held:
        if not held:
            note("a running service encodes and indexes these articles")
            return {"indexed_by": "service"}
        indexed = index_everything(catalog, settings)
    return {"indexed_by": "ingest", **asdict(indexed)}


def _report(taken: list[_Taken], document: dict[str, Any]) -> None:
    for each in taken:
        each.report()
    if document.get("indexed_by") == "ingest":
        where = f"{document['articles']} articles in snapshot {document['snapshot']}"
        news = f"{document['encoded']} encoded, {where}" if document["rebuilt"] else f"nothing new: {where}"
        say(f"{news}, {document['seconds']} s")
