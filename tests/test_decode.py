import ast
import codecs
import random
import sys
import time
from pathlib import Path

import pytest

from gk_hooks.model.kinds import Kind
from gk_hooks.source.decode import decode, split_lines

SCRIPTS = (Kind.POWERSHELL, Kind.BATCH, Kind.SHELL, Kind.VBSCRIPT)


@pytest.mark.parametrize(
    ("data", "value"),
    (
        pytest.param(b"x = 1", 1, id="plain"),
        pytest.param("x = 'é'".encode(), "é", id="UTF-8"),
        pytest.param(codecs.BOM_UTF8 + "x = 'é'".encode(), "é", id="UTF-8 with a mark"),
        pytest.param(codecs.BOM_UTF8 + b"# coding: utf-8\nx = 1", 1, id="a mark and a cookie that agree"),
        pytest.param(b"# coding: latin-1\nx = '\xe9'", "é", id="cookie on line 1"),
        pytest.param(b"#!/bin/python\n# coding: latin-1\nx = '\xe9'", "é", id="cookie on line 2"),
        pytest.param(b"\n# coding: latin-1\nx = '\xe9'", "é", id="cookie after an empty line"),
        pytest.param(b" \t\x0c# vim: set fileencoding=latin-1 :\nx = '\xe9'", "é", id="cookie of an editor, indented"),
        pytest.param(b"# a\r# coding: latin-1\rx = '\xe9'", "é", id="lines that end in a lone CR"),
        pytest.param(b"# coding: LATIN_1\nx = '\xe9'", "é", id="another spelling"),
        pytest.param(b"# coding: latin-1-dos\nx = '\xe9'", "é", id="an editor's suffix"),
        pytest.param(b"# coding: utf-8-unix\nx = '\xc3\xa9'", "é", id="an editor's suffix on UTF-8"),
        pytest.param(b"# coding: iso-8859-15\nx = '\xa4'", "€", id="ISO 8859-15"),
        pytest.param(b"# coding: koi8-t\nx = '\xe0'", "ю".upper(), id="a codec without an alias"),
        pytest.param(b"# coding: utf-7\n#+AAo-x = 1", 1, id="UTF-7 hides a line in a comment"),
        pytest.param(b"# coding: unicode_escape\n\\x78 = 1", 1, id="escapes hide a name"),
    ),
)
def test_python_is_decoded_as_python_does(data, value):
    theirs: dict[str, object] = {}
    ours: dict[str, object] = {}
    decoded = decode(data, Kind.PYTHON)
    assert (decoded.problem, decoded.binary) == ("", "")
    exec(compile(data, "theirs", "exec"), theirs)
    exec(compile(decoded.text, "ours", "exec"), ours)
    assert ours["x"] == theirs["x"] == value


def test_escapes_that_python_warns_of_are_decoded_quietly():
    assert decode(b"# coding: unicode_escape\nx = r'\\d'", Kind.PYTHON).text.endswith("x = r'\\d'")


@pytest.mark.parametrize(
    ("data", "problem"),
    (
        pytest.param(b"# coding: nonsense\n", "names an unknown encoding 'nonsense' (line 1)", id="unknown"),
        pytest.param(b"\n# coding: .os\n", "names an unknown encoding '.os' (line 2)", id="a module's name"),
        pytest.param(b"# coding: aliases\n", "names an unknown encoding 'aliases' (line 1)", id="not a codec"),
        pytest.param(b"# coding: rot13\n", "names an encoding that is not one of text: 'rot13' (line 1)", id="rot13"),
        pytest.param(b"# coding: undefined\n", "is not analyzed in the encoding 'undefined' (line 1)", id="undefined"),
        pytest.param(
            codecs.BOM_UTF8 + b"# coding: latin-1\n",
            "names the encoding 'latin-1' (line 1) after the mark of UTF-8",
            id="a mark and a cookie that disagree",
        ),
        pytest.param(
            b"# coding: ascii\n#\xe9",
            "is not in the encoding 'ascii' that it names (line 1) at byte 17",
            id="wrong cookie",
        ),
        pytest.param("x = 1".encode("utf-16"), "starts with the mark of UTF-16-LE", id="UTF-16"),
        pytest.param(b"# coding: unicode_escape\n'\\ud800'", "holds a lone surrogate", id="a surrogate by escape"),
    ),
)
def test_python_that_python_refuses_is_a_problem(data, problem):
    with pytest.raises((SyntaxError, ValueError)):
        compile(data, "theirs", "exec")
    assert decode(data, Kind.PYTHON).problem.startswith(problem)


@pytest.mark.parametrize(
    "data",
    (
        pytest.param(b"x = 1  # \xe9", id="in a comment, which an import lets pass"),
        pytest.param(b"# coding: utf-8\nx = 1  # \xe9", id="in spite of a cookie"),
        pytest.param(b"x=1\n# coding: latin-1\ny='\xe9'", id="a cookie after code is none"),
        pytest.param(b"\\\n# coding: latin-1\ny='\xe9'", id="a cookie after a continued line is none"),
        pytest.param(b"\n\n# coding: latin-1\ny='\xe9'", id="a cookie on line 3 is none"),
    ),
)
def test_bad_bytes_do_not_keep_the_rest_from_being_read(data):
    decoded = decode(data, Kind.PYTHON)
    assert (decoded.text, decoded.encoding) == (data.decode("utf-8", "replace"), "utf-8")


