"""Programs that read a program: shells, Python, PowerShell, perl; and the servers that they start by name.

Code on the command line and on standard input is analyzed by its own language's analyzer; a script file that is handed
over is a file like any other.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from gk_hooks.analyzers.commands import packages, servers
from gk_hooks.analyzers.commands.shapes import Call, Handler, connects, drop, joined, parse
from gk_hooks.analyzers.context import embed
from gk_hooks.model.effects import Code, DynamicCode, Effect, Form, Via
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import replace
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE, Text

MAX_ENCODED = 1_000_000


def runs_text(call: Call, kind: Kind, code: Text, label: str, first_line: int | None = None) -> Iterator[Effect]:
    """*code* is run. It is dynamic code when it was decoded or when not even its first word is known, and no program
    starts the interpreter (that is a process rule's business)."""
    if code.decoded or (call.via is not Via.SPAWN and _starts_unknown(code)):
        yield DynamicCode(call.site, Code.TEXT, code)
    yield from embed(kind, code, call.site, label, call.context, call.via, first_line)


def _starts_unknown(code: Text) -> bool:
    return any(option.lstrip(" \t\n\"'").startswith(HOLE) for option in code.options)


def _reads_input(call: Call, kind: Kind) -> Iterator[Effect]:
    if call.stdin is not None:
        yield from runs_text(call, kind, call.stdin, f"{call.name} input", call.stdin_line)


def shell(call: Call) -> Iterator[Effect]:
    """sh -c TEXT, sh -s and sh without operands."""
    options = parse(call.args, "-o -O +o +O --rcfile --init-file", stop=True)
    operands = [text for text in options.operands if not text.options[0].startswith("+")]
    if options.has("-c"):
        for code in operands[:1]:
            yield from runs_text(call, Kind.SHELL, code, f"{call.name} -c")
    elif not operands or options.has("-s") or operands[0].only == "-":
        yield from _reads_input(call, Kind.SHELL)


UNIX_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "fish"})
_CMD_TEXT = regex(r"/[ckr]", re.IGNORECASE)
_POWERSHELL_TEXT = regex(r"-(?:c(?:o\w*)?|e(?:c|n\w*)?)", re.IGNORECASE)


def reads_a_text(name: str, args: tuple[Text, ...]) -> bool:
    """Whether the program is a shell that is given a text to run: ``sh -c``, ``cmd /c``, ``powershell -Command``."""
    if name in UNIX_SHELLS:
        return parse(args, "-o -O +o +O --rcfile --init-file", stop=True).has("-c")
    asked = {"cmd": _CMD_TEXT, "powershell": _POWERSHELL_TEXT, "pwsh": _POWERSHELL_TEXT}.get(name)
    return asked is not None and any(asked.fullmatch(option) for word in args for option in word.options)


def python(call: Call) -> Iterator[Effect]:
    """python -c TEXT, -m MODULE, ``-`` and no operand; ``manage.py runserver`` is Django's server."""
    options = parse(call.args, "-c -m -W -X -Q", stop=True)
    code, module = options.values("-c"), options.values("-m")
    if code:
        yield from runs_text(call, Kind.PYTHON, code[0], "python -c")
    elif module:
        at = next((index for index, word in enumerate(call.args) if word is module[0]), None)
        rest = call.args[at + 1 :] if at is not None else options.operands
        yield from _module(python_call(call, module[0].only or "", rest))
    elif not options.operands or options.operands[0].only == "-":
        if not options.has("-V", "--version", "-h", "--help", "-VV"):
            yield from _reads_input(call, Kind.PYTHON)
    elif (options.operands[0].only or "").endswith("manage.py"):
        yield from servers.django(python_call(call, "manage.py", options.operands[1:]))


def _module(call: Call) -> Iterator[Effect]:
    handler = (
        servers.PYTHON_MODULES.get(call.name) or servers.COMMANDS.get(call.name) or packages.COMMANDS.get(call.name)
    )
    if handler is not None:
        yield from handler(call)


