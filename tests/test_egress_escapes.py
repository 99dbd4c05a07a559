"""Programs that try to get out: nothing arrives, the log says what was tried, and the run is never called clean."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("the kernel levels are Linux", allow_module_level=True)

from egress_programs import HARMLESS, OTHERS, PYTHON, WITHOUT_NAMESPACE, C, built, compiled, quiet
from egress_world import Result, World, open_folder

LEVELS = {"root": "kernel-netns", "user": "kernel-netns", "no-userns": "kernel-seccomp", "no-caps": "kernel-seccomp"}


@pytest.fixture(scope="module", params=LEVELS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with open_folder() as folder:
        made = World(request.param, folder)
        if made.problem:
            pytest.skip(made.problem)
        yield made
        made.close()


@pytest.fixture(scope="module")
def programs() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


def have(program: Path | str) -> Path:
    if isinstance(program, str):
        pytest.skip(program)
    return program


def assert_contained(world: World, result: Result, host: str) -> None:
    assert result.received == []
    assert result.code == 1, result
    assert result.summary["verdict"] == "blocked"
    assert result.summary["assurance"]["level"] == LEVELS[world.mode]
    assert any(host in one for one in result.hosts()), result.hosts()
    assert result.summary["blocked_attempts"] >= 1


@pytest.mark.parametrize(("code", "host"), [pytest.param(*PYTHON[name], id=name) for name in PYTHON])
def test_python_stays_inside(world: World, code: str, host: str) -> None:
    assert_contained(world, world.gk(world.python, "-c", quiet(code)), host)


@pytest.mark.parametrize(
    ("code", "host"), [pytest.param(*WITHOUT_NAMESPACE[name], id=name) for name in WITHOUT_NAMESPACE]
)
def test_shared_loopback_is_for_the_tree_alone(world: World, code: str, host: str) -> None:
    result = world.gk(world.python, "-c", quiet(code))
    if LEVELS[world.mode] == "kernel-netns":
        assert result.received == []  # out of reach; nothing needs to be refused
    else:
        assert_contained(world, result, host)


@pytest.mark.parametrize(
    ("name", "host", "flags"),
    [
        *(pytest.param(name, host, (), id=name) for name, host in C.items()),
        pytest.param("connect", C["connect"], ("-static",), id="connect, linked statically"),
    ],
)
def test_c_stays_inside(world: World, programs: Path, name: str, host: str, flags: tuple[str, ...]) -> None:
    assert_contained(world, world.gk(have(compiled(name, programs, *flags))), host)


@pytest.mark.parametrize("name", ["int80", "x32"])
def test_other_call_tables_are_refused(world: World, programs: Path, name: str) -> None:
    assert_contained(world, world.gk(have(compiled(name, programs))), "32-bit call")


@pytest.mark.parametrize("language", ["rust", "go"])
def test_compiled_languages_stay_inside(world: World, programs: Path, language: str) -> None:
    assert_contained(world, world.gk(have(built(language, programs))), "192.0.2.1")


@pytest.mark.parametrize(("command", "host"), [pytest.param(*OTHERS[name], id=name) for name in OTHERS])
def test_other_languages_stay_inside(world: World, command: tuple[str, ...], host: str) -> None:
    import shutil

    if not shutil.which(command[0]) or (command[0] == "sh" and not shutil.which(command[2].split()[0])):
        pytest.skip(f"{command[0]} or what it runs is not installed")
    assert_contained(world, world.gk(*command), host)


def test_memory_that_cannot_be_read_is_refused(world: World, programs: Path) -> None:
    result = world.gk(have(compiled("not_dumpable", programs)))
    assert result.received == []
    assert result.code in (1, 2) and result.summary["verdict"] != "no attempt"


@pytest.mark.parametrize("name", ["race_connect", "race_sendto", "race_sendmsg", "race_descriptor"])
def test_races_win_nothing(world: World, programs: Path, name: str) -> None:
    program = have(compiled(name, programs))
    for _ in range(10 if world.mode in ("root", "no-userns") else 1):  # the other two are held the same ways
        result = world.gk(program)
        assert result.received == []
        assert result.code in (1, 2), result


def test_a_socket_on_standard_input_is_replaced(world: World) -> None:
    result = world.gk(world.python, "-c", "import os; print(os.read(0, 9)); os.write(0, b'secret')", stdin="socket")
    assert "b''" in result.out
    assert_contained(world, result, "192.0.2.1:80")


@pytest.mark.parametrize("code", [pytest.param(HARMLESS[name], id=name) for name in HARMLESS])
def test_harmless_programs_are_left_alone(world: World, tmp_path: Path, code: str) -> None:
    program = world.folder / "harmless.py"
    program.write_text(code)
    result = world.gk(world.python, program)
    assert result.code == 0, result
    assert result.summary["verdict"] == "no attempt"
    assert result.blocked == []


def test_harmless_c_is_left_alone(world: World, programs: Path) -> None:
    assert world.gk(have(compiled("ok", programs))).code == 0
