"""Commands of Windows: what downloads when it is given a URL, what reaches a named computer, what writes files.

The tools that change the system (reg, schtasks, sc, net, wmic, netsh) are in ``windows_system``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gk_hooks.analyzers.commands import windows_system
from gk_hooks.analyzers.commands.interpreters import runs_text
from gk_hooks.analyzers.commands.shapes import Call, Handler, connects, joined, persists
from gk_hooks.analyzers.commands.windows_words import lower, operands, shares_in, switch_values, urls_in
from gk_hooks.analyzers.paths import writes
from gk_hooks.model.effects import Code, Connect, DynamicCode, Effect, Form, LoadNative, Site
from gk_hooks.model.kinds import Kind
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE, UNKNOWN, Text


def reaches(call: Call) -> Iterator[Effect]:
    """A program that fetches what a URL or a share among its arguments names."""
    yield from connects(call, [url for word in call.args for url in urls_in(word)], Form.URL)
    yield from uses_shares(call)


def opens(call: Call) -> Iterator[Effect]:
    """start URL: the first operand is opened by whatever program is registered for it; others are its arguments."""
    first = [word for word in operands(call.args) if word.only != ""][:1]
    yield from connects(call, [url for word in first for url in urls_in(word)], Form.URL)


def uses_shares(call: Call) -> Iterator[Effect]:
    """A program that opens what ``\\\\host\\share`` among its arguments names."""
    yield from connects(call, [host for word in call.args for host in shares_in(word)], Form.HOST, "smb")


def remote(names: str, also: str = "") -> Handler:
    """Tools that manage the computer that a switch names (``/s host``), this one by default."""

    def handler(call: Call) -> Iterator[Effect]:
        found = switch_values(call.args, *names.split())
        yield from connects(call, [text.map(lambda option: option.lstrip("\\")) for text in found], Form.ANY)
        yield from reaches(call)

    return handler


def downloads_with(verbs: str) -> Handler:
    """Tools that fetch with a verb (``certutil -urlcache``); with it, an argument that is not known may be the URL."""
    wanted = tuple(verbs.split())

    def handler(call: Call) -> Iterator[Effect]:
        found = list(reaches(call))
        yield from found
        active = any(lower(word).lstrip("-/").startswith(wanted) for word in call.args)
        open_word = any(HOLE in option for word in call.args for option in word.options)
        if active and not found and (open_word or call.open_ended):
            yield Connect(call.site, UNKNOWN, Form.URL)

    return handler


def certutil(call: Call) -> Iterator[Effect]:
    """certutil fetches with -urlcache, -verifyctl and -URL, and writes a file when it de- or encodes."""
    yield from downloads_with("urlcache verifyctl url ping")(call)
    if any(lower(word).lstrip("-/") in ("decode", "decodehex", "encode", "encodehex") for word in call.args):
        for path in operands(call.args)[1:2]:
            yield from writes(call.site, path)


def bitsadmin(call: Call) -> Iterator[Effect]:
    """bitsadmin /transfer and /addfile fetch; /SetNotifyCmdLine starts a program whenever the job ends."""
    yield from downloads_with("transfer addfile")(call)
    for index, word in enumerate(call.args):
        if lower(word) == "/setnotifycmdline":
            yield from persists(call, "set", joined(call.args[index + 2 : index + 4]))


_SCRIPT = regex(r"(?:^|[\s,\"'=])(vbscript|javascript|jscript|about|script):", re.IGNORECASE)


def hosts_script(call: Call) -> Iterator[Effect]:
    """mshta, rundll32, regsvr32, …: a URL is fetched and run, ``vbscript:`` and ``javascript:`` are code."""
    line = joined(call.args)
    yield from reaches(call)
    if any(urls_in(word) for word in call.args) and call.name != "rundll32":
        yield DynamicCode(call.site, Code.MODULE, next(url for word in call.args for url in urls_in(word)))
    schemes = {match[1].lower() for option in line.options if (match := _SCRIPT.search(option))}
    if schemes - {"script"}:
        code = line.map(_script_text)
        yield DynamicCode(call.site, Code.TEXT, code)
        if "vbscript" in schemes:
            yield from runs_text(call, Kind.VBSCRIPT, code, f"{call.name} vbscript:")


def _script_text(option: str) -> str:
    match = _SCRIPT.search(option)
    return option[match.end() :] if match else option


def loads_library(call: Call) -> Iterator[Effect]:
    """rundll32 and regsvr32 load the library that they are given, and its entry point runs."""
    yield from hosts_script(call)
    for word in operands(call.args)[:1]:
        library = word.map(lambda option: option.partition(",")[0])
        if not any(_SCRIPT.search(option) for option in library.options):
            yield LoadNative(call.site, library)


def app_v(call: Call) -> Iterator[Effect]:
    """SyncAppvPublishingServer "n; POWERSHELL": what follows the semicolon runs."""
    line = joined(call.args)
    if any(";" in option for option in line.options):
        yield from runs_text(call, Kind.POWERSHELL, line.map(lambda option: option.partition(";")[2]), call.name)


def finger(call: Call) -> Iterator[Effect]:
    """finger user@host."""
    found = [text for text in operands(call.args) if any("@" in option for option in text.options)]
    yield from connects(call, [text.map(lambda option: option.rpartition("@")[2]) for text in found], Form.HOST)


def file_targets(verb: str, which: slice, minimum: int = 1) -> Handler:
    """Tools that write the paths among their operands that *which* takes, when there are at least *minimum*."""

    def handler(call: Call) -> Iterator[Effect]:
        found = operands(call.args, dashes=False)
        if len(found) >= minimum:
            for path in found[which]:
                yield from writes(call.site, path, verb)
        yield from uses_shares(call)

    return handler


def robocopy(call: Call) -> Iterator[Effect]:
    """robocopy FROM TO …; with /l it only lists."""
    only_lists = any(lower(word) == "/l" for word in call.args)
    yield from uses_shares(call) if only_lists else file_targets("copy", slice(1, 2), 2)(call)


def file_value(verb: str, names: str) -> Handler:
    """Tools that write the file which a switch names (``esentutl /d``)."""

    def handler(call: Call) -> Iterator[Effect]:
        for path in switch_values(call.args, *names.split()):
            yield from writes(call.site, path, verb)
        yield from reaches(call)

    return handler


def changes_acl(call: Call) -> Iterator[Effect]:
    """icacls and its kin change something only with a switch that says so."""
    changing = ("/grant", "/deny", "/remove", "/setowner", "/inheritance", "/reset", "/restore", "/setintegritylevel")
    if any(lower(word).startswith((*changing, "/g", "/p", "/r", "/d", "/e")) for word in call.args):
        for path in operands(call.args)[:1]:
            yield from writes(call.site, path, "change rights")


def changes_attributes(call: Call) -> Iterator[Effect]:
    """attrib +h PATH."""
    found = operands(call.args)
    signs = [text for text in found if lower(text)[:1] in "+-"]
    if signs:
        for path in found:
            if path not in signs:
                yield from writes(call.site, path, "change attributes")


def fetched(argv: Sequence[Text], site: Site) -> Iterator[Effect]:
    """A program on a share is fetched."""
    for host in shares_in(argv[0]) if argv else ():
        yield Connect(site, host, Form.HOST, "smb")


def unless_asked(handler: Handler) -> Handler:
    """The same, but nothing when the command only asks for help."""

    def asked(call: Call) -> Iterator[Effect]:
        if not any(lower(word) in ("/?", "-?", "/help") for word in call.args):
            yield from handler(call)

    return asked


_DOWNLOADERS = (
    "appinstaller cmdl32 configsecuritypolicy datasvcutil desktopimgdownldr devtoolslauncher dfsvc "
    "diantz extrac32 gfxdownloadwrapper hh imewdbld mpcmdrun msdeploy msohtmed msoxmled mspub msxsl "
    "onedrivestandaloneupdater onedrivesetup printbrm protocolhandler psr squirrel teams update winget "
    "winword excel powerpnt visio outlook mstsc wfc xwizard iexplore msedge msedge_proxy msedgewebview2 "
    "opera brave wuauclt wusa dism pnputil msiexec rasdial wget.js control winfetch acroread acrord32 eudcedit "
    "installutil ngen coregen aspnet_compiler csc msbuild notepad++ wordpad write certoc certreq "
    "stordiag tracerpt wpr addinutil ilasm vbc code cscript wscript pubprn.vbs"
)
_SCRIPT_HOSTS = "mshta presentationhost ieexec cmstp scrobj jjs wsreset"
_ON_SHARES = "type more findstr fc comp dir cd pushd chdir tree where print makecab tar 7z 7za rar winrar dnscmd subst"
_BY_SHAPE: tuple[tuple[Handler, str], ...] = (
    (reaches, _DOWNLOADERS),
    (opens, "start explorer"),
    (hosts_script, _SCRIPT_HOSTS),
    (loads_library, "rundll32 regsvr32 odbcconf"),
    (certutil, "certutil"),
    (bitsadmin, "bitsadmin"),
    (app_v, "syncappvpublishingserver syncappvpublishingserver.vbs"),
    (finger, "finger"),
    (uses_shares, _ON_SHARES),
    (remote("/s -s"), "tasklist taskkill systeminfo"),
    (remote("/m -m"), "shutdown"),
    (remote("/s /computer"), "getmac driverquery gpresult w32tm openfiles eventcreate logoff"),
    (remote("/server"), "query quser qwinsta rwinsta qprocess tsdiscon reset nltest"),
    (remote("-r -remote /r /remote"), "winrs winrm winrm.vbs wevtutil"),
    (remote("-s -d"), "dsquery dsget dsadd dsmod dsrm csvde ldifde adfind"),
    (remote("-n"), "portqry paping psping tcping"),
    (remote("-s /s -server"), "wecutil dcdiag"),
    (remote("-h -P"), "plink putty pscp psftp"),
    (file_targets("copy", slice(-1, None), 2), "copy xcopy"),
    (robocopy, "robocopy"),
    (file_targets("move", slice(None)), "move"),
    (file_targets("rename", slice(0, 1), 2), "ren rename"),
    (file_targets("copy", slice(1, 2), 2), "replace expand"),
    (file_targets("delete", slice(None)), "del erase rd"),
    (file_targets("mkdir", slice(None)), "md"),
    (file_targets("link", slice(0, 1), 2), "mklink"),
    (file_targets("write", slice(-1, None), 2), "fsutil"),
    (file_value("copy", "/d"), "esentutl"),
    (file_value("change rights", "/f"), "takeown"),
    (file_value("write", "-target -destinationpath"), "compact"),
    (changes_acl, "icacls cacls xcacls subinacl"),
    (changes_attributes, "attrib"),
)

COMMANDS: dict[str, Handler] = {}
for _handler, _names in (*_BY_SHAPE, *windows_system.BY_SHAPE):
    COMMANDS |= dict.fromkeys(_names.split(), unless_asked(_handler))

TOOLS = frozenset(
    "certutil bitsadmin mshta desktopimgdownldr certoc certreq ieexec hh cmdl32 finger mpcmdrun imewdbld "
    "presentationhost cmstp psexec psexec64 paexec winrs winrm plink pscp psftp putty mstsc regsvr32 rundll32 msiexec "
    "installutil iexplore msedge".split()
    + windows_system.TOOLS.split()
)
"""What the specification calls network or persistence tooling, when it is used for that."""
