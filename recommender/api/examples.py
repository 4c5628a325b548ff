"""Examples that the OpenAPI description shows; a test sends them."""

from __future__ import annotations

from typing import Any

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
    "image": {"url": "https://zeitung.example/bruecke.jpg", "alt": "Die neue Brücke", "width": 1200, "height": 675},
}

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
