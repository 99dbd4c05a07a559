"""Programs that try to get out: nothing arrives, the log says what was tried, and the run is never called clean."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("the kernel levels are Linux", allow_module_level=True)

from egress_programs import (
    BUILT,
    HARMLESS,
    OTHERS,
    OTHERS_AT_HOME,
    PYTHON,
    WITHOUT_NAMESPACE,
    C,
    built,
    compiled,
    quiet,
)
from egress_world import IN_TURN, Result, World, open_folder

LEVELS = {"root": "kernel-netns", "user": "kernel-netns", "no-userns": "kernel-seccomp", "no-caps": "kernel-seccomp"}


@pytest.fixture(scope="module", params=["root", "no-userns"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    yield from opened(request.param)


@pytest.fixture(scope="module", params=["user", "no-caps"])
def similar_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Held by the same code as one of the others, and so tried with many programs in one run."""
    yield from opened(request.param)


def opened(mode: str) -> Iterator[World]:
    with open_folder() as folder:
        made = World(mode, folder)
        if made.problem:
            pytest.skip(made.problem)
        yield made
        made.close()


@pytest.fixture(scope="module")
def programs() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


def need(*programs: str) -> None:
    for program in programs:
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")


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


def test_all_kinds_of_programs_stay_inside(similar_world: World, programs: Path) -> None:
    python = similar_world.python
    expected = {f"python: {name}": ((python, "-c", quiet(code)), host) for name, (code, host) in PYTHON.items()}
    if LEVELS[similar_world.mode] == "kernel-seccomp":
        expected |= {name: ((python, "-c", quiet(code)), host) for name, (code, host) in WITHOUT_NAMESPACE.items()}
        del expected["descriptors of another process"]  # the parent is one of the command's here
    del expected["python: a daemon"]  # goes on while others are tried
    expected |= {f"C: {name}": ((compiled(name, programs),), host) for name, host in C.items()}
    for language in ("rust", "go"):
        for way, host in BUILT.items():
            expected[f"{language}: {way}"] = (built(language, programs), way), "" if way == "listen" else host
    expected |= OTHERS
    table = [[str(word) for word in words] for words, _ in expected.values() if shutil.which(words[0])]
    (similar_world.folder / "in_turn.json").write_text(json.dumps(table))
    result = similar_world.gk(python, "-c", IN_TURN, "in_turn.json", timeout=120)
    assert (result.code, result.received) == (1, []), result
    tried = [(name, host) for name, (words, host) in expected.items() if shutil.which(words[0])]
    parts = result.parts()
    assert len(parts) == len(tried)
    assert [one for one, part in zip(tried, parts) if not any(one[1] in host for host in part)] == []


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


@pytest.mark.parametrize("way", BUILT)
@pytest.mark.parametrize("language", ["rust", "go"])
def test_compiled_languages_stay_inside(world: World, programs: Path, language: str, way: str) -> None:
    host = "0.0.0.0" if (language, way) == ("rust", "listen") else BUILT[way]
    assert_contained(world, world.gk(have(built(language, programs)), way), host)


@pytest.mark.parametrize(("command", "host"), [pytest.param(*OTHERS[name], id=name) for name in OTHERS])
def test_other_languages_stay_inside(world: World, command: tuple[str, ...], host: str) -> None:
    need(command[0], *command[2].split()[:1] if command[0] == "sh" else ())
    assert_contained(world, world.gk(*command), host)


def test_python_that_lets_no_hook_in_stays_inside(world: World) -> None:
    code = "import socket; socket.socket().connect_ex(('192.0.2.1', 80))"
    assert_contained(world, world.gk(world.python, "-I", "-S", "-c", code), "192.0.2.1")


def test_memory_that_cannot_be_read_is_refused(world: World, programs: Path) -> None:
    result = world.gk(have(compiled("not_dumpable", programs)))
    assert result.received == []
    assert result.code in (1, 2) and result.summary["verdict"] != "no attempt"


@pytest.mark.parametrize("name", ["race_connect", "race_sendto", "race_sendmsg", "race_descriptor"])
def test_races_win_nothing(world: World, programs: Path, name: str) -> None:
    program = have(compiled(name, programs))
    for _ in range(10):
        result = world.gk(program)
        assert result.received == []
        assert result.code in (1, 2), result


def test_a_socket_on_standard_input_is_replaced(world: World) -> None:
    result = world.gk(world.python, "-c", "import os; print(os.read(0, 9)); os.write(0, b'secret')", stdin="socket")
    assert "b''" in result.out
    assert_contained(world, result, "192.0.2.1:80")


