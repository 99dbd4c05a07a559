"""Functions that are not run, because nothing in them can matter, are those that would have told nothing."""

from __future__ import annotations

import sysconfig
from pathlib import Path

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


def effects_of(text: str) -> list[Effect]:
    return analyze(Kind.PYTHON, text)


def said_by(effect: Effect) -> list[str]:
    """The constants that an effect tells of."""
    texts = [getattr(effect, name, None) for name in ("destination", "text", "library", "payload")]
    return [option for text in texts if text is not None for option in text.options]
