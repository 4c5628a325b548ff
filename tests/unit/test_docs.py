"""The pages hold together: links and paths lead somewhere, commands run, nothing private is in them."""

from __future__ import annotations

import re
import shlex
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from doc_pages import ROOT, anchors, code_lines, inline_code, links, pages, read
from typer.core import TyperGroup
from typer.main import get_command

import recommender
from recommender.cli import app

if TYPE_CHECKING:
    from pathlib import Path

PAGES = {page.relative_to(ROOT).as_posix(): page for page in pages()}
# Addresses of the machine somebody wrote on, and marks of unfinished work.
FORBIDDEN = re.compile(r"(?<![\w.])/(?:work|tmp|root|home|Users)/|\b(?:TODO|FIXME|XXX|TBD)\b")
OWN_PATH = re.compile(r"(?:recommender|index|tests|bench|docs|requirements|plugins)/[\w./-]*")


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> Path:
    """Give each page in turn."""
    return PAGES[request.param]


def test_every_link_leads_to_a_file_and_to_a_heading_in_it(page: Path) -> None:
    broken = []
    for link in links(page.read_text(encoding="utf-8")):
        if link.startswith(("https://", "http://")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(link)

    assert broken == []


def test_every_path_of_the_project_that_is_named_exists(page: Path) -> None:
    named = {text for text in inline_code(page.read_text(encoding="utf-8")) if OWN_PATH.fullmatch(text)}

    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_no_page_holds_an_address_of_somebodys_machine_or_a_mark_of_unfinished_work(page: Path) -> None:
    assert FORBIDDEN.findall(page.read_text(encoding="utf-8")) == []


def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    called = {*re.findall(r"`make ([a-z]+)", text), *re.findall(r"^make ([a-z]+)", text, re.MULTILINE)}

    assert called - targets == set()


def test_every_call_of_the_command_in_a_code_block_can_be_made(page: Path) -> None:
    """Command and options exist; what the arguments mean is the business of the command's own tests."""
    problems = []
    for line in code_lines(page.read_text(encoding="utf-8"), "sh"):
        if re.match(r"(?:\S*/)?recommender ", line):
            problems += _problems(shlex.split(line, comments=True)[1:])

    assert problems == []


def _problems(words: list[str]) -> list[str]:
    command: Any = get_command(app)
    rest = list(words)
    while isinstance(command, TyperGroup):
        if not rest or rest[0] not in command.commands:
            return [f"{' '.join(words)}: no such command"]
        command = command.commands[rest.pop(0)]
    known = {name for parameter in command.params for name in parameter.opts}
    options = [word.partition("=")[0] for word in rest if word.startswith("--")]
    return [f"{' '.join(words)}: no option {option}" for option in options if option not in known]


def test_the_changelog_begins_with_what_is_unreleased() -> None:
    sections = re.findall(r"^## (.+)$", read("CHANGELOG.md"), re.MULTILINE)

    assert sections[0] == "[Unreleased]"


def test_package_and_metadata_state_the_same_version() -> None:
    metadata = tomllib.loads(read("pyproject.toml"))

    assert metadata["project"]["version"] == recommender.__version__


def test_every_decision_is_listed_and_has_its_four_parts_on_one_page() -> None:
    folder = ROOT / "docs" / "decisions"
    decisions = sorted(path.name for path in folder.glob("[0-9]*.md"))
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in decisions}

    assert links((folder / "README.md").read_text(encoding="utf-8")) == decisions
    for name, text in texts.items():
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Context", "Choice", "What it costs", "What would change our mind"], name
        assert text.startswith(f"# {name[:4]} "), name
        assert len(text.split()) <= 500, name
