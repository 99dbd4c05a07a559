"""The condition under ``when``: comparisons, joined by all, any and not."""

from __future__ import annotations

from typing import Any

from gk_hooks.gate.policy.conditions import All, Any_, Comparison, Condition, Not, finite_number
from gk_hooks.gate.policy.nodes import LineError, Node
from gk_hooks.gate.policy.operators import OPERATORS, comparison
from gk_hooks.gate.policy.values import field_path, kind, known_keys, mapping, not_one_of, text
from gk_hooks.gate.regexes import LinearRegex

JOINS = ("all", "any", "not")
COMPARISON_KEYS = ("field", "op", "value")


def condition(node: Node) -> Condition:
    """The condition that *node* says; LineError for anything that cannot be meant."""
    entries = mapping(node, "condition")
    joins = [key for key in entries if key in JOINS]
    if not joins:
        return _comparison(node)
    if len(entries) > 1:
        raise LineError(node.line, f"condition: {joins[0]!r} stands alone in its mapping; join others inside it")
    inner = entries[joins[0]]
    if joins[0] == "not":
        return Not(condition(inner))
    if not isinstance(inner.value, list) or not inner.value:
        raise LineError(inner.line, f"condition: {joins[0]!r} takes a list of conditions, each with - in front")
    parts = tuple(condition(part) for part in inner.value)
    return All(parts) if joins[0] == "all" else Any_(parts)


def _comparison(node: Node) -> Comparison:
    entries = node.value
    for problem in known_keys(node, (*COMPARISON_KEYS, *JOINS), "condition"):
        raise problem
    for key in COMPARISON_KEYS[:2]:
        if key not in entries:
            raise LineError(node.line, f"condition: needs {key!r}, as in {{field: amount, op: lt, value: 500}}")
    operator = entries["op"].value
    if operator not in OPERATORS:
        raise LineError(entries["op"].line, f"op: {not_one_of(operator, OPERATORS)}")
    if operator != "exists" and "value" not in entries:
        raise LineError(node.line, f"condition: {operator!r} needs a value to compare with")
    value = _value(operator, entries.get("value", Node(True, node.line, {})))
    return comparison(".".join(field_path(entries["field"])), operator, value)


def _value(operator: str, node: Node) -> Any:
    """The value, of the type that the operator can compare."""
    value = node.plain()
    if operator in ("lt", "le", "gt", "ge"):
        if not finite_number(value):
            hint = ": write it without quotes" if isinstance(value, str) else ""
            raise LineError(node.line, f"{operator!r} compares with a number, not {kind(value)} {value!r}{hint}")
    elif operator in ("in", "not_in"):
        if not isinstance(value, list) or not value:
            raise LineError(node.line, f"{operator!r} takes a list of values, such as [a, b], not {kind(value)}")
    elif operator in ("startswith", "endswith", "under"):
        if not text(node):
            raise LineError(node.line, f"{operator!r} with an empty text is true of everything")
    elif operator == "contains":
        if isinstance(value, list | dict) or value in ("", None):
            raise LineError(node.line, f"'contains' takes one value to look for, not {kind(value)}")
    elif operator == "regex":
        try:
            return LinearRegex(text(node))
        except ValueError as error:
            raise LineError(node.line, str(error)) from None
    elif operator == "exists" and not isinstance(value, bool):
        raise LineError(node.line, "'exists' takes no value, or true or false")
    return value
