"""Follows the commands of a shell script in order, without running any: what each would do, and what is known then."""

from __future__ import annotations

from bisect import bisect_right

from gk_hooks.analyzers.commands import effects_of, program_name, programs
from gk_hooks.analyzers.context import Context, embed
from gk_hooks.analyzers.paths import writes
from gk_hooks.analyzers.shell import builtins
from gk_hooks.analyzers.shell.environment import Environment
from gk_hooks.analyzers.shell.expansion import Expander
from gk_hooks.analyzers.shell.output import printed, prints_files
from gk_hooks.analyzers.shell.overview import MAX_ARGUMENTS, Overview, mentions
from gk_hooks.analyzers.shell.syntax import Assignment, Item, Keyword, Operator, Redirect, Simple, Substitution
from gk_hooks.model.effects import Code, Connect, DynamicCode, Effect, Form, LoadNative, Site, excerpt
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import replace
from gk_hooks.model.values import UNKNOWN, Step, Text, concat

PRELOADS = frozenset({"LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES"})
INTERPRETERS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash", "python", "perl", "ruby", "node", "php"})
SOURCES = frozenset({".", "source"})
DESCRIPTOR = "/dev/fd/63"
"""What a process substitution expands to."""

MAX_SHOWN = 100
MAX_CALLS = 16
"""So many calls of a function are looked at for what its parameters may be."""


