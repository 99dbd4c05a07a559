"""The safety proof: scanning a tree that tries to run, with sockets denied, runs nothing and connects to nothing.

Every planted file leaves a mark when it runs. An audit hook of ours, in every process that Python starts, refuses
sockets and writes down what code of the tree is executed and which programs are started. Standard library alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

THIRD_PARTY = ("git", "unidiff", "gitdb", "smmap", "setuptools", "pkg_resources", "pytest")
STARTUP = ("sitecustomize", "usercustomize", "setup", "conftest", "__init__", "__main__")

WATCH = """
import os, sys
LOG, TREE = os.environ["WATCH_LOG"], os.environ["WATCH_TREE"]
def note(line):
    with open(LOG, "a", encoding="utf-8", errors="backslashreplace") as log:
        log.write(line + "\\n")
NETWORK = {"socket." + name for name in ("connect", "bind", "sendto", "sendmsg", "getaddrinfo", "gethostbyname")}
STARTS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile"}
def hook(event, arguments):
    if event in NETWORK:
        note("network " + event)
        raise OSError("sockets are denied")
    elif event in STARTS:
        note("start " + os.fsdecode(arguments[0] or arguments[1][0]))
    elif event == "exec" and getattr(arguments[0], "co_filename", "").startswith(TREE):
        note("code " + arguments[0].co_filename)
    elif event == "ctypes.dlopen":
        note("library " + str(arguments[0]))
sys.addaudithook(hook)
"""

PLANTED = """
import os
with open({canary!r}, "a") as mark:
    mark.write({name!r} + "\\n")
import socket
socket.create_connection(("192.0.2.1", 80), 1)
"""

PROBE = "import sys; print(' '.join(sorted({name.partition('.')[0] for name in sys.modules})))"

SPAWN = """
import sys
from gk_hooks import cli
from gk_hooks.pipeline import processes
processes.START_METHOD = "spawn"
if {bare}:
    sys.path.remove({root!r})
