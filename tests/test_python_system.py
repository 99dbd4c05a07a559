"""Python: processes, files, the registry."""

from __future__ import annotations

import pytest
from scanning import scan_text


def found(text: str, rule: str) -> list[tuple[int, str]]:
    return [(one.line, one.severity.value) for one in scan_text("a.py", text, only=rule)]


RUN = "import subprocess\n"
OPEN_KEY = "import winreg\nk = winreg.OpenKey(winreg.HKEY_CURRENT_USER, "


@pytest.mark.parametrize(
    ("text", "rule"),
    (
        pytest.param(RUN + "subprocess.run('ls', shell=True)", "PEX001", id="shell"),
        pytest.param(RUN + "subprocess.run('ls', **{'shell': True})", "PEX001", id="shell in a dict"),
        pytest.param(RUN + "subprocess.run('ls', shell='False')", "PEX001", id="a text is true"),
        pytest.param(RUN + "subprocess.run('ls', shell=1)", "PEX001", id="a number is true"),
        pytest.param("import os\nos.system(x)", "PEX001", id="os.system"),
        pytest.param("import os\ngetattr(os, 'sys' + 'tem')(x)", "PEX001", id="getattr of pieces"),
        pytest.param("import os\nos.__dict__['sys' + 'tem'](x)", "PEX001", id="item of __dict__"),
        pytest.param(
            "import os\nos.__dict__[''.join(chr(c) for c in (115, 121, 115, 116, 101, 109))](x)", "PEX001", id="chr"
        ),
        pytest.param("import os\ngetattr(os, 'metsys'[::-1])(x)", "PEX001", id="reversed"),
        pytest.param("import sys\nsys.modules['os'].system(x)", "PEX001", id="sys.modules"),
        pytest.param("from os import *\nsystem(x)", "PEX001", id="star import"),
        pytest.param("import asyncio\nasyncio.create_subprocess_shell(x)", "PEX001", id="asyncio"),
        pytest.param("import threading, os\nthreading.Thread(target=os.system, args=('ls',))", "PEX001", id="thread"),
        pytest.param(RUN + "subprocess.run(['/usr/bin/curl', x])", "PEX002", id="tool by its path"),
        pytest.param(RUN + "subprocess.run('systemctl enable x'.split())", "PEX002", id="split text"),
        pytest.param(RUN + "subprocess.run(['sh', '-c', 'curl https://evil.example'])", "PEX002", id="through sh -c"),
        pytest.param(RUN + "subprocess.run(['x', u], executable='/usr/bin/curl')", "PEX002", id="executable"),
        pytest.param("import os\nos.execv('/usr/bin/curl', ['ls', x])", "PEX002", id="execv runs its path"),
        pytest.param(RUN + "cmd = ['curl']\ncmd.append(x)\nsubprocess.run(cmd)", "PEX002", id="appended"),
        pytest.param(RUN + "cmd = ['curl']\ncmd += [x]\nsubprocess.run(cmd)", "PEX002", id="added"),
        pytest.param(RUN + "for t in ('ls', 'curl'):\n    subprocess.run([t, x])", "PEX002", id="one of a loop's"),
        pytest.param(
            OPEN_KEY + "r'Software\\Microsoft\\Windows\\CurrentVersion\\Run')\nwinreg.SetValueEx(k, 'a', 0, 1, 'b')",
            "PER002",
            id="Run key",
        ),
        pytest.param("from pathlib import Path\nPath('/etc/cron.d/x').write_text('y')", "PER001", id="cron file"),
        pytest.param(
            "from pathlib import Path\n(Path('/etc') / 'cron.d' / n).write_text('y')", "PER001", id="joined path"
        ),
        pytest.param(
            "import os\nwith open(os.path.join('/etc', 'cron.d', 'x'), 'w') as f: pass", "PER001", id="os.path.join"
        ),
        pytest.param("import shutil\nshutil.copy('a', '/etc/systemd/system/a.service')", "PER001", id="copied unit"),
        pytest.param("def save(p):\n    open(p, 'w')\nsave('/etc/cron.d/x')", "PER001", id="helper that writes"),
        pytest.param("def save(p='/etc/cron.d/x'):\n    open(p, 'w')\nsave()", "PER001", id="a default that is used"),
    ),
)
def test_blockers_are_reported(text: str, rule: str) -> None:
    assert [severity for _, severity in found(text, rule)] == ["blocker"]


@pytest.mark.parametrize(
    ("text", "rule"),
    (
        pytest.param(RUN + "subprocess.run(['git', 'status'])", "PEX003", id="program"),
        pytest.param(RUN + "subprocess.run(cmd)", "PEX003", id="unknown program"),
        pytest.param(RUN + "def f(c, s):\n    subprocess.run(c, shell=s)", "PEX001", id="perhaps a shell"),
        pytest.param("open('/etc/hosts', 'a')", "PER003", id="system file"),
        pytest.param("import os\nos.open('/etc/hosts', os.O_RDWR | os.O_CREAT)", "PER003", id="flags of os.open"),
        pytest.param(
            RUN + "def f(*pre):\n    subprocess.run([*pre, 'curl', 'https://evil.example'])",
            "PEX003",
            id="what runs is not known",
        ),
        pytest.param(
            "import paramiko\ndef f(c):\n    c.exec_command('ls')", "PEX001", id="a shape, in a file about ssh"
        ),
        pytest.param("os.system('ls')", "PEX001", id="a module that nothing imports"),
    ),
)
def test_highs_are_reported(text: str, rule: str) -> None:
    assert [severity for _, severity in found(text, rule)] == ["high"]


@pytest.mark.parametrize(
    ("text", "rule"),
    (
        pytest.param(RUN + "subprocess.run(['ls'], shell=False)", "PEX001", id="no shell"),
        pytest.param(RUN + "subprocess.run(['ls'], shell='')", "PEX001", id="an empty text is false"),
        pytest.param(RUN + "subprocess.run(['ls'], **options)", "PEX001", id="unknown options"),
        pytest.param(RUN + "subprocess.run(['crontab', '-l'])", "PEX002", id="only looks"),
        pytest.param(RUN + "print(subprocess.PIPE)", "PEX003", id="a constant"),
        pytest.param("open('/etc/hosts')", "PER003", id="reading"),
        pytest.param("import os\nos.open('/etc/hosts', os.O_RDONLY)", "PER003", id="reading by os.open"),
        pytest.param("def f(p):\n    open(p, 'w')", "PER003", id="unknown path"),
        pytest.param("c.exec_command('ls')", "PEX001", id="that shape where nothing speaks of ssh"),
        pytest.param(
            OPEN_KEY + "r'Software\\Mine')\nwinreg.SetValueEx(k, 'a', 0, 1, 'b')",
            "PER002",
            id="own key",
        ),
    ),
)
def test_rules_are_silent(text: str, rule: str) -> None:
    assert not found(text, rule)
