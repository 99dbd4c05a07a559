"""What words expand to: parameters with their operators, command substitutions, field splitting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from gk_hooks.analyzers.shell.environment import Environment
from gk_hooks.analyzers.shell.syntax import Literal, Substitution, Unknown, Variable, Word
from gk_hooks.model.records import replace
from gk_hooks.model.values import HOLE, MAX_OPTIONS, UNKNOWN, Text, concat

Output = Callable[[Substitution], Text]
"""Runs the commands of a substitution and says what they print."""

_GLOB = frozenset("*?[")


class Expander:
    """Expands words in an environment."""

    def __init__(self, environment: Environment, output: Output) -> None:
        self.environment = environment
        self.output = output

    def text(self, word: Word) -> Text:
        """The word as one string, as in an assignment or a here-document."""
        return _glued([value for part in word.parts for value in self._values(part)[:1]])

    def fields(self, word: Word) -> list[Text]:
        """The arguments that the word makes: unquoted expansions split at blanks, ``"${array[@]}"`` is its elements."""
        done: list[Text] = []
        current: list[Text] = []
        for part in word.parts:
            values = self._values(part)
            quoted = isinstance(part, Literal) or (isinstance(part, Variable | Substitution) and part.quoted)
            if not quoted:
                values = [piece for value in values for piece in _split(value)]
            for index, value in enumerate(values):
                if (index or value is _BREAK) and current:
                    done.append(_glued(current))
                    current = []
                if value is not _BREAK:
                    current.append(value)
        return [*done, _glued(current)] if current else done

    def _values(self, part: object) -> Sequence[Text]:
        match part:
            case Literal(text=text):
                return (Text.template(text),)  # code inside code keeps the holes of its text
            case Variable():
                return self._variable(part)
            case Substitution(process=""):
                return (_without_end(self.output(part)),)
            case Substitution():
                return (replace(self.output(part), options=("/dev/fd/63",), complete=True),)
            case Unknown(inner=inner):
                for one in inner:
                    self._values(one)
        return (Text.template(HOLE),)

    def _variable(self, variable: Variable) -> Sequence[Text]:
        values = self.environment.get(variable.name)
        if variable.operator == "!":
            pointed = values[0].only
            return self.environment.get(pointed) if pointed else (UNKNOWN,)
        if variable.index not in ("", "@", "*"):
            known = variable.index.isdigit() and int(variable.index) < len(values)
            values = (values[int(variable.index)],) if known else (UNKNOWN,)
        elif not variable.index and variable.name not in "@*":
            values = values[:1] or (Text.of(""),)
        if variable.operator and variable.argument is not None:
            values = tuple(self._operated(value, variable) for value in values)
        if variable.index == "*" and variable.quoted and len(values) > 1:
            values = (concat(text for value in values for text in (value, Text.of(" "))),)
        return values

    def _operated(self, value: Text, variable: Variable) -> Text:
        assert variable.argument is not None
        argument = self.text(variable.argument)
        name, operator = variable.name, variable.operator
        match operator.lstrip(":"):
            case "-" | "=":
                return self._default(value, argument, name)
            case "+":
                return argument if self.environment.is_set(name) else argument.join(Text.of(""))
            case "?":
                return value
        return _cut(value, operator, argument.only)

    def _default(self, value: Text, default: Text, name: str) -> Text:
        """What nobody here has set comes from the caller, so its default proves nothing."""
        if not self.environment.is_set(name):
            return replace(UNKNOWN, origin=f"variable {name}, by default {default.shown()}"[:200])
        if "" not in value.options:
            return value
        rest = tuple(option for option in value.options if option)
        return replace(value, options=rest, complete=value.complete).join(default) if rest else default


def _glued(values: list[Text]) -> Text:
    """The values end to end; next to other text, any other value that one may have is a hole."""
    if len(values) < 2:
        return values[0] if values else Text.of("")
    values = [value if value.complete else replace(value.join(_HOLE), complete=True) for value in values]
    if prod(len(value.options) for value in values) > MAX_OPTIONS:
        values = [value if len(value.options) == 1 else replace(value, options=(HOLE,)) for value in values]
    return concat(values)


_HOLE = Text.template(HOLE)
_BREAK = Text(("",), complete=True)


def _split(value: Text) -> list[Text]:
    """The fields of an unquoted expansion, with _BREAK where it begins or ends with blanks."""
    text = value.only
    if text is None:
        return [value]
    if not text.strip():
        return [_BREAK] if text else []
    pieces = [replace(value, options=(piece,)) for piece in text.split()]
    before = [_BREAK] if text[0].isspace() else []
    return [*before, *pieces, *([_BREAK] if text[-1].isspace() else [])]


def _without_end(text: Text) -> Text:
    return text.map(lambda option: option.rstrip("\n"))


def _cut(value: Text, operator: str, argument: str | None) -> Text:
    """``${v#a}``, ``${v%a}``, ``${v/a/b}``, ``${v:1:2}``, ``${v^^}`` on constants and without patterns."""
    if value.complete and all(HOLE not in option for option in value.options):
        if operator in ("^^", ",,") and not argument:
            return value.map(str.upper if operator == "^^" else str.lower)
        if argument is not None and operator == ":":
            start, _, length = argument.strip().partition(":")
            if start.isdigit() and (length.isdigit() or not length):
                end = int(start) + int(length) if length else None
                return value.map(lambda option: option[int(start) : end])
        if argument is not None and not _GLOB & set(argument):
            if operator in ("#", "##"):
                return value.map(lambda option: option.removeprefix(argument))
            if operator in ("%", "%%"):
                return value.map(lambda option: option.removesuffix(argument))
            old, _, new = argument.partition("/")
            if operator in ("/", "//") and old:
                return value.map(lambda option: option.replace(old, new, 1 if operator == "/" else -1))
    return replace(UNKNOWN, trail=value.trail, decoded=value.decoded, origin=value.origin)
