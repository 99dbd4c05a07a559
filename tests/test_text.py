"""Text and documents made safe to show."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gk_hooks.model.text import to_json, valid_unicode

TEXTS = st.text() | st.text(st.characters(categories=["Cs", "Cc", "Lo"]))
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
)


@given(DOCUMENTS)
def test_json_is_what_the_standard_library_writes(document: object) -> None:
    assert to_json(document) == json.dumps(_valid(document), indent=2) + "\n"


def _valid(value: object) -> object:
    if isinstance(value, str):
        return valid_unicode(value)
    if isinstance(value, dict):
        return {valid_unicode(key): _valid(item) for key, item in value.items()}
    return [_valid(item) for item in value] if isinstance(value, list | tuple) else value


def test_what_json_cannot_say_is_an_error() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"a": [float("nan")]})
