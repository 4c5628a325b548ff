"""The log as an interface: what a line holds, and what stays out of it."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
from prometheus_client import REGISTRY

from recommender.observability import configure_logging, request_id

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger("recommender.example")


@pytest.fixture(autouse=True)
def _root_logger() -> Iterator[None]:
    """Put the log back as pytest had it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_json_line_holds_event_level_logger_time_and_request(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(level="info", style="json")
    token = request_id.set("abc-1")
    log.info("snapshot.published id=%s über=%d", "s1", 3)
    request_id.reset(token)

    line = json.loads(capsys.readouterr().err)

    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "recommender.example",
        "event": "snapshot.published id=s1 über=3",
        "request_id": "abc-1",
    }


@pytest.mark.parametrize(("error", "lines"), [(KeyboardInterrupt(), 0), (OSError("disk"), 1)])
def test_ctrl_c_inside_a_library_is_not_logged_as_its_failure(
    capsys: pytest.CaptureFixture[str], error: BaseException, lines: int
) -> None:
    configure_logging(level="info", style="json")

    # as SQLAlchemy's pool does when it is interrupted while it closes a connection
    log.error("Exception closing connection", exc_info=error)

    assert len(capsys.readouterr().err.splitlines()) == lines


def test_an_exception_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(level="info", style="json")
    try:
        int("two\nlines")
    except ValueError:
        log.exception("loop.failed")

    (line,) = capsys.readouterr().err.splitlines()

    assert json.loads(line)["event"] == "loop.failed"
    assert json.loads(line)["error"].startswith("Traceback (most recent call last):\n")
    assert json.loads(line)["error"].endswith(r"'two\nlines'")


def test_a_plain_line_names_the_request_and_a_dash_where_there_is_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging(level="warning", style="plain")
    log.warning("article.lost id=%s", "7")
    assert capsys.readouterr().err.endswith(" WARNING recommender.example [-] article.lost id=7\n")


def test_the_level_decides_what_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(level="warning", style="plain")
    log.info("nothing.much")
    assert capsys.readouterr().err == ""


def test_setting_up_twice_writes_each_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(level="info", style="plain")
    configure_logging(level="info", style="json")
    log.info("once")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_libraries_that_tell_every_request_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(level="debug", style="plain")
    logging.getLogger("httpx").info("HTTP Request: POST …")
    logging.getLogger("httpx").warning("something odd")
    assert [line.split("] ")[1] for line in capsys.readouterr().err.splitlines()] == ["something odd"]


def test_metrics_have_the_names_that_dashboards_use() -> None:
    names = {metric.name for metric in REGISTRY.collect()}
    assert names >= {
        "recommender_requests",
        "recommender_request_seconds",
        "recommender_related_items",
        "recommender_empty_lists",
        "recommender_index_articles",
        "recommender_index_revision",
        "recommender_index_lag_revisions",
        "recommender_pending_articles",
    }
