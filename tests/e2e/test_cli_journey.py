"""The command as a user types it: in a process of its own, output and exit code as programs see them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from command_line import NEWS, PAIRS, PUBLISHED, ROOT, SITE, command, environment, eventually, invoke, run

from recommender import __version__
from recommender.demo.corpus import LEAD_ID, load_corpus

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAD_TITLE = next(article.title for article in load_corpus("http://x") if article.id == LEAD_ID)
# Shared by all test runs on a machine: to unpack the model takes longer than to use it.
MODELS = ROOT / ".cache" / "models"


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with TemporaryDirectory(prefix="r-") as name:
        yield Path(name)


def test_version() -> None:
    shown = run("--version")

    assert (shown.code, shown.out, shown.err) == (0, f"{__version__}\n", "")


def test_from_files_to_a_section_and_back(data_dir: Path) -> None:
    taken = run("ingest", "-", "--site", SITE, "--json", data_dir=data_dir, stdin=NEWS.read_bytes())
    assert (taken.code, taken.document["articles"]) == (0, len(PUBLISHED))

    shown = run("related", "h2", "--site", SITE, "--json", data_dir=data_dir)
    assert (shown.code, shown.err) == (0, "")
    assert [item["id"] for item in shown.document["items"]][:3] == ["h3", "h1", "h4"]

    unknown = run("related", "nobody", "--site", SITE, data_dir=data_dir)
    assert unknown.is_one_line_error("unknown_article")

    rebuilt = run("rebuild", "--json", data_dir=data_dir)
    assert (rebuilt.code, rebuilt.err, rebuilt.document["encoded"]) == (0, "", 0)

    back = run("snapshots", "rollback", data_dir=data_dir)
    assert (back.code, back.out) == (0, f"snapshot {taken.document['snapshot']} is live\n")


def test_a_lost_line_is_exit_code_1_and_the_document_is_whole(data_dir: Path) -> None:
    taken = run("ingest", "-", "--site", SITE, "--json", data_dir=data_dir, stdin=NEWS.read_bytes() + b"{\n")

    assert taken.code == 1
    assert [skip["where"] for skip in taken.document["sources"][0]["skips"]] == ["stdin:13"]


def test_a_reader_that_goes_away_is_no_crash(data_dir: Path) -> None:
    invoke("ingest", NEWS, "--site", SITE, data_dir=data_dir)
    process = subprocess.Popen(
        command("related", "h2", "--site", SITE, "--explain"),
        env=environment(data_dir),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()

    assert process.stderr is not None
    with process.stderr as stream:
        said = stream.read().decode()
    assert process.wait(60) == 1
    assert "Traceback" not in said


def test_a_bad_setting_is_one_line() -> None:
    assert run("doctor", port="abc").is_one_line_error("invalid_settings")


def test_evaluate_prints_one_document(data_dir: Path) -> None:
    shown = run("evaluate", NEWS, "--pairs", PAIRS, "--json", data_dir=data_dir)

    assert shown.code == 0
    assert shown.document["pairs"]["all"]["n"] == 11
    assert "Traceback" not in shown.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_the_demo_serves_its_site_and_ends_cleanly(data_dir: Path, number: signal.Signals) -> None:
    with _demo(data_dir) as (process, out, err):
        url = eventually(
            lambda: re.search(r"The demo site: (http://\S+)/ ", out.read_text("utf-8")), what="the site"
        )[1]
        page = httpx.get(url + "/", timeout=60)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert LEAD_TITLE in page.text
        article = httpx.get(url + re.findall(rf'href="(/[^"]*-{LEAD_ID})"', page.text)[0], timeout=60)
        section = article.text.partition("Ähnliche Artikel")[2]
        assert section.count("<li") >= 5
        assert httpx.get(url + "/docs", timeout=60).status_code == 200

        process.send_signal(number)

        assert process.wait(60) == 0
        assert "Traceback" not in err.read_text("utf-8")
        # and it can be started again at once
        again = run("demo", "--no-serve", "--data-dir", data_dir)
        assert again.code == 0


def test_ctrl_c_while_the_demo_works_ends_it_without_a_traceback(data_dir: Path) -> None:
    with _demo(data_dir) as (process, out, err):
        eventually((data_dir / "catalog.db").exists, what="the beginning of the work")
        process.send_signal(signal.SIGINT)

        assert process.wait(60) in {0, 130}
        assert "Traceback" not in err.read_text("utf-8")
        assert "Traceback" not in out.read_text("utf-8")


def test_the_bundled_model_takes_articles_in_and_relates_them(data_dir: Path) -> None:
    """The one test here with the real model: three stories, each article's nearest is of its own story."""
    settings: dict[str, Any] = {"model": "bundled", "precision": "fp32", "model_cache": MODELS}
    taken = run("ingest", NEWS, "--site", SITE, "--json", data_dir=data_dir, **settings)
    assert (taken.code, taken.document["encoded"]) == (0, len(PUBLISHED))

    for article_id in ("h2", "f1", "t3"):
        shown = invoke("related", article_id, "--site", SITE, "--json", data_dir=data_dir, **settings)
        first = shown.document["items"][0]
        assert (first["id"][0], first["reason"]) == (article_id[0], "related")

    # known by name: asking needs neither the model nor its libraries
    assert "h2" in json.dumps(
        invoke("related", "h1", "--site", SITE, "--json", data_dir=data_dir, **settings).document
    )


class _demo:  # noqa: N801 - reads as a function
    """Run `demo` on a free port; leaves the process, its output and its errors."""

    def __init__(self, data_dir: Path) -> None:
        self._out, self._err = data_dir / "out.txt", data_dir / "err.txt"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                command("demo", "--port", 0, "--data-dir", data_dir),
                env=environment(),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def __enter__(self) -> tuple[subprocess.Popen[bytes], Path, Path]:
        return self._process, self._out, self._err

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
