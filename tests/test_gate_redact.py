"""Masking: arrays, case variants, JSON in texts, and results."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_gate_conditions import JSON

from gk_hooks.gate.redact import MASK, redact


@pytest.mark.parametrize(
    ("fields", "value", "masked"),
    (
        pytest.param(["bcc"], {"to": "a", "bcc": "s"}, {"to": "a", "bcc": MASK}, id="a field"),
        pytest.param(["bcc"], {"Bcc": "s", "BCC": ["s"]}, {"Bcc": MASK, "BCC": MASK}, id="capitals"),
        pytest.param(["api_key"], {"apiKey": 1, "api-key": 2}, {"apiKey": MASK, "api-key": MASK}, id="separators"),
        pytest.param(["bcc"], {"bсc": "s"}, {"bсc": MASK}, id="a lookalike"),
        pytest.param(
            ["bcc"], {"m": [{"bcc": "s"}, [{"bcc": {"x": 1}}]]}, {"m": [{"bcc": MASK}, [{"bcc": MASK}]]}, id="in arrays"
        ),
        pytest.param(
            ["card.number"],
            {"card": [{"number": 1}], "number": 2},
            {"card": [{"number": MASK}], "number": 2},
            id="a path",
        ),
        pytest.param(
            ["bcc"], {"raw": '{"a": [{"bcc": "s"}]}'}, {"raw": '{"a": [{"bcc": "' + MASK + '"}]}'}, id="JSON in a text"
        ),
        pytest.param(
            ["card.number"],
            {"card": '{"number": 1}'},
            {"card": '{"number": "' + MASK + '"}'},
            id="a path through JSON in a text",
        ),
        pytest.param(["bcc"], {"text": "bcc: s"}, {"text": "bcc: s"}, id="plain text in arguments stays"),
        pytest.param(["bcc"], [1, None, "bcc"], [1, None, "bcc"], id="nothing to mask"),
    ),
)
def test_arguments(fields: list[str], value: Any, masked: Any) -> None:
    assert redact(value, fields) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    (
        pytest.param("To: a\nBcc: s@x, t@y\nHi", f"To: a\nBcc: {MASK}\nHi", id="a header, to the end of its line"),
        pytest.param("a=1&bcc=s@x&b=2", f"a=1&bcc={MASK}&b=2", id="a query"),
        pytest.param("Bcc = 's x'; b", f"Bcc = {MASK}; b", id="quotes"),
        pytest.param('x {"bcc": "s", "b": 1} y', f'x {{"bcc": {MASK}, "b": 1}} y', id="JSON among words"),
        pytest.param("bccs are nice", "bccs are nice", id="another word"),
        pytest.param("bcc without a value", "bcc without a value", id="no value"),
    ),
)
def test_texts_in_results(text: str, masked: str) -> None:
    result = {"content": [{"type": "text", "text": text}]}
    assert redact(result, ["bcc"], texts=True) == {"content": [{"type": "text", "text": masked}]}


def _leaves(value: Any, key: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [leaf for name, each in value.items() for leaf in [(name, each), *_leaves(each)]]
    return [leaf for each in value for leaf in _leaves(each)] if isinstance(value, list) else []


@given(JSON, st.booleans())
def test_nothing_stays_under_a_masked_name_and_what_has_none_is_the_same_object(value: Any, texts: bool) -> None:
    masked = redact(value, ["a"], texts=texts)
    assert all(leaf == MASK for name, leaf in _leaves(masked) if name.casefold() == "a")
    assert redact(value, ["no such name"], texts=texts) is value
    assert redact(masked, ["a"], texts=texts) == masked


def test_time_is_linear_in_the_text() -> None:
    for text in ("bcc " * 100_000, "bcc:'" * 100_000, "bcc" + " " * 400_000, '{"bcc"' * 50_000, "[" * 400_000):
        redact({"text": text}, ["bcc", "b"], texts=True)
