"""`evaluate`: one document in the shape of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import NEWS, PAIRS, invoke

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import Outcome

MEASURES = {"queries", "pool", "hit@1", "hit@5", "hit@10", "mrr", "ndcg@10"}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def shown(data_dir: Path) -> Outcome:
    return invoke("evaluate", NEWS, "--pairs", PAIRS, "--json", data_dir=data_dir)


def test_the_document_has_the_shape_of_the_contract(shown: Outcome) -> None:
    assert shown.code == 0
    document = shown.document
    assert set(document) == {"pairs", "retrieval", "baselines", "seconds"}
    assert set(document["baselines"]) == {"dense", "lexical"}
    for system in (document, *document["baselines"].values()):
        assert list(system["pairs"]) == ["all", "de-de", "de-en"]
        assert all(set(row) == {"n", "pearson", "spearman"} for row in system["pairs"].values())
        assert list(system["retrieval"]) == ["de-de", "de-en"]
        assert all(set(row) == MEASURES for row in system["retrieval"].values())


def test_the_counts_are_those_of_the_files(shown: Outcome) -> None:
    pairs, retrieval = shown.document["pairs"], shown.document["retrieval"]

    assert {name: row["n"] for name, row in pairs.items()} == {"all": 11, "de-de": 9, "de-en": 2}
    # every article of both sides that has a related partner asks; the draft is in the pool too
    assert {name: (row["queries"], row["pool"]) for name, row in retrieval.items()} == {
        "de-de": (9, 11),
        "de-en": (2, 12),
    }


def test_production_finds_the_related_article_among_the_first_five(shown: Outcome) -> None:
    assert shown.document["retrieval"]["de-de"]["hit@5"] == 1.0
    assert shown.document["pairs"]["de-de"]["pearson"] > 0.9


def test_a_second_run_measures_the_same(shown: Outcome, data_dir: Path) -> None:
    again = invoke("evaluate", NEWS, "--pairs", PAIRS, "--json", data_dir=data_dir)

    assert {**again.document, "seconds": 0} == {**shown.document, "seconds": 0}


def test_without_json_it_is_two_tables(data_dir: Path) -> None:
    table = invoke("evaluate", NEWS, "--pairs", PAIRS, data_dir=data_dir).out

    assert "agreement with the judges, Pearson" in table
    assert "a related article among the first five" in table
    assert [table.count(name) for name in ("production", "dense", "lexical")] == [2, 2, 2]
    assert "de-de (9)" in table


def test_pairs_of_unknown_articles_are_named_with_their_line(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text(
        '{"a": "h1", "b": "h2", "score": 1}\n{"a": "h1", "b": "x", "score": 1}\n', encoding="utf-8"
    )

    shown = invoke("evaluate", NEWS, "--pairs", pairs, "--json", data_dir=tmp_path)

    assert shown.is_one_line_error("source_unreadable")
    assert "pairs.jsonl line 2: article 'x'" in shown.err


@pytest.mark.parametrize("missing", ["articles", "pairs"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, missing: str) -> None:
    files = {"articles": NEWS, "pairs": PAIRS, missing: tmp_path / "nowhere.jsonl"}

    shown = invoke("evaluate", files["articles"], "--pairs", files["pairs"], data_dir=tmp_path)

    assert shown.is_one_line_error("source_unreadable")
    assert "nowhere.jsonl" in shown.err
