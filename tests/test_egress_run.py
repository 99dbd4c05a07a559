"""A run behind the gate as its user sees it: exit codes, evidence, streams, signals, bad input, and every level."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from egress_programs import PYTHON
from egress_world import Result, World, open_folder
from scanning import ROOT, gk

LEVELS = ("kernel-netns", "kernel-seccomp-strict", "kernel-seccomp", "python-audit")
KERNEL = LEVELS[:3]
REACH_OUT = "import socket\ntry: socket.socket().connect(('192.0.2.1', 80))\nexcept OSError as error: print(error)\n"

linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel levels are Linux")


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    if sys.platform != "linux":
        pytest.skip("the world is made of namespaces")
    with open_folder() as folder:
        made = World("root" if os.geteuid() == 0 else "user", folder)
        if made.problem:
            pytest.skip(made.problem)
        yield made
        made.close()


def python(world: World, code: str, *options: str, **more: object) -> Result:
    return world.gk(world.python, "-c", code, options=("--no-scan", *options), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_blocks_python(world: World, level: str) -> None:
    result = python(world, REACH_OUT, "--level", level)
    assert (result.code, result.received) == (1, [])
    assert "nreachable" in result.out or "gk egress" in result.out
    assert result.summary["assurance"]["level"] == level
    (event,) = result.blocked
    assert (event["host"], event["port"], event["op"]) == ("192.0.2.1", 80, "connect")
    assert [frame["line"] for frame in event["stack"]] == [2]
    assert event["cmdline"][1] == "-c" and event["pid"] > 1 and event["ppid"] >= 1


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_lets_loopback_pass(world: World, level: str) -> None:
    code = (
        "import socket\ns = socket.create_server(('127.0.0.1', 0))\n"
        "c = socket.create_connection(s.getsockname())\na, _ = s.accept()\nc.sendall(b'x'); assert a.recv(1) == b'x'"
    )
    result = python(world, code, "--level", level)
    assert result.code == 0, result
    assert result.summary["allowed_loopback_attempts"] >= 2
    assert result.blocked == []


@pytest.mark.parametrize("level", KERNEL)
def test_the_name_that_was_asked_for_is_told(world: World, level: str) -> None:
    result = python(
        world, "import socket\ntry: socket.getaddrinfo('data.example.com', 80)\nexcept OSError: pass", "--level", level
    )
    assert (result.code, result.received) == (1, [])
    if level == "kernel-seccomp-strict":
        assert "names asked for" in " ".join(result.summary["assurance"]["not_covered"])
    else:
        assert "data.example.com" in result.hosts()


@pytest.mark.parametrize("level", ["kernel-netns", "kernel-seccomp"])
@pytest.mark.parametrize("way", ["a DNS message over TCP", "a DNS message by hand"])
def test_questions_for_names_get_an_answer(world: World, level: str, way: str) -> None:
    code, host = PYTHON[way]
    result = python(world, "import socket\n" + code, "--level", level)
    assert host in result.hosts()
    if way == "a DNS message over TCP" or level == "kernel-netns":
        assert result.summary["exit_code"] == 0, result


def test_streams_are_those_of_the_command(world: World) -> None:
    result = python(world, "import sys\nsys.stdout.write('out'); sys.stderr.write('err')")
    assert (result.code, result.out) == (0, "out")
    assert result.err.startswith("err")
    assert python(world, "print(input())", stdin="a line\n").out == "a line\n"


def test_the_evidence(world: World) -> None:
    result = python(world, REACH_OUT)
    log = (world.folder / f"out{world.count}" / "egress_log.jsonl").read_bytes()
    told = result.summary["log"]
    assert told["sha256"] == hashlib.sha256(log).hexdigest()
    assert told["last"] == hashlib.sha256(log.splitlines()[-1]).hexdigest()
    assert result.events[0]["op"] == "start" and result.events[-1]["op"] == "end"
    (event,) = result.blocked
    exe = os.path.realpath(world.python)
    assert event["exe"] == exe
    assert event["exe_sha256"] == hashlib.sha256(Path(exe).read_bytes()).hexdigest()
    assert event["protocol"] == "tcp" and event["family"] == "INET"
    assert result.summary["unattributed_attempts"] == 0
    assert result.summary["unique_destinations"] == ["192.0.2.1:80"]


def test_a_secret_on_the_command_line_is_masked(world: World) -> None:
    result = world.gk(world.python, "-c", REACH_OUT, "--password", "hunter2")
    assert result.blocked
    assert "hunter2" not in json.dumps([result.events, result.summary])


@pytest.mark.parametrize(
    ("command", "code", "verdict", "exit_code"),
    [
        pytest.param(("true",), 0, "no attempt", 0, id="success"),
        pytest.param(("false",), 2, "inconclusive", 1, id="failure"),
        pytest.param(("sh", "-c", "kill -9 $$"), 2, "inconclusive", -9, id="killed"),
        pytest.param(("no-such-command",), 3, "not started", None, id="not found"),
        pytest.param(("/etc/passwd",), 3, "not started", None, id="not executable"),
        pytest.param(("/",), 3, "not started", None, id="a folder"),
        pytest.param(("",), 3, "not started", None, id="an empty word"),
    ],
)
def test_how_commands_end(world: World, command: tuple[str, ...], code: int, verdict: str, exit_code: int) -> None:
    result = world.gk(*command)
    assert (result.code, result.summary["verdict"], result.summary["exit_code"]) == (code, verdict, exit_code)
    assert "Traceback" not in result.err
    assert result.summary["gate_exit_code"] == code


def test_a_socket_pair_on_standard_input_passes_its_bytes(world: World) -> None:
    result = python(world, "import os, stat\nprint(os.read(0, 99), stat.S_ISSOCK(os.fstat(0).st_mode))", stdin="bytes")
    assert (result.code, result.out) == (0, "b'bytes' False\n")
    assert any(event["op"] == "inherited_fd" for event in result.events)


def test_a_gate_inside_a_gate_says_so(world: World) -> None:
    inner = (world.python, "-m", "gk_hooks", "egress", "--no-scan", "--output-dir", "inner")
    env = {"PYTHONPATH": str(ROOT)}
    result = world.gk(*inner, "--require", "kernel-seccomp", "--", "true", env=env)
    assert "inside another" in result.err
    assert (result.code, result.summary["exit_code"]) == (2, 3)
    result = world.gk(*inner, "--", "true", env=env)
    assert "level python-audit" in result.err and "inside another" in result.err
    assert result.summary["exit_code"] == 2  # not Python: out of control at that level


def test_a_folder_that_the_command_removes_comes_back(world: World) -> None:
    result = world.gk("sh", "-c", f"rm -rf out{world.count + 1}")
    assert result.code == 0
    assert result.summary["log"]["log_tampered_during_run"] is True
    assert result.events[-1]["op"] == "end"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        pytest.param("rm -r {0}; touch {0}", "Not a directory", id="a file in the place of the folder"),
        pytest.param("rm -r {0}; ln -s . {0}", "put a link", id="a link in the place of the folder"),
        pytest.param("rm {0}/egress_log.jsonl; mkdir {0}/egress_log.jsonl", "directory", id="a folder for the log"),
    ],
)
def test_evidence_that_cannot_be_written_is_an_error(world: World, code: str, error: str) -> None:
    result = world.gk("sh", "-c", code.format(f"out{world.count + 1}"))
    assert (result.code, result.err.count("\n")) == (3, 1)
    assert error in result.err


def test_a_planted_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "mcen_audit").symlink_to("elsewhere")
    done = gk("egress", "--no-scan", "--level", "python-audit", "--", sys.executable, "-c", "pass", cwd=tmp_path)
    assert (done.returncode, os.listdir(tmp_path / "elsewhere")) == (3, [])
    assert "is a link" in done.stderr


def test_an_old_run_is_not_counted(world: World) -> None:
    again = world.count + 1
    assert python(world, REACH_OUT).code == 1
    world.count = again - 1
    assert python(world, "pass").summary["blocked_attempts"] == 0


def test_many_attempts_stay_bounded(world: World) -> None:
    code = (
        "import socket\ns = socket.socket(2, 2)\nfor i in range(30_000):\n"
        "    try: s.sendto(b'x', (f'192.0.2.{i % 250 + 1}', i % 9000 + 1))\n    except OSError: pass\n"
    )
    result = python(world, code)
    assert (result.code, result.received) == (1, [])
    assert result.summary["blocked_attempts"] == 30_000
    assert result.summary["log"]["events"] < 12_000
    assert len(result.summary["unique_destinations"]) == 1000


def test_a_daemon_is_waited_for_then_ended(world: World) -> None:
    result = world.gk("sh", "-c", "sleep 60 >/dev/null 2>&1 &", options=("--no-scan", "--linger", "0.3"))
    assert result.code == 2
    assert result.summary["killed_orphans"] >= 1
    assert result.seconds < 10
    assert any(event["action"] == "killed_orphan" for event in result.events)


def test_a_parent_that_waits_for_children_is_not_disturbed(world: World) -> None:
    code = (
        "import subprocess, sys\nfor i in range(5): subprocess.run(['true'], check=True)\n"
        "sys.exit(subprocess.run(['sh', '-c', 'exit 0']).returncode)"
    )
    assert python(world, code).code == 0


@linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
@pytest.mark.parametrize("level", [pytest.param((), id="best level"), ("--level", "python-audit")])
def test_signals_reach_the_command(tmp_path: Path, number: signal.Signals, level: tuple[str, ...]) -> None:
    code = (
        "import signal, sys, time\n"
        f"signal.signal({int(number)}, lambda *_: (print('got it', flush=True), sys.exit(0)))\n"
        "print('ready', flush=True)\ntime.sleep(20)"
    )
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gk_hooks",
            "egress",
            "--no-scan",
            *level,
            "--output-dir",
            tmp_path / "out",
            "--",
            sys.executable,
            "-c",
            code,
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (out, process.returncode) == ("got it\n", 0), err


@linux
def test_a_terminal_stays_one(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gk_hooks",
            "egress",
            "--no-scan",
            "--output-dir",
            tmp_path / "out",
            "--",
            sys.executable,
            "-c",
            "import os; print(all(map(os.isatty, range(3))), os.get_terminal_size())",
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    while b"evidence" not in shown:
        shown += os.read(ours, 4096)
    assert process.wait(20) == 0
    os.close(ours)
    assert b"True" in shown


PROJECT = """\
import socket
import sys