def python_call(call: Call, name: str, args: tuple[Text, ...]) -> Call:
    """What ``python -m NAME`` or ``python NAME.py`` calls."""
    site = replace(call.site, callee=f"python {name}" if name.endswith(".py") else f"python -m {name}")
    return Call(name, args, site, call.context, call.via, call.open_ended, call.stdin, call.stdin_line)


def powershell(call: Call) -> Iterator[Effect]:
    """powershell -Command TEXT…, -EncodedCommand BASE64, ``-`` (parameters may be shortened, in any case)."""
    for index, word in enumerate(call.args):
        text = word.options[0]
        rest = call.args[index + 1 :]
        name = text.lower().lstrip("-/\u2013\u2014") if text[:1] in "-/\u2013\u2014" and len(text) > 1 else ""
        if text == "-" or (name and "command".startswith(name)):
            if text == "-" or (rest and rest[0].only == "-"):
                yield from _reads_input(call, Kind.POWERSHELL)
            elif rest:
                yield from runs_text(call, Kind.POWERSHELL, joined(rest), f"{call.name} -Command")
            return
        if name and rest and ("encodedcommand".startswith(name) or name == "ec"):
            yield from runs_text(call, Kind.POWERSHELL, decoded_utf16(rest[0]), f"{call.name} -EncodedCommand")
            return
        if name and "file".startswith(name):
            return
        if not name and not _is_powershell_value(call.args[index - 1] if index else None):
            if call.name == "powershell":
                yield from runs_text(call, Kind.POWERSHELL, joined(call.args[index:]), call.name)
            return
    if call.args == ():
        yield from _reads_input(call, Kind.POWERSHELL)


_WITH_VALUE = (
    "executionpolicy windowstyle version inputformat outputformat psconsolefile configurationname workingdirectory "
    "settingsfile custompipename"
).split()


def _is_powershell_value(before: Text | None) -> bool:
    """Whether *before* is a parameter that takes the next word (``-ep``, ``-WindowStyle``)."""
    name = before.options[0].lower().lstrip("-/\u2013\u2014") if before else ""
    return bool(name) and (name in ("ep", "ex", "wd") or any(long.startswith(name) for long in _WITH_VALUE))


def decoded_utf16(text: Text) -> Text:
    """What -EncodedCommand holds; unknown when it is no base64 of UTF-16."""

    def decode(option: str) -> str:
        try:
            return base64.b64decode(option[:MAX_ENCODED], validate=False).decode("utf-16-le")
        except (binascii.Error, ValueError):
            return HOLE

    return text.map(decode).decoding("base64")


def cmd(call: Call) -> Iterator[Effect]:
    """cmd /c TEXT…, /k, perhaps glued to further switches."""
    for index, word in enumerate(call.args):
        switch = re.match(r"(?:/[a-bd-jl-z](?::\w+)?)*/[ck]", word.options[0], re.IGNORECASE)
        if switch:
            attached = drop(word, switch.end())
            words = [*([attached] if attached.options[0] else []), *call.args[index + 1 :]]
            if words:
                yield from runs_text(call, Kind.BATCH, joined(words), "cmd /c")
            return


def other_language(flags: str, takes: str = "") -> Handler:
    """perl -e, ruby -e, node -e, php -r: no analyzer of ours reads them, but a literal destination is one."""

    def handler(call: Call) -> Iterator[Effect]:
        options = parse(call.args, f"{flags} {takes}")
        texts = options.values(*flags.split())
        if call.stdin is not None and not texts and not options.operands:
            texts = [call.stdin]
        for text in texts:
            yield from _destinations(call, text)

    return handler


def awk(call: Call) -> Iterator[Effect]:
    """awk: /inet/tcp/0/host/port in the program."""
    for text in parse(call.args, "-f -v -F").operands[:1]:
        yield from _destinations(call, text)


