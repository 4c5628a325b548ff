"""Routes for whoever runs the service: liveness, readiness, metrics."""

from __future__ import annotations

import os

import orjson
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from recommender.api.auth import core_of
from recommender.api.examples import NOT_READY, READY

router = APIRouter(tags=["operations"])


@router.get("/healthz", summary="The process answers")
def healthz() -> dict[str, str]:
    """Answer 200 as long as the process runs; says nothing about the index."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    responses={
        200: {"content": {"application/json": {"example": READY}}},
        503: {"description": "Not yet", "content": {"application/json": {"example": NOT_READY}}},
    },
    summary="The process can fill a section",
)
def readyz(request: Request) -> Response:
    """Answer 200 when an index is loaded, also while drafts cannot be encoded (`degraded`); else 503."""
    readiness = core_of(request).readiness()
    body = orjson.dumps(readiness)
    return Response(body, 200 if readiness["ready"] else 503, media_type="application/json")


@router.get("/metrics", summary="Prometheus metrics", response_class=PlainTextResponse)
def metrics(request: Request) -> Response:
    """Answer with the metrics of all worker processes."""
    core_of(request).measure()
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
