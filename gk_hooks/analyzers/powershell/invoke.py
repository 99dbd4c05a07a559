"""Runs command lines: finds out what a name stands for, binds the parameters, and hands over to the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import ClassVar

from gk_hooks.analyzers.context import Context
from gk_hooks.analyzers.powershell import tree
from gk_hooks.analyzers.powershell.actions import Action, is_registry, texts
from gk_hooks.analyzers.powershell.evaluator import Evaluator
from gk_hooks.analyzers.powershell.scanner import Scanner
from gk_hooks.analyzers.powershell.signatures import ALIASES, ANY, SIGNATURES, Signature, signature
from gk_hooks.analyzers.powershell.values import (
    NULL,
    Block,
    Integer,
    Items,
    Null,
    Object,
    Table,
    Value,
    list_of,
    opened,
    text_of,
    unknown_from,
)
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HERE, HOLE, UNKNOWN, Text, concat

_VERB_NOUN = regex(
    r"(?:add|approve|assert|backup|block|build|checkpoint|clear|close|compare|complete|compress|confirm|connect|convert"
    r"|convertfrom|convertto|copy|debug|deny|deploy|disable|disconnect|dismount|edit|enable|enter|exit|expand|export"
    r"|find|format|get|grant|group|hide|import|initialize|install|invoke|join|limit|lock|measure|merge|mount|move|new"
    r"|open|optimize|out|ping|pop|protect|publish|push|read|receive|redo|register|remove|rename|repair|request|reset"
    r"|resize|resolve|restart|restore|resume|revoke|save|search|select|send|set|show|skip|split|start|step|stop|submit"
    r"|suspend|switch|sync|tee|test|trace|unblock|undo|uninstall|unlock|unprotect|unpublish|unregister|update|use|wait"
    r"|watch|where|write|sort|foreach)-[a-z][\w-]*\Z"
)
_FUNCTION = regex(r"[A-Z][A-Za-z]*-[A-Z]\w*\Z")
"""What is spelled like a function is one of some module's; programs are not spelled so."""
_QUALIFIED = regex(r"[\w.]+\\([\w-]+)\Z")
_SLASHES = "\\/"
_PATH_SIGN = regex(r"[\\/:]")
_SC_VERBS = frozenset(
    "create config delete start stop failure sdset query qc qfailure description pause continue triggerinfo privs "
    "sidtype queryex sdshow qdescription enumdepend getdisplayname getkeyname control lock".split()
)


class Bound(Action):
    """A cmdlet's call: *parameters* by name, what else stands there, what is piped in. *open*: there may be more."""

    def __init__(self, machine: Runner, node: tree.Command, name: str, disguise: tuple[str, ...]) -> None:
        super().__init__(machine, node, name, disguise)
        self.runner = machine
        self.parameters: dict[str, Value] = {}
        self.rest: list[Value] = []
        self.piped: Value | None = None
        self.open = False

    def value(self, *names: str) -> Value | None:
        """The first of the parameters *names* that is given."""
        for name in names:
            found = self.parameters.get(name)
            if found is not None:
                return found
        return None

    def text(self, *names: str) -> Text:
        """A parameter as a text; UNKNOWN when it is not given."""
        value = self.value(*names)
        return text_of(value) if value is not None else UNKNOWN

    def has(self, *names: str) -> bool:
        """Whether one of the parameters is given."""
        return self.value(*names) is not None

    def located(self, path: Text) -> Text:
        """*path* as a full one, where the current location or a drive lies in the registry."""
        return path.map(self._located)

    def _located(self, option: str) -> str:
        drive, colon, rest = option.partition(":")
        root = self.runner.drives.get(drive.lower()) if colon else None
        if root is not None:
            return f"Registry::{root.only}\\{rest.lstrip(_SLASHES)}"
        here = self.runner.location.only
        if colon or here is None or not is_registry(here) or option.startswith(("\\", "%", HERE)):
            return option
        return here.rstrip(_SLASHES) + "\\" + option.removeprefix(".").lstrip(_SLASHES)

    def paths(self, *names: str) -> list[Text]:
        """The paths that parameters name, or the pipeline, or an unknown one."""
        value = self.value(*names)
        if value is None:
            value = self.piped if self.piped is not None and not isinstance(self.piped, Null) else UNKNOWN
        return list(texts(value))


Handler = Callable[[Bound], "Value | None"]


