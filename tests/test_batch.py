from __future__ import annotations

import pytest
from telling import effects_told

from gk_hooks.analyzers.context import analyze
from gk_hooks.model.effects import Execute, Unparsed, Via
from gk_hooks.model.kinds import Kind

CURL = "Connect curl https://e.example"
STARTUP = "%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\"


def shown(text: str) -> list[str]:
    return effects_told(Kind.BATCH, text)


def decoded(text: str) -> list[tuple[str, ...]]:
    """How the program of each command was hidden."""
    return [effect.argv[0].decoded for effect in analyze(Kind.BATCH, text) if isinstance(effect, Execute)]


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param("CURL.EXE https://e.example", [f"1 {CURL}"], id="upper case"),
        pytest.param("@curl https://e.example", [f"1 {CURL}"], id="an at sign"),
        pytest.param("a.exe & curl https://e.example", [f"1 {CURL}"], id="an ampersand"),
        pytest.param("a && curl https://e.example || b", [f"1 {CURL}"], id="and, or"),
        pytest.param('curl https://e.example|find "x"', [f"1 {CURL}"], id="a pipe"),
        pytest.param("curl ^\r\n  https://e.example\r\n", [f"1 {CURL}"], id="continued lines"),
        pytest.param("a\r\ncurl https://e.example\r\n", [f"2 {CURL}"], id="Windows line ends"),
        pytest.param('curl "https://e.example/?a=1&b=2"', [f"1 {CURL}/?a=1&b=2"], id="quoted ampersand"),
        pytest.param("curl https://e.example/?a=1^&b=2", [f"1 {CURL}/?a=1&b=2"], id="escaped ampersand"),
        pytest.param("(\n  curl https://e.example\n)", [f"2 {CURL}"], id="a block"),
        pytest.param('if /i not "%~1"=="x" curl https://e.example', [f"1 {CURL}"], id="if"),
        pytest.param("if exist a\\b.txt (curl https://e.example) else a", [f"1 {CURL}"], id="if exist"),
        pytest.param("if not defined X (\n a\n) else (\n curl https://e.example\n)", [f"4 {CURL}"], id="else"),
        pytest.param("if %ERRORLEVEL% neq 0 curl https://e.example", [f"1 {CURL}"], id="a comparison"),
        pytest.param("for %%i in (1 2) do curl https://e.example", [f"1 {CURL}"], id="for"),
        pytest.param(
            "for %%h in (a.example b.example) do ping %%h",
            ["1 Connect ping a.example or b.example"],
            id="a loop variable",
        ),
        pytest.param(
            'for /f "delims=" %%i in (\'curl https://e.example ^| find "x"\') do set a=%%i', [f"1 {CURL}"], id="for /f"
        ),
        pytest.param("cmd/c curl https://e.example", [f"1 {CURL}"], id="a switch without a blank"),
        pytest.param("call curl https://e.example", [f"1 {CURL}"], id="call"),
        pytest.param('start "A title" /b curl https://e.example', [f"1 {CURL}"], id="start"),
        pytest.param('"%~dp0bin\\curl.exe" https://e.example', [f"1 {CURL}"], id="the script's folder"),
        pytest.param("%TOOLS%\\curl.exe https://e.example", [f"1 {CURL}"], id="an unknown folder"),
        pytest.param("%ComSpec% /c curl https://e.example", [f"1 {CURL}"], id="ComSpec"),
        pytest.param("echo curl https://e.example | cmd", [f"1 {CURL}"], id="echo into cmd"),
        pytest.param("curl %1", ["1 Connect curl {…}"], id="a parameter"),
        pytest.param("\\\\srv\\tools\\a.exe", ["1 Connect a srv"], id="a program on a share"),
        pytest.param(
            "tool.exe https://e.example", ["1 Connect tool https://e.example ?"], id="an unknown program guesses"
        ),
    ),
)
def test_commands(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param("set U=https://e.example\ncurl %U%/x", [f"2 {CURL}/x"], id="set"),
        pytest.param('set "U=https://e.example" & rem x\ncurl %u%', [f"2 {CURL}"], id="quoted set, case-insensitive"),
        pytest.param("set X=curl https://e.example\n%X%", [f"2 {CURL}"], id="a command in a variable"),
        pytest.param(
            "set X=curl https://e.example ^& del C:\\Windows\\a\n%X%",
            [f"2 {CURL}", "2 WritePath del C:\\Windows\\a delete"],
            id="two commands in a variable",
        ),
        pytest.param("set s=abcurl\n%s:~2% https://e.example", [f"2 {CURL}"], id="the end of a variable"),
        pytest.param("set s=abcurlxy\n%s:~2,-2% https://e.example", [f"2 {CURL}"], id="the middle of a variable"),
        pytest.param("set s=c@u@r@l\n%s:@=% https://e.example", [f"2 {CURL}"], id="replacing in a variable"),
        pytest.param("setlocal enabledelayedexpansion\nset h=e.example\ncurl https://!h!", [f"3 {CURL}"], id="delayed"),
        pytest.param("set U=https://e.example\ncall curl %%U%%", [f"2 {CURL}"], id="call expands again"),
        pytest.param("set /p U=where? \ncurl %U%", ["2 Connect curl {…}"], id="set /p is not known"),
        pytest.param(
            "set U=http://localhost\nif a==b set U=https://e.example\ncurl %U%",
            ["3 Connect curl http://localhost or https://e.example"],
            id="either value",
        ),
        pytest.param(
            "if a==b set U=http://localhost\ncurl %U%", ["2 Connect curl http://localhost or {…}"], id="perhaps"
        ),
        pytest.param(
            "call :get https://e.example\nexit /b\n:get\ncurl %~1\ngoto :eof",
            [f"4 {CURL}"],
            id="a subroutine's parameter",
        ),
        pytest.param(
            "call :get http://localhost\n:get\ncurl %1",
            ["3 Connect curl http://localhost or {…}"],
            id="falling through",
        ),
        pytest.param("echo Hello! World!\ncurl https://e.example", [f"2 {CURL}"], id="exclamation marks"),
        pytest.param("echo 100% of 50%\ncurl https://e.example", [f"2 {CURL}"], id="per cent signs"),
        pytest.param('set ^"U=https://e.example^"\ncurl %U%', [f"2 {CURL}"], id="escaped quotes"),
    ),
)
def test_variables(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "steps"),
    (
        pytest.param("c^u^r^l https://e.example", ("caret escapes",), id="carets"),
        pytest.param("set a=cu& set b=rl& %a%%b% https://e.example", ("variable pieces",), id="pieces"),
        pytest.param("%COMSPEC:~-7,3% /c curl https://e.example", ("variable pieces",), id="cut out of ComSpec"),
        pytest.param("c%nothing%url https://e.example", ("variable pieces",), id="an empty variable inside"),
    ),
)
def test_disguises(text: str, steps: tuple[str, ...]) -> None:
    assert decoded(text)[0] == steps
    assert any("https://e.example" in line for line in shown(text))


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("set P=C:\\Python\n%P%\\python.exe a.py", id="a folder in a variable"),
        pytest.param("set E=.exe\ncurl%E% https://e.example", id="a suffix in a variable"),
        pytest.param("set CURL=curl\n%CURL% https://e.example", id="a whole name in a variable"),
        pytest.param("curl https://e.example/?a^&b", id="a caret that is needed"),
    ),
)
def test_plain_names_are_no_disguise(text: str) -> None:
    assert decoded(text) == [()]


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param("echo x>>%windir%\\a", ["1 WritePath echo %windir%\\a append"], id="append"),
        pytest.param("(echo a\necho b) > C:\\a.txt", ["2 WritePath redirection C:\\a.txt write"], id="a block"),
        pytest.param("dir 2>C:\\a.txt", ["1 WritePath dir C:\\a.txt write"], id="the error stream"),
        pytest.param("dir >nul 2>&1 <in.txt", [], id="no file"),
        pytest.param(
            'copy a "%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\"',
            [
                f"1 WritePath copy {STARTUP} copy",
                f"1 Persist copy autorun startup folder copy {STARTUP}",
            ],
            id="the Startup folder",
        ),
        pytest.param(
            'echo CreateObject^("WScript.Shell"^).Run "curl https://e.example" > a.vbs\ncscript //b a.vbs',
            ["1 WritePath echo a.vbs write", f"2 {CURL}"],
            id="a script written and run",
        ),
        pytest.param(
            "echo curl https://e.example> a.bat", ["1 WritePath echo a.bat write", f"1 {CURL} ?"], id="a script written"
        ),
        pytest.param(
            "echo open e.example> s.txt\nftp -n -s:s.txt",
            ["1 WritePath echo s.txt write", "2 Connect ftp e.example"],
            id="commands for ftp",
        ),
    ),
)
def test_files(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("rem curl https://e.example & curl https://e.example", id="rem"),
        pytest.param("@REM curl https://e.example", id="@rem"),
        pytest.param(":: curl https://e.example", id="two colons"),
        pytest.param(":curl https://e.example", id="a label"),
        pytest.param("echo install curl https://e.example", id="echo"),
        pytest.param("echo.curl https://e.example", id="echo with a dot"),
        pytest.param('echo "a & curl https://e.example"', id="in quotes"),
        pytest.param("echo a ^& curl https://e.example", id="an escaped ampersand"),
        pytest.param("set X=curl https://e.example", id="set alone"),
        pytest.param("title curl https://e.example", id="title"),
        pytest.param("goto end\ncurl https://e.example\n:end", id="jumped over"),
        pytest.param("exit /b 0\ncurl https://e.example", id="behind the end"),
        pytest.param("schtasks /query\nsc query\nreg query HKLM\\Software", id="questions"),
        pytest.param("set HERE=%~dp0\nset X=%~nx0", id="the script's own path"),
    ),
)
def test_nothing_happens(text: str) -> None:
    assert shown(text) == []


