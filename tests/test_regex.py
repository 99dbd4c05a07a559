"""Expressions that wait: nothing is compiled before its first use, and then all is as with re.compile."""

from __future__ import annotations

import re

from gk_hooks.model.regex import regex


def test_an_expression_is_compiled_when_it_is_first_used() -> None:
    broken = regex("(")
    try:
        broken.match("x")
    except re.error as error:
        assert "unterminated" in str(error)
    else:
        raise AssertionError("it was never compiled")


def test_an_expression_works_as_a_compiled_one() -> None:
    waiting, compiled = regex("(?P<a>B+)", re.I), re.compile("(?P<a>B+)", re.I)
    assert [match.span() for match in waiting.finditer("abba")] == [match.span() for match in compiled.finditer("abba")]
    assert waiting.sub("x", "abba") == compiled.sub("x", "abba") == "axa"
    assert (waiting.pattern, waiting.flags, waiting.groupindex) == (
        compiled.pattern,
        compiled.flags,
        compiled.groupindex,
    )


def test_bytes_work_as_well() -> None:
    found = regex(rb"\d+").search(b"a12")
    assert found is not None
    assert found[0] == b"12"