class Runner(Evaluator):
    """Machine with commands. *catalogue* maps a cmdlet's name to its handler."""

    catalogue: ClassVar[dict[str, Handler]] = {}
    spellings: ClassVar[dict[str, str]] = {}

    def __init__(self, source: Scanner, context: Context) -> None:
        super().__init__(source, context)
        self.location = UNKNOWN
        self.drives: dict[str, Text] = {}

    def run_command(self, command: tree.Command, piped: Value | None) -> Value:
        value = self.evaluate(command.name)
        if isinstance(value, Block):
            bound = self.bind(command, "", _signature_of(value), piped, ())
            subject = piped if piped is not None else UNKNOWN
            return self.run_block(value, bound.parameters, subject)
        if isinstance(value, Object) and value.type == "scriptblock":
            self._arguments(command)
            return UNKNOWN
        name = text_of(value)
        constant = name.only
        if constant is None or not constant.strip():
            return self._unknown_command(command, name, piped)
        disguise = name.decoded if not _PATH_SIGN.search(constant) else ()
        return self._named(command, constant.strip(), name, disguise, piped)

    def _named(
        self, command: tree.Command, name: str, text: Text, disguise: tuple[str, ...], piped: Value | None
    ) -> Value:
        short = name.lower()
        qualified = _QUALIFIED.match(short)
        if qualified and (qualified[1] in self.catalogue or qualified[1] in SIGNATURES):
            short = qualified[1]
        for _ in range(4):
            if short in self.functions:
                return self._function_call(command, self.functions[short], piped)
            target = self.aliases.get(short) or ALIASES.get(short)
            if target is None or self._is_native(short, command):
                break
            short = target
        if short in self.functions:
            return self._function_call(command, self.functions[short], piped)
        if short in self.catalogue or short in SIGNATURES or _VERB_NOUN.match(short) or _FUNCTION.match(name):
            if isinstance(command.name, tree.Variable) and not disguise:
                disguise = ("a name in a variable",)
            callee = self.spellings.get(short, name)
            return self._cmdlet(command, short, callee, disguise, piped)
        if command.operator == "." and (_PATH_SIGN.search(name) or name.lower().endswith(".ps1")):
            Action(self, command, "dot-sourcing", disguise).module(text)
            self._arguments(command)
            return UNKNOWN
        return self._native(command, text, disguise, piped)

    def _is_native(self, name: str, command: tree.Command) -> bool:
        """Whether a name that old versions alias is meant as the program: ``sc create``, ``curl -sL``."""
        first = command.elements[0] if command.elements else None
        if name == "sc":
            return isinstance(first, tree.Literal) and (first.value.lower() in _SC_VERBS or first.value[:2] == "\\\\")
        if name in ("curl", "wget"):
            known = SIGNATURES["invoke-webrequest"]
            for element in command.elements:
                if isinstance(element, tree.Parameter):
                    written = element.name.lower()
                    if len(written) < 2 or not any(spelling.startswith(written) for spelling in known.names):
                        return True
                elif isinstance(element, tree.Literal) and element.bare and element.value.startswith("-"):
                    return True
        return False

    # -- kinds of commands

    def _cmdlet(
        self, command: tree.Command, name: str, callee: str, disguise: tuple[str, ...], piped: Value | None
    ) -> Value:
        bound = self.bind(command, callee, SIGNATURES.get(name, ANY), piped, disguise)
        handler = self.catalogue.get(name)
        result = handler(bound) if handler else None
        everything = [*bound.parameters.values(), *bound.rest]
        for value in everything:
            for item in list_of(value) if isinstance(value, Items) else (value,):
                if isinstance(item, Block) and not item.ran:
                    self.run_block(item, {}, UNKNOWN)
        return result if result is not None else unknown_from(*everything, *([piped] if piped is not None else []))

    def _function_call(self, command: tree.Command, block: Block, piped: Value | None) -> Value:
        bound = self.bind(command, block.name, _signature_of(block), None, ())
        arguments = dict(bound.parameters)
        if piped is not None:
            free = [p.name for p in block.body.parameters if p.name not in arguments and not p.switch]
            arguments.update({free[0]: piped} if free else {})
        if bound.open:
            for parameter in block.body.parameters:
                arguments.setdefault(parameter.name, UNKNOWN)
        arguments["args"] = Items(tuple(bound.rest), complete=not bound.open)
        for value in arguments.values():
            if isinstance(value, Block) and not value.ran:
                self.run_block(value, {}, UNKNOWN)
        return self.call_function(block, arguments)

    def _unknown_command(self, command: tree.Command, name: Text, piped: Value | None) -> Value:
        if command.operator == ".":
            Action(self, command, "dot-sourcing").module(name)
            self._arguments(command)
            return UNKNOWN
        for option in name.constants:
            if option.strip().lower() in ("iex", "invoke-expression"):
                return self._named(command, option, name, name.decoded, piped)
        return self._native(command, name, (), piped)

    def _native(self, command: tree.Command, name: Text, disguise: tuple[str, ...], piped: Value | None) -> Value:
        words, open_ended = self._words(command)
        program = name.only or name.options[0]
        action = Action(self, command, program.replace(HOLE, "{…}"), disguise)
        stdin = None
        if piped is not None and not isinstance(piped, Null):
            stdin = text_of(piped)
        action.execute([name, *words], self.context.via, open_ended, stdin)
        return Text((HOLE,), complete=True, origin="a command's output")

    # -- arguments

    def _arguments(self, command: tree.Command) -> list[Value]:
        return [
            self.evaluate(element) if not isinstance(element, tree.Parameter) else NULL for element in command.elements
        ]

    def _words(self, command: tree.Command) -> tuple[list[Text], bool]:
        """The arguments as a program gets them, and whether there may be more."""
        words: list[Text] = []
        open_ended = False
        for element in command.elements:
            if isinstance(element, tree.Parameter):
                written = Text.of(self.source.text[element.start] + element.name)
                if element.value is not None:
                    attached = opened(text_of(self.evaluate(element.value)))
                    written = concat((written, Text.of(":"), attached))
                words.append(written)
                continue
            value = self.evaluate(element)
            if isinstance(value, Block):
                self.run_block(value, {}, UNKNOWN)
                open_ended = True
            elif isinstance(element, tree.Listing) and self._is_one_word(element):
                words.append(Text.of(self.source.text[element.start : element.end]))
            elif isinstance(value, Items):
                words += texts(value) if value.items else []
                open_ended = open_ended or not value.complete
            elif isinstance(element, tree.Variable) and element.splat:
                open_ended = True
            elif not isinstance(value, Null):
                words.append(text_of(value))
        return words, open_ended

    def _is_one_word(self, node: tree.Listing) -> bool:
        bare = all(isinstance(item, tree.Literal) and item.bare for item in node.items)
        return bare and not any(char.isspace() for char in self.source.text[node.start : node.end])

    def bind(
        self, command: tree.Command, callee: str, known: Signature, piped: Value | None, disguise: tuple[str, ...]
    ) -> Bound:
        """The call's parameters by name; what is left over goes to the free positions in order."""
        bound = Bound(self, command, callee, disguise)
        bound.piped = piped
        elements, at = command.elements, 0
        while at < len(elements):
            element = elements[at]
            at += 1
            if isinstance(element, tree.Parameter):
                name, switch = known.resolve(element.name)
                value: Value = Integer(1)
                if element.value is not None:
                    value = self.evaluate(element.value)
                elif not switch and at < len(elements) and not isinstance(elements[at], tree.Parameter):
                    value = self.evaluate(elements[at])
                    at += 1
                bound.parameters[name] = value
            elif isinstance(element, tree.Variable) and element.splat:
                self._splat(bound, known, self.scopes.get(element.name))
            else:
                bound.rest.append(self.evaluate(element))
        for name in known.positional:
            if name not in bound.parameters and bound.rest:
                bound.parameters[name] = bound.rest.pop(0)
        return bound

    def _splat(self, bound: Bound, known: Signature, value: Value) -> None:
        if isinstance(value, Table):
            for name, entry in value.entries.items():
                bound.parameters.setdefault(known.resolve(name)[0], entry)
            bound.open = bound.open or not value.complete
        elif isinstance(value, Items):
            bound.rest += value.items
            bound.open = bound.open or not value.complete
        else:
            bound.open = True

    def redirect(self, redirections: list[tree.Redirection]) -> None:
        for redirection in redirections:
            if redirection.target is not None:
                path = self.evaluate(redirection.target)
                if not isinstance(path, Null):
                    for text in texts(path):
                        Action(self, redirection, ">").write(text)


def _signature_of(block: Block) -> Signature:
    parameters = block.body.parameters
    switches = tuple(parameter.name for parameter in parameters if parameter.switch)
    return _signature(tuple(parameter.name for parameter in parameters if not parameter.switch), (), switches)


_signature = lru_cache(maxsize=512)(signature)