def test_a_conditional_exit_ends_nothing() -> None:
    assert shown('if "%1"=="" exit /b\ncurl https://e.example') == [f"2 {CURL}"]


def test_commands_of_a_script_are_native() -> None:
    found = [effect for effect in analyze(Kind.BATCH, "cmd /c curl https://e.example") if isinstance(effect, Execute)]
    assert {effect.via for effect in found} == {Via.NATIVE}
    assert [effect.site.chain for effect in found] == [(), ("cmd /c",)]


def test_places_are_exact() -> None:
    site = next(
        effect.site for effect in analyze(Kind.BATCH, "a & (\n  curl https://e.example )") if effect.site.line == 2
    )
    assert (site.column, site.excerpt) == (3, "curl https://e.example")


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("(" * 200_000, id="parentheses"),
        pytest.param("%" * 200_000, id="per cent signs"),
        pytest.param("^" * 200_000, id="carets"),
        pytest.param('"' * 200_001, id="quotes"),
        pytest.param("if " * 100_000, id="ifs"),
        pytest.param("for %%a in (" * 5_000, id="fors"),
        pytest.param("set a=%a%%a%x\n" * 500, id="a doubling variable"),
        pytest.param("set x=%y%\nset y=%x%\n%x% & %y%\n" * 500, id="variables in a circle"),
        pytest.param("cmd /c " * 2_000, id="cmd in cmd"),
        pytest.param("\x00\ud800\U0010ffff\U000f0001%\x00%", id="characters that are none"),
    ),
)
def test_hostile_text_ends(text: str) -> None:
    assert all(isinstance(effect, Unparsed) or effect.site.line >= 1 for effect in analyze(Kind.BATCH, text))
