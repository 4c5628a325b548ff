"""Logs and metrics: set-up for entry points, metric names for everybody."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

from prometheus_client import Counter, Gauge, Histogram

request_id: ContextVar[str] = ContextVar("request_id", default="-")

REQUESTS = Counter("recommender_requests_total", "HTTP requests answered", ["route", "method", "status"])
REQUEST_SECONDS = Histogram(
    "recommender_request_seconds",
    "Time to answer an HTTP request",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)
RELATED_ITEMS = Counter(
    "recommender_related_items_total", "Items in related lists, by how they got there", ["reason"]
)
EMPTY_LISTS = Counter("recommender_empty_lists_total", "Related lists that stayed empty")
ARTICLES = Gauge("recommender_index_articles", "Articles that can be found", multiprocess_mode="max")
REVISION = Gauge("recommender_index_revision", "Last catalog revision applied", multiprocess_mode="min")
LAG = Gauge("recommender_index_lag_revisions", "Catalog revisions not applied yet", multiprocess_mode="max")
PENDING = Gauge(
    "recommender_pending_articles", "Published articles without a vector", multiprocess_mode="max"
)


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            "request_id": request_id.get(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class _RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


def _is_no_interrupt(record: logging.LogRecord) -> bool:
    """Keep a person's Ctrl-C out of the log: a library that is interrupted reports it as its own failure."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, KeyboardInterrupt)


def configure_logging(*, level: str, style: str) -> None:
    """Send the log to standard error; called by entry points only, never on import."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_RequestIdFilter())
    handler.addFilter(_is_no_interrupt)
    plain = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"
    handler.setFormatter(_JsonFormatter() if style == "json" else logging.Formatter(plain))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # these tell every request or every download; the access log is a metric here
    for noisy in (
        "alembic",
        "httpx",
        "httpcore",
        "sentence_transformers",
        "transformers",
        "trafilatura",
        "htmldate",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
