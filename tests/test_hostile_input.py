"""Files made to break a scanner: each is recorded, the others are scanned, nothing crashes and nothing hangs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from scanning import analyze_text, gk

from gk_hooks.model.kinds import KIND_BY_SUFFIX
from gk_hooks.model.snapshot import Status

LIMIT = 60
"""Seconds of processor time for one file on a slow machine, a guard against hanging; each takes a few at most."""

BAD = 'import requests\nrequests.get("https://evil.example/")\n'


def nested_fstrings(depth: int) -> str:
    text = "x"
    for number in range(depth):
        quote = "\"'"[number % 2]
        text = f"f{quote}{{{text}}}{quote}" if number < 2 else f"f'''{{{text}}}'''"
    return text


UNREADABLE: dict[str, Callable[[], str | bytes]] = {
    "a NUL": lambda: b"import os\0\n",
    "a cookie of an encoding that is not": lambda: b"# coding: no-such-codec\nx = 1\n",
    "a cookie of a codec that is no text": lambda: b"# coding: base64\nx = 1\n",
    "bytes that are not in the encoding of the cookie": lambda: b"# coding: ascii\nx = '\xff'\n",
    "200,000 nested parentheses": lambda: "(" * 200_000 + ")" * 200_000,
    "200,000 open brackets": lambda: "[" * 200_000,
    "a list in a list, 100,000 deep": lambda: "x = " + "[" * 100_000 + "]" * 100_000,
    "200,000 unary operators": lambda: "x = " + "-" * 200_000 + "1",
    "20,000 nested blocks": lambda: "".join(" " * depth + "if x:\n" for depth in range(2_000)) + " " * 2_000 + "pass",
    "an indentation that fits nothing": lambda: "if x:\n    a\n  b\n",
    "an unclosed string": lambda: 'x = """' + "a" * 1_000_000,
}
"""Python files that no interpreter could run, and some that it could but no analyzer can hold."""

TIRING: dict[str, Callable[[], str | bytes]] = {
    "a line of 4 MB": lambda: "import os\nx = '" + "a" * 4_000_000 + "'\n",
    "a line of 4 MB of code": lambda: "import os\n" + "x=os;" * 800_000 + "\n",
    "a sum of 20,000 terms": lambda: "import os\nx = " + "+".join(["a"] * 20_000) + "\nos.system(x)\n",
    "a sum of 20,000 strings": lambda: "import os\nx = " + "+".join(['"ab"'] * 20_000) + "\nos.system(x)\n",
    "3,000 elifs": lambda: "import os\nif a: pass\n" + "elif os.system(a): pass\n" * 3_000,
    "3,000 attributes": lambda: "import os\nx = os" + ".a" * 3_000 + "\n",
    "3,000 calls in a chain": lambda: "import os\nx = os" + ".a()" * 3_000 + "\n",
    "3,000 subscripts": lambda: "import os\nx = os" + "[0]" * 3_000 + "\n",
    "f-strings in f-strings": lambda: "import os\nos.system(" + nested_fstrings(3) + ")\n",
    "a string that doubles 60 times": lambda: "import os\nx = 'ab'\n" + "x += x\n" * 60 + "os.system(x)\n",
    "a format that doubles 60 times": lambda: "import os\nx = 'ab'\n" + "x = f'{x}{x}'\n" * 60 + "os.system(x)\n",
    "a list that doubles 60 times": lambda: "import os\nx = ['ab']\n" + "x = x + x\n" * 60 + "os.system(x[0])\n",
    "a repetition beyond memory": lambda: "import os\nos.system('ab' * 10 ** 12)\n",
    "a power beyond memory": lambda: "import os\nos.system(str(9 ** 9 ** 9))\n",
    "a format of a billion columns": lambda: "import os\nos.system('%1000000000d' % 1)\nos.system(f'{1:>999999999}')\n",
    "a decompression bomb": lambda: (
        "import zlib, base64\nexec(zlib.decompress(base64.b64decode("
        "'eJztwTEBAAAAwqD1T20JT6AAAAAAAAAAAAAAAAAAAAAAAAAAAHgYOuAAAQ==')))\n"
    ),
    "5,000 assignments of one name": lambda: (
        "import os\n" + "".join(f"x = 'a{number}'\n" for number in range(5_000)) + "os.system(x)\n"
    ),
    "5,000 values of one name": lambda: (
        "import os\n" + "".join(f"if a{number}: x = 'a{number}'\n" for number in range(5_000)) + "os.system(x)\n"
    ),
    "2,000 functions that call each other": lambda: (
        "import os\n"
        + "".join(f"def f{n}(x): return f{(n + 1) % 2_000}(x + x)\n" for n in range(2_000))
        + "os.system(f0('a'))\n"
    ),
    "a function that calls itself twice": lambda: (
        "import os\ndef f(x): return f(x + 'a') + f(x + 'b')\nos.system(f(''))\n"
    ),
    "30 loops in each other": lambda: (
        "import os\nx = 'a'\n"
        + "".join(f"{' ' * n}for i{n} in x:\n{' ' * n} x += x\n" for n in range(18))
        + " " * 18
        + "os.system(x)\n"
    ),
    "a name of a megabyte": lambda: "import os\n" + "a" * 1_000_000 + " = os\n",
    "aliases in a circle": lambda: "import os\na = b = os.system\n" + "a, b = b, a\n" * 2_000 + "a('ls')\n",
    "classes that inherit in a circle": lambda: "import os\n" + "class A(A): x = os.system\n" * 1_000 + "A().x('ls')\n",
    "lone surrogates": lambda: "import os\nos.system('\\ud800\\udfff')\n",
    "ten thousand heads of commands": lambda: "import os\nos.system('" + "sudo env " * 10_000 + "ls')\n",
}
"""Python files that are valid, and expensive for whoever is careless."""

