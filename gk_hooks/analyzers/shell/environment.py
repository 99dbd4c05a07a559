"""What is known of a script's variables as its lines go by: constants, joined where branches meet."""

from __future__ import annotations

from gk_hooks.model.records import dataclass, field, replace
from gk_hooks.model.values import UNKNOWN, Text

Value = tuple[Text, ...]
"""A variable's value: one text, or the elements of an array."""

MAX_BLOCKS = 200
"""Blocks inside blocks are told apart this deep."""

_KNOWN_AT_START: dict[str, Text] = {"HOME": Text.of("~"), "IFS": Text.of(" \t\n")}


@dataclass(slots=True)
class Block:
    """An open compound command. branches: what was assigned in each; ``exhaustive`` when one of them must run."""

    kind: str
    branches: list[dict[str, Value]] = field(default_factory=lambda: [{}])
    exhaustive: bool = False
    locals: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Environment:
    """The variables. *late*: constants that are assigned anywhere in the file, which function bodies may see."""

    late: dict[str, Value] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=lambda: [Block("file")])
    skipped: int = 0

    def get(self, name: str) -> Value:
        """The value of *name*; what nobody assigned comes from outside."""
        for block in reversed(self.blocks):
            if name in block.branches[-1]:
                return block.branches[-1][name]
        if name in _KNOWN_AT_START:
            return (_KNOWN_AT_START[name],)
        if self.in_function and name in self.late:
            return tuple(replace(text, complete=False) for text in self.late[name])
        return (replace(UNKNOWN, origin=_origin(name)),)

    def is_set(self, name: str) -> bool:
        """Whether the script itself has assigned *name*."""
        return any(name in block.branches[-1] for block in self.blocks)

    @property
    def in_function(self) -> bool:
        """Whether a function's body is being read."""
        return any(block.kind == "function" for block in self.blocks)

    @property
    def in_loop(self) -> bool:
        """Whether the body of a loop is being read."""
        return any(block.kind == "loop" for block in self.blocks)

    def set(self, name: str, value: Value, *, maybe: bool = False, local: bool = False) -> None:
        """Assigns *value*; *maybe* keeps the old value as a possibility."""
        if maybe:
            value = _join(self.get(name), value)
        self.blocks[-1].branches[-1][name] = value
        if local:
            self.blocks[-1].locals.add(name)

    def open(self, kind: str) -> None:
        """Enters a compound command."""
        if len(self.blocks) >= MAX_BLOCKS:
            self.skipped += 1
        else:
            self.blocks.append(Block(kind))

    def branch(self, *, last: bool = False) -> None:
        """Enters the next branch (``elif``, ``else``, a pattern); *last*: no further way around it."""
        block = self.blocks[-1]
        if len(self.blocks) > 1:
            block.branches.append({})
            block.exhaustive = block.exhaustive or last

    def close(self, *kinds: str) -> None:
        """Leaves the innermost compound command if it is one of *kinds*, and joins what its branches assigned."""
        if self.skipped:
            self.skipped -= 1
            return
        if len(self.blocks) == 1 or self.blocks[-1].kind not in kinds:
            return
        block = self.blocks.pop()
        if block.kind == "subshell":
            return
        if block.kind == "group":
            self.blocks[-1].branches[-1].update(block.branches[-1])
            self.blocks[-1].locals |= block.locals
            return
        names = dict.fromkeys(name for branch in block.branches for name in branch if name not in block.locals)
        for name in names:
            values = [branch.get(name) or self.get(name) for branch in block.branches]
            if not block.exhaustive:
                values.append(self.get(name))
            joined = values[0]
            for value in values[1:]:
                joined = _join(joined, value)
            self.blocks[-1].branches[-1][name] = joined


def _join(left: Value, right: Value) -> Value:
    if len(left) == len(right):
        return tuple(one.join(other) for one, other in zip(left, right, strict=True))
    return (UNKNOWN,)


def _origin(name: str) -> str:
    if name.isdigit() or name in "@*":
        return "argument"
    return f"variable {name}"
