"""NDJSON in, one result line per input line out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from starlette.concurrency import run_in_threadpool

from recommender.api.article_schemas import sent_article
from recommender.api.http import MIB, parse_object
from recommender.article import Article
from recommender.errors import BodyTooLargeError, InvalidArticleError, RecommenderError
from recommender.ingest import BATCH, accept

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from recommender.catalog import Accepted
    from recommender.runtime.core import Core


async def accept_lines(chunks: AsyncIterator[bytes], core: Core, site: str) -> AsyncIterator[bytes]:
    """Yield result lines in input order; each batch is durable before its lines are yielded.

    Blank lines are passed over and still counted. A line above the body limit fails by itself.
    """
    waiting: list[tuple[int, Article | RecommenderError]] = []
    number = 0
    async for line in cut_lines(chunks, limit=core.settings.max_body_mb * MIB):
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


async def cut_lines(chunks: AsyncIterator[bytes], *, limit: int) -> AsyncIterator[bytes | BodyTooLargeError]:
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
    return BodyTooLargeError(
        f"the line is longer than {limit // MIB} MiB: send less, or raise RECOMMENDER_MAX_BODY_MB"
    )


def _parse(line: bytes | BodyTooLargeError, site: str) -> Article | RecommenderError:
    if isinstance(line, BodyTooLargeError):
        return line
    try:
        return sent_article(parse_object(line), site=site)
    except RecommenderError as error:
        return error


def _accept(core: Core, waiting: list[tuple[int, Article | RecommenderError]]) -> list[bytes]:
    articles = [parsed for _, parsed in waiting if isinstance(parsed, Article)]
    stored = iter(_stored(core, articles))
    results = []
    for number, parsed in waiting:
        outcome = next(stored) if isinstance(parsed, Article) else parsed
        results.append(orjson.dumps(_result(number, outcome)) + b"\n")
    return results


def _stored(core: Core, articles: list[Article]) -> list[Accepted | RecommenderError]:
    language = core.settings.default_language
    try:
        return [*accept(core.catalog, articles, default_language=language)]
    except InvalidArticleError as error:
        # the catalog takes all or none and says not which one it is; alone, only that one fails
        if len(articles) == 1:
            return [error]
        middle = len(articles) // 2
        return [*_stored(core, articles[:middle]), *_stored(core, articles[middle:])]


def _result(number: int, outcome: Accepted | RecommenderError) -> dict[str, Any]:
    if isinstance(outcome, RecommenderError):
        return {"line": number, "error": {"code": outcome.code, "detail": str(outcome)}}
    return {
        "line": number,
        "id": outcome.key.id,
        "outcome": outcome.outcome,
        "revision": outcome.revision,
    }
