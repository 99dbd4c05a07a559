from __future__ import annotations

import re

import pytest

from gk_hooks.model.effects import Site
from gk_hooks.model.records import replace
from gk_hooks.model.text import clip, display_width, printable
from gk_hooks.model.values import HOLE
from gk_hooks.reports import text
from gk_hooks.reports.frame import cut, frame
from tests.reports.sample import CLEAN, FULL, ODD, RULES, SINCE, result


@pytest.mark.parametrize(
    ("raw", "shown"),
    (
        pytest.param("plain – ünïcode 日本", "plain – ünïcode 日本", id="ordinary text is kept"),
        pytest.param("\x1b[31m", "\\x1b[31m", id="a terminal sequence"),
        pytest.param("\x9b31m", "\\u009b31m", id="a one-character control sequence introducer"),
        pytest.param("a\nb\tc\rd\0", "a\\nb\\tc\\rd\\x00", id="line ends, tabs and NUL"),
        pytest.param("\u202ex\u2066y\u2069", "\\u202ex\\u2066y\\u2069", id="bidirectional controls"),
        pytest.param("a\u200bb\u200dc\ufeff", "a\\u200bb\\u200dc\\ufeff", id="zero-width characters"),
        pytest.param("a\u2028b", "a\\u2028b", id="a Unicode line separator"),
        pytest.param("\udce9", "\\xe9", id="a byte that is no UTF-8"),
        pytest.param("\ud800", "\\ud800", id="a lone surrogate"),
        pytest.param(HOLE, "\\U0010ffff", id="a noncharacter"),
        pytest.param("x\u3164\ufe0f", "x\\u3164\\ufe0f", id="fillers and variation selectors"),
        pytest.param("\U000e0041", "\\U000e0041", id="tag characters"),
    ),
)
def test_printable(raw, shown):
    assert printable(raw) == shown
    assert printable(raw).isprintable()


@pytest.mark.parametrize(
    ("shown", "cells"),
    (
        pytest.param("abc", 3, id="ASCII"),
        pytest.param("日本", 4, id="wide characters"),
        pytest.param("e\u0301", 1, id="a combining accent"),
        pytest.param("ｱ", 1, id="a halfwidth character"),
    ),
)
def test_display_width(shown, cells):
    assert display_width(shown) == cells


def test_clip():
    assert clip("abcdef", 6) == "abcdef"
    assert clip("abcdefg", 6) == "abcde…"


@pytest.mark.parametrize(
    ("line", "columns", "rows"),
    (
        pytest.param("x = eval(y)", (5, 12), ["x = eval(y)", "    ^^^^^^^"], id="plain"),
        pytest.param("\teval(y)", (2, 9), ["    eval(y)", "    ^^^^^^^"], id="a tab before"),
        pytest.param("a\teval(y)", (3, 10), ["a   eval(y)", "    ^^^^^^^"], id="a tab goes to the next stop"),
        pytest.param("'日本'; f()", (7, 10), ["'日本'; f()", "        ^^^"], id="wide characters before"),
        pytest.param("f('日本')", (1, 8), ["f('日本')", "^^^^^^^^^"], id="wide characters inside"),
        pytest.param("'e\u0301'; f()", (7, 10), ["'e\u0301'; f()", "     ^^^"], id="a combining accent before"),
        pytest.param("'\x1b'; f()", (6, 9), ["'\\x1b'; f()", "        ^^^"], id="an escaped control before"),
        pytest.param("f()", (2, 2), ["f()", " ^"], id="an empty range"),
        pytest.param("f()", (90, 95), ["f()", "   ^"], id="a column beyond the line"),
        pytest.param("f()\r\n", (1, 4), ["f()", "^^^"], id="a line end in the source"),
    ),
)
def test_caret_stands_under_the_expression(line, columns, rows):
    start, end = columns
    shown = frame("a.py", Site(7, start, 7, end, "f"), {("a.py", 7): line})
    assert shown == ["    |", f"  7 | {rows[0]}", f"    | {rows[1]}"]


