"""Commands that run another command: sudo, env, nohup, xargs, find -exec, …"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gk_hooks.analyzers.commands.launchers import LAUNCHERS
from gk_hooks.analyzers.commands.shapes import parse
from gk_hooks.model.values import Text

Words = tuple[Text, ...]

MAX_PEELED = 16
"""Wrappers around wrappers are followed this often."""

OPTIONS: dict[str, str] = {
    "sudo": "-C -D -g -h -p -R -r -t -T -U -u --user --group --host --prompt --chdir --chroot --close-from",
    "doas": "-C -u",
    "env": "-u -C -S --unset --chdir",
    "nohup": "",
    "time": "-f -o --format --output",
    "timeout": "-k -s --kill-after --signal",
    "nice": "-n --adjustment",
    "ionice": "-c -n -p --class --classdata",
    "chrt": "-T -P -D",
    "taskset": "",
    "setsid": "",
    "stdbuf": "-i -o -e --input --output --error",
    "unbuffer": "",
    "exec": "-a",
    "command": "",
    "builtin": "",
    "noglob": "",
    "nocorrect": "",
    "watch": "-n --interval",
    "chroot": "--userspec --groups",
    "busybox": "",
    "toybox": "",
    "proxychains": "-f",
    "proxychains4": "-f",
    "torsocks": "",
    "torify": "",
    "strace": "-e -o -p -s -u -E -P -a -b -I -O -S -X",
    "ltrace": "-e -o -p -s -u -n -a -A -D -F -l -x",
    "xargs": "-a -d -E -I -L -n -P -s --arg-file --delimiter --max-args --max-lines --max-procs --replace --max-chars",
    "parallel": "-j --jobs -a --arg-file --delay --timeout -S --sshlogin --colsep -N -n",
    "sshpass": "-p -f -d -P",
    "caffeinate": "-t -w",
    "fakeroot": "-l -s -i --lib --faked",
    "unshare": "-S -G --setuid --setgid --map-user --map-group --propagation --root --wd",
    "nsenter": "-t -S -G --target --setuid --setgid",
    "systemd-run": "-p -E -u -t -M --unit --property --setenv --description --slice --uid --gid --nice --on-active "
    "--on-boot --on-startup --on-unit-active --on-unit-inactive --on-calendar --working-directory --service-type",
    "systemd-inhibit": "--what --who --why --mode",
    "dbus-launch": "",
    "xvfb-run": "-n -s -f -e -p -w",
    "flock": "-w -E --timeout --conflict-exit-code",
    "run0": "-u -g -D --user --group",
    "pkexec": "--user",
    "retry": "-t -d --times --delay",
    "arch": "",
    "setarch": "",
    "linux32": "",
    "linux64": "",
    "runuser": "-u -g -G",
}
"""Each wrapper's options that take a value."""

SKIPPED = {"timeout": 1, "chroot": 1, "taskset": 1, "chrt": 1, "flock": 1, "setarch": 1}
"""Operands that stand before the command."""

QUESTIONS = {"command": ("-v", "-V"), "sudo": ("-l", "-v", "-k", "-K", "-e"), "taskset": ("-p",), "ionice": ("-p",)}
"""Options with which a wrapper only asks and runs nothing."""

OPEN_ENDED = frozenset({"xargs", "parallel"})
FIND_ENDS = frozenset({";", "+"})
WRAPPERS = frozenset({*OPTIONS, *LAUNCHERS, "find"})


def peel(argv: Words, open_ended: bool, name_of: Callable[[str], str]) -> Iterator[tuple[Words, bool]]:
    """Every command that runs when *argv* does, wrappers first, each with whether more arguments may follow."""
    waiting = [(argv, open_ended)]
    for _ in range(MAX_PEELED):
        if not waiting:
            return
        words, more = waiting.pop(0)
        if not words:
            continue
        yield words, more
        for name in dict.fromkeys(map(name_of, words[0].options)):
            waiting += [(inner, more or name in OPEN_ENDED) for inner in _inner(name, words[1:]) if inner]


def _inner(name: str, args: Words) -> Iterator[Words]:
    if name == "find":
        yield from _find_commands(args)
    if name in LAUNCHERS:
        yield from LAUNCHERS[name](args)
    if name not in OPTIONS:
        return
    options = parse(args, OPTIONS[name], stop=True)
    if options.has(*QUESTIONS.get(name, ())):
        return
    rest = options.operands
    while name in ("env", "sudo", "doas", "pkexec", "systemd-run") and rest and _is_assignment(rest[0]):
        rest = rest[1:]
    yield rest[SKIPPED.get(name, 0) :]


def _is_assignment(word: Text) -> bool:
    name, equals, _ = word.options[0].partition("=")
    return bool(equals) and name.isidentifier()


def _find_commands(args: Words) -> Iterator[Words]:
    start: int | None = None
    for index, word in enumerate(args):
        text = word.only
        if start is None and text in ("-exec", "-execdir", "-ok", "-okdir"):
            start = index + 1
        elif start is not None and text in FIND_ENDS:
            yield args[start:index]
            start = None
    if start is not None:
        yield args[start:]
