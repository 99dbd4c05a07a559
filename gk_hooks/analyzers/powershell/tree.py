"""The syntax tree of a PowerShell script, as far as effects need it. Positions are character offsets."""

from __future__ import annotations

from gk_hooks.model.records import dataclass, field


@dataclass(slots=True)
class Node:
    """Stands in the text from *start* up to *end*."""

    start: int
    end: int


@dataclass(slots=True)
class Literal(Node):
    """A constant string. *disguise* says how a bare word hid what it is ("backticks", "string pieces")."""

    value: str
    bare: bool = False
    disguise: str = ""


@dataclass(slots=True)
class Number(Node):
    """A number; None when it is no integer."""

    value: int | None


@dataclass(slots=True)
class Numbers(Node):
    """A long list of integers, kept as one node."""

    values: tuple[int, ...]


@dataclass(slots=True)
class Expand(Node):
    """A string or bare word with expressions inside."""

    parts: list[str | Node]
    bare: bool = False


@dataclass(slots=True)
class Variable(Node):
    """``$name`` or ``@name``; the name in lower case, with its scope or drive (``env:temp``)."""

    name: str
    splat: bool = False


@dataclass(slots=True)
class Group(Node):
    """``(…)``, ``$(…)`` or ``@(…)``; *kind* is the opening bracket."""

    kind: str
    statements: list[Node]


@dataclass(slots=True)
class HashTable(Node):
    """``@{ key = value }``."""

    pairs: list[tuple[Node, Node]]


@dataclass(slots=True)
class TypeName(Node):
    """``[Net.WebClient]``, without brackets, in lower case."""

    name: str


@dataclass(slots=True)
class Cast(Node):
    """``[type] operand``."""

    type: str
    operand: Node


@dataclass(slots=True)
class Chain(Node):
    """Operands joined by binary operators of one precedence, from left to right."""

    first: Node
    rest: list[tuple[str, Node]]


@dataclass(slots=True)
class Unary(Node):
    """Prefix operators, outermost first."""

    operators: list[str]
    operand: Node


@dataclass(slots=True)
class Listing(Node):
    """``a, b, c``."""

    items: list[Node]


@dataclass(slots=True)
class Member:
    """``.Name``, ``::Name`` or, with *arguments*, a method call. *name* is an expression when it is computed."""

    name: str | Node
    static: bool
    arguments: list[Node] | None
    end: int


@dataclass(slots=True)
class Index:
    """``[key]``."""

    key: Node
    end: int


@dataclass(slots=True)
class Access(Node):
    """A value and what is taken from it, from left to right."""

    target: Node
    steps: list[Member | Index]


@dataclass(slots=True)
class Choice(Node):
    """``condition ? yes : no`` and ``left ?? right``."""

    condition: Node
    options: list[Node]


@dataclass(slots=True)
class Parameter(Node):
    """``-Name`` or ``-Name:value`` on a command line."""

    name: str
    value: Node | None = None


@dataclass(slots=True)
class Redirection(Node):
    """``> path``; *target* is None when it goes to another stream."""

    target: Node | None


@dataclass(slots=True)
class Command(Node):
    """A command line: *operator* is ``&``, ``.`` or nothing."""

    operator: str
    name: Node
    elements: list[Node]
    redirections: list[Redirection] = field(default_factory=list)


@dataclass(slots=True)
class Value(Node):
    """An expression that stands as an element of a pipeline."""

    expression: Node
    redirections: list[Redirection] = field(default_factory=list)


@dataclass(slots=True)
class Pipeline(Node):
    """Elements joined by ``|``."""

    elements: list[Command | Value]


@dataclass(slots=True)
class Assign(Node):
    """``targets operator value``."""

    target: Node
    operator: str
    value: Node


@dataclass(slots=True)
class ParameterDefinition:
    """A parameter of a function, a script block or the script; ``switch`` parameters take no value. type: in lower
    case, "" where none is declared."""

    name: str
    default: Node | None
    switch: bool = False
    type: str = ""


@dataclass(slots=True)
class Body(Node):
    """What stands between braces: parameters and statements."""

    parameters: list[ParameterDefinition]
    statements: list[Node]


@dataclass(slots=True)
class ScriptBlock(Node):
    """``{ … }`` as a value."""

    body: Body


@dataclass(slots=True)
class Function(Node):
    """A function, filter or method."""

    name: str
    body: Body


@dataclass(slots=True)
class Branches(Node):
    """Bodies of which one runs: if, switch, try. *subjects* run first; *exhaustive* when one body runs for sure."""

    subjects: list[Node]
    bodies: list[Body]
    exhaustive: bool
    after: Body | None = None


@dataclass(slots=True)
class Loop(Node):
    """for, foreach, while, do. foreach has a *variable* and a *source*; *heads* are the other parts."""

    body: Body
    heads: list[Node]
    variable: str = ""
    source: Node | None = None


@dataclass(slots=True)
class Leave(Node):
    """return, throw, exit, break, continue."""

    keyword: str
    value: Node | None