def test_a_codec_of_quadratic_time_is_not_read():
    start = time.process_time()
    decoded = decode(b"# coding: punycode\n" + b"a" * 1_000_000 + b"-" + b"9" * 1_000_000, Kind.PYTHON)
    assert decoded.problem == "is not analyzed in the encoding 'punycode' (line 1)"
    assert time.process_time() - start < 1


def test_a_cookie_imports_nothing_from_the_scanned_tree(tmp_path, monkeypatch):
    (tmp_path / "evil.py").write_text("raise SystemExit('it ran')")
    (tmp_path / "encodings").mkdir()
    (tmp_path / "encodings" / "evil.py").write_text("raise SystemExit('it ran')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for cookie in (b"evil", b"encodings.evil", b"..evil"):
        assert "unknown encoding" in decode(b"# coding: " + cookie + b"\n", Kind.PYTHON).problem
    assert "evil" not in sys.modules


@pytest.mark.parametrize("kind", SCRIPTS)
@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    (
        pytest.param(b"", "", "utf-8", id="empty"),
        pytest.param("écho\r\n".encode(), "écho\r\n", "utf-8", id="UTF-8, newlines untouched"),
        pytest.param(codecs.BOM_UTF8 + b"a\xff", "a\ufffd", "utf-8-sig", id="marked UTF-8 with a bad byte"),
        pytest.param("écho".encode("cp1252"), "écho", "cp1252", id="code page 1252"),
        pytest.param(b"\x81\xe9", "\x81é", "latin-1", id="no code page at all"),
        pytest.param("écho 1".encode("utf-16"), "écho 1", "utf-16-le", id="UTF-16 with a mark"),
        pytest.param(codecs.BOM_UTF16_BE + "écho 1".encode("utf-16-be"), "écho 1", "utf-16-be", id="big-endian"),
        pytest.param("echo 1".encode("utf-16-le"), "echo 1", "utf-16-le", id="UTF-16 without a mark"),
        pytest.param("echo 1".encode("utf-16-be"), "echo 1", "utf-16-be", id="big-endian without a mark"),
        pytest.param("echo 1".encode("utf-32"), "echo 1", "utf-32-le", id="UTF-32"),
    ),
)
def test_scripts_are_decoded(kind, data, text, encoding):
    decoded = decode(data, kind)
    assert (decoded.text, decoded.encoding, decoded.problem, decoded.binary) == (text, encoding, "", "")


@pytest.mark.parametrize("kind", (Kind.BATCH, Kind.SHELL))
def test_a_mark_of_utf16_before_plain_bytes_hides_nothing(kind):
    assert decode(codecs.BOM_UTF16_LE + b"\r\ncurl http://x.example\r\n", kind).text == "\r\ncurl http://x.example\r\n"


@pytest.mark.parametrize(
    ("data", "kind", "offset"),
    (
        pytest.param(b"x = 1\0", Kind.PYTHON, 5, id="Python"),
        pytest.param(b"echo 1; \0 echo 2", Kind.SHELL, 8, id="shell"),
        pytest.param(b"\x7fELF\0\0\0\0" * 9, Kind.SHELL, 4, id="a program"),
        pytest.param("a\0b".encode("utf-16"), Kind.POWERSHELL, 2, id="a NUL in UTF-16"),
    ),
)
def test_a_nul_is_binary(data, kind, offset):
    assert decode(data, kind).binary == f"binary (NUL byte at offset {offset})"


@pytest.mark.parametrize(
    "data",
    (
        pytest.param(b"# coding:" * 500_000, id="cookies"),
        pytest.param(b"#" + b"coding: " * 500_000, id="cookies that name nothing"),
        pytest.param(b"# coding:" + b" " * 4_000_000, id="blanks after a cookie"),
        pytest.param(b" " * 4_000_000, id="one long line"),
    ),
)
@pytest.mark.parametrize("kind", Kind)
def test_long_lines_take_no_time(data, kind):
    start = time.process_time()
    decode(data, kind)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("kind", "lines"),
    (
        pytest.param(Kind.PYTHON, ["a\x0cb\x0b\x85\u2028c", "d", "e", "f"], id="Python"),
        pytest.param(Kind.SHELL, ["a\x0cb\x0b\x85\u2028c", "d", "e\rf"], id="scripts"),
    ),
)
def test_lines_end_where_the_language_ends_them(kind, lines):
    assert split_lines("a\x0cb\x0b\x85\u2028c\nd\r\ne\rf", kind) == lines


def test_this_very_file():
    data = Path(__file__).read_bytes()
    assert decode(data, Kind.PYTHON).text == data.decode("utf-8")


def test_whatever_python_reads_is_read_the_same():
    pieces = [b"#", b"coding", b":", b"=", b" ", b"\t", b"\x0c", b"\n", b"\r", b"\r\n", b"latin-1", b"utf-8", b"utf8"]
    pieces += [b"x=1", b"\\", b"'''", b"\xe9", codecs.BOM_UTF8, b"cp1252", b"\x0b", b"-*-", b"utf_8_sig", b"utf-16"]
    chance = random.Random(1)
    for _ in range(5000):
        data = b"".join(chance.choices(pieces, k=chance.randint(1, 10))) + b"\ny='\xc3\xa9'"
        try:
            theirs = ast.dump(ast.parse(data))
        except (SyntaxError, ValueError):
            continue
        assert ast.dump(ast.parse(decode(data, Kind.PYTHON).text)) == theirs, data
