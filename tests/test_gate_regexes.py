"""The linear regexes of the tool gate: they say what re says, in bounded time, and refuse what needs going back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gk_hooks.gate.regexes import LinearRegex

ATOMS = (
    "a",
    "b",
    ".",
    r"\w",
    r"\d",
    "[ab]",
    "[^a]",
    r"\b",
    "^",
    "$",
    r"\n",
    r"\s",
    r"[a-c\]]",
    r"\A",
    r"\Z",
    "é",
    r"\x41",
)
FLAGS = ("", "(?u)", "(?i)", "(?m)", "(?s)", "(?im)", "(?a)")


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    repeats = st.sampled_from(("*", "+", "?", "{2}", "{1,3}", "{,2}", "*?", "{0}", "{2,}"))
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, repeats).map(lambda two: f"({two[0]}){two[1]}"),
        inner.map(lambda one: f"(?P<name>{one})" if "<name>" not in one else one),
    )


PATTERNS = st.recursive(st.sampled_from(ATOMS), _grown, max_leaves=8)


@given(st.sampled_from(FLAGS), PATTERNS, st.text("abAx1 \n_]é\r", max_size=12))
def test_it_finds_what_re_finds(flags: str, pattern: str, text: str) -> None:
    try:
        expected = re.search(flags + pattern, text) is not None
        ours = LinearRegex(flags + pattern)
    except (re.error, ValueError):
        return
    assert ours.search(text) == expected


@pytest.mark.parametrize(
    ("pattern", "text"),
    (
        pytest.param("^(a+)b(a+)b$", "a" * 200_000, id="two repeats, no match"),
        pytest.param(".*a.*a.*a.*a.*c", "a" * 100_000, id="many ways to lay it over a text"),
        pytest.param("(a|a)*c", "a" * 200_000, id="alternatives that match the same"),
        pytest.param("(x+x+)+y", "x" * 200_000, id="two repeats that share a text, in a third"),
        pytest.param("(?:a|b)*a(?:a|b){12}c", "abbaababbab" * 2_000, id="thousands of sets of threads"),
    ),
)
def test_time_is_linear_in_the_text(pattern: str, text: str) -> None:
    # with re each of these takes from minutes to longer than the universe has existed; here the suite goes on
    assert not LinearRegex(pattern).search(text)


@pytest.mark.parametrize(
    ("pattern", "told"),
    (
        pytest.param("^(a+)+$", "keep one of the two", id="a repeat of a repeat"),
        pytest.param(r"(\s*\w+)*x", "keep one of the two", id="a repeat whose other parts may be empty"),
        pytest.param("(a|b*)*", "keep one of the two", id="a repeat in an alternative"),
        pytest.param("a++", "possessive repeat", id="possessive"),
        pytest.param("(?>a)b", "atomic group", id="atomic group"),
        pytest.param("(?=a)b", "join the two with 'all'", id="lookahead"),
        pytest.param("(?!a)b", "under 'not'", id="negative lookahead"),
        pytest.param("(?<=a)b", "lookbehind", id="lookbehind"),
        pytest.param(r"(a)\1", "backreference", id="backreference by number"),
        pytest.param("(?P<x>a)(?P=x)", "backreference", id="backreference by name"),
        pytest.param("a(?i:b)", "at its start", id="flags inside"),
        pytest.param("(?x)a b", "flag x", id="verbose"),
        pytest.param("a{3000}", "too large", id="a huge count"),
        pytest.param("((a{60}){60})", "too large", id="counts that multiply"),
        pytest.param("(" * 60 + ")" * 60, "groups in each other", id="deep nesting"),
        pytest.param("a" * 1001, "more than 1000", id="a long pattern"),
        pytest.param("(a", "not valid", id="an open group"),
        pytest.param("[[a]", "not valid", id="what re warns of"),
        pytest.param("*", "not valid", id="nothing to repeat"),
    ),
)
def test_it_refuses_with_a_suggestion(pattern: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        LinearRegex(pattern)


def test_a_newline_at_the_end_does_not_hide_it() -> None:
    assert LinearRegex("a$").search("a\n")
    assert not LinearRegex(r"a\Z").search("a\n")
    assert not LinearRegex("a$").search("a\n\n")


def test_many_characters_do_not_fill_the_memory() -> None:
    regex = LinearRegex(r"^\w*x$")
    assert not regex.search("".join(map(chr, range(0x4E00, 0x9FFF))) * 20)
    assert regex._automaton.kept <= 200_000
