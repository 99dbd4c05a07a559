"""Lines of bytes: what is a message, what is refused and with which answer, in time linear in their length."""

from __future__ import annotations

import json
import os

import pytest

from gk_hooks.gate.jsonrpc import Kind, Malformed, Message, dump, parse
from gk_hooks.gate.proxy import framing
from gk_hooks.gate.proxy.framing import TooLong

CALL = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay","arguments":%s}}'


def message(line: bytes | str, **how: bool) -> Message:
    read = parse(line.encode() if isinstance(line, str) else line, **how)
    assert isinstance(read, Message), read
    return read


def refused(line: bytes | str) -> Malformed:
    read = parse(line.encode() if isinstance(line, str) else line)
    assert isinstance(read, Malformed), read
    return read


@pytest.mark.parametrize(
    ("line", "kind", "identifier"),
    [
        pytest.param('{"jsonrpc":"2.0","id":1,"method":"ping"}\n', Kind.REQUEST, 1, id="a request without params"),
        pytest.param(
            '{"jsonrpc":"2.0","id":"a","method":"ping","params":{}}\r\n', Kind.REQUEST, "a", id="CR LF ends it"
        ),
        pytest.param('{"jsonrpc":"2.0","method":"x"}', Kind.NOTIFICATION, None, id="a notification, no line feed"),
        pytest.param('{"jsonrpc":"2.0","id":0,"result":{}}', Kind.RESPONSE, 0, id="a result"),
        pytest.param(
            '{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":""}}', Kind.RESPONSE, None, id="an error"
        ),
        pytest.param(' {"id" : 2 , "jsonrpc":"2.0", "method":"x"} ', Kind.REQUEST, 2, id="white space"),
        pytest.param('{"jsonrpc":"2.0","id":3,"method":"x","extra":1}', Kind.REQUEST, 3, id="an unknown member"),
        pytest.param(CALL % ("[" * 100 + "]" * 100), Kind.REQUEST, 1, id="a hundred levels"),
        pytest.param(CALL % json.dumps("[{" * 5000), Kind.REQUEST, 1, id="brackets in a string are no nesting"),
        pytest.param(CALL % '{"text":"\\ud83d\\ude00"}', Kind.REQUEST, 1, id="a whole surrogate pair"),
        pytest.param(CALL % '{"n":1e308,"m":-0.0}', Kind.REQUEST, 1, id="numbers that a double holds"),
        pytest.param(CALL % '{"header":{"Accept":1,"accept":2}}', Kind.REQUEST, 1, id="names by case deeper inside"),
        pytest.param(
            '{"jsonrpc":"2.0","id":9007199254740991,"method":"x"}', Kind.REQUEST, 2**53 - 1, id="the largest id"
        ),
    ],
)
def test_well_formed(line: str, kind: Kind, identifier: object) -> None:
    read = message(line)
    assert (read.kind, read.id, read.raw) == (kind, identifier, line.encode())


