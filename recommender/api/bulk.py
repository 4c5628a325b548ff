"""NDJSON in, one result line per input line out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from starlette.concurrency import run_in_threadpool

from recommender.api.http import parse_object
from recommender.article import Article, parse_article
from recommender.errors import BodyTooLargeError, RecommenderError
from recommender.ingest import BATCH, accept

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from recommender.runtime.core import Core

_MIB = 1_048_576


async def accept_lines(chunks: AsyncIterator[bytes], core: Core, site: str) -> AsyncIterator[bytes]:
    """Yield result lines in input order; each batch is durable before its lines are yielded.

    Blank lines are passed over and still counted. A line above the body limit fails by itself.
    """
    waiting: list[tuple[int, Article | RecommenderError]] = []
    number = 0
    async for line in _lines(chunks, limit=core.settings.max_body_mb * _MIB):
        number += 1
        if isinstance(line, bytes) and not line.strip():
            continue
        waiting.append((number, _parse(line, site)))
        if len(waiting) >= BATCH:
            for result in await run_in_threadpool(_accept, core, waiting):
                yield result
            waiting = []
    for result in await run_in_threadpool(_accept, core, waiting):
        yield result


async def _lines(chunks: AsyncIterator[bytes], *, limit: int) -> AsyncIterator[bytes | BodyTooLargeError]:
    """Cut a stream into lines without keeping more than one over-long line's beginning."""
    rest, too_long = bytearray(), False
    async for chunk in chunks:
        *whole, tail = chunk.split(b"\n")
        for part in whole:
            rest += part
            yield _too_long(limit) if too_long or len(rest) > limit else bytes(rest)
            rest, too_long = bytearray(), False
        rest += tail
        if len(rest) > limit:
            rest, too_long = bytearray(), True
    if too_long:
        yield _too_long(limit)
    elif rest:
        yield bytes(rest)


def _too_long(limit: int) -> BodyTooLargeError:
    return BodyTooLargeError(f"the line is longer than {limit // _MIB} MiB: send less, or raise RECOMMENDER_MAX_BODY_MB")


def _parse(line: bytes | BodyTooLargeError, site: str) -> Article | RecommenderError:
    if isinstance(line, BodyTooLargeError):
        return line
    try:
        return parse_article(parse_object(line), site=site)
    except RecommenderError as error:
        return error


def _accept(core: Core, waiting: list[tuple[int, Article | RecommenderError]]) -> list[bytes]:
    articles = [parsed for _, parsed in waiting if isinstance(parsed, Article)]
    outcomes = iter(accept(core.catalog, articles, default_language=core.settings.default_language) if articles else [])
    results = []
    for number, parsed in waiting:
        if isinstance(parsed, Article):
            accepted = next(outcomes)
            document: dict[str, Any] = {
                "line": number,
                "id": accepted.key.id,
                "outcome": accepted.outcome,
                "revision": accepted.revision,
            }
        else:
            document = {"line": number, "error": {"code": parsed.code, "detail": str(parsed)}}
        results.append(orjson.dumps(document) + b"\n")
    return results
