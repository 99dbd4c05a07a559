"""Which host a destination names, and when it names none that can be told."""

from __future__ import annotations

import pytest

from gk_hooks.model.effects import Form
from gk_hooks.model.hosts import Reach, resolve_one
from gk_hooks.model.values import HOLE

DESTINATIONS = (
    pytest.param("https://evil.example/x", "evil.example", Reach.REMOTE, id="a URL"),
    pytest.param("http://ev%69l.example/", "evil.example", Reach.REMOTE, id="an encoded letter"),
    pytest.param("höst.example", "höst.example", Reach.REMOTE, id="an international name"),
    pytest.param("user@host:path", "host", Reach.REMOTE, id="as scp writes it"),
    pytest.param("fe80::1%eth0", "fe80::1%eth0", Reach.REMOTE, id="an address of an interface"),
    pytest.param("http://localhost@evil.example/", "evil.example", Reach.REMOTE, id="localhost as a user name"),
    pytest.param("http://2130706433/", "2130706433", Reach.LOOPBACK, id="an address as one number"),
    pytest.param("http://%6cocalhost/", "", Reach.UNKNOWN, id="loopback for clients that decode it"),
    pytest.param("%TEMP%\\x.exe", "", Reach.UNKNOWN, id="a variable of Windows is no host"),
    pytest.param("http://%HOST%/", "", Reach.UNKNOWN, id="a variable in a URL"),
    pytest.param("~/x", "", Reach.UNKNOWN, id="a home folder"),
    pytest.param("https://{host}/x", "", Reach.UNKNOWN, id="a template that was not filled in"),
    pytest.param("https://<host>/", "", Reach.UNKNOWN, id="a placeholder"),
    pytest.param(f"https://localhost{HOLE}/", "", Reach.UNKNOWN, id="something behind localhost"),
    pytest.param("file:///etc/passwd", "", Reach.NOWHERE, id="a file"),
)


@pytest.mark.parametrize(("text", "host", "reach"), DESTINATIONS)
def test_destinations(text: str, host: str, reach: Reach) -> None:
    found = resolve_one(text, Form.ANY)
    assert (found.host, found.reach) == (host, reach)
