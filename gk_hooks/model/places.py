"""Places in a file system: which paths bring something back after a login or a reboot, and which are the system's own.

Both questions are answered for one spelling of a path, whichever system it is written for: the slashes may lean either
way or be doubled, ``~``, ``$HOME``, ``%APPDATA%`` and ``$env:windir`` are read, and an unknown part is a HOLE.
"""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple

from gk_hooks.model.effects import Mechanism
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE


class Place(NamedTuple):
    """A persistence place: how what lies there comes back, and by which *tool* ("cron", "systemd")."""

    mechanism: Mechanism
    tool: str


_SCHEDULES = {
    "cron": "/etc/cron* /var/spool/cron /etc/anacrontab /var/cron/tabs /usr/lib/cron/tabs",
    "at": "/var/spool/at /var/spool/atjobs /var/at",
    "systemd": (
        "/etc/systemd/system /etc/systemd/user /usr/lib/systemd/system /usr/lib/systemd/user /lib/systemd/system "
        "/lib/systemd/user /usr/local/lib/systemd /run/systemd/system /run/systemd/user ~/.config/systemd/user "
        "~/.local/share/systemd/user /etc/systemd/system-generators /usr/lib/systemd/system-generators "
        "/var/lib/systemd/linger"
    ),
    "init": "/etc/init.d /etc/rc.d /etc/rc.local /etc/rc.common /etc/init /etc/inittab /etc/rc?.d /usr/local/etc/rc.d",
    "launchd": "/library/launchdaemons /library/launchagents ~/library/launchagents /library/startupitems "
    "/system/library/launchdaemons /system/library/launchagents",
    "periodic": "/etc/periodic /usr/local/etc/periodic /etc/emond.d",
    "task scheduler": "c:/windows/system32/tasks c:/windows/syswow64/tasks c:/windows/tasks",
}
_AUTORUNS = {
    "login shell": (
        "~/.bashrc ~/.bash_profile ~/.bash_login ~/.bash_logout ~/.bash_aliases ~/.profile ~/.zshrc ~/.zshenv "
        "~/.zprofile ~/.zlogin ~/.zlogout ~/.kshrc ~/.cshrc ~/.tcshrc ~/.login ~/.config/fish/config.fish "
        "~/.config/fish/conf.d /etc/profile /etc/profile.d /etc/bash.bashrc /etc/bashrc /etc/zsh /etc/zshrc "
        "/etc/zshenv /etc/zprofile /etc/zlogin /etc/csh.cshrc /etc/csh.login /etc/fish /etc/skel/.bashrc "
        "/etc/skel/.profile /etc/skel/.bash_profile /etc/environment"
    ),
    "desktop autostart": (
        "~/.config/autostart ~/.config/autostart-scripts /etc/xdg/autostart ~/.xinitrc ~/.xsession ~/.xprofile "
        "~/.xsessionrc /etc/x11/xinit /etc/x11/xsession.d ~/.config/plasma-workspace/env"
    ),
    "preloaded library": "/etc/ld.so.preload",
    "ssh login": "~/.ssh/authorized_keys ~/.ssh/authorized_keys2 ~/.ssh/rc /etc/ssh/sshrc",
    "message of the day": "/etc/update-motd.d",
}
_ANYWHERE = (
    (regex(r"(?:^|/)(?:programs|start ?menu/programs)/startup(?:/|$)"), "startup folder"),
    (regex(r"^shell:(?:common )?startup(?:/|$)"), "startup folder"),
    (regex(r"(?:^|/)(?:[^/]*powershell/)(?:[^/]*_)?profile\.ps1$"), "PowerShell profile"),
    (regex(r"(?:^|/)microsoft\.powershell(?:ise)?_profile\.ps1$"), "PowerShell profile"),
)
"""Places that are told by their last parts, whatever stands before them."""

_PROTECTED = (
    "/etc /usr /bin /sbin /lib /lib32 /lib64 /libx32 /boot /efi /sys /proc/sys /proc/sysrq-trigger /library /system "
    "/var/spool/cron /var/spool/at /var/spool/atjobs /var/cron /var/at /run/systemd /var/lib/systemd/linger "
    "/dev/sd* /dev/hd* /dev/vd* /dev/nvme* /dev/mmcblk* /dev/disk* /dev/mapper /dev/mem /dev/kmem /dev/port /* "
    "c:/windows c:/winnt c:/program?files c:/program?files?(x86) c:/boot c:/efi c:/bootmgr"
).split()
_UNPROTECTED = (
    "/usr/tmp /etc/mtab /sys/fs/cgroup /library/caches c:/windows/temp c:/windows/tmp c:/windows/tracing".split()
)

