"""One call of an API, as the sinks see it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gk_hooks.analyzers.python.api import Arg
from gk_hooks.analyzers.python.values import Arguments, Ref, Value
from gk_hooks.model.effects import Site

if TYPE_CHECKING:
    from gk_hooks.analyzers.python.machine import Machine


class Call:
    """One call: the API's full name, the arguments, the receiver (what the API is an attribute of) and the node.

    by_shape: the receiver is not known, so the arguments have to tell what this is.
    """

    def __init__(self, run: Machine, path: str, arguments: Arguments, node: ast.expr, receiver: Value | None) -> None:
        self.run = run
        self.path = path
        self.arguments = arguments
        self.node = node
        self.receiver = receiver
        self.by_shape = path.startswith("?")
        self.guess = self.by_shape or (isinstance(receiver, Ref) and receiver.guess)

    def get(self, argument: Arg | None) -> Value | None:
        """The value of *argument*; a negative position counts from the end."""
        if argument is None:
            return None
        if argument.position is not None and argument.position < 0:
            found = self.arguments.positional
            return found[argument.position] if len(found) >= -argument.position else None
        return self.arguments.get(argument.position, *argument.names)

    def node_of(self, argument: Arg) -> ast.expr | None:
        """The expression that stands for *argument*, where it stands there itself."""
        if not isinstance(self.node, ast.Call):
            return None
        named = next((keyword.value for keyword in self.node.keywords if keyword.arg in argument.names), None)
        if named is None and argument.position is not None and argument.position < len(self.node.args):
            return self.node.args[argument.position]
        return named

    @property
    def site(self) -> Site:
        """Where the call stands."""
        return self.site_of(self.guess)

    def site_of(self, guess: bool) -> Site:
        """Where the call stands; *guess*: only its shape tells what it is."""
        callee = self.path.replace("()", "").removeprefix("builtins.")
        if self.by_shape:
            function = self.node.func if isinstance(self.node, ast.Call) else self.node
            callee = " ".join(self.run.source.segment(function)[-60:].split()) or callee[2:]
        return self.run.source.site(self.node, callee, guess)
