"""Whatever a file holds, its analyzer ends, says where, and says the same twice.

The texts are made of what the rules' own examples are made of, cut at the joints of the language, mixed, repeated and
nested, with bits that broke readers before. The seeds are fixed; ``GK_FUZZ=5000`` runs that many examples of each.
"""

from __future__ import annotations

import os
import re

import pytest

from gk_hooks.analyzers.context import analyze
from gk_hooks.model.effects import Effect
from gk_hooks.model.kinds import Kind, kind_of
from gk_hooks.rules import RULES

hypothesis = pytest.importorskip("hypothesis", reason="comes with the extra gk[test]")
strategies = hypothesis.strategies

EXAMPLES = int(os.environ.get("GK_FUZZ", "60"))
JOINTS = re.compile(r"\s+|\w+|[^\w\s]")

AWKWARD: dict[Kind, str] = {
    Kind.PYTHON: r"""f'{x!r:>{y}}' b'\xff' *a **b := lambda: @ # \
 ''' ( ) [ ] { } async await yield
\t if x:
""",
    Kind.SHELL: r"""$( ` ${x:-$(y)} $((1+1)) <<X
 X
 <<-'Y'
 $'\x41' \
 && || ;; esac case in do done fi ${!x} ${a[@]} >&2""",
    Kind.POWERSHELL: r"""@"
 "@
 @'
 '@
 $( ${x} @{ } @( ) -f -join [char]65 `
 | % { } & . :: ..  -replace $_ <# #> ;""",
    Kind.BATCH: r"""%x% %%i !x! ^
 ^
 ( ) & && || | > >> 2>&1 %~dp0 %x:~0,1% %x:a=b% if else for /f set /a call :x goto rem ::""",
    Kind.VBSCRIPT: r"""" "" & _
 ' Rem : If Then Else End If For Each Next Chr(65) CreateObject( ) Execute Set Sub Function""",
    Kind.SYSTEMD: r"""[Service]
 ExecStart= \
 %i ${x} ; # [Install]
 WantedBy=""",
    Kind.CRONTAB: r"""* * * * * @reboot % \%
 SHELL=/bin/sh
 1-5/2,7 root""",
    Kind.REGISTRY: r"""Windows Registry Editor Version 5.00
 [HKEY_CURRENT_USER\x]
 "a"=hex(2):41,\
 00,00 @=- [-HKLM\x]""",
    Kind.DESKTOP: r"""[Desktop Entry]
 Exec= %U %% "a \" b" \s
 [Desktop Action x]""",
    Kind.LAUNCHD: "<plist> <dict> <key>Program</key> <array> <string> </string> &amp; &#65; <!-- --> <![CDATA[ ]]>",
    Kind.TASK: '<Task> <Exec> <Command> </Command> <Arguments> &lt; </Exec> <!-- --> <!ENTITY a "b"> <LogonTrigger/>',
    Kind.NOTEBOOK: r"""{ } [ ] "cells" : "source" "cell_type" "code" , "%%bash\n" "!curl x" "metadata" null 1e9""",
}
"""What is hard to read in each language, cut at blanks."""


def seeds(kind: Kind) -> list[str]:
    """The examples of all rules in the language *kind*."""
    examples = (example for rule in RULES for example in (*rule.bad, *rule.good))
    return [example.code for example in examples if kind_of(example.name) is kind]


def texts(kind: Kind) -> hypothesis.strategies.SearchStrategy[str]:
    """Programs of a kind, whole and torn."""
    known = seeds(kind) or [AWKWARD[kind]]
    pieces = sorted({piece for text in known for piece in JOINTS.findall(text)})
    odd = [
        *re.findall(r"\s*\S+", AWKWARD[kind]),
        "\n",
        " ",
        "\t",
        "\r",
        "\x0c",
        "\u2028",
        "\x00",
        "é",
        "\ud800",
        "\U0010ffff",
    ]
    part = strategies.one_of(
        strategies.sampled_from(known),
        strategies.sampled_from(pieces),
        strategies.sampled_from(odd),
        strategies.builds(
            lambda piece, times: piece * times, strategies.sampled_from(odd), strategies.integers(2, 300)
        ),
    )
    return strategies.lists(part, min_size=1, max_size=24).map("".join)


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.value) for kind in Kind])
def test_every_text_ends_and_is_told_the_same_way_twice(kind: Kind) -> None:
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(texts(kind))
    def check(text: str) -> None:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
        first = analyze(kind, text)
        assert first == analyze(kind, text)
        for effect in first:
            assert_somewhere(effect, lines)

    check()


def assert_somewhere(effect: Effect, lines: int) -> None:
    """The effect stands on lines that the text has."""
    site = effect.site
    assert 1 <= site.line <= site.end_line <= lines
    assert site.column >= 1
