"""A look over the whole script before its lines are followed: functions, how they are called, and constants."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.analyzers.shell.syntax import Item, Keyword, Literal, Simple, Substitution, Variable, Word
from gk_hooks.model.records import dataclass, field
from gk_hooks.model.values import Text

MAX_ARGUMENTS = 9


@dataclass(slots=True)
class Overview:
    """functions: the names that the script defines. constants: what variables are set to by literals, wherever.
    calls: the argument words of each call of a function, with the place of the call."""

    functions: set[str] = field(default_factory=set)
    constants: dict[str, Text] = field(default_factory=dict)
    calls: dict[str, list[tuple[int, list[Word]]]] = field(default_factory=dict)


def overview(items: list[Item]) -> Overview:
    """What the stream of *items* and the substitutions in it define."""
    seen = Overview()
    seen.functions = {item.name for item in _walk(items) if isinstance(item, Keyword) and item.text == "function"}
    for item in _walk(items):
        if not isinstance(item, Simple):
            continue
        for assignment in item.assignments:
            if not assignment.append and not assignment.array and len(assignment.words) == 1:
                text = literal(assignment.words[0])
                if text:
                    known = seen.constants.get(assignment.name)
                    seen.constants[assignment.name] = known.join(Text.of(text)) if known else Text.of(text)
        name = item.words[0].plain if item.words else ""
        if name in seen.functions:
            seen.calls.setdefault(name, []).append((item.start, item.words[1:]))
    return seen


def literal(word: Word) -> str:
    """The word when it has only literal parts, else ""."""
    texts = [part.text for part in word.parts if isinstance(part, Literal)]
    return "".join(texts) if len(texts) == len(word.parts) else ""


def _walk(items: list[Item]) -> Iterator[Item]:
    """Every item, those inside substitutions too."""
    waiting = [iter(items)]
    while waiting:
        for item in waiting[-1]:
            yield item
            inner = [nested for word in _words(item) for nested in _substitutions(word)]
            if inner:
                waiting.append(iter([item for nested in inner for item in nested.items]))
                break
        else:
            waiting.pop()


def _words(item: Item) -> Iterator[Word]:
    if isinstance(item, Simple):
        yield from item.words
        yield from (word for assignment in item.assignments for word in assignment.words)
        yield from (redirect.word for redirect in item.redirects)
    elif isinstance(item, Keyword):
        yield from item.words or ()


def _substitutions(word: Word) -> Iterator[Substitution]:
    for part in word.parts:
        if isinstance(part, Substitution):
            yield part
        elif isinstance(part, Variable) and part.argument is not None:
            yield from _substitutions(part.argument)


def mentions(words: list[Word], name: str) -> bool:
    """Whether the words expand the variable *name*."""
    return any(isinstance(part, Variable) and part.name == name for word in words for part in word.parts)
