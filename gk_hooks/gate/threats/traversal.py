"""Paths that climb out of where they belong, or that name what no tool should be asked for."""

from __future__ import annotations

from gk_hooks.gate.threats.rule import Rule

_S = r"[/\\]"

RULES = (
    Rule(
        "path traversal",
        "climbs out of its folder",
        4,
        ("..",),
        rf"(?:\.\.[;%\s\x00]{{0,3}}{_S}{{1,3}}(?:\.{_S})?[%\s\x00]{{0,3}}){{3,}}|{_S}{{1,2}}\.\.{_S}{{1,3}}\.\.(?:{_S}|\Z)"
        rf"|(?:\.\.{_S}{{1,2}}){{1,}}(?:etc|boot|windows|winnt|proc|root|home|var|usr|inetpub|conf|bin|dev|sys|tmp){_S}",
        raw=True,
        plain=True,
    ),
    Rule(
        "path traversal",
        "climbs by odd steps",
        4,
        (".../", "...\\", "/./", "\\.\\", ".\\\\.", ".\\./", "....//", "..\\/", "..//", ".\\\\./", "/.\\"),
        rf"(?:\.{{3,8}}{_S}{{1,3}}){{2,}}|(?:{_S}\.){{4,}}{_S}|(?:\.[/\\]{{1,3}}){{6,}}|(?:\.\.[/\\]{{2,4}}){{2,}}",
        raw=True,
        plain=True,
        longest=4096,
    ),
    Rule(
        "path traversal",
        "names a file of the system",
        4,
        (
            "etc/",
            "etc\\",
            "boot.ini",
            "win.ini",
            "global.asa",
            "/proc/",
            "system32",
            "web.config",
            "system.ini",
            "etc:",
            "htpasswd",
            "wp-config",
        ),
        rf"(?:\A|[\s\"'=:,(\[`>@]|{_S})etc(?:{_S}{{1,3}}\.?){{1,3}}(?:passwd|shadow|master\.passwd|sudoers|gshadow|hosts|group|issue|motd|ssh{_S}|security{_S}|crontab|ssl{_S}private)"
        rf"(?![\w.]*\.(?:md|txt|py))|\bboot\.ini\b|\bwin\.ini\b|\bglobal\.asa\b|\bsystem32{_S}(?:config|drivers{_S}etc|cmd)|/proc/(?:self|\d{{1,7}}|version|cmdline|mounts)\b"
        r"|\bsystem\.ini\b|\.htpasswd\b|\bwp-config\.php\b",
        raw=True,
        plain=True,
        longest=512,
    ),
    Rule(
        "path traversal",
        "cuts a path off with a zero byte",
        4,
        ("\x00",),
        r"[\w/\\.]\x00|\x00[\w/\\.]",
        raw=True,
        plain=True,
        longest=4096,
    ),
    Rule(
        "path traversal",
        "goes up from where it is",
        1,
        ("../", "..\\"),
        rf"(?:\A|[\s\"'=:,(\[`]|{_S})\.\.{_S}",
        raw=True,
        plain=True,
        longest=512,
    ),
)
