"""docs/http-api.md and docs/openapi.json say what the application does, all of it."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from recommender.api.app import create_app
from recommender.api.errors import HTTP_CODES, HTTP_STATUS, INTERNAL_ERROR
from recommender.settings import Settings

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "http-api.md").read_text(encoding="utf-8")
WRITE_ANEW = (
    "write it anew: python -c 'import json; from recommender.api.app import create_app; "
    "print(json.dumps(create_app().openapi(), indent=2, ensure_ascii=False))' > docs/openapi.json"
)
CODES = {
    **{getattr(error, "code", ""): status for error, status in HTTP_STATUS.items()},
    **{code: status for status, code in HTTP_CODES.items()},
    INTERNAL_ERROR: 500,
}


@cache
def _described() -> dict[str, Any]:
    return create_app().openapi()


def _operations() -> list[tuple[str, str, dict[str, Any]]]:
    paths: dict[str, dict[str, dict[str, Any]]] = _described()["paths"]
    return [
        (method.upper(), path, operation)
        for path, each in paths.items()
        for method, operation in each.items()
    ]


def _section(method: str, path: str) -> str:
    """Return the part of the text that begins with this route as its first line."""
    for part in re.split(r"(?m)^## ", TEXT):
        if f"`{method} {path}`" in part and not part.startswith(("HTTP", "# HTTP")):
            return part
    return ""


def test_the_committed_description_is_the_application_s() -> None:
    committed = (DOCS / "openapi.json").read_text(encoding="utf-8")
    assert json.loads(committed) == _described(), WRITE_ANEW


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in _operations()])
def test_every_route_is_in_the_table_and_has_a_curl_example(method: str, path: str) -> None:
    route = path.replace("{article_id}", "{id}")
    assert f"`{method} {route}`" in TEXT.split("## Keys")[0]
    address = re.escape(route).replace(r"\{site\}", "zeitung").replace(r"\{id\}", r"[^/]+")
    examples = [line for line in TEXT.splitlines() if re.search(rf'curl .*"\$API{address}["?]', line)]
    methods = [match[1] if (match := re.search(r"-X (\w+)", line)) else "GET" for line in examples]
    assert method in methods


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [each for each in _operations() if each[1].startswith("/v1/")],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_parameter_status_and_scope_is_named(method: str, path: str, operation: dict[str, Any]) -> None:
    route = path.replace("{article_id}", "{id}")
    section = _section(method, route)
    assert section, f"no section of {method} {route}"
    list_parameters = _section("GET", "/v1/sites/{site}/articles/{id}/related")
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query":
            taken = section if "parameters of a list" not in section else section + list_parameters
            assert parameter["name"] in taken, parameter["name"]
    stated = re.search(r"(?m)^Status: (.*)$", section)
    assert stated
    for status in operation["responses"]:
        if status != "default":
            assert status in re.findall(r"\b\d{3}\b", stated[1]), status


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_error_code_is_in_the_table_with_its_status(code: str) -> None:
    row = re.search(rf"(?m)^\| `{code}` \| (\d+) \| .+ \| .+ \|$", TEXT)
    assert row, f"{code} is missing"
    assert int(row[1]) == CODES[code]


def test_no_code_is_documented_that_nothing_answers_with() -> None:
    table = TEXT.split("| code | status |")[1]
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", table)) == set(CODES)


def test_links_inside_the_page_lead_somewhere() -> None:
    headings = re.findall(r"(?m)^## (.+)$", TEXT)
    anchors = {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
    linked = set(re.findall(r"\]\(#([^)]+)\)", TEXT))
    assert linked
    assert linked <= anchors


def test_every_setting_it_names_exists() -> None:
    named = {name.lower() for name in re.findall(r"RECOMMENDER_([A-Z_]+)", TEXT)}
    assert named
    assert named <= set(Settings.model_fields)


def test_every_json_example_is_json() -> None:
    blocks = re.findall(r"(?s)```json\n(.*?)```", TEXT)
    assert len(blocks) >= 3
    for block in blocks:
        decoder, rest = json.JSONDecoder(), block.strip()
        while rest:
            _, end = decoder.raw_decode(rest)
            rest = rest[end:].lstrip()


def test_every_operation_has_a_name_a_summary_and_a_description() -> None:
    names = [operation["operationId"] for _, _, operation in _operations()]
    assert len(set(names)) == len(names)
    for method, path, operation in _operations():
        assert re.fullmatch(r"[a-z_]+", operation["operationId"]), path
        assert operation["summary"], (method, path)
        assert operation["description"].endswith("."), (method, path)
        assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"]


def test_every_reference_in_the_description_resolves() -> None:
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(_described())))
    assert {"Article", "Problem", "RelatedAnswer", "Image"} <= references | set(
        _described()["components"]["schemas"]
    )
    assert references <= set(_described()["components"]["schemas"])
