"""Python: dynamic code, imports, deserialization, native code, and names that hide them."""

from __future__ import annotations

import pytest
from scanning import scan_text


def found(text: str, *rules: str) -> list[tuple[str, int]]:
    return [(one.rule, one.line) for one in scan_text("a.py", text) if one.rule in rules]


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param("eval(x)", [1], id="builtin"),
        pytest.param("import builtins\nbuiltins.eval(x)", [2], id="through builtins"),
        pytest.param("e = eval\ne(x)", [2], id="alias"),
        pytest.param("a, e = 1, eval\ne(x)", [2], id="unpacked alias"),
        pytest.param("__builtins__['ev' + 'al'](x)", [1], id="item of __builtins__"),
        pytest.param("vars(__builtins__)['exec'](x)", [1], id="vars of __builtins__"),
        pytest.param("globals()['__builtins__'].eval(x)", [1], id="through globals"),
        pytest.param("getattr(__import__('built' + 'ins'), 'ex' + 'ec')(x)", [1], id="getattr of pieces"),
        pytest.param("f.__globals__['__builtins__']['eval'](x)", [1], id="globals of a function"),
        pytest.param("import operator, builtins\noperator.attrgetter('eval')(builtins)(x)", [2], id="attrgetter"),
        pytest.param("ｅｖａｌ(x)", [1], id="a name that is normalised"),
        pytest.param("d = {'run': exec}\nd['run'](x)", [2], id="item of a dict"),
        pytest.param("(lambda f: f(x))(eval)", [1], id="handed to a lambda"),
        pytest.param("def f(g):\n    g(x)\nf(eval)", [3], id="handed to a function"),
        pytest.param("@exec\n@input\nclass X: pass", [1], id="decorator"),
        pytest.param("sorted(xs, key=eval)", [1], id="handed to a builtin"),
        pytest.param("loop.run_in_executor(None, eval, x)", [1], id="handed to an executor"),
        pytest.param("[eval for eval in ()]\ndef f(x):\n    eval(x)", [3], id="a comprehension's name stays inside"),
        pytest.param("if a:\n    eval = print\neval(x)", [3], id="hidden only if a branch runs"),
        pytest.param("eval = print\ndel eval\neval(x)", [3], id="seen again after del"),
        pytest.param("def f(x):\n    return 1\n    eval(x)", [3], id="behind a return"),
        pytest.param("import sys\nsys.exit()\neval(x)", [3], id="behind an exit"),
        pytest.param("import types\ndef f(c):\n    types.FunctionType(c, {})", [3], id="function from a code object"),
    ),
)
def test_dex001_reports(text: str, expected: list[int]) -> None:
    assert found(text, "DEX001") == [("DEX001", line) for line in expected]


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("import re\nre.compile(x)", id="compile of another module"),
        pytest.param("model.eval()", id="method of that name"),
        pytest.param("from mine import eval\neval(x)", id="imported name hides the builtin"),
        pytest.param("def f(x):\n    from builtins import str as exec\n    exec(x)", id="local import hides it"),
        pytest.param("def eval(x): pass\neval(1)", id="own function of that name"),
        pytest.param("def f(eval):\n    eval(x)", id="parameter of that name"),
        pytest.param("import ast\nast.literal_eval(x)", id="literal_eval"),
        pytest.param("list(map(eval, []))", id="nothing to call it with"),
        pytest.param("import types\ntypes.FunctionType(f.__code__, {})", id="copy of a function"),
        pytest.param("print('eval(x)')  # eval(x)", id="text and comment"),
    ),
)
def test_dex001_is_silent(text: str) -> None:
    assert not found(text, "DEX001")


