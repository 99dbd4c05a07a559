"""What a shell script is read into: a flat stream of commands, operators and keywords, and the parts of words."""

from __future__ import annotations

from gk_hooks.model.records import dataclass, field


@dataclass(slots=True)
class Literal:
    """Text that stands for itself."""

    text: str
    quoted: bool = False


@dataclass(slots=True)
class Variable:
    """``$name`` or ``${name<operator><argument>}``; *index* is what stands in brackets."""

    name: str
    quoted: bool = False
    operator: str = ""
    argument: Word | None = None
    index: str = ""


@dataclass(slots=True)
class Substitution:
    """``$(…)`` and backticks; *process* is ``<`` or ``>`` for a process substitution."""

    items: list[Item]
    quoted: bool = False
    process: str = ""


@dataclass(slots=True)
class Unknown:
    """Arithmetic and everything else whose value is not followed; *inner* are the substitutions in it, which run."""

    inner: list[Part] = field(default_factory=list)


Part = Literal | Variable | Substitution | Unknown


@dataclass(slots=True)
class Word:
    """One word between blanks; *start* and *end* are offsets into the text."""

    parts: list[Part]
    start: int
    end: int

    @property
    def plain(self) -> str:
        """The word when it is one unquoted literal, as reserved words and aliases must be, else ""."""
        match self.parts:
            case [Literal(text=text, quoted=False)]:
                return text
        return ""


@dataclass(slots=True)
class Assignment:
    """``name=word``, ``name+=word`` or ``name=(words)``; *indexed* when one element is set."""

    name: str
    words: list[Word]
    start: int
    end: int
    append: bool = False
    array: bool = False
    indexed: bool = False


@dataclass(slots=True)
class Redirect:
    """``>file`` and its kin; for a here-document *word* is the body, known once its lines were read."""

    operator: str
    word: Word
    heredoc: bool = False


@dataclass(slots=True)
class Simple:
    """A simple command."""

    start: int
    end: int
    words: list[Word] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)


@dataclass(slots=True)
class Operator:
    """``;`` ``&`` ``&&`` ``||`` ``|`` ``|&`` ``;;`` or a newline."""

    text: str


@dataclass(slots=True)
class Keyword:
    """A reserved word or bracket that opens, parts or closes a compound command.

    name: the variable of ``for``, the name of a function. words: what ``for`` runs over, what ``case`` looks at.
    """

    text: str
    name: str = ""
    words: list[Word] | None = None


Item = Simple | Operator | Keyword
