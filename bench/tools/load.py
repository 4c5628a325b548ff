"""A small HTTP/1.1 load generator: some connections, kept alive, one request after the other on each."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Measured:
    """What one round showed; latencies in milliseconds, failures are answers other than 200."""

    requests: int
    failures: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Requests answered per second."""
        return self.requests / self.seconds


def run(host: str, port: int, paths: Sequence[str], *, connections: int) -> Measured:
    """Request every path once, spread over the connections, and return what was measured."""
    return asyncio.run(_run(host, port, paths, connections))


async def _run(host: str, port: int, paths: Sequence[str], connections: int) -> Measured:
    waiting = iter(paths)
    started = time.perf_counter()
    results = await asyncio.gather(*(_connection(host, port, waiting) for _ in range(connections)))
    seconds = time.perf_counter() - started
    latencies = np.concatenate([np.asarray(latency) for latency, _ in results]) * 1_000
    failures = sum(failed for _, failed in results)
    p50, p99 = np.percentile(latencies, [50, 99])
    return Measured(len(latencies), failures, seconds, float(p50), float(p99))


async def _connection(host: str, port: int, waiting: Iterator[str]) -> tuple[list[float], int]:
    reader, writer = await asyncio.open_connection(host, port)
    latencies, failures = [], 0
    try:
        for path in waiting:
            started = time.perf_counter()
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n\r\n".encode())
            failures += not await _answered(reader)
            latencies.append(time.perf_counter() - started)
    finally:
        writer.close()
        await writer.wait_closed()
    return latencies, failures


async def _answered(reader: asyncio.StreamReader) -> bool:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
    await reader.readexactly(length)
    return b" 200 " in lines[0]
