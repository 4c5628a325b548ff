"""`ingest`: articles from files into the catalog, and from there into the index."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommender.catalog import open_catalog
from recommender.cli.common import encoder_of, errors, indexing_lock, load_settings, out, print_json, progress, quiet
from recommender.indexing import Embedder
from recommender.ingest import accept_all
from recommender.errors import SourceError
from recommender.rebuild import rebuild
from recommender.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recommender.article import Article
    from recommender.catalog import Catalog
    from recommender.settings import Settings
    from recommender.sources import Account, Source

_SHOWN_SKIPS = 20


def ingest(
    sources: Annotated[list[str], typer.Argument(help="JSONL(.gz), HTML or text file, folder or tar with pages.")],
    site: Annotated[str, typer.Option(help="Site the articles belong to.")],
    language: Annotated[str | None, typer.Option(help="Language of articles that state none.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first article that cannot be taken.")] = False,
    no_index: Annotated[bool, typer.Option("--no-index", help="Only store; encode and build later.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Data folder.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Take articles in; exit code 1 when one was lost, with the reason and its line or file."""
    settings = quiet(load_settings(data_dir=data_dir, default_language=language))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    catalog = open_catalog(settings.catalog_url)
    try:
        accounts = [_take(catalog, spec, site, settings, strict=strict) for spec in sources]
        stored = time.monotonic() - started
        indexed = {} if no_index else _index(catalog, settings)
    finally:
        catalog.close()
    document = {
        "site": site,
        "sources": [account for account, _ in accounts],
        "store_seconds": round(stored, 2),
        **indexed,
        "seconds": round(time.monotonic() - started, 2),
    }
    lost = sum(account["skipped"] for account, _ in accounts)
    if json:
        print_json(document)
    else:
        _report(document, [skips for _, skips in accounts])
    if lost:
        raise typer.Exit(1)


def _take(
    catalog: Catalog, spec: str, site: str, settings: Settings, *, strict: bool
) -> tuple[dict[str, Any], Account]:
    source = open_source(spec, site=site, language=settings.default_language)
    articles = _strictly(source) if strict else source.articles()
    outcomes: Counter[str] = Counter()
    with progress(f"reading {spec}", None) as advance:
        for accepted in accept_all(catalog, articles, default_language=settings.default_language):
            outcomes.update(result.outcome for result in accepted)
            advance(len(accepted))
    account = source.account
    document = {
        "source": spec,
        "read": account.read,
        "accepted": account.yielded,
        **{name: outcomes[name] for name in ("created", "updated", "unchanged", "stale")},
        "skipped": account.skipped_count,
        "skipped_by_reason": dict(account.reasons),
        "skips": [{"where": skip.where, "reason": skip.reason, "detail": skip.detail} for skip in account.skipped],
    }
    return document, account


def _strictly(source: Source) -> Iterator[Article]:
    """Yield the articles up to the first one that is skipped. Raises `SourceError` there."""
    for article in source.articles():
        if source.account.skipped_count:
            break
        yield article
    for skip in source.account.skipped[:1]:
        raise SourceError(f"{skip.where}: {skip.reason} {skip.detail}: nothing after it was taken (--strict)")


def _index(catalog: Catalog, settings: Settings) -> dict[str, Any]:
    with indexing_lock(settings.data_dir) as held:
        if not held:
            errors.print("a running service encodes and indexes these articles")
            return {"indexed_by": "service"}
        encoder = encoder_of(settings)
        pending = catalog.pending_count(encoder.encoder_id)
        with progress("encoding", pending) as advance:
            Embedder(catalog, encoder).catch_up(progress=advance)
        report = rebuild(catalog, encoder, settings.snapshot_dir, keep=settings.keep_snapshots)
    return {"indexed_by": "ingest", "encoded": pending, "snapshot": report.snapshot_id, "articles": report.articles}


def _report(document: dict[str, Any], accounts: list[Account]) -> None:
    for source, account in zip(document["sources"], accounts, strict=True):
        counts = ", ".join(f"{source[name]} {name}" for name in ("created", "updated", "unchanged", "stale"))
        out.print(f"{source['source']}: {source['read']} read, {counts}, {source['skipped']} skipped", markup=False)
        for skip in account.skipped[:_SHOWN_SKIPS]:
            out.print(f"  skipped {skip.where}: {skip.reason}{skip.detail and ': '}{skip.detail}", markup=False)
        if source["skipped"] > _SHOWN_SKIPS:
            out.print(f"  … and {source['skipped'] - _SHOWN_SKIPS} more; --json lists them")
    if document.get("snapshot"):
        encoded = f"{document['encoded']} encoded, {document['articles']} articles in snapshot {document['snapshot']}"
        out.print(f"{encoded}, {document['seconds']} s")
