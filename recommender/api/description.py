"""The OpenAPI description: what FastAPI cannot know by itself, put in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recommender.api.problem import Problem
from recommender.article import Article

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.routing import APIRoute

TEXT = """\
Related articles for news sites. Send articles, ask what to read next.

Errors are `application/problem+json` (RFC 9457) with a stable `code`. Each answer has an
`X-Request-ID`; send one to find a request again in the log. Site and id stand percent-encoded in
the address. `HEAD` works wherever `GET` does.
"""

FAILURES: dict[int | str, dict[str, Any]] = {
    "default": {"model": Problem, "description": "What went wrong, with a stable code"}
}
_REFERENCE = "#/components/schemas/{model}"
_PROBLEM = {"application/problem+json": {"schema": {"$ref": _REFERENCE.format(model="Problem")}}}


def operation_id(route: APIRoute) -> str:
    """Name an operation as its function is named: what a generated client's methods are called."""
    return route.name


def install(app: FastAPI) -> None:
    """Let `app.openapi()` state the media type of errors and the fields of an article that is sent."""
    generate = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            document["components"]["schemas"].update(_article_schemas())
            for path in document["paths"].values():
                for operation in path.values():
                    operation["responses"]["default"]["content"] = _PROBLEM
        return generate()

    app.openapi = described  # type: ignore[method-assign] # the way FastAPI documents


def _article_schemas() -> dict[str, Any]:
    schema = Article.model_json_schema(ref_template=_REFERENCE)
    nested: dict[str, Any] = schema.pop("$defs", {})
    # the address names both
    schema["required"] = []
    schema["properties"] = {
        name: field for name, field in schema["properties"].items() if name not in {"site", "id"}
    }
    return {**nested, "Article": schema}
