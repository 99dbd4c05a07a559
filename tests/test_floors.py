"""The architecture, in code: which file may import which. Read with ast, so nothing is imported for it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scanning import ROOT

PACKAGE = ROOT / "gk_hooks"

FLOORS = {
    "errors": 0,
    "model": 0,
    "source": 1,
    "rules": 2,
    "analyzers": 2,
    "evidence": 2,
    "policy": 3,
    "reports": 3,
    "pipeline": 4,
    "egress": 5,
    "gate": 5,
    "verify": 5,
    "commands": 6,
    "aliases": 6,
    "cli": 6,
    "__main__": 6,
}
"""The first part of a module's name below gk_hooks, and the floor it lives on."""

MODEL_ONLY = frozenset({"source", "rules", "analyzers", "evidence", "policy", "reports"})
"""Folders that know nothing but the model, the errors and themselves: each can be read, and replaced, alone."""

ONE_FLOOR = frozenset({6})
"""Floors of single modules that make up one thing, the command line: they may import each other."""

GIT_LIBRARIES = frozenset({"git", "gitdb", "unidiff"})
EXTRAS = {"gate": frozenset({"yaml", "cryptography"}), "evidence": frozenset({"cryptography"})}
"""Floors above the core that use an optional dependency."""


def modules() -> list[tuple[str, Path]]:
    """Every module as (dotted name below gk_hooks, file), sorted."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found.append((".".join(part for part in parts if part != "__init__" or len(parts) == 1), path))
    return [(name, path) for name, path in found if name != "__init__"]


MODULES = modules()


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Every (line, full module name) that the file imports, wherever in it; ``from a import b`` is ``a.b``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def ours(path: Path) -> Iterator[tuple[int, str]]:
    """Every (line, first part below gk_hooks) that the file imports of us."""
    for line, name in imported(path):
        head, _, rest = name.partition(".")
        first = rest.partition(".")[0]
        if head == "gk_hooks" and first != "__version__":
            yield line, first


@pytest.mark.parametrize(("name", "path"), [pytest.param(name, path, id=name) for name, path in MODULES])
def test_imports_point_down(name: str, path: Path) -> None:
    part = name.partition(".")[0]
    assert part in FLOORS, f"{part} has no floor: give it one here and in docs/architecture.md"
    for line, other in ours(path):
        where = f"{path}:{line}: {part} (floor {FLOORS[part]}) imports {other} (floor {FLOORS.get(other)})"
        if other == part:
            continue
        if FLOORS[part] in ONE_FLOOR:
            assert FLOORS[other] <= FLOORS[part], where
        else:
            assert FLOORS[other] < FLOORS[part], where


@pytest.mark.parametrize(
    ("name", "path"), [pytest.param(n, p, id=n) for n, p in MODULES if n.partition(".")[0] in MODEL_ONLY]
)
def test_floors_one_to_three_know_the_model_alone(name: str, path: Path) -> None:
    part = name.partition(".")[0]
    strange = {other for _, other in ours(path)} - {part, "model", "errors"}
    assert not strange, f"{path} imports {sorted(strange)}"


@pytest.mark.parametrize(
    ("name", "path"), [pytest.param(n, p, id=n) for n, p in MODULES if FLOORS.get(n.partition(".")[0]) == 0]
)
def test_the_ground_floor_imports_nothing_above(name: str, path: Path) -> None:
    assert {other for _, other in ours(path)} <= {"model", "errors"}


@pytest.mark.parametrize(("name", "path"), [pytest.param(name, path, id=name) for name, path in MODULES])
def test_standard_library_alone(name: str, path: Path) -> None:
    part = name.partition(".")[0]
    allowed = EXTRAS.get(part, frozenset()) | (GIT_LIBRARIES if name.startswith("source.git.") else frozenset())
    roots = {root.partition(".")[0] for _, root in imported(path)}
    assert roots - {"gk_hooks"} - allowed <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("name", "path"), [pytest.param(n, p, id=n) for n, p in MODULES if n.startswith("source.git.")]
)
def test_git_libraries_are_imported_only_when_needed(name: str, path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
        assert not GIT_LIBRARIES & {each.partition(".")[0] for each in names}, f"{path}:{node.lineno}"


NO_INPUT_OR_OUTPUT = (
    "os",
    "io",
    "pathlib.Path",
    "socket",
    "subprocess",
    "shutil",
    "tempfile",
    "time",
    "urllib.request",
)
PURE = ("model", "rules", "analyzers")


@pytest.mark.parametrize(
    ("name", "path"),
    [pytest.param(n, p, id=n) for n, p in MODULES if n.partition(".")[0] in PURE or n == "policy.decide"],
)
def test_the_pure_floors_do_no_input_or_output(name: str, path: Path) -> None:
    for line, module in imported(path):
        assert not any(f"{module}.".startswith(f"{bad}.") for bad in NO_INPUT_OR_OUTPUT), f"{path}:{line}: {module}"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("open", "exec", "eval", "__import__", "print", "input"), f"{path}:{node.lineno}"


@pytest.mark.parametrize(
    ("name", "path"),
    [pytest.param(n, p, id=n) for n, p in MODULES if FLOORS[n.partition(".")[0]] != 5 and n != "model.records"],
)
def test_dataclasses_are_those_of_the_model(name: str, path: Path) -> None:
    """Those of the standard library take half a millisecond each whenever a hook starts."""
    assert "dataclasses" not in {module.partition(".")[0] for _, module in imported(path)}
