"""Commands of POSIX systems that change what is on the machine: schedules, services, files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gk_hooks.analyzers.commands.shapes import (
    Call,
    Handler,
    keep,
    parse,
    path_operands,
    persists,
    verbs,
)
from gk_hooks.analyzers.paths import writes
from gk_hooks.model.effects import Effect, LoadNative, Mechanism, WritePath
from gk_hooks.model.values import Text


def crontab(call: Call) -> Iterator[Effect]:
    """crontab installs a file or standard input, edits (-e) or removes (-r); -l only shows."""
    options = parse(call.args, "-u -c -s")
    if options.has("-e", "-r", "-i"):
        yield from persists(call, "remove" if options.has("-r") else "edit")
    elif options.operands and not options.has("-l"):
        yield from persists(call, "install", options.operands[0])
    elif not options.has("-l", "-V", "-h", "--help", "-T") and (call.stdin is not None or call.open_ended):
        yield from persists(call, "install")


def at(call: Call) -> Iterator[Effect]:
    """at and batch queue a job; -l and -c show, -r and -d remove. ``at 10:00 COMMAND`` is that of Windows."""
    options = parse(call.args, "-f -q -t")
    if len(options.operands) > 1 and re.match(r"\d{1,2}:\d\d", options.operands[0].options[0]) and call.stdin is None:
        return
    if options.has("-l", "-c", "-V", "--help") or not (options.operands or options.has("-t", "-f") or call.stdin):
        return
    yield from persists(call, "remove" if options.has("-r", "-d") else "create")


def chkconfig(call: Call) -> Iterator[Effect]:
    """``chkconfig --add NAME`` beside ``chkconfig NAME on``."""
    options = parse(call.args, "--add --del --level")
    for name in ("--add", "--del"):
        for target in options.values(name):
            yield from persists(call, name.strip("-"), target)
    yield from verbs("on off reset resetpriorities", "--level", at=1)(call)


def systemd_run(call: Call) -> Iterator[Effect]:
    """systemd-run makes a transient unit; with a timer it comes back."""
    timers = [name for name, _ in parse(call.args, bundles=False, stop=True).given if name.startswith("--on-")]
    if timers:
        yield from persists(call, "create")


def defaults(call: Call) -> Iterator[Effect]:
    """macOS ``defaults write``: a login hook comes back; other preferences are files."""
    words = [word.only or "" for word in call.args]
    if words[:1] == ["write"] and any(
        word in ("LoginHook", "LogoutHook", "AutoLaunchedApplicationDictionary") for word in words
    ):
        yield from persists(call, "write", call.args[-1], Mechanism.AUTORUN)
    elif words[:1] == ["write"] and len(words) > 1 and words[1].startswith("/"):
        yield from writes(call.site, call.args[1], "write")


def copy(verb: str, takes: str) -> Handler:
    """cp, ln, install, mv: the last operand or -t is written, or the names in it when it is spelled as a folder."""

    def handler(call: Call) -> Iterator[Effect]:
        options = parse(call.args, f"{takes} -t --target-directory")
        targets, sources = options.values("-t", "--target-directory"), options.operands
        if options.has("-d", "--directory") and call.name == "install":
            targets, sources = list(sources), ()
        elif not targets and len(sources) > 1:
            targets, sources = [sources[-1]], sources[:-1]
        for target in targets:
            inside = [_inside(target, source) for source in sources] if _is_folder(target) else []
            for path in dict.fromkeys(inside or [target]):
                yield from writes(call.site, path, "mkdir" if not sources else verb)
        if verb == "move":
            yield from (WritePath(call.site, source, "move") for source in sources)

    return handler


def _is_folder(target: Text) -> bool:
    return all(option.endswith("/") or option in ("~", "/root") for option in target.options)


def _inside(folder: Text, source: Text) -> Text:
    name = source.options[0].rstrip("/").rpartition("/")[2] if len(source.options) == 1 else ""
    return folder.map(lambda option: option.rstrip("/") + "/" + name)


def dd(call: Call) -> Iterator[Effect]:
    """dd of=PATH."""
    for word in call.args:
        if target := keep(word, lambda option: option.startswith("of=")):
            yield from writes(call.site, target.map(lambda option: option[3:]))


def edits_in_place(call: Call) -> Iterator[Effect]:
    """sed -i, perl -i: the operands behind the script."""
    options = parse(call.args, "-e -f --expression --file")
    if not options.has("-i", "--in-place") and not any(name.startswith("--in-place") for name, _ in options.given):
        return
    scripted = options.has("-e", "-f", "--expression", "--file")
    operands = options.operands if scripted else options.operands[1:]
    for path in operands:
        yield from writes(call.site, path, "edit")


def sysctl(call: Call) -> Iterator[Effect]:
    """sysctl KEY=VALUE writes below /proc/sys."""
    for word in parse(call.args, "-p -f --pattern").operands:
        if setting := keep(word, lambda option: "=" in option):
            key = setting.map(lambda option: "/proc/sys/" + option.partition("=")[0].replace(".", "/"))
            yield from writes(call.site, key, "write")


def unpacks(folders: str, takes: str, *, when: str = "") -> Handler:
    """tar -x -C, unzip -d: the folder that is unpacked into."""

    def handler(call: Call) -> Iterator[Effect]:
        options = parse(call.args, f"{takes} {folders}")
        old_style = bool(options.operands) and "x" in (options.operands[0].only or "")
        if not when or options.has(*when.split()) or old_style:
            for path in options.values(*folders.split()):
                yield from writes(call.site, path, "extract")

    return handler


def loads_module(call: Call) -> Iterator[Effect]:
    """insmod, modprobe, kextload: native code in the kernel."""
    options = parse(call.args, "-C -d -S -D -t")
    if options.operands and not options.has("-r", "--remove", "-n", "--dry-run", "--show-depends", "-c"):
        yield LoadNative(call.site, options.operands[0])


def edits_accounts(call: Call) -> Iterator[Effect]:
    """useradd and its kin change the user data base."""
    if not parse(call.args).has("-h", "--help", "-S", "--status", "-D"):
        yield WritePath(call.site, Text.of("/etc/group" if call.name.startswith("group") else "/etc/passwd"), "edit")


def edits_sudoers(call: Call) -> Iterator[Effect]:
    """visudo, unless it only checks."""
    if not parse(call.args, "-f -x").has("-c", "--check", "-h", "-V"):
        yield WritePath(call.site, Text.of("/etc/sudoers"), "edit")


SYSTEMCTL = (
    "enable disable mask unmask link edit start stop restart reload reenable preset preset-all try-restart "
    "reload-or-restart add-wants add-requires set-default set-property revert daemon-reload daemon-reexec isolate"
)
LAUNCHCTL = "load bootstrap enable submit unload bootout disable kickstart start stop remove asuser setenv"
SERVICE = "start stop restart reload force-reload enable disable condrestart try-restart"

_SCHEDULES: tuple[tuple[Handler, str], ...] = (
    (crontab, "crontab fcrontab"),
    (at, "at batch"),
    (verbs(SYSTEMCTL, "-H -M -t -p -n -o --host --machine --type --property --root --state"), "systemctl"),
    (verbs(SERVICE, at=1), "service rc-service invoke-rc.d"),
    (verbs("enable disable defaults remove", at=1), "update-rc.d"),
    (chkconfig, "chkconfig"),
    (verbs("add del delete", at=0), "rc-update"),
    (verbs("start stop restart reload", at=0), "initctl"),
    (verbs("enable disable set start stop restart"), "rcctl"),
    (verbs("enable-linger disable-linger"), "loginctl"),
    (verbs(LAUNCHCTL), "launchctl"),
    (systemd_run, "systemd-run"),
    (defaults, "defaults"),
)
_FILES: tuple[tuple[Handler, str], ...] = (
    (copy("copy", "-S --suffix"), "cp gcp ditto"),
    (copy("install", "-m -o -g -S --mode --owner --group"), "install ginstall"),
    (copy("move", "-S --suffix"), "mv"),
    (copy("link", "-S --suffix"), "ln"),
    (path_operands("write"), "tee sponge"),
    (path_operands("write", "-d -r -t --date --reference"), "touch"),
    (path_operands("write", "-s -r --size --reference"), "truncate fallocate"),
    (path_operands("delete"), "rm rmdir unlink srm"),
    (path_operands("delete", "-n -s --iterations --size"), "shred"),
    (path_operands("mkdir", "-m --mode"), "mkdir"),
    (path_operands("chmod", which=slice(1, None)), "chmod chown chgrp chattr chcon"),
    (path_operands("chmod", "-m -x -M -b", which=slice(0, None)), "setfacl"),
    (path_operands("chmod", which=slice(1, None)), "setcap"),
    (path_operands("edit", "-i -p -d -o", which=slice(0, 1)), "patch"),
    (dd, "dd dcfldd"),
    (edits_in_place, "sed gsed"),
    (sysctl, "sysctl"),
    (unpacks("-C --directory", "-f -X -T -I --file --exclude --strip-components", when="-x --extract"), "tar bsdtar"),
    (unpacks("-d", "-x -P"), "unzip"),
    (loads_module, "insmod modprobe kextload kldload"),
    (edits_accounts, "useradd adduser usermod userdel groupadd groupmod groupdel addgroup chpasswd passwd chsh"),
    (edits_sudoers, "visudo"),
)  # fmt: skip


COMMANDS: dict[str, Handler] = {name: shape for shape, names in (*_SCHEDULES, *_FILES) for name in names.split()}

TOOLS = frozenset(name for _, names in _SCHEDULES for name in names.split())
"""What the specification calls persistence tooling."""
