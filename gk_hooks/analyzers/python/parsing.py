"""From a text to its syntax tree. The trees of the last texts are kept, for those who ask several things of one file:
they are shared, so nobody changes them."""

from __future__ import annotations

import ast
import warnings

RECENT = 2
"""Trees that are kept: of the two versions of a file."""

_recent: dict[str, ast.Module] = {}


def parse(text: str) -> ast.Module:
    """The tree of *text*. Raises SyntaxError, ValueError, RecursionError or MemoryError, as ast.parse does."""
    tree = _recent.get(text)
    if tree is None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the scanned program's invalid escapes are not our user's business
            tree = ast.parse(text)
    return tree


def remember(text: str) -> ast.Module:
    """As parse; the tree is kept for a while."""
    tree = parse(text)
    _recent[text] = _recent.pop(text, tree)
    while len(_recent) > RECENT:
        del _recent[next(iter(_recent))]
    return tree


def is_valid(text: str) -> bool:
    """Whether *text* can be parsed, in half the time of making a tree of it; False where only the parser can tell."""
    import symtable

    if text in _recent:
        return True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            symtable.symtable(text, "<text>", "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError):  # it knows more errors than a parser does
            return False
    return True