def test_a_socket_on_another_descriptor_is_closed(world: World) -> None:
    result = world.gk(world.python, "-c", quiet("os.write(97, b'secret')"), stdin="descriptor 97")
    assert "Bad file descriptor" in result.out
    assert_contained(world, result, "192.0.2.1:80")


def test_processes_outside_cannot_be_taken_over(world: World) -> None:
    code = "open(f'/proc/{os.environ[\"BYSTANDER\"]}/mem', 'r+b')"
    plain = world.plain(world.python, "-c", quiet(code))
    assert (plain.code, plain.out) == (0, "")  # a process of the same user: without the gate it can be written to
    result = world.gk(world.python, "-c", quiet(code))
    assert "Permission denied" in result.out, result


@pytest.mark.parametrize("name", ["connect", "sendto", "sendmsg", "connected datagrams", "IPv6"])
def test_without_the_gate_it_would_arrive(world: World, name: str) -> None:
    code, host = PYTHON[name]
    assert any(host in one for one in world.plain(world.python, "-c", quiet(code)).received)


@pytest.mark.parametrize("name", ["race_connect", "race_sendto", "race_sendmsg", "race_descriptor"])
def test_without_the_gate_the_races_arrive(world: World, programs: Path, name: str) -> None:
    program = have(compiled(name, programs))
    assert any(world.plain(program).received for _ in range(20))


@pytest.mark.parametrize("code", [pytest.param(HARMLESS[name], id=name) for name in HARMLESS])
def test_harmless_programs_are_left_alone(world: World, tmp_path: Path, code: str) -> None:
    program = world.folder / "harmless.py"
    program.write_text(code)
    result = world.gk(world.python, program)
    assert_left_alone(result)


def assert_left_alone(result: Result) -> None:
    assert (result.code, result.summary["verdict"], result.blocked) == (0, "no attempt", []), result


def test_harmless_c_is_left_alone(world: World, programs: Path) -> None:
    assert_left_alone(world.gk(have(compiled("ok", programs))))


@pytest.mark.parametrize("language", ["rust", "go"])
def test_harmless_compiled_programs_are_left_alone(world: World, programs: Path, language: str) -> None:
    assert_left_alone(world.gk(have(built(language, programs)), "ok"))


@pytest.mark.parametrize("command", [pytest.param(OTHERS_AT_HOME[name], id=name) for name in OTHERS_AT_HOME])
def test_other_harmless_programs_are_left_alone(world: World, command: tuple[str, ...]) -> None:
    need(command[0])
    assert_left_alone(world.gk(*command))


def test_all_kinds_of_harmless_programs_are_left_alone(similar_world: World, programs: Path) -> None:
    table = [[similar_world.python, "-c", code] for name, code in HARMLESS.items() if name != "multiprocessing"]
    table += [[str(compiled("ok", programs))], *([str(built(one, programs)), "ok"] for one in ("rust", "go"))]
    table += map(list, OTHERS_AT_HOME.values())
    code = (
        "import json, subprocess, sys\n"
        "for words in json.load(open(sys.argv[1])): print(words, flush=True); subprocess.run(words, check=True)"
    )
    (similar_world.folder / "at_home.json").write_text(json.dumps([words for words in table if shutil.which(words[0])]))
    assert_left_alone(similar_world.gk(similar_world.python, "-c", code, "at_home.json", timeout=120))


def test_multiprocessing_is_left_alone(similar_world: World) -> None:
    (similar_world.folder / "harmless.py").write_text(HARMLESS["multiprocessing"])
    for _ in range(3):
        assert_left_alone(similar_world.gk(similar_world.python, "harmless.py"))


def test_races_win_nothing_in_similar_worlds(similar_world: World, programs: Path) -> None:
    for name in ("race_connect", "race_sendto", "race_sendmsg", "race_descriptor"):
        result = similar_world.gk(have(compiled(name, programs)))
        assert (result.received, result.code in (1, 2)) == ([], True), result


def test_streams_and_memory_in_similar_worlds(similar_world: World, programs: Path) -> None:
    stdin = similar_world.gk(similar_world.python, "-c", "import os; os.write(0, b'secret')", stdin="socket")
    assert (stdin.received, stdin.code) == ([], 1)
    unreadable = similar_world.gk(have(compiled("not_dumpable", programs)))
    assert unreadable.received == [] and unreadable.code in (1, 2)