@pytest.mark.parametrize(
    ("text", "rule", "expected"),
    (
        pytest.param("__import__(x)", "DEX002", [1], id="computed import"),
        pytest.param("import importlib\nimportlib.import_module('a.' + x)", "DEX002", [2], id="half-known import"),
        pytest.param("import runpy\nrunpy.run_path(x)\nrunpy.run_module(y)", "DEX002", [2, 3], id="runpy"),
        pytest.param(
            "import importlib.util as u\ns = u.spec_from_file_location('x', p)\ns.loader.exec_module(m)",
            "DEX002",
            [2, 3],
            id="a spec, and what it loads",
        ),
        pytest.param("import runpy\nrunpy.run_path('/tmp/x.py')", "DEX002", [2], id="runpy outside the project"),
        pytest.param(
            "import importlib.machinery as m\nm.SourceFileLoader('x', p).load_module()", "DEX002", [2, 2], id="loader"
        ),
        pytest.param("import imp\nimp.load_source('x', '/tmp/x.py')", "DEX002", [2], id="file outside the project"),
        pytest.param("import pickle\npickle.loads(x)", "DES001", [2], id="pickle"),
        pytest.param("import pickle\npickle.Unpickler(f).load()", "DES001", [2], id="unpickler"),
        pytest.param("import yaml\nyaml.load(x)", "DES001", [2], id="yaml without a loader"),
        pytest.param("import yaml\nyaml.load(x, Loader=yaml.Loader)", "DES001", [2], id="yaml, unsafe loader"),
        pytest.param("import torch\ntorch.load(x)", "DES001", [2], id="torch"),
        pytest.param("import numpy as np\nnp.load(x, allow_pickle=True)", "DES001", [2], id="numpy with pickle"),
        pytest.param("import shelve\nshelve.open(x)", "DES001", [2], id="shelve"),
        pytest.param("import ctypes\nctypes.CDLL('libc.so.6')", "DEX003", [2], id="library"),
        pytest.param("import ctypes\nctypes.windll.kernel32.VirtualAlloc(1)", "DEX003", [2], id="library by attribute"),
        pytest.param("import base64\nexec(base64.b64decode(x))", "OBF001", [2], id="decoded code"),
        pytest.param(
            "import zlib, base64\ny = zlib.decompress(base64.b64decode(x))\nexec(y)", "OBF001", [3], id="chain"
        ),
        pytest.param(
            "x = '" + "QUJDabcdefghijklmnopqrstuvwxyzDEFGHIJKLMNOPRSTUVWXYZ0123456789" * 40 + "'",
            "OBF001",
            [1],
            id="blob",
        ),
    ),
)
def test_other_code_is_reported(text: str, rule: str, expected: list[int]) -> None:
    assert found(text, rule) == [(rule, line) for line in expected]


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("import importlib\nimportlib.import_module('json')\n__import__('re')", id="constant import"),
        pytest.param("import runpy\nrunpy.run_module('pip')\nrunpy.run_path('x.py')", id="runpy by a constant name"),
        pytest.param("import pickle\npickle.dumps(x)", id="pickling"),
        pytest.param("import yaml\nyaml.safe_load(x)\nyaml.load(x, Loader=yaml.CSafeLoader)", id="safe yaml"),
        pytest.param("from yaml import SafeLoader as L, load\nload(x, L)", id="safe yaml by alias and position"),
        pytest.param(
            "import yaml\ntry:\n    from yaml import CSafeLoader as L\nexcept ImportError:\n"
            "    from yaml import SafeLoader as L\n"
            "yaml.load(x, Loader=L)",
            id="safe yaml either way",
        ),
        pytest.param("import yaml\nclass L(yaml.SafeLoader): pass\nyaml.load(x, Loader=L)", id="own safe loader"),
        pytest.param("import torch\ntorch.load(x, weights_only=True)", id="torch weights"),
        pytest.param("import numpy\nnumpy.load(x)", id="numpy"),
        pytest.param("import ctypes\nctypes.sizeof(ctypes.c_int)", id="types of ctypes"),
        pytest.param("def f(ctypes):\n    ctypes.CDLL('x')", id="a parameter called ctypes"),
        pytest.param("import base64\npicture = base64.b64decode(x)", id="decoded data"),
    ),
)
def test_other_code_is_silent(text: str) -> None:
    assert not found(text, "DEX002", "DEX003", "DES001", "OBF001")


@pytest.mark.parametrize(
    ("text", "chain"),
    (
        pytest.param("exec('import os; os.system(\"ls\")')", ("exec",), id="code in a constant"),
        pytest.param(
            "import base64\nexec(base64.b64decode('aW1wb3J0IG9zO29zLnN5c3RlbSgibHMiKQ=='))", ("exec",), id="decoded"
        ),
        pytest.param("def f(x):\n    exec(f'import os; os.system({x!r})')", ("exec",), id="half-known code"),
    ),
)
def test_code_inside_code_is_read(text: str, chain: tuple[str, ...]) -> None:
    assert chain in [one.finding.site.chain for one in scan_text("a.py", text, only="PEX001")]


def test_unknown_parts_of_code_prove_no_host() -> None:
    text = "def f(h):\n    exec(f'import requests; requests.get(\"https://{h}/\")')"
    assert [one.message for one in scan_text("a.py", text) if one.rule.startswith("NET")] == [
        "requests.get connects to a destination that is not known (https://{…}/)"
    ]


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("import yaml\ndef f(loader):\n    yaml.load(x, Loader=loader)", id="yaml loader"),
        pytest.param("import numpy\ndef f(flag):\n    numpy.load(x, allow_pickle=flag)", id="numpy flag"),
    ),
)
def test_what_would_make_it_safe_is_not_known(text: str) -> None:
    assert [one.severity.value for one in scan_text("a.py", text, only="DES001")] == ["high"]


def test_a_name_that_nothing_binds_is_only_a_guess() -> None:
    [one] = scan_text("a.py", "pickle.loads(x)")
    assert (one.rule, one.severity.value) == ("DES001", "high")
