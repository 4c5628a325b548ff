"""Examples that the OpenAPI description shows; a test sends them."""

from __future__ import annotations

from typing import Any

import orjson

ARTICLE: dict[str, Any] = {
    "url": "https://zeitung.example/lokales/neue-bruecke-1234",
    "title": "Neue Brücke über die Senne wird im Herbst eröffnet",
    "teaser": "Nach drei Jahren Bauzeit rollt ab Oktober wieder der Verkehr.",
    "body": "Die Brücke verbindet die Altstadt mit dem Hafen.\n\nZur Eröffnung wird ein Bürgerfest geplant.",
    "language": "de",
    "published_at": "2026-09-01T08:00:00Z",
    "status": "published",
    "section": "lokales",
    "tags": ["Verkehr", "Brücke"],
    "image": {
        "url": "https://zeitung.example/bruecke.jpg",
        "alt": "Die neue Brücke",
        "width": 1200,
        "height": 675,
    },
}

STORED: dict[str, Any] = {
    "site": "zeitung",
    "id": "1234",
    "outcome": "created",
    "revision": 1,
    "searchable": False,
}

NDJSON = orjson.dumps({"id": "1234", **ARTICLE}).decode() + '\n{"id": "1235"}\n'

NDJSON_RESULT = (
    '{"line":1,"id":"1234","outcome":"created","revision":1}\n'
    '{"line":2,"error":{"code":"invalid_article","detail":"article: Value error, title, teaser and body '
    "are all empty: send at least a title (got {'id': '1235', 'site': 'zeitung'})\"}}\n"
)

BATCH: dict[str, Any] = {"ids": ["1234", "1235"]}

DRAFT: dict[str, Any] = {
    "title": "Stadtrat berät über das Eröffnungsfest an der Brücke",
    "body": "Am Montag entscheidet der Stadtrat, ob die neue Brücke mit einem Fest eröffnet wird.",
}

RELATED: dict[str, Any] = {
    "site": "zeitung",
    "id": "1235",
    "items": [
        {
            "id": "1234",
            "url": "https://zeitung.example/lokales/neue-bruecke-1234",
            "title": "Neue Brücke über die Senne wird im Herbst eröffnet",
            "teaser": "Nach drei Jahren Bauzeit rollt ab Oktober wieder der Verkehr.",
            "image": ARTICLE["image"],
            "published_at": "2026-09-01T08:00:00Z",
            "section": "lokales",
            "language": "de",
            "kind": "article",
            "relevance": 0.81,
            "reason": "related",
            "explain": None,
        }
    ],
    "complete": True,
    "dropped": None,
}

SECTION = """\
<section class="aehnliche-artikel" lang="de" aria-labelledby="aehnliche-artikel">
  <h2 class="aa-heading" id="aehnliche-artikel">Ähnliche Artikel</h2>
  <ul class="aa-list" role="list">…</ul>
</section>
"""

READY: dict[str, Any] = {
    "ready": True,
    "snapshot": "20260901T080000-123456-r4800",
    "encoder_id": "multilingual-e5-small@1f2e3d4c+2",
    "degraded": [],
    "detail": None,
}

NOT_READY: dict[str, Any] = {
    **READY,
    "ready": False,
    "detail": "still applying the changes since the snapshot",
}

INDEX: dict[str, Any] = {
    **READY,
    "revision": 4_812,
    "catalog_revision": 4_812,
    "lag": 0,
    "articles": 2_406,
    "pending": 0,
    "needs_rebuild": False,
    "snapshots": [
        {
            "id": "20260901T080000-123456-r4800",
            "live": True,
            "articles": 2_400,
            "revision": 4_800,
            "created_at": "2026-09-01T08:00:00+00:00",
        }
    ],
    "rebuild": {"state": "never"},
}
