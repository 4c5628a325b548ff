"""The table from error class to HTTP status is complete, and an error's shape does not depend on it."""

from __future__ import annotations

import importlib
import pkgutil

import orjson
import pytest

import index
import recommender
from index.errors import VectorIndexError
from recommender.api.errors import HTTP_CODES, HTTP_STATUS, INTERNAL_ERROR, status_of, unexpected
from recommender.api.problem import problem
from recommender.errors import RebuildError, RecommenderError, shown
from recommender.observability import request_id


def _all_errors() -> list[type[Exception]]:
    for package in (index, recommender):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name and not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    found: list[type[Exception]] = []
    waiting: list[type[Exception]] = [RecommenderError, VectorIndexError]
    while waiting:
        below = [
            error
            for error in waiting.pop().__subclasses__()
            if error.__module__.startswith(("index", "recommender"))
        ]
        found += below
        waiting += below
    return found


def test_every_error_class_has_a_row_and_a_code_of_its_own() -> None:
    errors = set(_all_errors())
    assert {error.__name__ for error in errors - HTTP_STATUS.keys()} == set()
    codes = [getattr(error, "code", "") for error in errors]
    assert sorted(codes) == sorted(set(codes))
    assert not {*HTTP_CODES.values(), INTERNAL_ERROR} & set(codes)


def test_a_class_without_a_row_answers_as_the_one_it_is_made_from() -> None:
    class OddRebuildError(RebuildError):
        pass

    class OddError(RecommenderError):
        pass

    assert status_of(OddRebuildError("x")) == HTTP_STATUS[RebuildError]
    assert status_of(OddError("x")) == 500


@pytest.mark.parametrize(
    ("status", "header"),
    [
        (401, ("www-authenticate", "Bearer")),
        (503, ("retry-after", "2")),
        (422, ("cache-control", "no-store")),
    ],
)
def test_some_statuses_have_a_header_that_says_what_next(status: int, header: tuple[str, str]) -> None:
    answer = problem(status, "some_code", "got this, wanted that")
    assert answer.headers[header[0]] == header[1]
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_problem_carries_the_request_s_id_and_what_is_added() -> None:
    token = request_id.set("r-1")
    document = orjson.loads(problem(404, "gone", "x", errors=[]).body)
    request_id.reset(token)
    assert document == {
        "type": "urn:aehnliche-artikel:error:gone",
        "title": "Not Found",
        "status": 404,
        "code": "gone",
        "detail": "x",
        "request_id": "r-1",
        "errors": [],
    }


def test_what_nobody_foresaw_is_a_500() -> None:
    answer = unexpected()
    assert (answer.status_code, orjson.loads(answer.body)["code"]) == (500, "internal_error")


@pytest.mark.parametrize(
    "value", ["x" * 1_000_000, list(range(10_000)), {str(n): "y" * 100 for n in range(50)}]
)
def test_what_was_got_is_quoted_in_80_characters(value: object) -> None:
    assert len(shown(value)) <= 80


def test_short_values_are_quoted_whole_and_deep_ones_without_their_depth() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert shown(deep) == "[[[[...]]]]"
    assert (shown("Brücke"), shown(7), shown(None), shown(["a", 1])) == ("'Brücke'", "7", "None", "['a', 1]")
    while deep:
        deep = deep.pop()  # type: ignore[assignment] # taken apart by hand: freeing it in one go recurses