SCRIPTS: dict[str, Callable[[], str | bytes]] = {
    "nested parentheses": lambda: "(" * 100_000,
    "nested substitutions": lambda: "$(" * 50_000,
    "nested braces": lambda: "{" * 100_000 + "}" * 100_000,
    "quotes without end": lambda: "'\"" * 100_000,
    "back-ticks and carets": lambda: "`^" * 100_000,
    "a line of a megabyte": lambda: "echo " + "a" * 1_000_000,
    "variables in each other": lambda: "%a" * 50_000 + "${a" * 50_000,
    "here-documents without end": lambda: "cat <<A\n" * 5_000,
    "a here-string without end": lambda: "$x = @'\n" * 5_000,
    "doubling": lambda: "x=ab\n" + 'x="$x$x"\n' * 60 + 'eval "$x"\n',
    "doubling, as cmd writes it": lambda: "set x=ab\n" + "set x=%x%%x%\n" * 60 + "%x%\n",
    "doubling, as PowerShell writes it": lambda: "$x = 'ab'\n" + "$x = $x + $x\n" * 60 + "iex $x\n",
    "doubling, as VBScript writes it": lambda: 'x = "ab"\n' + "x = x & x\n" * 60 + "Execute x\n",
    "continuations": lambda: "echo a ^\n" * 5_000 + "echo a \\\n" * 5_000 + "echo a `\n" * 5_000 + "x = a _\n" * 5_000,
    "pipes": lambda: "a|" * 50_000,
    "control characters": lambda: "\x01\x02\x1b\u202e" * 50_000,
}
"""Whatever language a script is in, none of this may cost more than its length."""


def timed(path: str, text: str | bytes) -> Status:
    start = time.process_time()
    result = analyze_text(path, text)
    assert time.process_time() - start < LIMIT
    assert "please report this" not in result.record.reason
    if result.record.status is not Status.ANALYZED:
        assert {finding.rule_id for finding in result.findings} & {"SCAN001", "SCAN002"}
        assert result.record.reason
    return result.record.status


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_on_the_record(name: str) -> None:
    assert timed("a.py", UNREADABLE[name]()) is not Status.ANALYZED


@pytest.mark.parametrize("name", TIRING)
def test_what_is_expensive_ends(name: str) -> None:
    timed("a.py", TIRING[name]())


@pytest.mark.parametrize("suffix", sorted(set(KIND_BY_SUFFIX) - {".py"}))
@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_end(name: str, suffix: str) -> None:
    timed(f"a{suffix}", SCRIPTS[name]())


def test_one_hostile_file_costs_no_other(tmp_path: Path) -> None:
    for number, make in enumerate(UNREADABLE.values()):
        data = make()
        (tmp_path / f"hostile{number:02}.py").write_bytes(data if isinstance(data, bytes) else data.encode())
    (tmp_path / "zz.py").write_text(BAD, encoding="utf-8")
    done = gk("scan", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    report = json.loads((tmp_path / "mcen_audit" / "report.json").read_text(encoding="utf-8"))
    assert len(report["coverage"]["not_analyzed"]) == len(UNREADABLE)
    assert [f["line"] for f in report["findings"] if f["rule_id"] == "NET001"] == [2]
    assert "audit is incomplete" in done.stdout


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_incomplete_audit_never_passes(tmp_path: Path, name: str) -> None:
    data = UNREADABLE[name]()
    (tmp_path / "a.py").write_bytes(data if isinstance(data, bytes) else data.encode())
    assert gk("scan", cwd=tmp_path).returncode == 2


def test_a_file_above_the_limit_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.py").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    assert gk("scan", cwd=tmp_path, timeout=LIMIT).returncode == 2
    report = json.loads((tmp_path / "mcen_audit" / "report.json").read_text(encoding="utf-8"))
    assert [entry["path"] for entry in report["inventory"]["skipped_files"]] == ["huge.py"]


def test_evidence_never_dumps_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import os\nos.system('" + "secret " * 100_000 + "')\n", encoding="utf-8")
    done = gk("scan", "-f", "text=all.txt", cwd=tmp_path)
    assert done.returncode == 1
    for text in (done.stdout, *(path.read_text("utf-8") for path in (tmp_path / "mcen_audit").glob("report.*"))):
        assert len(text) < 20_000
    assert (tmp_path / "all.txt").stat().st_size < 20_000