_VARIABLES = {
    "home": "~",
    "userprofile": "~",
    "homepath": "~",
    "appdata": "~/appdata/roaming",
    "localappdata": "~/appdata/local",
    "xdg_config_home": "~/.config",
    "xdg_data_home": "~/.local/share",
    "zdotdir": "~",
    "systemroot": "c:/windows",
    "windir": "c:/windows",
    "systemdrive": "c:",
    "homedrive": "c:",
    "programfiles": "c:/program files",
    "programfiles(x86)": "c:/program files (x86)",
    "programw6432": "c:/program files",
    "commonprogramfiles": "c:/program files/common files",
    "programdata": "c:/programdata",
    "allusersprofile": "c:/programdata",
    "public": "c:/users/public",
}
_VARIABLE = regex(r"%([\w()]{1,32})%|\$\{?(?:env:)?([\w()]{1,32})\}?")
_REWRITES = tuple(
    (regex(pattern), new)
    for pattern, new in (
        (r"^//[?.]/", ""),  # \\?\C:\ and \\.\C:\
        (r"^//[^/]+/([a-z])\$(?=/|$)", r"\1:"),  # an administrative share
        (r"^//[^/]+/admin\$(?=/|$)", "c:/windows"),
        (r"^/(?:mnt|cygdrive)/([a-z])(?=/|$)", r"\1:"),
        (r"^[a-z]:", "c:"),
        (r"^/private(?=/(?:etc|var|tmp)(?:/|$))", ""),
        (r"^c:/(?:users|documents and settings)/(?!public(?:/|$)|all users|default)[^/]+(?=/|$)", "~"),
        (r"^/(?:home|users|export/home|var/home)/[^/]+(?=/|$)", "~"),
        (r"^/(?:var/)?root(?=/|$)", "~"),
        (rf"^(?:~[^/]*|{HOLE})(?=/)", "~"),
    )
)
MAX_PATH = 4096


def persistence_of(path: str) -> Place | None:
    """The persistence place that *path* (which may hold HOLEs) lies in, or None."""
    spelled = _spell(path)
    if spelled.startswith(_BEGINNINGS):
        for entry, place in _PLACES:
            if _lies_in(spelled, entry):
                return place
    for pattern, tool in _ANYWHERE:
        if pattern.search(spelled):
            return Place(Mechanism.AUTORUN, tool)
    return None


def is_protected(path: str) -> bool:
    """True when *path* lies in a location of the operating system, which programs have no business to change.

    ``/usr/local`` counts: it is administered, and on every user's search path. Temporary folders do not.
    """
    spelled = _spell(path)
    if spelled == "/" or any(_lies_in(spelled, entry) for entry in _UNPROTECTED):
        return spelled == "/"
    return any(_lies_in(spelled, entry) for entry in _PROTECTED)


def _spell(path: str) -> str:
    """One spelling of *path*: lower-case, forward slashes, no dots, the home folder as ``~``, drives as ``c:``."""
    path = path[:MAX_PATH].strip().strip("\"'").lower().replace("\\", "/")
    path = path.removeprefix("filesystem::").removeprefix("microsoft.powershell.core/filesystem::")
    path = _VARIABLE.sub(_variable, path)
    unc = path.startswith("//") and not path.startswith("///") and (path[2:3] in "?." or "$" in path)
    path = re.sub(r"/{2,}", "/", path)
    path = "/" + path if unc else path
    for pattern, new in _REWRITES:
        path = pattern.sub(new, path, count=1)
    return posixpath.normpath(path) if path else ""


def _variable(match: re.Match[str]) -> str:
    return _VARIABLES.get(match[1] or match[2], match[0])


def _lies_in(path: str, entry: str) -> bool:
    """Whether *path* is *entry* or below it; ``?`` in an entry is any character, a ``*`` at its end any rest."""
    if entry == "/*":
        return path == entry
    stem = entry.removesuffix("*")
    if not path.startswith(stem) and not ("?" in stem and _matches(path, stem)):
        return False
    return stem != entry or path[len(stem) : len(stem) + 1] in ("", "/")


def _matches(path: str, stem: str) -> bool:
    return len(path) >= len(stem) and all(want in ("?", got) for want, got in zip(stem, path, strict=False))


_PLACES = tuple(
    (entry, Place(mechanism, tool))
    for mechanism, table in ((Mechanism.SCHEDULE, _SCHEDULES), (Mechanism.AUTORUN, _AUTORUNS))
    for tool, entries in table.items()
    for entry in entries.split()
)
_BEGINNINGS = tuple(sorted({re.split("[?*]", entry)[0] for entry, _ in _PLACES}))


def first_names() -> frozenset[str]:
    """The names that a path must begin with, or have after the user's own folder, to lie in any of these places."""
    tables = (*_SCHEDULES.values(), *_AUTORUNS.values())
    entries = [*(entry for line in tables for entry in line.split()), *_PROTECTED]
    names = (re.match(r"(?:c:|~)?/([\w.-]+)", entry) for entry in entries)
    return frozenset(name[1] for name in names if name)
