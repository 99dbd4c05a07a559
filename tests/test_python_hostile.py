"""Python: hostile texts neither crash nor hang the analyzer, and the same text always has the same effects."""

from __future__ import annotations

import time

import pytest

from gk_hooks.analyzers.context import analyze
from gk_hooks.model.effects import Unparsed
from gk_hooks.model.kinds import Kind

SECONDS = 20
"""Of the processor: far more than any case needs, far less than one that is not bounded."""


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("import os\nx = 'a'\n" + "x = [x, x, x]\n" * 200 + "os.system(x)", id="lists of themselves"),
        pytest.param(
            "import os\nx = y = 'a'\n" + "x = [x, x]\ny = [y, y]\n" * 100 + "z = x if a else y", id="two of them"
        ),
        pytest.param("import requests\nx = 1\n" + "x = requests.Session(x, x)\n" * 200, id="calls of themselves"),
        pytest.param("import os\nx = 'ab'\n" + "x = f'{x}{x}'\n" * 500 + "os.system(x)", id="doubling"),
        pytest.param("import os\nx = 'a'\n" + "x = x + ('a' if c else 'b')\n" * 2_000, id="alternatives"),
        pytest.param("import os\nx = '%(' * 30_000\n" + "y = x % {'a': 1}\n" * 100, id="percent signs"),
        pytest.param("import os\nx = 'a,' * 50_000\n" + "y = x.split(',')\n" * 5_000, id="splitting"),
        pytest.param("import os\nx = 'a' * 90_000\nL = [x] * 2_000\n" + "y = ''.join(L)\n" * 500, id="joining"),
        pytest.param("import os\n'é'; " + "x = 'a'; os.getpid(); " * 10_000, id="one long line"),
        pytest.param(
            "import os\nL = list('abcdefghij' * 50)\n[[[os.system(a) for a in L] for b in L] for c in L]",
            id="nested loops",
        ),
        pytest.param(
            "import os\ndef f(x): " + "g(x); " * 50 + "\ndef g(x): " + "os.system(x); " * 50 + "\n" + "f('a')\n" * 500,
            id="calls",
        ),
        pytest.param("import os\nf = lambda x: f(x)\nf('a')\n(lambda g: g(g))(lambda g: g(g))", id="recursion"),
        pytest.param(
            "import os\nclass C0: pass\n"
            + "".join(f"class C{n}(C{n - 1}):\n def m(self): self.z()\n" for n in range(1, 2_000)),
            id="inheritance",
        ),
        pytest.param("import os\nx = " + "(" * 100 + "1" + ")" * 100, id="parentheses"),
        pytest.param("import os\nx = " + " + ".join(["'a'"] * 2_500) + "\nos.system(x)", id="a long sum"),
        pytest.param("import os\nos.system('\\ud800')\nexec('\\ud800')", id="lone surrogates"),
        pytest.param("import os\n'{²}'.format(1)\n'{0[}'.format(1)\n'{9999999999}'.format(1)", id="odd fields"),
        pytest.param("import os\nint('9' * 60, 37)\n'a' * -1\n1 << 10**9\n'x'[10**9]\n'x'[::0]", id="odd numbers"),
        pytest.param("#" + ("a" * 59 + " ") * 20_000, id="almost encoded data"),
    ),
)
def test_hostile_texts_end(text: str) -> None:
    start = time.process_time()
    analyze(Kind.PYTHON, text)
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("x = " + "(" * 200_000, id="nesting"),
        pytest.param("x = 1\0", id="a NUL"),
        pytest.param("def f(:", id="a syntax error"),
        pytest.param("x = " + "-" * 100_000 + "1", id="signs"),
        pytest.param(
            "import os\nos.system('x')\n" + "".join(f"x{n} = f(a, b, c, d, e)\n" for n in range(100_000)), id="too much"
        ),
    ),
)
def test_what_cannot_be_read_is_said(text: str) -> None:
    assert [type(effect) for effect in analyze(Kind.PYTHON, text)][-1] is Unparsed


def test_a_long_table_of_data_is_read_to_its_end() -> None:
    text = "import os\nT = (" + "1, " * 600_000 + ")\nos.system('x')"
    assert [type(effect).__name__ for effect in analyze(Kind.PYTHON, text)][:1] == ["Execute"]


def test_what_was_found_before_the_end_stands() -> None:
    text = "import os\nos.system('x')\n" + "".join(f"x{n} = f(a, b, c, d, e)\n" for n in range(100_000))
    assert next(effect.site.line for effect in analyze(Kind.PYTHON, text)) == 2


def test_any_program_is_survived_and_told_the_same_way_twice() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    strategies = hypothesis.strategies
    pieces = strategies.sampled_from(PIECES)

    @hypothesis.settings(max_examples=150, deadline=None, derandomize=True)
    @hypothesis.given(strategies.lists(pieces, min_size=1, max_size=12))
    def check(chosen: list[str]) -> None:
        text = "import os, requests, subprocess, base64\n" + "\n".join(chosen)
        first = analyze(Kind.PYTHON, text)
        assert first == analyze(Kind.PYTHON, text)
        assert not [effect for effect in first if isinstance(effect, Unparsed)]

    check()


PIECES = (
    "x = 'a'",
    "x = x + y",
    "y = [x, *z, x]",
    "z = {'a': x, **w}",
    "x = z['a'] if y else z.get('b', x)",
    "for x in y: z = x",
    "for i, (x, y) in enumerate(zip(y, z)): x.append(i)",
    "while x: x = x[1:]",
    "def f(x, *a, k='b', **w): return g(x, *a, k=k, **w)",
    "def g(*a, **w): return f(*a, **w) if a else os.system(w)",
    "x = f(x, k=y)",
    "y = (lambda *a: a[0](*a[1:]))(f, x)",
    "class C:\n    a = 'x'\n    def __init__(self, b): self.b = b\n    def m(self): return requests.get(self.b)",
    "z = C(x)",
    "x = z.m()",
    "z.b = x",
    "x = C",
    "with open(x) as y, requests.Session() as z: z.get(x)",
    "try:\n    x = y()\nexcept E as e:\n    x = e\nelse:\n    y = x\nfinally:\n    z = x",
    "match x:\n    case [a, *b]: y = a\n    case {'k': v, **r}: y = v\n    case _: y = z",
    "x = '%s-%(a)s-%*d' % (x, y)",
    "x = '{} {0} {a.b} {c[d]} {:>3}'.format(x, *y, **z)",
    "x = f'{x!r:>{y}}'",
    "x = getattr(os, x, y)(z)",
    "x = globals()[x]",
    "x = os.__dict__[y]",
    "del x",
    "global x",
    "x = [y for y in x if (z := y)]",
    "x = {a: b for a, b in z.items()}",
    "subprocess.run([x, *y], shell=z, **w)",
    "subprocess.run(x.split(), executable=y)",
    "exec(base64.b64decode(x).decode(y))",
    "x = ''.join(map(chr, [104, 105]))",
    "x = x * 3 if x else -x",
    "@f\n@os.system\ndef h(): yield x",
    "x, y = y, x",
    "[x, [y, *z]] = w",
    "x = lambda: x",
    "x: str = y",
    "x += y",
    "x[y] = z",
    "x.y = z",
    "assert x, os.system(y)",
    "x = x if y and z or w else not x",
)
