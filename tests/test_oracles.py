"""Our readers of shell and PowerShell against the grammars of tree-sitter, on real scripts and on awkward lines.

Where the two differ on real scripts, it has been the grammar that was wrong (a ``fi`` taken for a command); the tests
allow it two commands in a hundred. A command that only the grammar sees would be one that we never judge.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import oracles
import pytest
from oracles import Commands

SHELL_FOLDERS = ("/usr/bin", "/usr/sbin", "/usr/lib/git-core", "/etc", "/usr/share")
SHEBANGS = (b"#!/bin/sh", b"#! /bin/sh", b"#!/bin/bash", b"#!/usr/bin/env bash")
FEW = 5


@pytest.fixture(autouse=True)
def grammars() -> None:
    """The grammars are part of the test extra; a CI run without them fails."""
    for name in ("tree_sitter", "tree_sitter_bash", "tree_sitter_powershell"):
        if os.environ.get("CI"):
            __import__(name)
        else:
            pytest.importorskip(name, reason="comes with the extra gk[test]")


def compare(texts: list[str], by_us: Callable[[str], Commands], by_grammar: Callable[[str], Commands | None]) -> None:
    """Fails where more than two commands in a hundred are found by one side alone."""
    total, differing, shown = 0, 0, []
    for text in texts:
        wanted = by_grammar(text)
        if wanted is not None:
            found = by_us(text)
            alone = (wanted - found) + (found - wanted)
            total, differing = total + wanted.total(), differing + alone.total()
            shown += sorted(alone)
    assert total
    assert differing * 50 <= total, f"{differing} of {total}: {shown[:20]}"


def read(paths: list[Path]) -> list[str]:
    """The texts of scripts; an oracle for their commands wants no line ends of Windows."""
    return [path.read_text(encoding="utf-8-sig", errors="replace").replace("\r\n", "\n") for path in paths]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no shell scripts of its own")
def test_shell_scripts_of_this_machine() -> None:
    found = oracles.scripts(SHELL_FOLDERS, SHEBANGS, 120)
    if len(found) < FEW:
        pytest.skip("this machine has hardly any shell scripts")
    compare(read(found), oracles.shell_by_us, oracles.shell_by_grammar)


def test_powershell_scripts_of_this_machine() -> None:
    folders = {sysconfig.get_path("stdlib"), sysconfig.get_path("scripts"), str(Path(__file__).resolve().parents[1])}
    found = sorted({path.resolve() for folder in folders for path in Path(folder).rglob("*.ps1")})[:40]
    assert found, "every Python has its Activate.ps1"
    compare(read(found), oracles.powershell_by_us, oracles.powershell_by_grammar)


SHELL = (
    pytest.param("a; b && c || d | e & f", id="operators"),
    pytest.param("x=$(a $(b `c`)) y=`d` e", id="substitutions"),
    pytest.param('a "$(b "c $(d)")" <(e) >(f)', id="substitutions in quotes"),
    pytest.param("echo $(( 1 + $(a | b) ))", id="a substitution in arithmetic"),
    pytest.param("if a; then b; elif c; then d; else e; fi", id="if"),
    pytest.param("for i in $(a); do b; done; while c; do d; done; until e; do f; done", id="loops"),
    pytest.param("case $(a) in x|y) b ;; *) c;; esac", id="case"),
    pytest.param("f() { a; }; function g { b; }; ( c ); { d; }", id="functions and groups"),
    pytest.param("a <<X && b\n$(c)\nd\nX\ne", id="a here-document"),
    pytest.param("a <<'X'\n$(c)\nX\nb <<-Y\n\tz\n\tY\nd", id="quoted and indented here-documents"),
    pytest.param("a \\\n b \\\n| c", id="continued lines"),
    pytest.param("A=1 B=$(c) d e=f", id="assignments before a command"),
    pytest.param("! a; time b; a >x 2>&1 <y", id="negation and redirections"),
    pytest.param("[[ $(a) == b ]] && c; [ -n \"`d`\" ] || e", id="tests"),
    pytest.param("x=(a $(b) c); y=${z:-$(d)}; echo ${#x[@]}", id="arrays and defaults"),
    pytest.param("a # b; c\nd '#' e", id="comments"),
    pytest.param("trap 'a' EXIT; eval \"b\"; exec c", id="builtins"),
)  # fmt: skip


@pytest.mark.parametrize("text", SHELL)
def test_awkward_shell(text: str) -> None:
    wanted = oracles.shell_by_grammar(text + "\n")
    assert wanted, "the grammar reads it too"
    assert oracles.shell_by_us(text + "\n") == wanted


POWERSHELL = (
    pytest.param("Get-Item a | Where-Object { Test-Path $_ } | b", id="a pipeline with a block"),
    pytest.param("if (Test-Path x) { a } elseif (b) { c } else { d }", id="if"),
    pytest.param("foreach ($i in Get-Item *) { a $i }\nwhile (b) { c }", id="loops"),
    pytest.param("$x = Get-Date; $y = (Get-Item a).Name; $z = @(b; c)", id="assignments"),
    pytest.param('a "x $(Get-Date) $(b "c")"', id="commands in a string"),
    pytest.param("try { a } catch [Exception] { b } finally { c }", id="try"),
    pytest.param("function f {\n param($x = (Get-Date))\n a $x\n}\nf", id="a function with a default"),
    pytest.param("switch ($x) {\n 'x' { b }\n default { c }\n}", id="switch"),
    pytest.param("a `\n -b c `\n | d", id="continued lines"),
    pytest.param("a <# b; c #> d # e\nf", id="comments"),
    pytest.param("$h = @{ a = Get-Date; b = { c } }", id="a table"),
    pytest.param("a @'\nb $(c)\n'@\nd @\"\n$(e)\n\"@", id="here-strings"),
    pytest.param("C:\\x\\curl.exe -o y; .\\z.ps1 a", id="paths"),
)


@pytest.mark.parametrize("text", POWERSHELL)
def test_awkward_powershell(text: str) -> None:
    wanted = oracles.powershell_by_grammar(text + "\n")
    assert wanted, "the grammar reads it too"
    assert oracles.powershell_by_us(text + "\n") == wanted
