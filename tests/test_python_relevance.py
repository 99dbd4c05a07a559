"""Functions that are not run, because nothing in them can matter, are those that would have told nothing."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from random import Random

import pytest

from gk_hooks.analyzers.context import analyze
from gk_hooks.analyzers.python import relevance
from gk_hooks.model.effects import Effect
from gk_hooks.model.kinds import Kind

LIBRARY = Path(sysconfig.get_path("stdlib"))
TEXTS = sorted(
    path for folder in (".", "email", "logging", "asyncio", "ctypes") for path in (LIBRARY / folder).glob("*.py")
)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        pytest.param(
            "import os\n\ndef call(what, with_what):\n    what(with_what)\n\ndef start():\n    call(os.system, 'id')\n",
            7,
            "id",
            id="a function without a word of its own calls what it is handed",
        ),
        pytest.param(
            "import os\n\ndef call(what):\n    again(what)\n\ndef again(what):\n    what('id')\n\ncall(os.system)\n",
            9,
            "id",
            id="two functions hand on what the module level gives",
        ),
        pytest.param(
            "from os import system as s\n\ndef start():\n    s('id')\n",
            4,
            "id",
            id="an API is imported under another name",
        ),
        pytest.param(
            "from ctypes import *\n\ndef load():\n    return CDLL('x.so')\n",
            4,
            "x.so",
            id="everything of a module is imported",
        ),
        pytest.param(
            "import requests\n\nclass Client(requests.Session):\n    pass\n\nclass Own(Client):\n"
            "    def fetch(self):\n        self.get('http://evil.example')\n",
            8,
            "http://evil.example",
            id="a class has its API from what it inherits",
        ),
        pytest.param(
            "import requests\n\nclass Client:\n    def __init__(self):\n        self.web = requests.Session()\n\n"
            "    def fetch(self):\n        self.web.get('http://evil.example')\n",
            8,
            "http://evil.example",
            id="an attribute holds an API",
        ),
        pytest.param(
            "import requests\n\nclass Client:\n    def aim(self):\n        self.url = 'http://evil.example'\n\n"
            "    def fetch(self):\n        requests.get(self.url)\n",
            8,
            "http://evil.example",
            id="an attribute is set by a method without a word of its own",
        ),
        pytest.param(
            "import requests\n\nclass Settings:\n    pass\n\nsettings = Settings()\n\ndef aim():\n"
            "    settings.url = 'http://evil.example'\n\ndef fetch():\n    requests.get(settings.url)\n",
            12,
            "http://evil.example",
            id="an attribute of a module's object is set by a function",
        ),
        pytest.param(
            "import requests\n\nURL = ''\n\ndef aim():\n    global URL\n    URL = 'http://evil.example'\n\n"
            "def fetch(url):\n    requests.get(url)\n\ndef main():\n    fetch('http://evil.example')\n",
            13,
            "http://evil.example",
            id="a caller says where to",
        ),
        pytest.param(
            "import requests\n\ndef fetch(url):\n    requests.get(url)\n\nTABLE = {'f': fetch}\n\n"
            "def main():\n    TABLE['f']('http://evil.example')\n",
            9,
            "http://evil.example",
            id="a caller finds the function in a table",
        ),
        pytest.param(
            "import requests\n\nclass Page:\n    def aim(self):\n        self.url = 'http://evil.example'\n\n"
            "    @property\n    def body(self):\n        return requests.get(self.url)\n\n"
            "def show(page):\n    return page.body\n",
            9,
            "http://evil.example",
            id="a property is what reads the attribute",
        ),
        pytest.param(
            "import requests\n\ndef outer():\n    def inner(url):\n        requests.get(url)\n    inner('http://evil.example')\n",
            6,
            "http://evil.example",
            id="a function inside another is called there",
        ),
        pytest.param(
            "import requests\n\ndef client():\n    return requests\n\ndef again():\n    return client()\n\n"
            "def main():\n    again().get('http://evil.example')\n",
            10,
            "http://evil.example",
            id="functions return an API",
        ),
        pytest.param(
            "import requests\n\nclient = lambda: requests\n\ndef main():\n    client().get('http://evil.example')\n",
            6,
            "http://evil.example",
            id="a lambda returns an API",
        ),
        pytest.param(
            "import os\n\ndef pick():\n    return os.system\n\ndef main():\n    with_it = pick()\n    with_it('id')\n",
            8,
            "id",
            id="a function returns what is called under another name",
        ),
        pytest.param(
            "def get():\n    return __import__('os')\n\ndef main():\n    get().system('id')\n",
            5,
            "id",
            id="a module is loaded by a name that nothing imports",
        ),
        pytest.param(
            "import os\n\ndef get(name):\n    return vars(os)[name]\n\ndef main():\n    get('sys' + 'tem')('id')\n",
            7,
            "id",
            id="what a function returns depends on what it is given",
        ),
        pytest.param(
            "import operator, os\n\nget = operator.attrgetter('system')\n\ndef main():\n    get(os)('id')\n",
            6,
            "id",
            id="an attribute is taken by a function that was made for it",
        ),
        pytest.param(
            "import builtins as b\n\ndef main(text):\n    b.open('/etc/cron.d/x', 'w').write(text)\n",
            4,
            "/etc/cron.d/x",
            id="the module of the builtins goes by another name",
        ),
        pytest.param(
            "import requests as r\n\ndef ｆｅｔｃｈ():\n    r.get('http://evil.example')\n\ndef main():\n    fetch()\n",
            4,
            "http://evil.example",
            id="names are compared as Python reads them",
        ),
    ],
)
def test_what_a_function_without_a_telling_word_leads_to_is_found(text: str, line: int, told: str) -> None:
    assert (line, told) in [(effect.site.line, said) for effect in effects_of(text) for said in said_by(effect)]


@pytest.mark.parametrize("part", range(8))
def test_nothing_is_lost_by_what_is_not_run(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in TEXTS[part::8]]
    quick = [effects_of(text) for text in texts]
    monkeypatch.setattr(relevance, "MAX_NAMES", -1)
    for path, text, found in zip(TEXTS[part::8], texts, quick, strict=True):
        assert found == effects_of(text), path


def test_nothing_is_lost_in_programs_that_hand_everything_around(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [program(Random(seed)) for seed in range(400)]
    quick = [effects_of(text) for text in texts]
    assert sum(map(bool, quick)) > len(texts) / 2
    monkeypatch.setattr(relevance, "MAX_NAMES", -1)
    for text, found in zip(texts, quick, strict=True):
        assert found == effects_of(text), text


def program(random: Random) -> str:
    """Functions, classes and globals that hand values to each other at random, few of them more than data."""
    parts = [f"{name} = {expression(random)}\n" for name in "GH"]
    for number in range(5):
        first = "    global G\n" if random.random() < 0.1 else ""
        body = "".join(f"    {statement(random)}\n" for _ in range(random.randint(1, 3)))
        parts.append(f"def f{number}(p={random.choice(('None', 'os.system', 'G'))}):\n{first}{body}")
    for number in range(2):
        base = random.choice(("", "", "(requests.Session)", "(C0)" if number else ""))
        methods = "".join(
            f"    def {name}(self, p=None):\n        {statement(random)}\n        {statement(random)}\n"
            for name in random.sample(("__init__", "m", "get", "__call__"), 3)
        )
        parts.append(f"class C{number}{base}:\n    a = {expression(random)}\n{methods}")
    random.shuffle(parts)
    start = random.choice(("", "from os import system as s\n", "import subprocess as s\n", "s = __import__('os')\n"))
    return "import os, requests\n" + start + "".join(parts)


def statement(random: Random) -> str:
    value, other = expression(random), expression(random)
    name, attribute = random.choice("xyG"), random.choice("ab")
    forms = (
        *(f"{name} = {value}", f"return {value}", f"return {value}", f"self.{attribute} = {value}", value),
        *(f"H.{attribute} = {value}", f"for {name} in {value}: {other}", f"with {value} as {name}: {other}"),
    )
    return random.choice(forms)


def expression(random: Random, depth: int = 0) -> str:
    """An expression; one name in ten is one that the catalogues know."""
    known = random.choice(("os.system", "requests", "requests.get", "s", "open", "eval", "getattr", "vars"))
    plain = (
        *(random.choice("xyGHp"), f"f{random.randrange(5)}", f"C{random.randrange(2)}", f"self.{random.choice('ab')}"),
        random.choice(("'id'", "'http://evil.example'", "'/etc/cron.d/x'")),
    )
    if depth > 2 or random.random() < 0.4:
        return known if random.random() < 0.1 else random.choice(plain)
    one, two = expression(random, depth + 1), expression(random, depth + 1)
    forms = (
        *(f"({one})({two})", f"f{random.randrange(5)}({one})", f"C{random.randrange(2)}({one})", f"self.m({one})"),
        *(f"({one}).{random.choice(('m', 'a', 'get', 'system'))}", f"[{one}, {two}]", f"{{'k': {one}}}"),
        *(f"({one} or {two})", f"({one})['k']", f"(lambda q: {one})", f"getattr({one}, 'system')"),
    )
    return random.choice(forms)


def effects_of(text: str) -> list[Effect]:
    return analyze(Kind.PYTHON, text)


def said_by(effect: Effect) -> list[str]:
    """The constants that an effect tells of."""
    texts = [getattr(effect, name, None) for name in ("destination", "text", "library", "payload", "path")]
    return [option for text in texts if text is not None for option in text.options]
