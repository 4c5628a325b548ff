"""What the description and the manual show works as shown: every example is sent."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from api_fixtures import Api, HeldEncoder, ndjson, open_api, open_core, running, told

from recommender.api import examples
from recommender.api.app import create_app
from recommender.api.article_schemas import ArticleAnswer, Stored
from recommender.api.schemas import BatchAnswer, RelatedAnswer, ShownOn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

SITE = "zeitung"
MANUAL = Path(__file__).resolve().parents[2] / "docs" / "http-api.md"
MODELS: dict[str, type[BaseModel]] = {
    "related": RelatedAnswer,
    "related_to_draft": RelatedAnswer,
    "related_batch": BatchAnswer,
    "shown_on": ShownOn,
    "put_article": Stored,
    "delete_article": Stored,
}


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with open_api(tmp_path) as opened:
        opened.put("1234", site=SITE, **examples.ARTICLE)
        opened.put("1235", site=SITE, **examples.DRAFT)
        monkeypatch.setattr(opened.core, "start_rebuild", lambda: 4_711)
        monkeypatch.setattr(opened.core, "rollback", lambda: "s-1")
        yield opened


def _operations() -> list[tuple[str, str, dict[str, Any]]]:
    paths: dict[str, dict[str, dict[str, Any]]] = create_app().openapi()["paths"]
    return [
        (method.upper(), path, each)
        for path, by_method in paths.items()
        for method, each in by_method.items()
    ]


def _sent(operation: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    if "requestBody" not in operation:
        return b"", {}
    ((media_type, content),) = operation["requestBody"]["content"].items()
    example = content["example"]
    body = example.encode() if isinstance(example, str) else orjson.dumps(example)
    return body, {"Content-Type": media_type}


@pytest.mark.parametrize(
    ("method", "path", "operation"), _operations(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_operation_answers_its_example_as_described(
    api: Api, method: str, path: str, operation: dict[str, Any]
) -> None:
    address = path.replace("{site}", SITE).replace("{article_id}", "1235")
    body, headers = _sent(operation)

    answer = api.client.request(method, address, content=body, headers={**headers, **api.as_admin})

    described = operation["responses"][str(answer.status_code)]
    assert answer.status_code < 300, answer.text
    media_type = answer.headers["content-type"].partition(";")[0]
    assert media_type in described["content"]
    model = MODELS.get(operation["operationId"])
    if model is not None:
        model.model_validate(answer.json())
    if operation["operationId"] == "get_article":
        assert answer.json().keys() == ArticleAnswer.model_fields.keys()


def test_the_answers_shown_have_the_fields_of_the_real_ones(api: Api) -> None:
    related = api.related("1235", site=SITE)
    assert related.keys() == examples.RELATED.keys()
    shown, real = examples.RELATED["items"][0], related["items"][0]
    # a model's relevance is shown; the hashing encoder sees less
    judged = {"relevance": real["relevance"], "reason": real["reason"]}
    assert {**shown, **judged} == real
    assert examples.READY.keys() == api.get("/readyz").json().keys() == examples.NOT_READY.keys()
    assert examples.INDEX.keys() <= api.get("/v1/index").json().keys()


def test_sending_the_examples_to_an_empty_site_gives_the_answers_shown(tmp_path: Path) -> None:
    encoder = HeldEncoder()
    encoder.gate.clear()
    with open_api(tmp_path, encoder=encoder) as api:
        put = api.put("1234", site=SITE, wait=False, **examples.ARTICLE)
        api.delete("1234", site=SITE)
        bulk = api.client.post(
            "/v1/sites/anzeiger/articles/bulk", content=examples.NDJSON, headers=api.as_admin
        )
        encoder.gate.set()

    assert put.json() == examples.STORED
    shown = examples.NDJSON_RESULT.replace('"revision":1', '"revision":3').replace("zeitung", "anzeiger")
    assert bulk.text == shown


def test_the_section_shown_begins_like_the_real_one(api: Api) -> None:
    answer = api.get(f"/v1/sites/{SITE}/articles/1235/related", accept="text/html")
    assert answer.text.splitlines()[:3] == [
        *examples.SECTION.splitlines()[:2],
        '  <ul class="aa-list" role="list">',
    ]


@pytest.mark.skipif(shutil.which("curl") is None, reason="the manual's examples are calls of curl")
def test_every_curl_call_of_the_manual_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"(?s)```sh\n(.*?)```", MANUAL.read_text(encoding="utf-8"))
    script = "\n".join(block for block in blocks if "curl" in block)
    calls = len(re.findall(r"(?m)^curl ", script))
    assert calls >= 14
    (tmp_path / "articles.jsonl").write_bytes(ndjson([{"id": "1240", **told("b0")}]))
    with open_core(tmp_path / "var") as core:
        monkeypatch.setattr(core, "start_rebuild", lambda: 4_711)
        monkeypatch.setattr(core, "rollback", lambda: "s-1")
        with running(create_app(core=core)) as server:
            key = core.catalog.create_key("test", ["admin"]).secret
            api = f"{server.url}/v1/sites/zeitung/articles"
            first = "\n".join(
                f"curl -X PUT -H 'Authorization: Bearer {key}' {api}/{article_id} -d '{{\"title\": \"x\"}}'"
                for article_id in ("1234", "1235", "politik/2026/br%C3%BCcke%3F")
            )
            told_failing = 'curl() { command curl -sS --fail-with-body "$@" || echo "FAILED $*"; echo; }'
            done = subprocess.run(
                ["sh", "-c", f"{told_failing}\nAPI={server.url}\nKEY={key}\n{first}\n{script}"],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
    assert "FAILED" not in done.stdout, done.stdout + done.stderr
    assert done.stdout.count('"outcome"') == 3 + 3
    assert '"snapshot":"s-1"' in done.stdout
