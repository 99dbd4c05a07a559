"""What a Python file may export, read off its text: two texts with one outline offer the same to other files."""

from __future__ import annotations

import ast
import warnings

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def outline(text: str) -> str | None:
    """All that stands outside functions, whatever its lines; the whole text where a function's body may have a say,
    because something outside them calls what is defined here. None for what cannot be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        called, defined = set[str](), set[str]()
        pending: list[ast.AST] = [tree]
        while pending:
            node = pending.pop()
            if isinstance(node, ast.Call):
                called.update(_names(node.func))
            if isinstance(node, _DEFINITIONS):
                defined.add(node.name)
                called.update(name for decorator in node.decorator_list for name in _names(decorator))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                node.body = []
            pending += ast.iter_child_nodes(node)
        return ast.dump(tree) if called.isdisjoint(defined) else text
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _names(node: ast.expr) -> set[str]:
    """The last name of what is called, in each of its spellings."""
    if isinstance(node, ast.Call):
        return _names(node.func)
    return {getattr(node, "id", ""), getattr(node, "attr", "")}
