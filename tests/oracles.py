"""Grammars that others wrote, to hold our readers against: which commands a script has, and on which lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gk_hooks.analyzers.context import Budget
from gk_hooks.analyzers.powershell import tree
from gk_hooks.analyzers.powershell.parser import Parser
from gk_hooks.analyzers.shell.reader import Reader
from gk_hooks.analyzers.shell.syntax import Simple

Commands = Counter[tuple[int, str]]
"""Line and name of each command whose name stands there literally."""

STEPS = 50_000_000
DECLARATIONS = frozenset("export local declare readonly typeset unset [ [[".split())
"""Commands that the grammar of bash has rules of their own for."""


def walk(node: object) -> Iterator[object]:
    """*node* and everything below it, for our own trees."""
    pending = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, (list, tuple)):
            pending += one
        elif hasattr(one, "__match_args__"):
            yield one
            pending += [getattr(one, name) for name in type(one).__match_args__]


def nodes(root: Any) -> Iterator[Any]:
    """*root* and everything below it, for trees of tree-sitter."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending += node.children


def shell_by_us(text: str) -> Commands:
    """The commands that our reader finds."""
    reader = Reader(text, Budget(STEPS))
    found = (one for one in walk(reader.items()) if isinstance(one, Simple) and one.words)
    names = ((text.count("\n", 0, one.words[0].start) + 1, one.words[0].plain) for one in found)
    return Counter(each for each in names if each[1] and each[1] not in DECLARATIONS)


def shell_by_grammar(text: str) -> Commands | None:
    """The commands that tree-sitter-bash finds; None when it cannot read the whole text."""
    import tree_sitter
    import tree_sitter_bash

    root = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language())).parse(text.encode()).root_node
    if root.has_error:
        return None
    found: Commands = Counter()
    for node in nodes(root):
        name = node.child_by_field_name("name") if node.type == "command" else None
        inner = name.children if name is not None else []
        if name is not None and [one.type for one in inner] == ["word"]:
            found[name.start_point[0] + 1, inner[0].text.decode()] += 1
    return found


def powershell_by_us(text: str) -> Commands:
    """The commands that our parser finds."""
    script = Parser(text, Budget(STEPS)).script()
    found = (one for one in walk(script) if isinstance(one, tree.Command) and not one.operator)
    return Counter((text.count("\n", 0, one.name.start) + 1, text[one.name.start : one.name.end]) for one in found)


def powershell_by_grammar(text: str) -> Commands | None:
    """The commands that tree-sitter-powershell finds; None when it cannot read the whole text."""
    import tree_sitter
    import tree_sitter_powershell

    root = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language())).parse(text.encode()).root_node
    if root.has_error:
        return None
    found: Commands = Counter()
    for node in nodes(root):
        name = node.child_by_field_name("command_name") if node.type == "command" else None
        if name is not None and name.type == "command_name" and node.children[0].type != "command_invokation_operator":
            found[name.start_point[0] + 1, name.text.decode()] += 1
    return found


def scripts(folders: tuple[str, ...], shebangs: tuple[bytes, ...], limit: int) -> list[Path]:
    """Real scripts that this machine has, the first *limit* by name."""
    found = []
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            try:
                if path.is_file() and not path.is_symlink() and path.stat().st_size < 60_000:
                    head = path.read_bytes()[:40].split(b"\n")[0]
                    if head.startswith(shebangs):
                        found.append(path)
            except OSError:
                continue
            if len(found) >= limit:
                return found
    return found