@pytest.mark.parametrize(
    ("start", "end"),
    (
        pytest.param(5_000_000, 5_000_010, id="far to the right"),
        pytest.param(0, 10_000_000, id="over its whole length"),
        pytest.param(9_999_990, 10_000_000, id="at its end"),
    ),
)
@pytest.mark.parametrize("char", ("x", "日", "\x1b", "\t", "\u0301", HOLE))
def test_a_huge_line_is_cut_around_the_expression(char, start, end):
    shown, before, width = cut(char * 10_000_000, start, end, 80)
    assert display_width(shown) <= 81
    assert before + width <= 81
    assert len(shown) < 1000


def test_a_long_expression_is_bracketed_and_shortened():
    lines = {("a.sh", number): f"line {number}" for number in range(98, 130)}
    assert frame("a.sh", Site(98, 3, 120, 5, "f"), lines) == [
        "    |",
        " 98 |   line 98",
        "    |  ___^",
        " 99 | | line 99",
        "100 | | line 100",
        "101 | | line 101",
        "... | |",
        "120 | | line 120",
        "    | |____^",
    ]


def test_a_multi_line_expression_of_which_only_the_first_line_is_known():
    assert frame("a.py", Site(3, 1, 9, 2, "f"), {("a.py", 3): "f(  # call"}) == [
        "    |",
        "  3 | f(  # call",
        "    | ^^^^^^^^^^",
    ]


def test_no_source_no_frame():
    assert frame("a.py", Site(3, 1, 3, 2, "f"), {("a.py", 4): "f()"}) == []


@pytest.mark.parametrize("options", ({}, {"quiet": True}, {"statistics": True}, {"color": True}))
def test_nothing_raw_reaches_the_terminal(options):
    hostile = "\x1b]0;owned\x07\u202e\udcff\x9b"
    report = replace(
        FULL,
        results=(result("NET001", ODD + hostile, (1, 1, 1, 2), hostile, excerpt=hostile, chain=(hostile,)),),
        sources={(ODD + hostile, 1): hostile},
        notes=(hostile,),
    )
    shown = re.sub(r"\033\[[0-9;]+m", "", text.render(report, RULES, **options))
    assert all(line.isprintable() for line in shown.split("\n"))


@pytest.mark.parametrize("width", (20, 60, 100, 200))
def test_notes_are_wrapped(width):
    for line in text.render(FULL, RULES, width=width).splitlines():
        if line.lstrip().startswith("="):
            assert display_width(line) <= max(width, 60)


def many(number):
    return tuple(result("NET001", f"{i:04}.py", (1, 1, 1, 2), "evidence") for i in range(number))


def test_more_findings_than_fit_are_counted():
    lines = text.render(replace(FULL, results=many(400)), RULES).splitlines()
    assert sum(line == "    = evidence" or line.endswith("= evidence") for line in lines) == 50
    assert sum("evidence (Connects" in line for line in lines) == 200
    assert any(line.startswith("… and 150 more (150 blocker)") for line in lines)
    assert any(line.startswith("FAIL: 400 blocker in") for line in lines)


def test_quiet_lists_every_finding():
    lines = text.render(replace(FULL, results=many(400)), RULES, quiet=True).splitlines()
    assert lines[399] == "0399.py:1:1: BLOCKER NET001 evidence (Connects to another machine)"
    assert lines[400].startswith("FAIL: 400 blocker")


def test_the_worst_come_first():
    heads = [line for line in text.render(FULL, RULES, quiet=True).splitlines() if re.search(r":\d+: [A-Z]+ ", line)]
    assert [head.split(": ")[1].split()[0] for head in heads] == ["BLOCKER"] * 4 + ["HIGH"] * 3


def test_a_rule_is_explained_once():
    shown = text.render(replace(FULL, results=many(3)), RULES)
    assert shown.count("= why: ") == shown.count("= fix: ") == 1


def test_exit_code_of_the_caller():
    assert "(exit code 2)" in text.render(SINCE, RULES)
    assert "(exit code 0)" in text.render(SINCE, RULES, exit_code=0)


def test_summary_of_a_clean_scan_is_one_line():
    assert text.render(CLEAN, RULES) == "PASS: no findings in 1 file (exit code 0)\n"


def test_a_finding_without_a_line():
    shown = text.render(replace(FULL, results=(result("SCAN002", "big.py", (0, 0, 0, 0), "too large"),)), RULES)
    assert shown.startswith("big.py: HIGH SCAN002 Was not read\n")
