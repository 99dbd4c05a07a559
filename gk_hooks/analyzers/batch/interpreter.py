"""What each statement of a batch file does: its variables, its redirections, and the commands that it runs."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator

from gk_hooks.analyzers import commands
from gk_hooks.analyzers.batch.disguise import disguise, program_of
from gk_hooks.analyzers.batch.scripts import Dropped
from gk_hooks.analyzers.batch.statements import Role, Statement, statements
from gk_hooks.analyzers.batch.variables import Expansion, Variables
from gk_hooks.analyzers.batch.words import MARKS, Line, Word, bare, lex
from gk_hooks.analyzers.commands.windows import fetched
from gk_hooks.analyzers.context import Context, embed
from gk_hooks.analyzers.paths import writes
from gk_hooks.model.effects import Effect, Site
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import dataclass, field, replace
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE, UNKNOWN, Text, concat

MAX_NESTED = 4
DEVICES = frozenset("nul con prn aux conin$ conout$ nul: con: prn: lpt1 com1 &1 &2".split())
SILENT = frozenset(
    "goto exit setlocal endlocal shift pause title color cls prompt ver vol verify break popd echo set".split()
)
"""Commands of the language itself, which run nothing."""
UNESCAPED = frozenset(
    "copy xcopy move ren del erase md mkdir rd rmdir cd chdir pushd type robocopy dir echo set if".split()
)
"""Commands in whose arguments ``\\"`` ends a path, as cmd itself reads it."""

_BUILTIN = regex(r"(echo|cd|chdir|md|mkdir|rd|rmdir|type|dir|del|call|set|copy|start|title|exit)[.(:+\[\]\\/]", re.I)
_SPECIAL = regex(r"[&|\n]|^\s*@?(?:if|for|rem)\b", re.IGNORECASE)
_CALLED = regex(r"\bcall\s+:([\w.-]{1,64})", re.IGNORECASE)
_UNESCAPE = regex(r"\^([|&<>()=,;\"])")


