"""Python: how values flow and fold, seen through the destination of a request."""

from __future__ import annotations

import pytest
from scanning import scan_text

EVIL = "https://evil.example/x"


def destination(text: str) -> str:
    """What the last request of *text* is known to reach."""
    *_, last = [one.finding for one in scan_text("a.py", "import requests\n" + text) if one.rule.startswith("NET00")]
    return last.destination


@pytest.mark.parametrize(
    "text",
    (
        pytest.param(f"u = '{EVIL}'\nrequests.get(u)", id="assignment"),
        pytest.param("h = 'evil.example'\nrequests.get('https://' + h + '/x')", id="concatenation"),
        pytest.param("h = 'evil.example'\nrequests.get(f'https://{h}/x')", id="f-string"),
        pytest.param("requests.get('https://%s/%s' % ('evil.example', 'x'))", id="percent"),
        pytest.param("requests.get('https://%(h)s/x' % {'h': 'evil.example'})", id="percent with names"),
        pytest.param("requests.get('https://{}/{p}'.format('evil.example', p='x'))", id="format"),
        pytest.param("requests.get('https://{h}/x'.format_map({'h': 'evil.example'}))", id="format_map"),
        pytest.param("requests.get('/'.join(['https:/', 'evil.example', 'x']))", id="join"),
        pytest.param("requests.get(str.join('/', ('https:/', 'evil.example', 'x')))", id="join through str"),
        pytest.param("u = 'https://evil.example'\nu += '/x'\nrequests.get(u)", id="augmented assignment"),
        pytest.param(f"a, (b, c) = 1, ('{EVIL}', 2)\nrequests.get(b)", id="unpacking"),
        pytest.param(f"if (u := '{EVIL}'):\n    requests.get(u)", id="walrus"),
        pytest.param(f"for u in ['{EVIL}']:\n    requests.get(u)", id="loop"),
        pytest.param(f"for i, u in enumerate(['{EVIL}']):\n    requests.get(u)", id="enumerate"),
        pytest.param(f"[requests.get(u) for u in ('{EVIL}',)]", id="comprehension"),
        pytest.param(f"d = {{'u': '{EVIL}'}}\nrequests.get(d['u'])", id="dict item"),
        pytest.param(f"d = {{}}\nd['u'] = '{EVIL}'\nrequests.get(d.get('u'))", id="dict item that is set"),
        pytest.param(f"with open('f') as f, requests.Session() as s:\n    s.get('{EVIL}')", id="with"),
        pytest.param(f"try:\n    u = '{EVIL}'\nfinally:\n    requests.get(u)", id="try"),
        pytest.param(f"U = '{EVIL}'\ndef f():\n    requests.get(U)", id="module constant in a function"),
        pytest.param(f"def f():\n    u = '{EVIL}'\n    def g():\n        requests.get(u)", id="closure"),
        pytest.param(f"requests.get('{EVIL[::-1]}'[::-1])", id="reversed"),
        pytest.param(f"requests.get(bytes.fromhex('{EVIL.encode().hex()}').decode())", id="hex"),
        pytest.param("import codecs\nrequests.get(codecs.decode('uggcf://rivy.rknzcyr/k', 'rot13'))", id="rot13"),
        pytest.param(
            "import base64\nrequests.get(base64.b64decode('aHR0cHM6Ly9ldmlsLmV4YW1wbGUveA==').decode())", id="base64"
        ),
        pytest.param(f"requests.get(''.join(map(chr, {list(EVIL.encode())})))", id="map of chr"),
        pytest.param(f"requests.get(''.join(chr(n ^ 1) for n in {[ord(c) ^ 1 for c in EVIL]}))", id="xor"),
        pytest.param("requests.get('HTTPS://EVIL.EXAMPLE/X'.lower())", id="lower"),
        pytest.param("requests.get('hxxps://evil.example/x'.replace('xx', 'tt'))", id="replace"),
        pytest.param(
            "from urllib.parse import urljoin\nrequests.get(urljoin('https://evil.example', 'x'))", id="urljoin"
        ),
        pytest.param(
            f"class C:\n    def __init__(self): self.u = '{EVIL}'\n    def f(self): requests.get(self.u)", id="self"
        ),
    ),
)
def test_destinations_fold(text: str) -> None:
    assert destination(text) == EVIL


@pytest.mark.parametrize(
    ("text", "shown"),
    (
        pytest.param(
            "u = 'https://a.example' if x else 'https://b.example'\nrequests.get(u)",
            "https://a.example or https://b.example",
            id="conditional",
        ),
        pytest.param(
            "u = 'https://a.example'\nif x:\n    u = 'https://b.example'\nrequests.get(u)",
            "https://a.example or https://b.example",
            id="branch",
        ),
        pytest.param(
            "u = 'https://a.example'\nif x:\n    u = 'https://b.example'\n    raise E\nrequests.get(u)",
            "https://a.example",
            id="branch that does not come back",
        ),
        pytest.param("u = 'https://a.example'\nu = y\nrequests.get(u)", "{…}", id="overwritten"),
        pytest.param(
            "u = 'https://a.example'\nwhile x:\n    requests.get(u)\n    u = y", "https://a.example or {…}", id="loop"
        ),
        pytest.param("requests.get('%.5s.example' % 'https://evil')", "{…}.example", id="a precision cuts"),
        pytest.param("requests.get('https://{:>20}'.format(x))", "https://{…}", id="a format specification"),
        pytest.param(
            "requests.get(sorted(['https://b.example', y])[0])", "https://b.example or {…}", id="unknown order"
        ),
        pytest.param(
            "def f(u):\n    global U\n    U = u\nU = 'https://a.example'\ndef g():\n    requests.get(U)",
            "https://a.example or {…}",
            id="global",
        ),
        pytest.param(
            "class C:\n    u = 'https://a.example'\n    def __init__(self, u): self.u = u\n"
            "    def f(self): requests.get(self.u)",
            "{…}",
            id="an attribute that objects replace",
        ),
    ),
)
def test_what_is_not_certain_is_shown(text: str, shown: str) -> None:
    assert destination(text) == shown
