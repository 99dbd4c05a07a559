"""The command line as people meet it: help that fits a screen, mistakes that are understood, completion."""

from __future__ import annotations

import argparse
import importlib
import re
import subprocess
import sys

import pytest
from scanning import ROOT

from gk_hooks.cli import COMMANDS, main
from gk_hooks.commands.parser import command_parser

SCREEN = 40


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_a_screen(name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    parser = command_parser(name, COMMANDS[name])
    importlib.import_module(f"gk_hooks.commands.{name}").add_arguments(parser)
    for each in (parser, *below(parser)):
        lines = each.format_help().splitlines()
        assert len(lines) <= SCREEN, f"{each.prog} --help has {len(lines)} lines"
        assert max(map(len, lines)) <= 80, f"{each.prog} --help has a line that is too long"


def below(parser):
    """The parsers of its actions."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def test_the_overview_has_one_line_for_each_command(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    assert main([]) == 3
    lines = capsys.readouterr().out.splitlines()
    shown = [line.split(None, 1) for line in lines if re.match(r" {4}\w", line)]
    assert [tuple(words) for words in shown] == list(COMMANDS.items())


@pytest.mark.parametrize(
    ("words", "line"),
    (
        pytest.param(["scna"], "gk: there is no command 'scna': did you mean 'scan'?", id="a command"),
        pytest.param(["scan", "--formt", "x"], "there is no option --formt: did you mean '--format'?", id="an option"),
        pytest.param(
            ["scan", "--since-ref=x"], "there is no option --since-ref: did you mean '--since'?", id="a value"
        ),
        pytest.param(["scan", "--zzz"], "gk scan: there is no option --zzz (try gk scan --help)", id="nothing near"),
        pytest.param(["scan", "-f", "sarfi"], "unknown format 'sarfi': did you mean 'sarif'?", id="a format"),
        pytest.param(["explain", "NET0001"], "there is no rule 'NET0001': did you mean 'NET001'?", id="a rule"),
        pytest.param(["baseline", "ad"], "there is no action 'ad': did you mean 'add'?", id="an action"),
        pytest.param(
            ["hook", "--fail-on", "revew"], "there is no --fail-on 'revew': did you mean 'review'?", id="a choice"
        ),
        pytest.param(["hook", "--fail-on", "x"], "'x': choose one of fail, review", id="a choice, nothing near"),
        pytest.param(
            ["scan", "-f", "json", "-f", "html"], "writes 2 reports to standard output", id="two on one screen"
        ),
        pytest.param(["scan", "-f", "json=x", "-f", "html=./x"], "writes 2 reports to ", id="two in one file"),
    ),
)
def test_a_mistake_is_one_line_that_knows_what_was_meant(words, line, capsys):
    try:
        code = main(words)
    except SystemExit as end:
        code = int(end.code or 0)
    error = capsys.readouterr().err
    assert code == 3
    assert line in error
    assert error.count("\n") == 1


def test_several_formats_at_once_each_with_its_path(tmp_path, monkeypatch, capsys):
    (tmp_path / "a.py").write_text("import pickle\npickle.loads(x)\n", encoding="utf-8")
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    words = ["-f", "sarif=x.sarif", "--format", "html=out", "--format=hdf=out/deeper/", "--format=github"]
    assert main(["scan", "a.py", *words]) == 1
    written = {str(path.relative_to(tmp_path).as_posix()) for path in tmp_path.rglob("*") if path.is_file()}
    assert {"x.sarif", "out/report.html", "out/deeper/report.hdf.json", "mcen_audit/report.json"} <= written
    assert capsys.readouterr().out.startswith("::notice title=gk FAIL::")


@pytest.mark.parametrize("name", ("gk_hooks", "gk_hooks.aliases.mcen_scan"))
def test_an_older_python_is_told_so(name):
    code = (
        "import runpy, sys\n"
        "sys.version_info, sys.version = (3, 9, 18), '3.9.18 (main)'\n"
        f"runpy.run_module({name!r}, run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "gk needs Python 3.11 or newer, and this is 3.9.18\n"
