"""Python: connections, destinations, servers and sockets."""

from __future__ import annotations

import pytest
from scanning import scan_text

HOST = "https://evil.example/a"


def lines(text: str, rule: str) -> list[int]:
    return [one.line for one in scan_text("a.py", text, only=rule)]


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param(f"import requests\nrequests.get('{HOST}')", [2], id="module function"),
        pytest.param(f"import requests as r\nr.patch('{HOST}')", [2], id="alias of a module"),
        pytest.param(f"from requests import get as fetch\nfetch('{HOST}')", [2], id="alias of a function"),
        pytest.param(f"import urllib2\nurllib2.urlopen('{HOST}')", [2], id="an old name"),
        pytest.param(f"from six.moves.urllib.request import urlopen\nurlopen('{HOST}')", [2], id="a vendored name"),
        pytest.param(f"import requests\nrequests.request('GET', url='{HOST}')", [2], id="keyword"),
        pytest.param(f"import requests\nrequests.get(**{{'url': '{HOST}'}})", [2], id="keyword in a dict"),
        pytest.param(f"import requests\ns = requests.Session()\ns.get('{HOST}')", [3], id="method of a client"),
        pytest.param(f"import httpx\nwith httpx.Client() as c:\n    c.get('{HOST}')", [3], id="context manager"),
        pytest.param("import httpx\nc = httpx.Client(base_url='https://evil.example')", [2], id="base URL"),
        pytest.param(
            "import httpx\nc = httpx.Client(base_url='https://evil.example')\nc.get('/a')",
            [2, 3],
            id="path below the base URL",
        ),
        pytest.param(f"import requests\nclass S(requests.Session): pass\nS().get('{HOST}')", [3], id="subclass"),
        pytest.param(
            f"from functools import partial\nimport requests\npartial(requests.get, '{HOST}')()", [3], id="partial"
        ),
        pytest.param(f"import requests\nlist(map(requests.get, ['{HOST}']))", [2], id="map"),
        pytest.param("import socket\nsocket.create_connection(('evil.example', 443))", [2], id="address pair"),
        pytest.param("import asyncio\nasyncio.open_connection('evil.example', 443)", [2], id="host argument"),
        pytest.param("import smtplib\nsmtplib.SMTP('mail.example.com')", [2], id="bare host"),
        pytest.param("sock.connect(('evil.example', 443))", [1], id="unknown socket, literal address"),
        pytest.param(
            "import requests\nrequests.get('http://localhost@evil.example')", [2], id="user information is no host"
        ),
        pytest.param("import requests\nrequests.get('http://127.0.0.1.evil.example')", [2], id="looks like loopback"),
        pytest.param(
            "import requests\ndef f(x):\n    requests.get(f'https://evil.example/{x}')", [3], id="unknown path"
        ),
        pytest.param(
            f"import requests\ndef fetch(u):\n    return requests.get(u)\nfetch('{HOST}')",
            [4],
            id="helper, at its call",
        ),
        pytest.param(
            f"import requests\ndef g(u): requests.get(u)\ndef f(u): g(u)\nf('{HOST}')", [4], id="helper of a helper"
        ),
        pytest.param(f"import requests\ndef url(): return '{HOST}'\nrequests.get(url())", [3], id="returned constant"),
        pytest.param(
            "import requests\nclass C:\n    def __init__(self, b):\n        self.b = b\n"
            "    def go(self): requests.get(self.b)\nC('https://evil.example').go()",
            [6],
            id="constant through a constructor",
        ),
        pytest.param(
            "import requests\nfrom dataclasses import dataclass\n@dataclass\nclass C:\n    b: str\n"
            "    def go(self): requests.get(self.b)\nC('https://evil.example').go()",
            [7],
            id="constant through a dataclass",
        ),
        pytest.param(
            f"import requests\nclass C:\n    U = '{HOST}'\n    def go(self): requests.get(self.U)",
            [4],
            id="class attribute",
        ),
    ),
)
def test_net001_reports(text: str, expected: list[int]) -> None:
    assert lines(text, "NET001") == expected


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("import requests\nrequests.get('http://localhost:8000/')", id="localhost"),
        pytest.param("import requests\nrequests.get('http://127.0.0.9/')", id="the loopback block"),
        pytest.param("import requests\nrequests.get('http://[::1]:80/')", id="IPv6 loopback"),
        pytest.param("import requests\nrequests.get('http://2130706433/')", id="loopback as one number"),
        pytest.param(
            "import requests\ndef f(x):\n    requests.get(f'http://localhost:8000/{x}')", id="unknown path below"
        ),
        pytest.param("import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect(path)", id="UNIX socket"),
        pytest.param("import socket\ns = socket.socket()\ns.connect('/run/x.sock')", id="path of a UNIX socket"),
        pytest.param("signal.connect(('a', 'b'))", id="a pair that is no address"),
        pytest.param(
            "from mine import requests\nrequests.get('https://evil.example')", id="another module of that name"
        ),
        pytest.param("def f(requests):\n    requests.get('https://evil.example')", id="a parameter of that name"),
        pytest.param(
            "import smtplib\nclass M:\n    client: smtplib.SMTP\n    def x(self): open('f')", id="a type only"
        ),
    ),
)
def test_the_network_rules_are_silent(text: str) -> None:
    assert not [one for one in scan_text("a.py", text) if one.rule.startswith("NET") and one.severity.value != "low"]


