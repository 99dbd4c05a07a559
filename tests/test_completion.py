"""gk completion: the scripts, in the shells that they are for."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gk_hooks.cli import COMMANDS, main
from gk_hooks.commands.completion import SHELLS
from gk_hooks.reports import FORMATS

CASES = (
    pytest.param("gk ver", {"verify"}, id="a command"),
    pytest.param("gk scan --st", {"--staged", "--statistics"}, id="an option"),
    pytest.param("gk scan --profile ", {"mcen_practical", "mcen_strict"}, id="the values of an option"),
    pytest.param("gk audit -q -f ", {*FORMATS}, id="the values of a short option after another"),
    pytest.param("gk hook ", {"install", "uninstall"}, id="an action"),
    pytest.param("gk hook install --stage pre-p", {"pre-push"}, id="the values of an action's option"),
    pytest.param("gk explain PER", {"PER001", "PER002", "PER003"}, id="a rule"),
    pytest.param("gk mcp keygen --sch", {"--scheme"}, id="an action called like a command"),
    pytest.param("gk keygen --sch", set(), id="the command that is called like it"),
)

BASH = """
source "$1"
line=$2
COMP_WORDS=($line)
[[ $line == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_gk gk "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""

ZSH = """
compdef() { }
compadd() { shift; print -l -- $@ }
_describe() { print -l -- ${${(P)2}%%:*} }
_files() { }
source $1
words=(${(s: :)2})
[[ $2 == *' ' ]] && words+=('')
CURRENT=$#words
PREFIX=$words[CURRENT]
_gk
"""
"""What zsh's completion system does around a function is left out: it keeps what begins with the word."""

FISH = 'source $argv[1]; complete -C $argv[2] | string replace -r "\\t.*" ""'


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


def completed(shell: str, code: str, path: Path, line: str) -> set[str]:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell}")
    words = {"bash": ["--norc", "-c", code, "-"], "zsh": ["-f", "-c", code, "-"], "fish": ["-N", "-c", code]}[shell]
    done = subprocess.run(
        [program, *words, str(path), line], cwd=path.parent, capture_output=True, encoding="utf-8", check=False
    )
    assert done.stderr == ""
    begun = line.rpartition(" ")[2]
    return {word for word in done.stdout.split() if word.startswith(begun)} - {path.name}


@pytest.mark.parametrize(("line", "words"), CASES)
@pytest.mark.parametrize(("shell", "code"), (("bash", BASH), ("zsh", ZSH), ("fish", FISH)), ids=("bash", "zsh", "fish"))
def test_completes(shell, code, line, words, tmp_path, capsys):
    path = tmp_path / "script"
    path.write_text(script(shell, capsys), encoding="utf-8")
    assert completed(shell, code, path, line) == words


def test_powershell_can_read_its_script(capsys):
    grammar = pytest.importorskip("tree_sitter_powershell")
    tree_sitter = pytest.importorskip("tree_sitter")
    text = script("powershell", capsys)
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    assert not parser.parse(text.encode()).root_node.has_error
    assert "'hook install|--stage' = 'pre-commit pre-merge-commit pre-push'" in text


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_is_there_and_no_program_is_started(shell, capsys):
    text = script(shell, capsys)
    assert all(name in text for name in COMMANDS)
    assert "`" not in text
    assert "$(gk" not in text