@dataclass(slots=True)
class Interpreter:
    """The state of one run over one text. *fixed*: where everything stands, for a text that is no slice of the file."""

    text: str
    context: Context
    variables: Variables = field(default_factory=Variables)
    dropped: Dropped = field(default_factory=Dropped)
    fixed: tuple[int, int] | None = None
    nested: int = 0
    lines: list[int] = field(default_factory=list)
    expected: dict[str, int] = field(default_factory=dict)
    called: dict[str, list[list[Text]]] = field(default_factory=dict)
    ended: bool = False
    """Whether the statement before leaves the place (goto, exit)."""
    fed: Text | None = None
    """What the statement before printed, where that is known."""

    def run(self) -> Iterator[Effect]:
        """The effects of the whole text."""
        self.lines = [0, *(match.end() for match in re.finditer("\n", self.text))]
        for match in _CALLED.finditer(self.text):
            self.expected[match[1].lower()] = self.expected.get(match[1].lower(), 0) + 1
        yield from self._run(self.text, None)
        yield from self.dropped.unused(self.context)

    def _run(self, text: str, fixed: tuple[int, int] | None) -> Iterator[Effect]:
        outer, self.fixed = self.fixed, fixed if self.fixed is None else self.fixed
        for statement in statements(text, self.context.budget):
            source = text[statement.start : statement.end]
            if statement.role is Role.LABEL:
                self._label(source)
            elif self.ended and self.nested == 0:
                continue  # nothing reaches what stands between an exit and the next label
            elif statement.role is Role.LOOP:
                yield from self._loop(statement, source)
            else:
                yield from self._command(statement, source)
        self.fixed = outer

    def _again(self, text: str, statement: Statement) -> Iterator[Effect]:
        """Reads a text that came out of the statement as statements of its own."""
        if self.nested < MAX_NESTED:
            self.nested += 1
            yield from self._run(text, (statement.start, statement.end))
            self.nested -= 1

    def _site(self, statement: Statement, callee: str, source: str) -> Site:
        start, end = self.fixed or (statement.start, statement.end)
        line, column = self._place(start)
        end_line, end_column = self._place(max(end, start))
        return self.context.site(line, column, end_line, end_column, callee, source.replace("^\n", ""))

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect.bisect_right(self.lines, offset)
        return line, offset - self.lines[line - 1] + 1

    def _line_of(self, statement: Statement) -> int:
        return self._place((self.fixed or (statement.start, 0))[0])[0]

    def _label(self, source: str) -> None:
        name = re.split(r"[\s:+,;=&|]", source.strip(), maxsplit=1)[0].lower()
        calls = self.called.get(name, [])
        complete = self.ended and len(calls) >= self.expected.get(name, 0)
        self.variables.arguments = {}
        for number in range(1, 10) if calls else ():
            values = [call[number - 1] if len(call) >= number else Text.of("") for call in calls]
            whole = values[0] if complete else UNKNOWN.join(values[0])
            for value in values[1:]:
                whole = whole.join(value)
            self.variables.arguments[str(number)] = whole
        self.ended = False

    def _loop(self, statement: Statement, source: str) -> Iterator[Effect]:
        switches = statement.switches.lower()
        letter = statement.variable
        if switches.startswith("/f"):
            following = [chr(ord(letter) + offset) for offset in range(1, 9)] if letter.isalpha() else []
            self.variables.loops |= dict.fromkeys([letter, *following], UNKNOWN)
            inner = source.strip()
            quote = "`" if "usebackq" in switches else "'"
            if len(inner) > 1 and inner.startswith(quote):
                yield from self._again(_UNESCAPE.sub(r"\1", inner.strip(quote)), statement)
            self.fed = None
            return
        if switches.startswith(("/l", "/r")):
            self.variables.loops[letter] = UNKNOWN
            return
        found = [text for line in self._lines(source)[0] for text in line]
        options = [HOLE if "*" in option or "?" in option else option for text in found for option in text.options]
        value = concat([Text.template(HOLE)])
        if options:
            value = Text.template(options[0])
            for option in options[1:]:
                value = value.join(Text.template(option))
        self.variables.loops[letter] = value

    def _lines(self, source: str) -> tuple[list[list[Text]], list[str]]:
        variants, expansions = self.variables.expand(source, self.context.budget)
        return [[_text(word, expansions) for word in lex(one).words] for one in variants], variants

    def _command(self, statement: Statement, source: str) -> Iterator[Effect]:
        if not source.strip():
            return
        self.context.budget.spend(1 + len(source) // 16)
        variants, expansions = self.variables.expand(source, self.context.budget)
        if any(_SPECIAL.search(option) for one in expansions for option in one.value.options):
            known = [bare(one) for one in variants]
            if any(len(list(statements(one, self.context.budget))) != 1 for one in known):
                for one in known:
                    yield from self._again(one, statement)
                return
        lines = [_read(one) for one in variants]
        fed, self.fed = (self.fed if statement.piped else None), None
        shapes = {(len(line.words), len(line.redirects)) for line in lines}
        groups = [lines] if len(shapes) == 1 else [[line] for line in lines]
        for group in groups:
            yield from self._simple(statement, source, group, expansions, fed)

    def _simple(
        self, statement: Statement, source: str, lines: list[Line], expansions: list[Expansion], fed: Text | None
    ) -> Iterator[Effect]:
        first = lines[0]
        argv = [_text(word, expansions) for word in first.words]
        for line in lines[1:]:
            argv = [text.join(_text(word, expansions)) for text, word in zip(argv, line.words, strict=True)]
        name = commands.program_name(argv[0].options[0]) if argv else ""
        site = self._site(statement, name, source)
        plain = _marked(first.plain, expansions)
        if name == "echo":
            self._echo(plain)
        yield from self._redirections(lines, expansions, replace(site, callee=name or "redirection"), plain, name)
        self.ended = name in ("goto", "exit") and not (statement.conditional or statement.piped or self.nested)
        if name == "set":
            for line in lines:
                self._set(line, expansions, statement, statement.conditional or len(lines) > 1)
        elif name == "shift":
            self.variables.arguments = {}
        elif name == "call" and len(argv) > 1:
            yield from self._call(statement, argv, bare(first.plain), site)
        elif argv and name not in SILENT:
            argv[0] = disguise(first.words, argv, expansions)
            if first.words[0].text.lower() == "start" and len(first.words) > 1 and first.words[1].quoted:
                del argv[1]  # the title of the window
            yield from self._execute(argv, site, fed)
        if name not in ("echo", ""):
            self.dropped.printed.clear()

    def _execute(self, argv: list[Text], site: Site, fed: Text | None) -> Iterator[Effect]:
        site, argv = program_of(argv, site)
        fed = fed if fed is not None else self.dropped.fed_to(argv)
        yield from commands.effects_of(argv, site, self.context, via=self.context.via, stdin=fed, on_windows=True)
        yield from fetched(argv, site)
        if site.callee == "cmd" and fed is not None and not any("/c" in word.options[0].lower() for word in argv[1:]):
            yield from embed(Kind.BATCH, fed, site, "cmd input", self.context, self.context.via)
        yield from self.dropped.used_by(argv, site, self.context)

    def _call(self, statement: Statement, argv: list[Text], plain: str, site: Site) -> Iterator[Effect]:
        target = argv[1].options[0]
        if target.startswith(":"):
            self.called.setdefault(target[1:].lower(), []).append(argv[2:])
        elif "%" in plain and self.nested < MAX_NESTED:  # call expands once more
            yield from self._again(plain.strip().lstrip("@")[4:], statement)
        else:
            yield from self._execute(argv, site, None)

    def _echo(self, plain: Text) -> None:
        printed = plain.map(lambda option: option.lstrip("@ \t")[4:].removeprefix(".").strip())
        if all(option.lower() in ("on", "off") for option in printed.options):
            return
        self.fed = printed
        self.dropped.printed.append(printed)

    def _redirections(
        self, lines: list[Line], expansions: list[Expansion], site: Site, plain: Text, name: str
    ) -> Iterator[Effect]:
        for place, (sign, word) in enumerate(lines[0].redirects):
            path = _text(word, expansions)
            for line in lines[1:]:
                path = path.join(_text(line.redirects[place][1], expansions))
            if sign == "<" or all(option.lower() in DEVICES for option in path.options):
                continue
            yield from writes(site, path, "append" if sign == ">>" else "write")
            if name in ("echo", ""):
                self.dropped.write(path, sign == ">>", site)

    def _set(self, line: Line, expansions: list[Expansion], statement: Statement, conditional: bool) -> None:
        match = re.match(r"[@\s]*set(?:\s+|(?=/))(?P<switch>/[ap]\s*)?(?P<rest>.*)", line.plain, re.I | re.S)
        if match is None:
            return
        rest = match["rest"]
        if bare(rest).startswith('"'):
            rest = rest[rest.index('"') + 1 :]
            rest = rest[: rest.rindex('"')] if '"' in rest else rest
        name, equals, value = rest.partition("=")
        if equals and bare(name).strip():
            known = UNKNOWN if match["switch"] else _marked(value.rstrip("\r\n"), expansions)
            self.variables.set(bare(name), known, self._line_of(statement), conditional)


def _read(text: str) -> Line:
    line = lex(text)
    if line.words and (builtin := _BUILTIN.match(line.words[0].text)) and not line.words[0].quoted:
        word = line.words[0]
        rest = Word(word.text[len(builtin[1]) :], pieces=[(word.text[len(builtin[1]) :], None)])
        line.words[:1] = [Word(builtin[1], pieces=[(builtin[1], None)]), rest]
    if line.words and line.words[0].text.lower() in UNESCAPED and '\\"' in text:
        return lex(text, escapes=False)
    return line


def _text(word: Word, expansions: list[Expansion]) -> Text:
    return _with_history(Text.template(word.text), word.variables, expansions)


def _marked(text: str, expansions: list[Expansion]) -> Text:
    numbers = [ord(mark) - 0xF0000 for mark in MARKS.findall(text)]
    used = tuple(dict.fromkeys(number for number in numbers if number < len(expansions)))
    return _with_history(Text.template(bare(text)), used, expansions)


def _with_history(text: Text, variables: tuple[int, ...], expansions: list[Expansion]) -> Text:
    if not variables:
        return text
    sources = (replace(expansions[number].value, options=("",), complete=True) for number in variables)
    return concat([text, *sources])
