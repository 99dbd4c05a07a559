"""Parameters, attributes, and what stands between braces."""

from __future__ import annotations

from gk_hooks.analyzers.context import Budget
from gk_hooks.analyzers.powershell.expressions import TYPE_NAME
from gk_hooks.analyzers.powershell.pipelines import PipelineParser
from gk_hooks.analyzers.powershell.tree import Body, ParameterDefinition, ScriptBlock
from gk_hooks.model.regex import regex

_ATTRIBUTE_NAME = regex(r"\[\s*[\w.]+\s*")


class BodyParser(PipelineParser):
    """Parses parameters and bodies; statements are the business of the class below it."""

    def __init__(self, text: str, budget: Budget) -> None:
        super().__init__(text, budget)
        self.parameters: list[list[ParameterDefinition]] = [[]]

    def annotation(self) -> str:
        """Skips ``[type]`` or ``[Attribute(…)]``; returns what was between the brackets."""
        start = self.position
        named = self.match(TYPE_NAME)
        if named:
            return "".join(named[1].lower().split())
        found = _ATTRIBUTE_NAME.match(self.text, self.position)
        self.position = found.end() if found else self.position + 1
        if self.peek() == "(":
            self.position += 1
            self.arguments("attribute", start)
            self.newlines()
            self.take("]")
        return self.text[start : self.position].strip("[] \t\r\n").lower()

    def param_block(self) -> None:
        self.newlines()
        self.parameters[-1] += self.parameter_list()

    def parameter_list(self) -> list[ParameterDefinition]:
        opening, found = self.position, list[ParameterDefinition]()
        switch, declared = False, ""
        if not self.take("("):
            return found
        with self.nested():
            while True:
                self.newlines()
                if self.take(")"):
                    return found
                if not self.peek():
                    self.unterminated("parameter list", opening)
                    return found
                variable = self.variable()
                if variable:
                    self.newlines()
                    default = None
                    if self.take("="):
                        self.newlines()
                        default = self.expression(commas=False)
                    found.append(ParameterDefinition(variable.name, default, switch, declared))
                    switch, declared = False, ""
                elif self.peek() == "[":
                    kind = self.annotation()
                    declared = kind
                    switch = switch or kind in ("switch", "switchparameter", "management.automation.switchparameter")
                elif not self.take(","):
                    self.unexpected()

    def body(self, what: str) -> Body:
        """``{ … }`` that belongs to a statement."""
        self.newlines()
        start = self.position
        if not self.take("{"):
            return Body(start, start, [], [])
        self.parameters.append([])
        with self.nested():
            statements = self.statements("}")
        if not self.take("}"):
            self.unterminated(what, start)
        return Body(start, self.position, self.parameters.pop(), statements)

    def block(self, what: str = "script block") -> ScriptBlock:
        start = self.position
        body = self.body(what)
        return ScriptBlock(start, self.position, body)
