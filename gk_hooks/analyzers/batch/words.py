"""One batch command into words, redirections and its plain text: carets resolved, quotes taken off.

Expanded variables arrive between marks, so that every word knows which variables it was made of.
"""

from __future__ import annotations

from gk_hooks.analyzers.commands.cmdline import MAX_WORDS
from gk_hooks.model.records import dataclass, field
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HERE

FIRST_MARK = 0xF0000
END_MARK = "\U000ffffd"
MAX_MARKS = 4096
MARKS = regex(f"[{chr(FIRST_MARK)}-{END_MARK}]")

_RUN = regex(
    rf'{HERE}|[ \t\r\n\v\f]+|\^(?:\r?\n|[^\n])?|[<>]|"|\\+|{MARKS.pattern}|[^ \t\r\n\v\f^<>"\\{MARKS.pattern[1:]}+'
)
_DUPLICATE = regex(r"&\s*\d")
_NAME_END = regex(r"[,;=]|(?<=[A-Za-z])/")


@dataclass(slots=True)
class Word:
    """One word. quoted: it begins with a quote. carets: how many letters were needlessly escaped.
    pieces: its parts in order, each with the number of the variable that it came from, or None."""

    text: str = ""
    quoted: bool = False
    carets: int = 0
    pieces: list[tuple[str, int | None]] = field(default_factory=list)

    @property
    def variables(self) -> tuple[int, ...]:
        """The variables that the word was made of."""
        return tuple(dict.fromkeys(number for _, number in self.pieces if number is not None))


@dataclass(slots=True)
class Line:
    """A command: its words, its redirections (sign and target), and its text without redirections and carets."""

    words: list[Word] = field(default_factory=list)
    redirects: list[tuple[str, Word]] = field(default_factory=list)
    plain: str = ""


def bare(text: str) -> str:
    """*text* without marks."""
    return MARKS.sub("", text)


def lex(text: str, *, escapes: bool = True) -> Line:
    """Reads one command. *escapes*: ``\\"`` is a quote, as programs read it; cmd's own commands do not."""
    return _Lexer(text, escapes).run()


class _Lexer:
    def __init__(self, text: str, escapes: bool) -> None:
        self.text, self.escapes = text, escapes
        self.line, self.plain = Line(), [""]
        self.word: Word | None = None
        self.mark: int | None = None
        self.quoted = False
        self.redirect = ""

    def run(self) -> Line:
        at = 0
        while at < len(self.text) and len(self.line.words) < MAX_WORDS:
            found = _RUN.match(self.text, at)
            assert found is not None  # every character begins a run
            at = self._take(found[0], found.end())
        self._flush()
        self.line.plain = "".join(self.plain)
        return self.line

    def _take(self, run: str, at: int) -> int:
        sign = run[0]
        if MARKS.match(sign):
            self._switch_mark(sign)
        elif sign == '"':
            return self._quote(at)
        elif sign == "\\" and self.escapes and self._escapes_quote(run, at):
            self._add("\\" * (len(run) // 2) + '"', plain=run + '"')
            return at + 1
        elif sign == "^" and len(run) > 1 and (self.quoted or MARKS.match(run[-1])):
            self._add("^" if self.quoted else "")
            return at - len(run) + 1
        elif self.quoted:
            self._add(run)
        elif sign in " \t\r\n\v\f":
            self._flush(run)
        elif sign == "^":
            self._caret(run)
        elif run in ("<", ">"):
            return self._redirection(sign, at)
        else:
            self._add_text(run)
        return at

    def _switch_mark(self, sign: str) -> None:
        self.mark = None if sign == END_MARK else ord(sign) - FIRST_MARK
        if self.redirect == "":
            self.plain.append(sign)

    def _quote(self, at: int) -> int:
        if self.quoted and self.text.startswith('"', at) and self.text[at + 1 : at + 2].strip():
            self._add('"', plain='""')
            return at + 1
        if self.word is None:
            self.word = Word(quoted=True)
        self.quoted = not self.quoted
        if self.redirect == "":
            self.plain.append('"')
        return at

    def _escapes_quote(self, run: str, at: int) -> bool:
        if len(run) % 2 == 0 or not self.text.startswith('"', at):
            return False
        return not self.quoted or '"' in self.text[at + 1 :]

    def _caret(self, run: str) -> None:
        escaped = run[1:]
        if escaped in ("", "\n", "\r\n"):
            return
        if escaped.isspace():
            self._flush(escaped)
            return
        self._add(escaped)
        if self.word is not None and escaped.isalnum():
            self.word.carets += 1

    def _redirection(self, sign: str, at: int) -> int:
        if self.word is not None and self.word.text.isdigit() and len(self.word.text) == 1 and not self.word.quoted:
            self.word = None
            self.plain[-1] = self.plain[-1][:-1]
        self._flush()
        if self.text.startswith(">", at):
            sign, at = ">>", at + 1
        duplicate = _DUPLICATE.match(self.text, at)
        if duplicate:
            return duplicate.end()
        self.redirect = sign
        return at

    def _add_text(self, run: str) -> None:
        end = _NAME_END.search(run) if not self.line.words and not self.redirect else None
        before = (self.word.text if self.word else "") + run[: end.start()] if end else ""
        if end is None or (end[0] == "/" and not before.isalpha()):
            self._add(run)
            return
        self._add(run[: end.start()])
        if before:
            self._flush("" if end[0] == "/" else " ")
        self._add_text(run[end.start() :]) if end[0] == "/" else self._add(run[end.end() :])

    def _add(self, text: str, plain: str | None = None) -> None:
        if not text:
            return
        self.word = self.word or Word()
        self.word.pieces.append((text, self.mark))
        self.word.text += text
        if self.redirect == "":
            self.plain.append(text if plain is None else plain)

    def _flush(self, blanks: str = "") -> None:
        if self.word is not None:
            if self.redirect:
                self.line.redirects.append((self.redirect, self.word))
                self.redirect = ""
            else:
                self.line.words.append(self.word)
            self.word = None
        if not self.redirect:
            self.plain.append(blanks)
