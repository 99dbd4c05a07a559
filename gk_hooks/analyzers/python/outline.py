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
                node.body, node.args, node.returns = [], _NO_ARGUMENTS, None
            elif isinstance(node, (ast.Module, ast.ClassDef)):
                node.body = [each for each in node.body if not _is_docstring(each)]
            pending += ast.iter_child_nodes(node)
        return ast.dump(tree) if called.isdisjoint(defined) else text
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


_NO_ARGUMENTS = ast.arguments([], [], None, [], [], None, [])


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _names(node: ast.expr) -> set[str]:
    """The last name of what is called, in each of its spellings."""
    if isinstance(node, ast.Call):
        return _names(node.func)
    return {getattr(node, "id", ""), getattr(node, "attr", "")}