def stay():
    server = socket.create_server(("127.0.0.1", 0))
    socket.create_connection(server.getsockname()).close()


def leave():
    socket.create_connection(("192.0.2.1", 80))


def sleep():
    socket.create_connection(("198.51.100.1", 443))


stay()
if "leave" in sys.argv:
    try:
        leave()
    except OSError:
        pass
"""


def states(summary: dict) -> dict[int, str]:  # type: ignore[type-arg]
    return {one["line"]: one["state"] for one in summary["findings"]}


def test_findings_are_tied_to_what_happened(world: World) -> None:
    (world.folder / "agent.py").write_text(PROJECT)
    result = world.gk(world.python, "agent.py", "leave", options=(), target="agent.py")
    assert result.code == 1
    found = states(result.summary)
    assert found[11] == "exercised and blocked"
    assert found[15] == "not exercised"
    assert found.get(7) in (None, "exercised, loopback only")
    (event,) = result.blocked
    assert any(label.endswith("agent.py:11") for label in event["findings"])
    folder = world.folder / f"out{world.count}"
    report = json.loads((folder / "report.json").read_text())
    assert report["runtime"]["blocked_attempts"] == 1
    assert report["runtime"]["level"] == result.summary["assurance"]["level"]
    summary = (folder / "runtime_egress.json").read_bytes()
    assert report["runtime"]["summary_sha256"] == hashlib.sha256(summary).hexdigest()
    assert "## Runtime egress" in (folder / "report.md").read_text()
    bound = result.summary["bound_to"]
    assert bound["manifest_sha256"] == hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()


SCRIPT = """\
#!/bin/sh
curl -sm5 http://192.0.2.1/
if false; then curl http://198.51.100.1/; fi
curl -sm5 "$REPORT_URL"
python3 -Ic "import socket; socket.socket().connect_ex(('203.0.113.1', 80))"
if false; then nc -l 0.0.0.0 80; fi
true
"""


def test_findings_in_scripts_are_tied_by_script_and_destination(world: World) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    (world.folder / "job.sh").write_text(SCRIPT)
    result = world.gk("sh", "job.sh", options=(), target="job.sh", env={"REPORT_URL": "http://192.0.2.9/"})
    found = {one["line"]: (one["state"], one["joined_by"]) for one in result.summary["findings"]}
    assert found == {
        2: ("exercised and blocked", "script and destination"),
        3: ("not exercised", None),
        4: ("exercised and blocked", "script"),
        5: ("exercised and blocked", "script and destination"),
        6: ("not exercised", None),
    }


@pytest.mark.parametrize(
    ("source", "command", "code"),
    [
        pytest.param("import socket\nsocket.create_connection(('192.0.2.1', 80))\n", "true", 1, id="FAIL wins"),
        pytest.param("import subprocess\nsubprocess.run(['make'])\n", "true", 0, id="findings for review do not count"),
        pytest.param("print(1)\n", "true", 0, id="nothing found"),
        pytest.param("print(1)\n", "false", 2, id="the command failed"),
    ],
)
def test_the_scan_and_the_run_make_one_exit_code(world: World, source: str, command: str, code: int) -> None:
    folder = world.folder / "scanned"
    folder.mkdir(exist_ok=True)
    (folder / "code.py").write_text(source)
    result = world.gk(command, options=(), target="scanned")
    assert (result.code, result.summary["gate_exit_code"]) == (code, code)


@pytest.mark.parametrize(
    ("code", "exit_code", "uncontrolled"),
    [
        pytest.param("pass", 0, False, id="Python alone"),
        pytest.param(
            "import subprocess, sys; subprocess.run([sys.executable, '-c', 'pass'])", 0, False, id="a Python child"
        ),
        pytest.param("import subprocess; subprocess.run(['true'])", 2, True, id="another child"),
        pytest.param(
            "import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', 'pass'])",
            2,
            True,
            id="an isolated child",
        ),
        pytest.param("import os; os.system('true')", 2, True, id="a shell"),
        pytest.param("import ctypes; ctypes.CDLL('libc.so.6')", 2, True, id="native code"),
        pytest.param("import ctypes; ctypes.CDLL(None).getpid()", 2, True, id="native code that is there already"),
        pytest.param("import ctypes; ctypes.sizeof(ctypes.c_int)", 0, False, id="no native code"),
        pytest.param("import os\nif os.fork() == 0: os._exit(0)", 0, False, id="a fork"),
        pytest.param(
            "import os, time, socket\nif os.fork() == 0: time.sleep(0.4); os._exit(0)",
            0,
            False,
            id="a fork that goes on",
        ),
    ],
)
def test_the_fallback_knows_what_it_does_not_control(
    world: World, code: str, exit_code: int, uncontrolled: bool
) -> None:
    result = python(world, code, "--level", "python-audit")
    assert (result.code, bool(result.summary["uncontrolled"])) == (exit_code, uncontrolled), result.summary[
        "uncontrolled"
    ]


def test_the_fallback_waits_for_daemons(world: World) -> None:
    code, host = PYTHON["a daemon"]
    result = python(world, "import os, socket, sys, time\n" + code, "--level", "python-audit")
    assert (result.code, result.received, result.hosts()) == (1, [], {host})


def test_the_programs_own_sitecustomize_still_runs(world: World) -> None:
    folder = world.folder / "own"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text("import os\nif 'GK_EGRESS_MODE' in os.environ: print('mine')\n")
    result = python(
        world, "import sys; print(any('egress/hook' in p for p in sys.path))", env={"PYTHONPATH": f"{ROOT}:{folder}"}
    )
    assert result.out == "mine\nFalse\n"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        pytest.param((), "after --", id="no command"),
        pytest.param(("--",), "after --", id="no words after the dashes"),
        pytest.param(("--linger", "soon", "--", "true"), "seconds", id="no number"),
        pytest.param(("--require", "best", "--", "true"), "there is no --require", id="no level"),
        pytest.param(
            ("--require", "kernel-netns", "--level", "python-audit", "--", "true"), "below", id="contradiction"
        ),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, words: tuple[str, ...], error: str) -> None:
    done = gk("egress", *words, cwd=tmp_path)
    assert done.returncode == 3
    assert error in done.stderr and done.stderr.count("\n") == 1


def test_words_after_the_dashes_are_the_commands(tmp_path: Path) -> None:
    level = ("--level", "python-audit")
    done = gk(
        "egress",
        "--no-scan",
        *level,
        "--",
        sys.executable,
        "-c",
        "import sys; print(sys.argv)",
        "--help",
        "--",
        "x",
        cwd=tmp_path,
    )
    assert done.stdout == "['-c', '--help', '--', 'x']\n"
    assert done.returncode == 0, done.stderr


def test_the_scanners_other_name_runs_commands(tmp_path: Path) -> None:
    (tmp_path / "entry.py").write_text("import sys\nprint(sys.argv[1:])\n")
    words = ("egress", "--output-dir", "./mcen_audit", ".", "--", sys.executable, "entry.py", "--arg", "value")
    path = os.pathsep.join((str(ROOT), str(ROOT / "gk_hooks" / "aliases")))
    done = gk(*words, cwd=tmp_path, module="mcen_scan", env={"PYTHONPATH": path})
    assert (done.returncode, done.stdout) == (0, "['--arg', 'value']\n"), done.stderr
    assert {"egress_log.jsonl", "runtime_egress.json", "report.md"} <= set(os.listdir(tmp_path / "mcen_audit"))


@pytest.mark.parametrize("options", [pytest.param((), id="with the scan"), pytest.param(("--no-scan",), id="without")])
def test_the_summary_follows_its_schema(world: World, options: tuple[str, ...]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "docs" / "runtime_egress.schema.json").read_text(encoding="utf-8"))
    (world.folder / "agent.py").write_text(PROJECT)
    result = world.gk(world.python, "agent.py", "leave", options=options, target="agent.py")
    jsonschema.Draft202012Validator(schema).validate(result.summary)


@linux
def test_the_keys_of_the_terminal_stop_continue_and_interrupt(tmp_path: Path) -> None:
    import pty

    if not shutil.which("bash"):
        pytest.skip("bash is not installed")
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["PYTHONPATH"] = str(ROOT)
        for each in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
            signal.signal(each, signal.SIG_DFL)  # a background job ignores them, and a shell would inherit that
        os.execvp("bash", ["bash", "--norc", "--noediting", "-i"])
    shown = b""
    deadline = time.monotonic() + 120

    def until(text: bytes) -> None:
        nonlocal shown
        while text not in shown:
            assert time.monotonic() < deadline, f"no {text!r} at the end of {shown[-500:]!r}"
            shown = shown[-len(text) :] + os.read(terminal, 4096)
        shown = shown.partition(text)[2]

    code = "import time; exec('while 1: print(6 * 7); time.sleep(0.05)')"
    words = f"{sys.executable} -m gk_hooks egress --no-scan --output-dir {tmp_path}/out -- {sys.executable} -u -c "
    os.write(terminal, f'{words} "{code}"\n'.encode())
    until(b"42\r\n")
    os.write(terminal, b"\x1a")
    until(b"Stopped")
    os.write(terminal, b"fg\n")
    until(b"42\r\n")
    os.write(terminal, b"\x03")
    until(b"signal 2")
    os.write(terminal, b"echo code $?; exit\n")
    until(b"code 2")
    os.waitpid(pid, 0)
    os.close(terminal)
