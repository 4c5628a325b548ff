"""What the code imports is declared, and what is declared is locked."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
OWN = {"recommender", "index"}
# pydantic's other half: pydantic pins it to the patch level, so a range of our own could only be wrong.
PART_OF = {"pydantic-core": "pydantic"}


@cache
def _project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project: dict[str, Any] = tomllib.load(file)["project"]
    return project


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return _normal(found[0])


def _normal(name: str) -> str:
    """Spell a name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared(*extras: str) -> set[str]:
    project = _project()
    lists = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
    return {_name(requirement) for requirements in lists for requirement in requirements}


def _locked(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    return {_normal(name): version for name, version in re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", text)}


def _imported_modules(package: str) -> set[str]:
    names: set[str] = set()
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - OWN


@pytest.mark.parametrize("package", sorted(OWN))
def test_every_import_comes_from_a_declared_dependency(package: str) -> None:
    """An undeclared one works only as long as another package happens to bring it."""
    providers = packages_distributions()
    allowed = _declared("postgres")
    undeclared = {}
    for module in _imported_modules(package):
        owners = {_normal(owner) for owner in providers.get(module, [module])}
        owners = {PART_OF.get(owner, owner) for owner in owners}
        if not owners & allowed:
            undeclared[module] = owners
    assert undeclared == {}, "declare these in pyproject.toml, then run make lock"


def test_the_scan_sees_imports_inside_functions() -> None:
    """Models are imported late; the test above must not be blind to that."""
    assert {"numpy", "sentence_transformers"} <= _imported_modules("recommender")


@pytest.mark.parametrize(
    ("lock", "extras"), [("runtime.txt", ()), ("dev.txt", ("dev", "postgres"))], ids=["runtime", "dev"]
)
def test_locks_hold_every_declared_dependency(lock: str, extras: tuple[str, ...]) -> None:
    """Torch is the exception: it is installed by its own line."""
    assert _declared(*extras) - {"torch"} - _locked(lock).keys() == set(), "run make lock"


def test_the_dev_lock_tests_the_versions_that_the_runtime_lock_ships() -> None:
    runtime, dev = _locked("runtime.txt"), _locked("dev.txt")
    assert {name: dev.get(name) for name in runtime} == runtime


@pytest.mark.parametrize("lock", ["runtime.txt", "dev.txt"])
def test_every_locked_version_has_hashes(lock: str) -> None:
    """And nothing else: no index, no folder of one machine, no CUDA library."""
    lines = (ROOT / "requirements" / lock).read_text(encoding="utf-8").splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if not line or line.lstrip().startswith("#"):
            continue
        assert re.match(r"[\w.-]+==\S+( ; .+)? \\$| {4}--hash=sha256:[0-9a-f]{64}( \\)?$", line), line
        if "==" in line:
            assert following.startswith("    --hash="), line
            assert not line.startswith(("torch==", "nvidia-", "cuda-", "triton==")), line


def test_one_torch_version_everywhere() -> None:
    """The one installed, the one the locks were resolved for and the cap in pyproject.toml are the same."""
    pinned = re.findall(r"(?m)^torch==(.+)$", (ROOT / "requirements/torch.txt").read_text(encoding="utf-8"))
    with (ROOT / "requirements/uv.toml").open("rb") as file:
        resolved = [entry["version"] for entry in tomllib.load(file)["dependency-metadata"]]
    cap = [entry.partition("<=")[2] for entry in _project()["dependencies"] if _name(entry) == "torch"]
    assert pinned == resolved == cap