class Machine:
    """The state of following one script; effects gather in ``effects``."""

    def __init__(self, text: str, context: Context, seen: Overview) -> None:
        self.text = text
        self.context = context
        self.seen = seen
        self.newlines = [index for index, char in enumerate(text) if char == "\n"]
        self.effects: list[Effect] = []
        self.environment = Environment({name: (value,) for name, value in seen.constants.items()})
        self.expander = Expander(self.environment, self._substitute)
        self.aliases: dict[str, list[Text]] = {}
        self.processes: list[Text] = []
        self.pending_function = ""
        self.from_file = False
        self.bound: dict[str, list[Text]] = {}

    def run(self, items: list[Item]) -> Text:
        """Follows *items*; returns what they print."""
        printed_texts: list[Text] = []
        piped: Text | None = None
        out: Text | None = None
        maybe = False
        for item in items:
            self.context.budget.spend()
            if isinstance(item, Simple):
                out = self._simple(item, piped, maybe)
            elif isinstance(item, Operator):
                if item.text in ("|", "|&"):
                    piped, out = None if self.from_file else out or UNKNOWN, None
                    continue
                printed_texts += [out] if out is not None else []
                piped, out, maybe = None, None, item.text in ("&&", "||")
            else:
                self._keyword(item)
                self.from_file = False
                out = UNKNOWN if item.text in ("}", ")", "fi", "done", "esac") else None
                piped = piped if item.text in ("{", "(") else None
                maybe = False
        printed_texts += [out] if out is not None else []
        return printed_texts[0] if len(printed_texts) == 1 else UNKNOWN

    def site(self, start: int, end: int, callee: str) -> Site:
        """The place in the file of the offsets *start* to *end*."""
        line, column = self._position(start)
        end_line, end_column = self._position(end)
        return self.context.site(line, column, end_line, end_column, callee, self.text[start:end])

    def line(self, offset: int) -> int:
        """The 1-based line of *offset* in this text."""
        return self._position(offset)[0]

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.newlines, offset - 1)
        return line + 1, offset - (self.newlines[line - 1] + 1 if line else 0) + 1

    def _substitute(self, substitution: Substitution) -> Text:
        """Follows the commands of a substitution in a subshell; returns what they print."""
        processes, self.processes = self.processes, []
        self.environment.open("subshell")
        out = self.run(substitution.items)
        self.environment.close("subshell")
        self.processes = [*processes, out] if substitution.process == "<" else processes
        return out

    def _keyword(self, keyword: Keyword) -> None:
        environment, text = self.environment, keyword.text
        function, self.pending_function = self.pending_function, ""
        match text:
            case "if" | "case":
                for word in keyword.words or ():
                    self.expander.fields(word)
                environment.open(text)
            case "while" | "until":
                environment.open("loop")
            case "for":
                environment.open("loop")
                environment.set(keyword.name, (self._loop_value(keyword),))
            case "elif" | "branch":
                environment.branch()
            case "else":
                environment.branch(last=True)
            case "fi" | "esac":
                environment.close("if", "case")
            case "done":
                environment.close("loop")
            case "function":
                self.pending_function = keyword.name
            case "{" | "(":
                environment.open("function" if function else "group" if text == "{" else "subshell")
                self._bind_arguments(function)
            case "}" | ")":
                environment.close("function", "group" if text == "}" else "subshell")

    def _loop_value(self, keyword: Keyword) -> Text:
        """What the variable of a ``for`` may be: one of the words."""
        if keyword.words is None:
            return replace(UNKNOWN, origin="argument")
        fields = [field for word in keyword.words for field in self.expander.fields(word)]
        value = fields[0] if fields else Text.of("")
        for other in fields[1:]:
            value = value.join(other)
        has_pattern = any(set("*?") & set(option) for option in value.options)
        return replace(value, complete=False) if has_pattern else value

    def _bind_arguments(self, function: str) -> None:
        """Inside a function its parameters are what the calls in this script pass."""
        if not function:
            return
        if function not in self.bound:
            self.bound[function] = self._passed(function)
        for index, value in enumerate(self.bound[function], start=1):
            self.environment.set(str(index), (value,), local=True)
        self.environment.set("@", (replace(UNKNOWN, origin="argument"),), local=True)
        self.environment.set("*", (replace(UNKNOWN, origin="argument"),), local=True)

    def _passed(self, function: str) -> list[Text]:
        """What the calls of a function pass as its first parameters."""
        calls = self.seen.calls.get(function, ())
        if any(mentions(words, "@") or mentions(words, "*") for _, words in calls):
            calls = ()
        values: list[Text] = []
        for offset, words in calls[:MAX_CALLS]:
            fields = [field for word in words for field in self.expander.fields(word)]
            fields += [Text.of("")] * (MAX_ARGUMENTS - len(fields))
            for index, value in enumerate(fields[:MAX_ARGUMENTS]):
                if not value.is_unknown and value.options[0]:
                    fields[index] = value.through(Step(self.line(offset), f"{function} {value.shown()}"[:MAX_SHOWN]))
            values = [one.join(other) for one, other in zip(values, fields, strict=False)] or fields[:MAX_ARGUMENTS]
        if not calls or len(calls) > MAX_CALLS:
            values = [value.join(UNKNOWN) for value in values] or [UNKNOWN] * MAX_ARGUMENTS
        return [replace(UNKNOWN, origin="argument") if value.is_unknown else value for value in values]

    def _simple(self, command: Simple, piped: Text | None, maybe: bool) -> Text:
        self.pending_function, self.from_file = "", False
        self.processes = []
        argv = self._argv(command)
        name = program_name(argv[0].options[0]) if argv else ""
        declares = bool(command.words) and name in builtins.DECLARES
        site = self.site(command.start, command.end, name if argv and argv[0].only else self._callee(command))
        for assignment in command.assignments:
            self._assign(assignment, site, keeps=declares or not argv, maybe=maybe, local=declares and name != "export")
        stdin, line = piped, None
        for redirect in command.redirects:
            stdin, line = self._redirect(redirect, site, stdin, line)
        if not argv:
            return Text.of("")
        if argv[0].only in self.seen.functions:
            return UNKNOWN
        builtins.update(self.environment, name, argv[1:], self.aliases)
        self._execute(name, argv, site, stdin, line)
        self.from_file = prints_files(name, argv[1:])
        return printed(name, argv[1:], stdin)

    def _callee(self, command: Simple) -> str:
        if not command.words:
            return command.assignments[0].name if command.assignments else command.redirects[0].operator
        return excerpt(self.text[command.words[0].start : command.words[0].end])[:MAX_SHOWN]

    def _argv(self, command: Simple) -> list[Text]:
        argv: list[Text] = []
        for word in command.words:
            argv += self.expander.fields(word)
        alias = self.aliases.get(command.words[0].plain) if command.words else None
        return [*alias, *argv[1:]] if alias else argv

    def _execute(self, name: str, argv: list[Text], site: Site, stdin: Text | None, line: int | None) -> None:
        if self.processes and name in SOURCES:
            self.effects.append(DynamicCode(site, Code.TEXT, self.processes[0]))
            self.effects += embed(Kind.SHELL, self.processes[0], site, name, self.context, self.context.via)
            return
        if self.processes and not INTERPRETERS.isdisjoint(programs(argv)):
            stdin, line = self.processes[0], None
            argv = [word for word in argv if word.only != DESCRIPTOR]
        if name == "xargs" and stdin is not None and stdin.only:
            argv = [*argv, *(replace(stdin, options=(piece,)) for piece in stdin.only.split()[:100])]
        found = effects_of(argv, site, self.context, via=self.context.via, stdin=stdin, stdin_line=line)
        if name in builtins.NO_PROGRAM:
            next(found)
        self.effects += found

    def _assign(self, assignment: Assignment, site: Site, *, keeps: bool, maybe: bool, local: bool) -> None:
        """Evaluates an assignment, and *keeps* it unless it is only for one command."""
        values: list[Text] = []
        for word in assignment.words:
            values += self.expander.fields(word) if assignment.array else [self.expander.text(word)]
        if assignment.name in PRELOADS and values and values[0].options != ("",):
            self.effects.append(LoadNative(replace(site, callee=assignment.name), values[0]))
        if not keeps:
            return
        if assignment.indexed:
            values = [UNKNOWN]
        elif assignment.append:
            before = self.environment.get(assignment.name)
            if self.environment.in_loop:
                values = [UNKNOWN]
            elif assignment.array:
                values = [*before, *values]
            else:
                values = [concat((before[0] if before else Text.of(""), *values[:1]))]
        elif self.environment.in_loop and mentions(assignment.words, assignment.name):
            values = [UNKNOWN]
        step = self._step(assignment, values)
        traced = tuple(value if value.is_unknown else value.through(step) for value in values)
        self.environment.set(assignment.name, traced, maybe=maybe, local=local)

    def _step(self, assignment: Assignment, values: list[Text]) -> Step:
        shown = values[0].shown() if len(values) == 1 else "(…)"
        return Step(self._outer_line(assignment.start), excerpt(f'{assignment.name} = "{shown}"')[:MAX_SHOWN])

    def _outer_line(self, offset: int) -> int:
        return self.site(offset, offset, "").line

    def _redirect(
        self, redirect: Redirect, site: Site, stdin: Text | None, line: int | None
    ) -> tuple[Text | None, int | None]:
        """What a redirection writes or connects to; returns the command's input after it."""
        operator = redirect.operator
        if redirect.heredoc:
            first = self.line(redirect.word.start)
            known = self.context.at is None or self.context.first_line is not None
            return self.expander.text(redirect.word), self.context.outer_line(first) if known else None
        if operator == "<<<":
            return self.expander.text(redirect.word), None
        target = self.expander.text(redirect.word)
        if target.options[0].startswith(("/dev/tcp/", "/dev/udp/")):
            host = target.map(lambda option: option.split("/")[3] if option.count("/") > 2 else option)
            self.effects.append(Connect(site, host, Form.HOST, target.options[0].split("/")[2]))
        elif (operator in (">&", "<&") and (target.only or "x").rstrip("-").isdigit()) or target.only == "-":
            return stdin, line
        elif operator != "<" and operator != "<&":
            self.effects += writes(site, target, "append" if operator.endswith(">>") else "write")
        if operator in ("<", "<>"):
            return (self.processes[-1] if target.only == DESCRIPTOR and self.processes else None), None
        return stdin, line
