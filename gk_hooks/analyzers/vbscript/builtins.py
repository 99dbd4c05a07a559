"""VBScript's own functions and constants on values that are known; everything else stays unknown."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from gk_hooks.analyzers.vbscript.values import (
    NOTHING,
    Value,
    concatenated,
    is_constant,
    number_of,
    of_items,
    of_number,
    of_text,
)
from gk_hooks.model.values import HOLE, MAX_LENGTH, UNKNOWN, Text

Arguments = list[Value]
Function = Callable[[Arguments], Value]

CONSTANTS = {
    "vbcrlf": "\r\n",
    "vbnewline": "\r\n",
    "vbcr": "\r",
    "vblf": "\n",
    "vbtab": "\t",
    "vbnullstring": "",
    "vbnullchar": "\0",
    "empty": "",
    "null": "",
}
NUMBERS = {"true": -1, "false": 0, "vbhide": 0, "forreading": 1, "forwriting": 2, "forappending": 8}


def constant(name: str) -> Value | None:
    """The value of a named constant."""
    if name in CONSTANTS:
        return of_text(Text.of(CONSTANTS[name]))
    return of_number(NUMBERS[name]) if name in NUMBERS else None


def _argument(arguments: Arguments, index: int) -> Value:
    return arguments[index] if index < len(arguments) else NOTHING


def _text(arguments: Arguments, index: int = 0) -> Text:
    return _argument(arguments, index).text


def _chr(arguments: Arguments) -> Value:
    number = number_of(_argument(arguments, 0))
    if number is None or not 0 <= number < 0xD800:
        return of_text(UNKNOWN.decoding("Chr"))
    text = Text.of(chr(number))
    # quotes and line ends are spelled with Chr by everybody; letters by who hides them
    return of_text(text.decoding("Chr") if chr(number).isalnum() else text)


def _asc(arguments: Arguments) -> Value:
    text = _text(arguments).only
    return of_number(ord(text[0])) if text else NOTHING


def _len(arguments: Arguments) -> Value:
    text = _text(arguments).only
    return of_number(len(text)) if text is not None else NOTHING


def _mapped(change: Callable[[str], str], step: str = "") -> Function:
    def function(arguments: Arguments) -> Value:
        text = _text(arguments).map(change)
        return of_text(text.decoding(step) if step else text)

    return function


def _cut(option: str, start: int, length: int | None) -> str:
    head = option.partition(HOLE)[0]
    stop = None if length is None else start + length
    if HOLE in option and (stop is None or stop > len(head)):
        return option[start:] if stop is None and start <= len(head) else HOLE
    return option[start:stop]


def _mid(arguments: Arguments) -> Value:
    start = number_of(_argument(arguments, 1))
    length = number_of(arguments[2]) if len(arguments) > 2 else None
    if start is None or start < 1 or (len(arguments) > 2 and length is None):
        return of_text(_text(arguments).map(lambda option: HOLE))
    return of_text(_text(arguments).map(lambda option: _cut(option, start - 1, length)))


def _left(arguments: Arguments) -> Value:
    length = number_of(_argument(arguments, 1))
    if length is None or length < 0:
        return of_text(_text(arguments).map(lambda option: HOLE))
    return of_text(_text(arguments).map(lambda option: _cut(option, 0, length)))


def _right(arguments: Arguments) -> Value:
    length = number_of(_argument(arguments, 1))
    if length is None or length < 0:
        return of_text(_text(arguments).map(lambda option: HOLE))
    return of_text(
        _text(arguments).map(lambda option: HOLE if HOLE in option else option[max(len(option) - length, 0) :])
    )


def _replace(arguments: Arguments) -> Value:
    source, old, new = (_text(arguments, index) for index in range(3))
    if old.only is None or new.only is None or not old.only:
        return of_text(source.map(lambda option: HOLE))
    before, after = old.only, new.only
    result = source.map(lambda option: option.replace(before, after)[: MAX_LENGTH + 1])
    changed = is_constant(source) and result.options != source.options
    return of_text(result.decoding("Replace") if changed else result)


def _join(arguments: Arguments) -> Value:
    items = _argument(arguments, 0).items
    between = _text(arguments, 1) if len(arguments) > 1 else Text.of(" ")
    if items is None:
        return NOTHING
    parts: list[Text] = []
    for item in items:
        parts += [between, item.text] if parts else [item.text]
    return of_text(concatenated(parts))


def _split(arguments: Arguments) -> Value:
    text = _text(arguments)
    sign = _text(arguments, 1).only if len(arguments) > 1 else " "
    if text.only is None or not sign:
        return NOTHING
    return of_items(of_text(Text.of(part)) for part in text.only.split(sign))


def _repeat(arguments: Arguments) -> Value:
    number, sign = number_of(_argument(arguments, 0)), _text(arguments, 1).only
    if number is None or not sign or not 0 <= number <= 4096:
        return NOTHING
    return of_text(Text.of(sign[0] * number))


def _space(arguments: Arguments) -> Value:
    return _repeat([*arguments[:1], of_text(Text.of(" "))])


def _hex(arguments: Arguments) -> Value:
    number = number_of(_argument(arguments, 0))
    return of_text(Text.of(f"{number & 0xFFFFFFFF:X}")) if number is not None else NOTHING


def _number(arguments: Arguments) -> Value:
    number = number_of(_argument(arguments, 0))
    return of_number(number) if number is not None else NOTHING


def _bound(arguments: Arguments) -> Value:
    items = _argument(arguments, 0).items
    return of_number(len(items) - 1) if items is not None else NOTHING


def _instr(arguments: Arguments) -> Value:
    texts = [value.text.only for value in arguments if value.number is None][:2]
    if len(texts) < 2 or texts[0] is None or texts[1] is None:
        return NOTHING
    return of_number(texts[0].find(texts[1]) + 1)


FUNCTIONS: dict[str, Function] = {
    **dict.fromkeys(("chr", "chrw", "chrb"), _chr),
    **dict.fromkeys(("asc", "ascw"), _asc),
    "len": _len,
    "strreverse": _mapped(lambda option: option[::-1], "StrReverse"),
    "lcase": _mapped(str.lower),
    "ucase": _mapped(str.upper),
    "trim": _mapped(str.strip),
    "ltrim": _mapped(str.lstrip),
    "rtrim": _mapped(str.rstrip),
    "cstr": _mapped(str),
    "unescape": _mapped(lambda option: unquote(option, errors="replace"), "unescape"),
    **dict.fromkeys(("cint", "clng", "cbyte", "int", "fix"), _number),
    "mid": _mid,
    "left": _left,
    "right": _right,
    "replace": _replace,
    "join": _join,
    "split": _split,
    "array": lambda arguments: of_items(arguments),
    "string": _repeat,
    "space": _space,
    "hex": _hex,
    "ubound": _bound,
    "lbound": lambda arguments: of_number(0),
    "instr": _instr,
}
