"""What a Python file may export, read off its text: two texts with one outline offer the same to other files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from gk_hooks.analyzers.python.parsing import remember

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)
_BLOCKS = (ast.stmt, ast.excepthandler, ast.match_case)


def outline(text: str) -> str | None:
    """All that stands outside functions, whatever its lines; the whole text where a function's body may have a say,
    because something outside them calls what is defined here. None for what cannot be parsed."""
    try:
        parts, called, defined = list[str](), set[str](), set[str]()
        pending: list[ast.AST | str] = [remember(text)]
        while pending:
            node = pending.pop()
            if isinstance(node, str):
                parts.append(node)
                continue
            if isinstance(node, _DEFINITIONS):
                defined.add(node.name)
            parts.append(type(node).__name__)
            for name, value in _fields(node):
                if isinstance(value, list) and value and isinstance(value[0], _BLOCKS):
                    pending += ["}", *reversed(value), f"{name} {{"]
                    continue
                parts.append(f"{name}={_dump(value)}")
                called.update(_called(value))
            called.update(name for each in getattr(node, "decorator_list", ()) for name in _names(each))
        return "\n".join(parts) if called.isdisjoint(defined) else text
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _fields(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """What a statement is made of, as far as it can be seen from outside."""
    if isinstance(node, _FUNCTIONS):
        yield from (("name", node.name), ("decorator_list", node.decorator_list))
        return
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(node, (ast.Module, ast.ClassDef)):
            value = [each for each in value if not _is_docstring(each)]
        yield name, value


def _dump(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_dump, value))}]"
    return ast.dump(value) if isinstance(value, ast.AST) else repr(value)


def _called(value: Any) -> Iterator[str]:
    """The names of all that is called in an expression, or in several."""
    for each in value if isinstance(value, list) else (value,):
        if isinstance(each, ast.AST):
            yield from (name for call in ast.walk(each) if isinstance(call, ast.Call) for name in _names(call))


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _names(node: ast.expr) -> set[str]:
    """The last name of what is called, in each of its spellings."""
    if isinstance(node, ast.Call):
        return _names(node.func)
    return {getattr(node, "id", ""), getattr(node, "attr", "")}
