"""Calls that may wait for an encoder: a few at a time, so that lists by id never queue behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from starlette.requests import Request

P = ParamSpec("P")
T = TypeVar("T")

# Of the server's 40 worker threads; the others stay free for what is answered in milliseconds.
AT_ONCE = 16


async def run_slow(request: Request, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `function` in a worker thread when one of the `AT_ONCE` places is free."""
    places: asyncio.Semaphore = request.app.state.slow_calls
    async with places:
        return await run_in_threadpool(function, *args, **kwargs)