@pytest.mark.parametrize(
    ("line", "code", "identifier", "words"),
    [
        pytest.param("", -32700, None, "not JSON", id="nothing"),
        pytest.param("{", -32700, None, "not JSON", id="half an object"),
        pytest.param('{"jsonrpc":"2.0","id":1,"method":"x"} {}', -32700, None, "Extra data", id="two objects"),
        pytest.param(b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"x"}', -32700, None, "not JSON", id="a BOM"),
        pytest.param(CALL % "NaN", -32700, None, "NaN is no number", id="NaN"),
        pytest.param(CALL % "-Infinity", -32700, None, "-Infinity is no number", id="minus infinity"),
        pytest.param(CALL % '"a\tb"', -32700, None, "Invalid control character", id="a raw tab in a string"),
        pytest.param(b'{"jsonrpc":"2.0","id":1,"method":"\xff"}', -32700, 1, "not UTF-8 at byte 34", id="not UTF-8"),
        pytest.param(CALL.encode("utf-16"), -32700, None, "not UTF-8 at byte 0", id="UTF-16"),
        pytest.param(b'{"a":"\xc0\xae"}', -32700, None, "not UTF-8 at byte 6", id="an overlong form"),
        pytest.param("[]", -32600, None, "batch", id="an empty batch"),
        pytest.param('[{"jsonrpc":"2.0","id":1,"method":"x"}]', -32600, None, "batch", id="a batch"),
        pytest.param("5", -32600, None, "not an object", id="a number"),
        pytest.param('"x"', -32600, None, "not an object", id="a string"),
        pytest.param("null", -32600, None, "not an object", id="null"),
        pytest.param("{}", -32600, None, "jsonrpc", id="an empty object"),
        pytest.param('{"jsonrpc":"1.0","id":1,"method":"x"}', -32600, 1, "jsonrpc", id="another version"),
        pytest.param('{"jsonrpc":2.0,"id":1,"method":"x"}', -32600, 1, "jsonrpc", id="a version that is a number"),
        pytest.param('{"jsonrpc":"2.0","id":1}', -32600, 1, "neither a method", id="an id alone"),
        pytest.param('{"jsonrpc":"2.0","id":1,"method":7}', -32600, 1, "method is not a string", id="a method of 7"),
        pytest.param(
            '{"jsonrpc":"2.0","id":1,"method":"x","result":{}}', -32600, 1, "both a method", id="both at once"
        ),
        pytest.param('{"jsonrpc":"2.0","id":null,"method":"x"}', -32600, None, "id is neither", id="an id of null"),
        pytest.param('{"jsonrpc":"2.0","id":true,"method":"x"}', -32600, None, "id is neither", id="an id of true"),
        pytest.param('{"jsonrpc":"2.0","id":1.0,"method":"x"}', -32600, None, "id is neither", id="an id of 1.0"),
        pytest.param('{"jsonrpc":"2.0","id":[1],"method":"x"}', -32600, None, "id is neither", id="an id in a list"),
        pytest.param('{"jsonrpc":"2.0","id":9007199254740993,"method":"x"}', -32600, None, "double", id="2**53 + 1"),
        pytest.param('{"jsonrpc":"2.0","id":1,"method":"x","params":[1]}', -32602, 1, "params", id="params in a list"),
        pytest.param('{"jsonrpc":"2.0","id":1,"method":"x","params":null}', -32602, 1, "params", id="params of null"),
        pytest.param(CALL % ("[" * 5000 + "]" * 5000), -32600, 1, "levels deep", id="5,000 levels"),
        pytest.param(CALL % ('{"a":' * 5000 + "1" + "}" * 5000), -32600, 1, "levels deep", id="5,000 objects"),
        pytest.param("[" * 5000, -32600, None, "levels deep", id="5,000 that are never closed"),
        pytest.param(CALL % "1e400", -32600, 1, "1e400 is outside", id="a number beyond any double"),
        pytest.param(CALL % ("9" * 5000), -32600, 1, "too long", id="5,000 digits"),
        pytest.param(CALL % ("0." + "1" * 5000), -32600, 1, "outside", id="5,000 digits after the point"),
        pytest.param(CALL % '"\\ud83d"', -32600, 1, "surrogate", id="half a surrogate pair"),
        pytest.param(CALL % '"\\uDE00\\uD83D"', -32600, 1, "surrogate", id="the pair the wrong way round"),
    ],
)
def test_refused(line: bytes | str, code: int, identifier: object, words: str) -> None:
    bad = refused(line)
    assert (bad.code, bad.id, bad.answer) == (code, identifier, True)
    assert words in bad.text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param(
            '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}', "'method' twice", id="method twice"
        ),
        pytest.param('{"jsonrpc":"2.0","id":1,"method":"ping","\\u006dethod":"x"}', "twice", id="once in an escape"),
        pytest.param('{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}', "case only", id="another case"),
        pytest.param('{"jsonrpc":"2.0","id":1,"METHOD":"tools/call","method":"ping"}', "case only", id="in capitals"),
        pytest.param(CALL % '{"amount":1,"amount":9000}', "'amount' twice", id="an argument twice"),
        pytest.param(CALL % '{"amount":1,"Amount":9000}', "case only", id="an argument in another case"),
        pytest.param(CALL % '{"a":{"b":[{"c":1,"c":2}]}}', "'c' twice", id="deep inside"),
        pytest.param((CALL % "{}").replace('"name"', '"Name":"x","name"'), "case only", id="the tool in another case"),
        pytest.param(
            (CALL % "{}").replace('"arguments"', '"argument\\u017f":{},"arguments"'), "case only", id="a long s"
        ),
    ],
)
def test_nothing_is_said_twice(line: str, words: str) -> None:
    """Parsers disagree on which of the two counts; Go's takes names of another case for the same."""
    bad = refused(line)
    assert words in bad.text
    assert bad.id == 1