_NETWORKING = regex(r"socket|connect|https?\b|fetch|urlopen|open-uri|LWP|Net::|curl|file_get_contents|open\(", re.I)
_LITERAL_URL = regex(r"\b(?:https?|ftp|wss?)://[^\s\"'<>)|;]+", re.I)
_LITERAL_HOST = regex(
    r"(?:TCPSocket\.(?:open|new)|fsockopen|PeerAddr|PeerHost|inet_aton|createConnection|\.connect|socket\.tcp|"
    r"stream_socket_client)[\s(,=>:{\w]{0,24}[\"']([\w.:/-]+)|/inet[46]?/(?:tcp|udp)/\d+/([\w.-]+)/",
    re.I,
)


def _destinations(call: Call, code: Text) -> Iterator[Effect]:
    for option in code.options:
        found = [match[1] or match[2] for match in _LITERAL_HOST.finditer(option)]
        if _NETWORKING.search(option):
            found += [match[0] for match in _LITERAL_URL.finditer(option)]
        yield from connects(call, [Text.template(host) for host in dict.fromkeys(found)], Form.ANY)


def shell_text(takes: str, flag: str) -> Handler:
    """su -c TEXT, script -c TEXT: an option holds a command line for sh."""

    def handler(call: Call) -> Iterator[Effect]:
        for code in parse(call.args, f"{takes} {flag}").values(*flag.split()):
            yield from runs_text(call, Kind.SHELL, code, f"{call.name} -c")

    return handler


def watch(call: Call) -> Iterator[Effect]:
    """watch 'TEXT': one operand with blanks is a command line for sh."""
    operands = parse(call.args, "-n --interval", stop=True).operands
    if len(operands) == 1 and " " in operands[0].options[0].strip():
        yield from runs_text(call, Kind.SHELL, operands[0], "watch")


def evaluates(call: Call) -> Iterator[Effect]:
    """eval: its operands, joined, become code."""
    words = call.args[1:] if call.args and call.args[0].only == "--" else call.args
    if words:
        code = joined(words)
        yield DynamicCode(call.site, Code.TEXT, code)
        yield from embed(Kind.SHELL, code, call.site, "eval", call.context, call.via)


def sources(call: Call) -> Iterator[Effect]:
    """``. FILE``: code by a computed name when the file's own name is not known."""
    for name in call.args[:1]:
        if any(HOLE in option.rpartition("/")[2] for option in name.options):
            yield DynamicCode(call.site, Code.MODULE, name)


def traps(call: Call) -> Iterator[Effect]:
    """trap TEXT SIGNAL…: the text runs later."""
    operands = parse(call.args, stop=True).operands
    if len(operands) > 1 and operands[0].only != "-":
        yield from embed(Kind.SHELL, operands[0], call.site, "trap", call.context, call.via)


COMMANDS: dict[str, Handler] = {
    **dict.fromkeys(("sh", "bash", "dash", "zsh", "ksh", "ash", "mksh", "rbash", "pdksh", "fish"), shell),
    **dict.fromkeys(("python", "pypy", "py", "ipython"), python),
    **dict.fromkeys(("powershell", "pwsh"), powershell),
    "cmd": cmd,
    "perl": other_language("-e -E", "-I"),
    "ruby": other_language("-e", "-I -r -C"),
    **dict.fromkeys(("node", "nodejs", "deno", "bun"), other_language("-e --eval -p --print", "-r --require")),
    "php": other_language("-r -B -R -E", "-d -c -S -t"),
    "lua": other_language("-e", "-l"),
    "osascript": other_language("-e", "-l"),
    **dict.fromkeys(("awk", "gawk", "mawk", "nawk"), awk),
    **dict.fromkeys(("su", "runuser"), shell_text("-s -g -G -w --shell", "-c --command")),
    "script": shell_text("-E -I -O -B -T -m -o", "-c --command"),
    "watch": watch,
    "eval": evaluates,
    ".": sources,
    "source": sources,
    "trap": traps,
}
"""What only a shell has (eval, trap) is no program: started by a program, it does nothing."""
