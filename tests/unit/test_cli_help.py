"""Every command says what it is for, and what goes wrong ends in one line."""

from __future__ import annotations

import re
from typing import Any
from unittest import mock

import pytest
import typer
from command_line import Outcome, invoke

from recommender import __version__, cli
from recommender.errors import RecommenderError

_MANUAL_WIDTH = 80


def _commands(group: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    found: dict[tuple[str, ...], Any] = {}
    for name, command in group.commands.items():
        here = (*path, name)
        found |= _commands(command, here) if hasattr(command, "commands") else {here: command}
    return found


COMMANDS = _commands(typer.main.get_command(cli.app))
PARAMETERS = [
    (path, parameter)
    for path, command in COMMANDS.items()
    for parameter in command.params
    if parameter.name != "help"
]
CONTRACT = {
    ("demo",), ("ingest",), ("serve",), ("related",), ("rebuild",), ("evaluate",), ("doctor",), ("model",),
    ("snapshots", "list"), ("snapshots", "verify"), ("snapshots", "rollback"), ("snapshots", "prune"),
    ("keys", "create"), ("keys", "list"), ("keys", "revoke"),
}  # fmt: skip


def test_the_commands_of_the_contract_are_shown() -> None:
    assert {path for path, command in COMMANDS.items() if not command.hidden} >= CONTRACT


def test_what_the_service_starts_by_itself_is_not_shown() -> None:
    assert {path for path, command in COMMANDS.items() if command.hidden} == {
        ("worker",),
        ("indexing-process",),
    }


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_command_says_in_one_sentence_what_it_does(path: tuple[str, ...]) -> None:
    first = COMMANDS[path].help.split("\n\n")[0]

    assert first.endswith(".")
    assert first[0].isupper()


@pytest.mark.parametrize(("path", "parameter"), PARAMETERS, ids=lambda value: getattr(value, "name", None))
def test_every_parameter_is_described(path: tuple[str, ...], parameter: Any) -> None:
    assert parameter.help, f"{' '.join(path)}: {parameter.name}"
    assert parameter.help.endswith("."), f"{' '.join(path)}: {parameter.name}"


@pytest.mark.parametrize("path", [(), *COMMANDS], ids=" ".join)
def test_help_is_given_and_changes_nothing(path: tuple[str, ...]) -> None:
    shown = invoke(*path, "--help")

    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("Usage: ")
    assert max(map(len, shown.out.splitlines())) <= _MANUAL_WIDTH


@pytest.mark.parametrize("path", [(), ("keys",), ("snapshots",)], ids=" ".join)
def test_no_sentence_is_cut_in_a_list_of_commands(path: tuple[str, ...]) -> None:
    _, _, commands = invoke(*path, "--help").out.partition("Commands:\n")

    assert commands
    assert "..." not in commands


def test_version_is_the_packages() -> None:
    assert invoke("--version") == Outcome(0, f"{__version__}\n", "")


@pytest.mark.parametrize("path", [("keys",), ("snapshots",), ()], ids=" ".join)
def test_a_group_alone_shows_its_help(path: tuple[str, ...]) -> None:
    assert re.search(r"^Commands:$", invoke(*path).out + invoke(*path).err, re.MULTILINE)


@pytest.mark.parametrize(
    "words",
    [("fly",), ("related",), ("ingest", "a.jsonl"), ("related", "1", "--site", "s", "--limit", "0"),
     ("keys", "create", "cms", "--scope", "god"), ("serve", "--port", "70000"), ("snapshots", "prune", "--keep", "1")],
)  # fmt: skip
def test_wrong_use_is_exit_code_2_and_says_what_is_wanted(words: tuple[str, ...]) -> None:
    shown = invoke(*words)

    assert (shown.code, shown.out) == (2, "")
    assert "Error: " in shown.err
    assert "Traceback" not in shown.err


def test_an_error_of_the_system_is_one_line_with_the_file() -> None:
    with mock.patch("recommender.cli.app", side_effect=PermissionError(13, "Permission denied", "/data/x")):
        shown = invoke("doctor")

    assert shown.is_one_line_error("system")
    assert "/data/x: Permission denied" in shown.err


def test_an_error_with_several_lines_becomes_one() -> None:
    with mock.patch("recommender.cli.app", side_effect=RecommenderError("first\n  second")):
        shown = invoke("doctor")

    assert shown.err == "error [recommender_error]: first second\n"
