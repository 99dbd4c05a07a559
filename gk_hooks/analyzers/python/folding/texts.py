"""Methods and formatting of str and bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from gk_hooks.analyzers.python.folding.decoders import recode
from gk_hooks.analyzers.python.joins import either
from gk_hooks.analyzers.python.values import (
    MAX_ITEMS,
    NONE,
    UNKNOWN,
    Arguments,
    Const,
    Flavour,
    Map,
    Seq,
    Str,
    Value,
)
from gk_hooks.analyzers.python.views import items_of, text_of
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE, MAX_LENGTH, Text, concat
from gk_hooks.model.values import UNKNOWN as UNKNOWN_TEXT

MAX_FIELDS = 1_000
_CONVERSION = regex(r"%(?:\(([^()]*)\))?([#0\- +.*\dlhL]*)(.?)", re.S)


def percent(template: Str, right: Value) -> Value:
    """``template % right``: every conversion becomes its value, or a hole."""
    values = list(right.items) if isinstance(right, Seq) and not right.open else [right]
    named = right if isinstance(right, Map) else None
    results: list[Text] = []
    for option in template.text.options:
        if option.count("%") > MAX_FIELDS:
            results.append(Text())
            continue
        parts: list[Text] = []
        position = end = 0
        for match in _CONVERSION.finditer(option):
            parts.append(Text.template(option[end : match.start()]))
            end = match.end()
            key, flags, sign = match[1], match[2], match[3]
            if sign == "%":
                parts.append(Text.of("%"))
                continue
            if key is not None:
                value = named.get(key) if named else UNKNOWN
            else:
                value = values[position] if position < len(values) else UNKNOWN
                position += 1 + flags.count("*")
            parts.append(UNKNOWN_TEXT if flags else _converted(value, sign))
        parts.append(Text.template(option[end:]))
        results.append(concat(parts))
    return Str(_any_of(results, template.text), template.flavour)


def _converted(value: Value, sign: str) -> Text:
    if sign == "c" and isinstance(value, Const):
        return character(value).text
    return text_of(value) if sign in {"s", "d", "i", "c"} else UNKNOWN_TEXT


def character(number: Value | None) -> Str:
    """``chr(number)``."""
    if isinstance(number, Const) and isinstance(number.value, int) and 0 <= number.value < 0x110000:
        return Str(Text.of(chr(number.value)))
    return Str(UNKNOWN_TEXT)


def format_text(template: Str, arguments: Arguments) -> Value:
    """``template.format(…)``; a field that cannot be followed becomes a hole."""
    results = [_format_one(option, arguments) for option in template.text.options]
    return Str(_any_of(results, template.text), template.flavour)


def _format_one(option: str, arguments: Arguments) -> Text:
    if option.count("{") > MAX_FIELDS:
        return UNKNOWN_TEXT
    from string import Formatter

    parts: list[Text] = []
    counter = 0
    try:
        for literal, name, spec, conversion in Formatter().parse(option):
            parts.append(Text.template(literal))
            if name is None:
                continue
            if name == "":
                name, counter = str(counter), counter + 1
            # what is unknown of the template may hold fields of its own, which shift the ones that are counted
            plain = not spec and not conversion and not (name.isdecimal() and HOLE in option)
            parts.append(_field(name, arguments) if plain else UNKNOWN_TEXT)
    except ValueError:
        return UNKNOWN_TEXT
    return concat(parts)


def _field(name: str, arguments: Arguments) -> Text:
    if name.isdecimal():
        return text_of(arguments.get(int(name))) if len(name) < 5 else UNKNOWN_TEXT
    return text_of(arguments.get(None, name))


def _any_of(results: list[Text], source: Text) -> Text:
    whole = results[0]
    for result in results[1:]:
        whole = either(whole, result)
    if not source.complete and HOLE not in source.options:
        whole = whole.join(UNKNOWN_TEXT)
    for step in source.trail:
        whole = whole.through(step)
    return whole


def text_method(name: str, owner: Str, arguments: Arguments) -> Value | None:
    """``owner.name(…)`` for the methods of str and bytes that keep what is known; None for all others."""
    if name in _SIMPLE:
        return Str(owner.text.map(_SIMPLE[name]), owner.flavour)
    method = _METHODS.get(name)
    return None if method is None else method(owner, arguments)


def joined(separator: Text, items: Value | None) -> Text:
    """``separator.join(items)``."""
    known, more = items_of(items) if items is not None else ((), True)
    parts: list[Text] = []
    for index, item in enumerate(known):
        parts += [separator, text_of(item)] if index else [text_of(item)]
    return concat([*parts, UNKNOWN_TEXT] if more else parts)


def _join(owner: Str, arguments: Arguments) -> Value:
    return Str(joined(owner.text, arguments.get(0)), owner.flavour)


def _split(owner: Str, arguments: Arguments) -> Value:
    separator = arguments.get(0, "sep")
    by = None if separator is None or separator == NONE else text_of(separator).only
    counted = arguments.get(1, "maxsplit") is not None or not owner.text.complete or len(owner.text.options) > 1
    if counted or by == "" or (by is None and separator is not None and separator != NONE):
        return Seq(open=True)
    parts = owner.text.options[0].split(by)
    unknown = next((index for index, part in enumerate(parts) if HOLE in part), None)
    if unknown is None:
        return _texts(parts, owner)
    # what is not known may hold separators of its own
    return Seq((*_texts(parts[:unknown], owner).items, Str(Text.template(parts[unknown]), owner.flavour)), open=True)


def _split_lines(owner: Str, arguments: Arguments) -> Value:
    text = owner.text.only
    return Seq(open=True) if text is None or arguments.positional else _texts(text.splitlines(), owner)


def _partition(owner: Str, arguments: Arguments) -> Value:
    text, by = owner.text.only, text_of(arguments.get(0)).only
    return _texts(text.partition(by), owner) if text is not None and by else Seq((UNKNOWN, UNKNOWN, UNKNOWN))


def _texts(parts: Iterable[str], owner: Str) -> Seq:
    known = list(parts)
    items = tuple(Str(Text.of(part), owner.flavour) for part in known[:MAX_ITEMS])
    return Seq(items, len(known) > MAX_ITEMS)


def _replace(owner: Str, arguments: Arguments) -> Value:
    old, new = text_of(arguments.get(0)).only, text_of(arguments.get(1)).only
    if not old or new is None or arguments.get(2, "count") is not None:
        return Str(UNKNOWN_TEXT, owner.flavour)

    def replaced(option: str) -> str:
        return HOLE if option.count(old) * len(new) > MAX_LENGTH else option.replace(old, new)

    return Str(owner.text.map(replaced), owner.flavour)


def _strip(name: str) -> Callable[[Str, Arguments], Value]:
    cut: Callable[[str, str | None], str] = getattr(str, name)

    def strip(owner: Str, arguments: Arguments) -> Value:
        signs = arguments.get(0, "chars")
        chars = None if signs is None or signs == NONE else text_of(signs).only
        if signs is not None and signs != NONE and chars is None:
            return Str(UNKNOWN_TEXT, owner.flavour)
        return Str(owner.text.map(lambda option: cut(option, chars)), owner.flavour)

    return strip


def _remove(name: str) -> Callable[[Str, Arguments], Value]:
    cut: Callable[[str, str], str] = getattr(str, name)

    def remove(owner: Str, arguments: Arguments) -> Value:
        part = text_of(arguments.get(0)).only
        if part is None:
            return Str(UNKNOWN_TEXT, owner.flavour)
        return Str(owner.text.map(lambda option: cut(option, part)), owner.flavour)

    return remove


def _hex(owner: Str, arguments: Arguments) -> Value:
    if owner.flavour is not Flavour.BYTES or arguments.positional:
        return Str(UNKNOWN_TEXT)
    return Str(owner.text.map(lambda option: HOLE if HOLE in option else option.encode("latin-1", "replace").hex()))


def _translate(owner: Str, arguments: Arguments) -> Value:
    table = arguments.get(0)
    if not isinstance(table, Map) or table.open:
        return Str(UNKNOWN_TEXT, owner.flavour)
    known = {key: text_of(value).only for key, value in table.items if isinstance(key, int)}
    if None in known.values():
        return Str(UNKNOWN_TEXT, owner.flavour)
    return Str(owner.text.map(lambda option: option.translate(known)[:MAX_LENGTH]), owner.flavour)


_SIMPLE: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "casefold": str.casefold,
    "title": str.title,
    "capitalize": str.capitalize,
    "swapcase": str.swapcase,
    "expandtabs": lambda option: option.replace("\t", "        "),
    "expanduser": lambda option: option,
    "resolve": lambda option: option,
    "absolute": lambda option: option,
}

_METHODS: dict[str, Callable[[Str, Arguments], Value | None]] = {
    "format": format_text,
    "format_map": lambda owner, arguments: format_text(owner, _named(arguments.get(0))),
    "join": _join,
    "decode": lambda owner, arguments: recode("decode", owner, arguments.get(0, "encoding")),
    "encode": lambda owner, arguments: recode("encode", owner, arguments.get(0, "encoding")),
    "split": _split,
    "rsplit": _split,
    "splitlines": _split_lines,
    "partition": _partition,
    "replace": _replace,
    "strip": _strip("strip"),
    "lstrip": _strip("lstrip"),
    "rstrip": _strip("rstrip"),
    "removeprefix": _remove("removeprefix"),
    "removesuffix": _remove("removesuffix"),
    "hex": _hex,
    "translate": _translate,
    "as_posix": lambda owner, arguments: Str(owner.text.map(lambda option: option.replace("\\", "/"))),
    "__add__": lambda owner, arguments: Str(concat((owner.text, text_of(arguments.get(0)))), owner.flavour),
    "__str__": lambda owner, arguments: Str(owner.text),
}

METHODS = frozenset(_METHODS) | frozenset(_SIMPLE)
"""The methods that ``text_method`` knows."""


def _named(value: Value | None) -> Arguments:
    items = value.items if isinstance(value, Map) else ()
    keywords = tuple((name, item) for name, item in items if isinstance(name, str))
    return Arguments(keywords=keywords, open_keywords=not isinstance(value, Map) or value.open)
