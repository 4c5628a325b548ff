"""What the reference pages list is what the code has: settings, commands, metrics, codes, names, numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from doc_pages import ROOT, inline_code, pages, read, rows_of_table, section
from prometheus_client.metrics import MetricWrapperBase
from settings_table import settings_table, table_in
from typer.core import TyperGroup
from typer.main import get_command

import index.errors
import recommender.errors
from index.centring import DEFAULT_TAU
from recommender import observability
from recommender.calibration import calibration_for
from recommender.cli import app
from recommender.encoder import bundled, recipe
from recommender.settings import Settings
from recommender.stories import NearDuplicateRule
from recommender.text import terms

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for package in ("recommender", "index")
    for path in sorted((ROOT / package).rglob("*.py"))
)


def commands(command: Any, name: str = "recommender") -> Iterator[tuple[str, Any]]:
    """Yield every command that is not hidden, with its full name."""
    if isinstance(command, TyperGroup):
        for word, inner in command.commands.items():
            if not inner.hidden:
                yield from commands(inner, f"{name} {word}")
    else:
        yield name, command


COMMANDS = dict(commands(get_command(app)))


def test_the_table_of_settings_is_the_one_made_from_the_code() -> None:
    assert table_in(read("docs/settings.md")) == settings_table(), "run python tests/settings_table.py"


def test_every_variable_that_a_page_names_is_a_setting() -> None:
    known = {f"RECOMMENDER_{name.upper()}" for name in Settings.model_fields}
    named = {
        name
        for page in pages()
        for name in re.findall(r"\bRECOMMENDER_[A-Z][A-Z_]*\b", page.read_text(encoding="utf-8"))
    }

    assert named - known == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_section_that_names_each_of_its_options(name: str) -> None:
    found = section(read("docs/operations.md"), f"`{name}`")
    options = [option for parameter in COMMANDS[name].params for option in parameter.opts if "--" in option]

    assert found, f"no section `{name}` in docs/operations.md"
    assert [option for option in options if f"`{option}`" not in found] == []


def test_every_section_about_a_command_is_about_one_that_exists() -> None:
    headings = re.findall(r"^### `(recommender .+)`$", read("docs/operations.md"), re.MULTILINE)

    assert sorted(headings) == sorted(COMMANDS)


def test_the_table_of_metrics_names_exactly_those_there_are() -> None:
    metrics = [value for value in vars(observability).values() if isinstance(value, MetricWrapperBase)]
    described = [next(iter(metric.describe())) for metric in metrics]
    names = {f"{each.name}_total" if each.type == "counter" else each.name for each in described}
    listed = [row[0].strip("`") for row in rows_of_table(read("docs/operations.md"), "| metric |")]

    assert sorted(listed) == sorted(names)


def test_every_error_code_is_in_the_table_of_causes_and_every_code_there_exists() -> None:
    classes = [
        value
        for module in (recommender.errors, index.errors)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Exception)
    ]
    codes = {code for value in classes if (code := getattr(value, "code", None))}
    first_cells = [row[0] for row in rows_of_table(read("docs/operations.md"), "| code |")]

    assert sorted(inline_code("\n".join(first_cells))) == sorted(codes)


def test_every_log_event_that_operators_are_told_of_is_logged() -> None:
    line = next(part for part in read("docs/operations.md").split("\n") if "Events worth an eye" in part)
    events = inline_code(line.partition("Events worth an eye")[2])

    assert events
    assert [event for event in events if f'"{event}' not in CODE] == []


def test_every_name_in_the_glossary_stands_in_the_code() -> None:
    rows = rows_of_table(read("docs/glossary.md"), "| term |")
    names = [name for row in rows for name in inline_code(row[2])]

    assert len(names) > len(rows)
    assert [name for name in names if not re.search(rf"\b{re.escape(name)}\b", CODE)] == []


def test_every_package_has_its_room_in_the_architecture() -> None:
    packages = {path.parent.name for path in (ROOT / "recommender").glob("*/__init__.py")}
    rooms = " ".join(row[0] for row in rows_of_table(read("docs/architecture.md"), "| room |"))

    assert {name for name in packages if f"`recommender.{name}`" not in rooms} == set()
    assert "`index`" in rooms


def test_the_numbers_that_relevance_is_made_of_are_those_in_the_code() -> None:
    curve, rule = calibration_for(bundled.NAME), NearDuplicateRule()
    default = {name: field.default for name, field in Settings.model_fields.items()}
    ranking = ("min_relevance", "recency_weight", "half_life_days", "relevance_weight")
    expected = {
        "recipe version": f"`{recipe.RECIPE_VERSION}`",
        "head, characters": str(recipe.HEAD_CHARS),
        "windows, at most": str(recipe.MAX_WINDOWS),
        "title at the head of a window, tokens at most": str(recipe.MAX_TITLE_TOKENS),
        "τ of centring, articles": f"{DEFAULT_TAU:g}",
        "title, tag weight of a term": f"{terms.TITLE_WEIGHT:g}, {terms.TAG_WEIGHT:g}",
        "calibration b, d, l": f"{curve.same_bias}, {curve.same_dense}, {curve.same_lexical}",
        "calibration b', d'": f"{curve.cross_bias}, {curve.cross_dense}",
        "near-duplicate: dense and lexical at least": f"{rule.dense} and {rule.lexical}",
        "near-duplicate, vectors nearly the same: dense and lexical at least": (
            f"{rule.close_dense} and {rule.close_lexical}"
        ),
        "least relevance, recency weight, half-life in days, MMR weight": ", ".join(
            f"{default[name]:g}" for name in ranking
        ),
    }

    assert dict(rows_of_table(read("docs/relevance.md"), "| name |")) == expected


def test_the_figures_in_the_readme_are_those_of_the_benchmarks() -> None:
    rows = rows_of_table(read("README.md"), "| system |")

    assert rows
    assert rows == rows_of_table(read("docs/benchmarks.md"), "| system |")
