"""Jupyter notebooks: all Python cells as one program, commands and cells in other languages by their own analyzers.

A finding says its cell and stands on the line of the file where that line of the cell is written. Outputs are ignored.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Sequence

from gk_hooks.analyzers.commands import program_name
from gk_hooks.analyzers.context import Context, Places, embed
from gk_hooks.analyzers.context import analyze as analyze_text
from gk_hooks.analyzers.notebook.document import Cell, Document, Line, NotANotebook
from gk_hooks.analyzers.notebook.magics import CELL_LANGUAGES, NO_CODE, Command, cell_magic, translate
from gk_hooks.analyzers.paths import writes
from gk_hooks.model.effects import Code, Connect, DynamicCode, Effect, Form, Unparsed
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import dataclass, field, replace
from gk_hooks.model.values import Text

PYTHON = frozenset({"", "python", "ipython", "python3", "xpython", "pyspark", "sage"})
"""Kernels whose language is Python; a notebook that names none has one of these."""


def analyze(text: str, context: Context) -> Iterator[Effect]:
    """The effects of a notebook, in the order of its file."""
    if not text.strip():
        return
    try:
        document = Document(text)
    except NotANotebook as error:
        yield Unparsed(context.site(1, 1, 1, 1, "", ""), str(error))
        return
    notebook = _Notebook(document, context)
    try:
        for cell in document.cells:
            if cell.code:
                notebook.add(cell)
    finally:  # also when the budget is spent: what was found before stands
        yield from sorted(notebook.effects(), key=lambda effect: (effect.site.line, effect.site.column))


@dataclass(slots=True)
class _Program:
    """Lines of one language, each with where it is in the file and the name of its cell."""

    texts: list[str] = field(default_factory=list)
    origins: list[tuple[int, str]] = field(default_factory=list)

    def extend(self, texts: Iterable[str], lines: Sequence[Line], part: str) -> None:
        self.texts += texts
        self.origins += [(line.start, part) for line in lines]


class _Notebook:
    def __init__(self, document: Document, context: Context) -> None:
        self.document = document
        self.context = context
        self.python = _Program()
        self.found: list[Effect] = []

    def effects(self) -> Iterator[Effect]:
        """All that was found, the Python cells among each other."""
        yield from self.found
        yield from self._run(Kind.PYTHON, self.python)

    def add(self, cell: Cell) -> None:
        """Sorts the lines of *cell* by their language."""
        lines = self.document.lines(cell)
        self.context.budget.spend(1 + len(lines))
        texts = [line.text for line in lines]
        part = f"cell {cell.number}"
        first, name, arguments = cell_magic(texts)
        language = cell.language or self.document.language
        if first >= 0:
            self._magic(name, arguments, texts, lines, first, part)
        elif language in PYTHON:
            self._python(texts, lines, part)
        elif language in CELL_LANGUAGES:
            self._other(CELL_LANGUAGES[language], texts, lines, part)
        elif any(text.strip() for text in texts):
            self._not_analyzed(lines, part, f"a cell in {language}, which is not analyzed")

    def _magic(self, name: str, arguments: str, texts: list[str], lines: list[Line], first: int, part: str) -> None:
        kind = CELL_LANGUAGES.get(name)
        if name == "script":
            kind = CELL_LANGUAGES.get(program_name(arguments.split()[0]) if arguments else "")
        rest, below = texts[first + 1 :], lines[first + 1 :]
        if name in ("writefile", "file"):
            words = [word for word in arguments.split() if not word.startswith("-")]
            places = self._places([(line.start, part) for line in lines])
            site = replace(self.context, places=places).site(
                first + 1, 1, first + 1, len(texts[first]) + 1, f"%%{name}", texts[first]
            )
            self.found += writes(site, Text.of(" ".join(words)))
        elif kind is Kind.PYTHON or (kind is None and name not in NO_CODE and not _problem("\n".join(rest))):
            self._python(rest, below, part)
        elif kind is not None:
            self._other(kind, rest, below, f"{part}, %%{name}")

    def _python(self, texts: list[str], lines: list[Line], part: str) -> None:
        problem = _problem("\n".join(texts))
        if problem:
            done = translate(texts)
            for command in done.commands:
                self._command(command, texts, lines, part)
            texts, problem = done.lines, _problem("\n".join(done.lines))
        if problem:
            self._not_analyzed(lines, part, f"{part}: no valid Python: {problem}")
        else:
            self.python.extend(texts, lines, part)

    def _other(self, kind: Kind, texts: list[str], lines: list[Line], part: str) -> None:
        program = _Program()
        program.extend(texts, lines, part)
        self.found += self._run(kind, program)

    def _command(self, command: Command, texts: list[str], lines: list[Line], part: str) -> None:
        context = replace(self.context, places=self._places([(line.start, part) for line in lines]))
        line, end = command.line + 1, len(texts[command.line]) + 1
        source = texts[command.line].strip()
        site = context.site(line, command.column, line, end, command.name, source)
        text = Text.template(command.text)
        if command.kind is not None:
            self.found += embed(command.kind, text, site, command.name, context, context.via)
        elif command.name == "%run":
            if not text.constants:
                self.found.append(DynamicCode(site, Code.MODULE, text))
        elif "://" in command.text:
            self.found.append(Connect(site, text.map(lambda option: option.split()[-1]), Form.URL))

    def _not_analyzed(self, lines: list[Line], part: str, reason: str) -> None:
        context = replace(self.context, places=self._places([(line.start, part) for line in lines]))
        self.found.append(Unparsed(context.site(1, 1, 1, 1, "", ""), reason))

    def _run(self, kind: Kind, program: _Program) -> list[Effect]:
        if not program.texts:
            return []
        context = replace(self.context, places=self._places(program.origins))
        return analyze_text(kind, "\n".join(program.texts), context)

    def _places(self, origins: list[tuple[int, str]]) -> Places:
        def places(line: int, column: int) -> tuple[int, int, str]:
            start, part = origins[min(max(line, 1), len(origins)) - 1] if origins else (0, "")
            return (*self.document.place(start, column), part)

        return places


def _problem(text: str) -> str:
    """Why *text* is no Python, or ""."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return f"{error.msg} (line {error.lineno or 1} of the cell)"
    except (ValueError, RecursionError, MemoryError):
        return "nested too deeply, or no text"
    return ""