def test_a_raw_carriage_return_cannot_hide_a_second_message() -> None:
    """Python's text mode ends a line there, so a server would read the inner object as a message of its own."""
    inner = CALL % '{"amount":9000}'
    bad = refused('{"jsonrpc":"2.0","id":8,"method":"ping","params":{"x":\r' + inner + "\r}}")
    assert "carriage return" in bad.text
    assert bad.id == 8


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('{"jsonrpc":"2.0","method":"notifications/x","params":[1]}', id="a bad notification"),
        pytest.param(
            '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}', id="a result and an error"
        ),
        pytest.param('{"jsonrpc":"2.0","id":1,"error":"x"}', id="an error that is a string"),
        pytest.param('{"jsonrpc":"2.0","id":null,"result":{}}', id="a result for nobody"),
    ],
)
def test_what_must_not_be_answered(line: str) -> None:
    assert not refused(line).answer


def test_a_server_may_cut_a_character_in_half() -> None:
    line = b'{"jsonrpc":"2.0","id":1,"result":{"text":"\\ud83d"}}'
    assert message(line, trusted_text=True).raw == line


def test_an_id_after_a_long_text_is_found_all_the_same() -> None:
    deep = "[" * 200 + "]" * 200
    params = '{"id":7,"text":"' + '\\"' * 9999 + '","deep":' + deep + "}"
    line = '{"method":"x","params":' + params + ',"jsonrpc":"2.0","id":"last"}'
    assert refused(line).id == "last"


def test_what_we_send_has_no_other_line_ends() -> None:
    assert dump({"a": "\u2028\u0085\r\n\x00"}) == b'{"a":"\\u2028\\u0085\\r\\n\\u0000"}\n'


@pytest.mark.parametrize("at_once", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param(b"", [], id="nothing"),
        pytest.param(b"a\nb\n", [b"a\n", b"b\n"], id="two lines"),
        pytest.param(b"abc\nd", [b"abc\n", b"d\n"], id="the last without an end"),
        pytest.param(b"\n\n", [b"\n", b"\n"], id="empty lines"),
        pytest.param(b"a\rb\n", [b"a\rb\n"], id="a carriage return ends no line"),
        pytest.param(b"x" * 100 + b"\n", [b"x" * 100 + b"\n"], id="as long as may be"),
        pytest.param(b"x" * 101 + b"\na\n", [TooLong(101, None), b"a\n"], id="one byte longer"),
        pytest.param(b"x" * 120, [TooLong(120, None)], id="too long, without an end"),
        pytest.param(
            b'{"id":4,"x":"' + b'\\"' * 99 + b'\\\\","y":{"id":5}}\nb\n',
            [TooLong(228, 4), b"b\n"],
            id="too long, with escapes and another id inside",
        ),
        pytest.param(b'{"id":4,"id":5' + b" " * 99, [TooLong(113, None)], id="too long, with two ids"),
    ],
)
def test_framing(text: bytes, lines: list[bytes | TooLong], at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "READ", at_once)
    ours, theirs = os.pipe()
    os.write(theirs, text)
    os.close(theirs)
    assert [line for burst in framing.bursts(ours, 100) for line in burst] == lines
    os.close(ours)
