"""A service that is only sent articles makes its first snapshot by itself."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import orjson
from command_line import SITE, eventually
from service_process import make_key, service

TOPICS = ("Hafen", "Stadtrat", "Theater", "Handball")


def _send(url: str, key: str, count: int) -> None:
    lines = b"\n".join(
        orjson.dumps(
            {"id": str(at), "title": f"{TOPICS[at % 4]} {at}", "body": f"{TOPICS[at % 4]} wird {at} neu."}
        )
        for at in range(count)
    )
    headers = {"Authorization": f"Bearer {key}"}
    answer = httpx.post(f"{url}/v1/sites/{SITE}/articles/bulk", content=lines, headers=headers, timeout=30)
    assert answer.status_code == 200


def test_twenty_articles_are_enough_for_the_first_snapshot() -> None:
    # short: the path of a socket may not be long
    with TemporaryDirectory(prefix="r-") as name:
        key = make_key(Path(name))
        with service(Path(name), key=key) as running:
            _send(running.url, key, 24)

            def published() -> list[int]:
                return [found["articles"] for found in running.get("/v1/index").json()["snapshots"]]

            assert eventually(published) == [24]
            assert set(running.related_ids("0")[:5]) == {"4", "8", "12", "16", "20"}
