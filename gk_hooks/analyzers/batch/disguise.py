"""Commands whose names are written so that nobody reads them: ``c^u^r^l``, ``%a%%b%``, ``c%nothing%url``."""

from __future__ import annotations

import re

from gk_hooks.analyzers import commands
from gk_hooks.analyzers.batch.variables import Expansion
from gk_hooks.analyzers.batch.words import Word
from gk_hooks.analyzers.commands.cmdline import join_program, like
from gk_hooks.model.effects import Site
from gk_hooks.model.records import replace
from gk_hooks.model.values import HOLE, Text

CARETS = "caret escapes"
PIECES = "variable pieces"
MANY = 3
"""This many letters escaped, or cut out of variables, in one argument are no accident."""


def disguise(words: list[Word], argv: list[Text], expansions: list[Expansion]) -> Text:
    """The program, marked as decoded when its name, or an argument, was assembled to be overlooked."""
    program, name = argv[0], words[0]
    if name.carets or any(word.carets >= MANY for word in words[1:]):
        program = program.decoding(CARETS)
    if _in_pieces(name, expansions) or any(_cut(word, expansions) >= MANY for word in words[1:]):
        program = program.decoding(PIECES)
    return program


def _cut(word: Word, expansions: list[Expansion]) -> int:
    return sum(number is not None and expansions[number].changed for _, number in word.pieces)


def _in_pieces(word: Word, expansions: list[Expansion]) -> bool:
    """Whether a known command's name came out of several pieces, none of which names it."""
    base = re.split(r"[/\\]", word.text)[-1]
    if commands.program_name(base) not in commands.WORDS:
        return False
    pieces, left = [], len(base)
    for text, number in reversed(word.pieces):
        if left > 0:
            pieces.append((text[-left:], number))
        left -= len(text)
    if any(number is not None and expansions[number].changed for _, number in pieces):
        return True
    named = (commands.program_name(text) in commands.WORDS for text, _ in pieces)
    return len(pieces) > 1 and any(number is not None for _, number in pieces) and not any(named)


def program_of(argv: list[Text], site: Site) -> tuple[Site, list[Text]]:
    """The command with its program's name as far as it can be told, and its site under that name.

    A variable that the script does not set is empty: ``c%x%url`` is curl, unless the environment says otherwise.
    """
    first = argv[0].only
    if first is not None and first[1:2] == ":" and len(argv) > 1:
        spaced = join_program([word.options[0] for word in argv])
        taken = len(argv) - len(spaced)
        argv = [like(argv[0], spaced[0]), *argv[1 + taken :]]
    option = argv[0].options[0]
    name = commands.program_name(option)
    if HOLE in option and option != HOLE:
        filled = commands.program_name(option.replace(HOLE, ""))
        if filled in commands.WORDS:
            inside = HOLE in re.split(r"[/\\]", option)[-1].strip(HOLE)
            value = like(argv[0], option.replace(HOLE, ""))
            argv = [value.decoding(PIECES) if inside else value, *argv[1:]]
            return replace(site, callee=filled, guess=site.guess or inside), argv
    return replace(site, callee=name), argv