@pytest.mark.parametrize(
    ("text", "message"),
    (
        pytest.param(
            "import os, requests\nrequests.get(os.environ['U'])",
            "requests.get connects to a destination that is not known from the environment",
            id="environment",
        ),
        pytest.param(
            "import os, requests\nrequests.get(os.environ.get('U', 'https://evil.example'))",
            "requests.get connects to a destination that is not known from the environment, by default "
            "https://evil.example",
            id="environment with a default",
        ),
        pytest.param(
            "import requests\ndef f(u='https://evil.example'):\n    requests.get(u)",
            "requests.get connects to a destination that is not known from a parameter, by default "
            "https://evil.example",
            id="a default proves nothing",
        ),
        pytest.param(
            "import requests\ndef f(x):\n    requests.get(f'http://localhost{x}')",
            "requests.get connects to a destination that is not known (http://localhost{…})",
            id="the host is not finished",
        ),
        pytest.param(
            "import requests\ndef f(*a):\n    requests.request(*a, 'https://evil.example')",
            "requests.request connects to a destination that is not known",
            id="position behind unknown arguments",
        ),
        pytest.param(
            "import asyncio\nasync def f(h):\n    await asyncio.open_connection(h, 1)",
            "asyncio.open_connection connects to a destination that is not known",
            id="awaited",
        ),
    ),
)
def test_unknown_destinations_stay_unknown(text: str, message: str) -> None:
    assert [one.message for one in scan_text("a.py", text) if one.rule in {"NET001", "NET002"}] == [message]


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param("import socket\ns = socket.socket()\ns.bind(('', 80))", [3], id="empty host"),
        pytest.param("import socket\nwith socket.socket() as s:\n    s.bind(('::', 80))", [3], id="IPv6 wildcard"),
        pytest.param("app.run(host='0.0.0.0')", [1], id="unknown application"),
        pytest.param("app.run('0.0.0.0')", [1], id="unknown application, by position"),
        pytest.param("import uvicorn\nuvicorn.run(app, host='0.0.0.0')", [2], id="uvicorn"),
        pytest.param("from http.server import HTTPServer as H\nH(('', 80), h)", [2], id="standard library"),
        pytest.param("import asyncio\nasyncio.start_server(cb, port=1)", [2], id="the library's default"),
        pytest.param("s.bind(('0.0.0.0', 80))", [1], id="unknown socket"),
    ),
)
def test_net003_reports(text: str, expected: list[int]) -> None:
    assert lines(text, "NET003") == expected


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("from flask import Flask\nFlask(n).run()", id="the default is loopback"),
        pytest.param("runner.run(host='web1')", id="a host to run on"),
        pytest.param("key.bind(('a', 'b'))", id="no address"),
        pytest.param("import socket\ns = socket.socket()\ns.bind(('127.0.0.1', 80))", id="loopback"),
    ),
)
def test_net003_is_silent(text: str) -> None:
    assert not lines(text, "NET003")


def test_the_trail_leads_from_the_literal_to_the_call() -> None:
    [found] = scan_text(
        "a.py", f"import requests\ndef f(u):\n    requests.get(u)\nBASE = '{HOST}'\nf(BASE)", only="NET001"
    )
    assert [(step.line, step.what) for step in found.finding.trail] == [(4, f"BASE = '{HOST}'"), (5, "f(BASE)")]
    assert found.finding.site.chain == ("f",)


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param("import httpx\ndef client(): return httpx.Client()", [2], id="a client that is handed on"),
        pytest.param("import requests\nserve(requests.session())", [2], id="by its other name"),
        pytest.param("import httpx\nc = httpx.Client()\nc.get('http://127.0.0.1/')", [], id="one that stays here"),
        pytest.param(
            "import httpx\nclass A:\n    def __init__(self): self.c = httpx.Client()\n"
            "    def f(self): self.c.get('http://127.0.0.1/')",
            [],
            id="one that an object keeps",
        ),
    ),
)
def test_whoever_gets_a_client_decides_where_it_goes(text: str, expected: list[int]) -> None:
    assert lines(text, "NET002") == expected
