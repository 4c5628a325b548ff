"""Routes about the index itself: its state, a rebuild, the way back."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request

from recommender.api.auth import core_of, require
from recommender.api.examples import INDEX

router = APIRouter(prefix="/v1/index", tags=["index"])


class RebuildStarted(BaseModel):
    """A rebuild runs in a process of its own; its progress shows in `GET /v1/index`."""

    state: str
    pid: int


class RolledBack(BaseModel):
    """The snapshot that answers from now on."""

    snapshot: str


@router.get(
    "",
    dependencies=[Depends(require("read"))],
    responses={200: {"content": {"application/json": {"example": INDEX}}}},
    summary="State of the index",
)
def index_state(request: Request) -> dict[str, Any]:
    """Answer with the snapshot, what was applied since, what waits, and the last rebuild."""
    return core_of(request).status()


@router.post("/rebuild", status_code=202, dependencies=[Depends(require("admin"))], summary="Start a rebuild")
def start_rebuild(request: Request) -> RebuildStarted:
    """Start a rebuild beside the live index; 409 when one is running already."""
    return RebuildStarted(state="running", pid=core_of(request).start_rebuild())


@router.post("/rollback", dependencies=[Depends(require("admin"))], summary="Go back to the snapshot before")
def roll_back(request: Request) -> RolledBack:
    """Publish the previous snapshot; changes made since are replayed from the catalog, so none is lost."""
    return RolledBack(snapshot=core_of(request).rollback())