sys.exit(cli.main(["scan", "."]))
"""


class Hostile(unittest.TestCase):
    """A tree full of traps, and what watches over it."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.tree, self.watch = self.folder / "tree", self.folder / "watch"
        self.canary, self.log = self.folder / "canary", self.folder / "log"
        self.tree.mkdir()
        self.watch.mkdir()
        self.log.touch()
        (self.watch / "sitecustomize.py").write_text(WATCH, encoding="utf-8")

    def plant(self, name: str) -> None:
        """Plants a file of the tree that leaves its mark when it runs."""
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PLANTED.format(canary=str(self.canary), name=name), encoding="utf-8")

    def plant_modules(self, but: frozenset[str] = frozenset()) -> None:
        """Plants a module or package for every name that a scanner might import."""
        names = {name for name in sys.stdlib_module_names if name not in sys.builtin_module_names}
        for name in sorted({*names, *THIRD_PARTY} - but):
            if name in ("concurrent", "multiprocessing", "json", "git", "email", "importlib", "encodings"):
                self.plant(f"{name}/__init__.py")
            else:
                self.plant(f"{name}.py")
        for name in STARTUP:
            self.plant(f"{name}.py")

    def plant_scripts(self) -> None:
        """Files of every language that would leave their mark, and enough text to start worker processes."""
        mark = f'echo ran >> "{self.canary}"\n'
        for name in ("run.sh", "run.bat", "run.cmd", "run.ps1"):
            (self.tree / name).write_text(mark, encoding="utf-8")
        (self.tree / "run.vbs").write_text(f'CreateObject("WScript.Shell").Run "cmd /c {mark.strip()}"\n', "utf-8")
        self.plant("planted_codec.py")
        (self.tree / "cookie.py").write_text("# coding: planted_codec\nx = 1\n", encoding="utf-8")
        for number in range(6):
            (self.tree / f"bulk{number}.py").write_text("import os\nx = os.getpid()\n" * 6_000, encoding="utf-8")

    def plant_repository(self) -> None:
        """A repository whose configuration makes git run programs, and a ``git`` that lies in wait."""
        trap = self.tree / "trap.sh"
        trap.write_text(f'#!/bin/sh\necho trap >> "{self.canary}"\ncat\n', encoding="utf-8")
        for name in ("git", "git.exe", "git.bat"):
            shutil.copy(trap, self.tree / name) if not (self.tree / name).is_dir() else None
        if shutil.which("git") is None:
            return
        self.git("init", "-q")
        self.git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--allow-empty", "-m", "first")
        settings = (
            f'[core]\n\tfsmonitor = "{trap}"\n\thooksPath = "{self.tree}"\n\tpager = "{trap}"\n'
            f'[diff]\n\texternal = "{trap}"\n[diff "evil"]\n\ttextconv = "{trap}"\n\tcommand = "{trap}"\n'
            f'[filter "evil"]\n\tclean = "{trap}"\n\tsmudge = "{trap}"\n\tprocess = "{trap}"\n\trequired = true\n'
        )
        with (self.tree / ".git" / "config").open("a", encoding="utf-8") as config:
            config.write(settings.replace("\\", "\\\\"))
        (self.tree / ".gitattributes").write_text("* filter=evil diff=evil\n", encoding="utf-8")
        for path in self.tree.iterdir():
            if path.name.startswith(("git", "trap")) and path.is_file():
                path.chmod(0o755)

    def git(self, *arguments: str) -> None:
        """The user's git, before the traps are set."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        environment = {**clean, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        command = [str(shutil.which("git")), *arguments]
        subprocess.run(command, cwd=self.tree, env=environment, check=True, capture_output=True)

    def python(self, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs Python with the tree as the current folder, watched."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GIT_"))}
        environment |= {
            "PYTHONPATH": os.pathsep.join((str(self.watch), str(ROOT))),
            "PYTHONDONTWRITEBYTECODE": "1",
            "WATCH_LOG": str(self.log),
            "WATCH_TREE": str(self.tree),
            "PATH": os.environ.get("PATH", "") if path is None else os.pathsep.join((path, os.environ.get("PATH", ""))),
        }
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.tree,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def imported_by_python_itself(self) -> frozenset[str]:
        """What ``python3 -m`` has imported before the first line of any program runs."""
        (self.watch / "probe.py").write_text(PROBE, encoding="utf-8")
        return frozenset(self.python("-m", "probe").stdout.split())

    def assert_harmless(self, done: subprocess.CompletedProcess[str]) -> None:
        """The scan was completed, and nothing of the tree ran, was changed or was connected to."""
        self.assertIn(done.returncode, (0, 1, 2), done.stderr)
        self.assertFalse(self.canary.exists(), self.canary.exists() and self.canary.read_text())
        programs = []
        for line in self.log.read_text(encoding="utf-8").splitlines():
            kind, _, what = line.partition(" ")
            self.assertEqual(kind, "start", line)
            programs.append(what)
        outside = {str(Path(program).name) for program in programs if not Path(program).is_relative_to(self.tree)}
        self.assertEqual(len(outside), len(set(programs)), programs)
        self.assertLessEqual(outside, {"git", "git.exe", Path(sys.executable).name})
        self.assertTrue(all(Path(program).is_absolute() for program in programs), programs)

    def report(self) -> dict[str, dict[str, str]]:
        """The status of every file, by path."""
        manifest = json.loads((self.tree / "mcen_audit" / "manifest.json").read_text(encoding="utf-8"))
        return {entry["path"]: entry for entry in manifest["files"]}

    def listing(self) -> Iterator[tuple[str, int, int]]:
        """Every file outside of our output folder, to show that nothing was written."""
        for path in sorted(self.tree.rglob("*")):
            if "mcen_audit" not in path.parts:
                status = path.lstat()
                yield str(path), status.st_size, 0 if path.is_dir() else status.st_mtime_ns


class Proof(Hostile):
    """The scans."""

    def test_a_tree_that_tries_to_run_does_not(self) -> None:
        self.plant_modules(but=self.imported_by_python_itself())
        self.plant_scripts()
        self.plant_repository()
        before = list(self.listing())
        self.assert_harmless(self.python("-m", "gk_hooks", "scan", "."))
        self.assertEqual(before, list(self.listing()))
        statuses = self.report()
        for name in ("setup.py", "sitecustomize.py", "conftest.py", "bulk5.py", "run.sh", "git/__init__.py"):
            self.assertEqual(statuses[name]["status"], "analyzed", name)
        self.assertEqual(statuses["cookie.py"]["status"], "unparsed")

    def test_a_planted_git_executable_is_not_taken(self) -> None:
        self.plant_scripts()
        self.plant_repository()
        for path in (".", os.path.join("..", "tree"), ""):
            self.assert_harmless(self.python("-m", "gk_hooks", "scan", ".", path=path))

    def test_with_safe_path_not_even_what_python_itself_imports(self) -> None:
        self.plant_modules()
        self.plant("gk_hooks/__init__.py")
        self.plant("gk_hooks/__main__.py")
        self.plant("gk_hooks/cli.py")
        self.plant_scripts()
        self.assert_harmless(self.python("-P", "-m", "gk_hooks", "scan", "."))

    def test_the_installed_script_is_immune(self) -> None:
        self.plant_modules()
        self.plant("gk_hooks/__init__.py")
        self.plant_scripts()
        script = self.folder / "bin" / "gk"
        script.parent.mkdir()
        script.write_text(
            "import sys\nfrom gk_hooks.cli import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
        )
        self.assert_harmless(self.python(str(script), "scan", "."))

    def test_spawned_workers_do_not_look_into_the_tree(self) -> None:
        self.plant_modules()
        self.plant_scripts()
        for bare in (False, True):
            with self.subTest(bare_checkout=bare):
                done = self.python("-P", "-c", SPAWN.format(bare=bare, root=str(ROOT)))
                self.assert_harmless(done)
                self.assertEqual(done.stderr.strip(), "")
                self.assertEqual(self.report()["bulk5.py"]["status"], "analyzed")


class Control(Hostile):
    """That the traps would spring and that the watch sees it: otherwise the proof would prove nothing."""

    def test_a_planted_module_leaves_its_mark(self) -> None:
        self.plant("json.py")
        self.python("-c", "import json")
        self.assertEqual(self.canary.read_text(), "json.py\n")
        self.assertIn("code " + str(self.tree / "json.py"), self.log.read_text())
        self.assertIn("network ", self.log.read_text())

    def test_sockets_are_denied(self) -> None:
        done = self.python("-P", "-c", "import socket; socket.create_connection(('127.0.0.1', 9), 1)")
        self.assertIn("sockets are denied", done.stderr)

    @unittest.skipUnless(os.name == "posix" and shutil.which("git"), "the trap is a shell script")
    def test_git_would_spring_the_trap(self) -> None:
        self.plant_repository()
        (self.tree / "a.py").write_text("x = 1\n", encoding="utf-8")
        with self.assertRaises(subprocess.CalledProcessError):  # the trap speaks no protocol of git's
            self.git("add", "-A")
        self.assertTrue(self.canary.exists())


if __name__ == "__main__":
    unittest.main()
