"""Questions about a tree that need no values."""

from __future__ import annotations

from gk_hooks.analyzers.powershell import tree
from gk_hooks.model.records import fields, is_dataclass


def assigned_names(statements: list[tree.Node]) -> list[str]:
    """The variables that *statements* assign, in order, nested statements included."""
    found: dict[str, None] = {}
    pending: list[object] = list(reversed(statements))
    while pending:
        node = pending.pop()
        if isinstance(node, list | tuple):
            pending.extend(reversed(node))
        elif isinstance(node, tree.Assign):
            for target in targets_of(node.target):
                if isinstance(target, tree.Variable):
                    found[target.name] = None
            pending.append(node.value)
        elif isinstance(node, tree.Loop) and node.variable:
            found[node.variable] = None
            pending.append(node.body)
        elif isinstance(node, tree.Unary) and "++" in node.operators and isinstance(node.operand, tree.Variable):
            found[node.operand.name] = None
        elif is_dataclass(node) and not isinstance(node, _WITHOUT_NODES):
            pending.extend(getattr(node, field.name) for field in reversed(fields(node)))
    return list(found)


_WITHOUT_NODES = (tree.Literal, tree.Variable, tree.Numbers, type)


def targets_of(node: tree.Node) -> list[tree.Node]:
    """What an assignment assigns to: casts taken off, lists taken apart."""
    while isinstance(node, tree.Cast):
        node = node.operand
    if isinstance(node, tree.Listing):
        return [target for item in node.items for target in targets_of(item)]
    if isinstance(node, tree.Group) and len(node.statements) == 1:
        return targets_of(node.statements[0])
    return [node]
