"""Destinations: which host a string names, and whether that host is this machine.

The specification names localhost, 127.0.0.1 and ::1. The kernel keeps the whole of 127.0.0.0/8 on the machine
(RFC 1122 section 3.2.1.3) and RFC 6761 section 6.3 reserves ``localhost`` and names below it, so all of their
spellings count as loopback here; what merely looks like them (``127.0.0.1.evil.example``) does not.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from gk_hooks.model.effects import Form
from gk_hooks.model.records import dataclass
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE, Text

if TYPE_CHECKING:
    import ipaddress

EVERY_INTERFACE = frozenset({"", "*", "+", "0.0.0.0", "::", "0", "[::]", "::0", "0:0:0:0:0:0:0:0", "0.0.0", "0.0"})
"""Addresses that mean all interfaces when a server listens; ``*`` and ``+`` are HTTP.sys and command-line spellings."""

_SCHEME = regex(r"[A-Za-z][A-Za-z0-9+.-]*:(?=//)")
_ENCODED = regex(r"%([0-7][0-9A-Fa-f])")
_NO_HOST = regex(r"[^\w.:%-]|^~|%(?![\w.-]+$)")
"""What stands in no name and no address (``%TEMP%``, ``~``, ``{host}``): something that is still to be expanded. An
IPv6 address may end in ``%`` and the name of an interface."""

LOCAL_SCHEMES = frozenset({"file", "data", "unix", "about", "mailto", "javascript", "local", "ipc", "inproc"})
"""URL schemes that reach no host."""


class Reach(StrEnum):
    """Where a destination lies."""

    LOOPBACK = "loopback"
    REMOTE = "remote"
    UNKNOWN = "unknown"
    NOWHERE = "nowhere"
    """No network at all: file:, data:, a UNIX socket."""


@dataclass(frozen=True, slots=True)
class Destination:
    """One destination resolved: its *host* ("" when unknown) and where that lies."""

    host: str
    reach: Reach


def resolve(text: Text, form: Form) -> tuple[Destination, ...]:
    """Every destination that *text* may name, in the order of its options; an incomplete text adds an unknown one."""
    found = [resolve_one(option, form) for option in text.options]
    if not text.complete:
        found.append(Destination("", Reach.UNKNOWN))
    return tuple(dict.fromkeys(found))


def resolve_one(option: str, form: Form) -> Destination:
    """The destination that one option (which may hold HOLEs) names. A host with a hole in it, or one that a hole
    touches, is unknown: ``http://localhost{x}`` is not loopback."""
    option = option.strip().strip("\x00")
    scheme = _SCHEME.match(option)
    if scheme and scheme[0][:-1].lower() in LOCAL_SCHEMES:
        return Destination("", Reach.NOWHERE)
    if form is Form.URL and not scheme:
        if option.startswith("//"):
            return _judge(_authority(option[2:]))
        if option.lower().startswith(("data:", "file:", "about:")):
            return Destination("", Reach.NOWHERE)
        if HOLE in option.partition("://")[0]:
            # {scheme}://host/… has a known host behind the unknown scheme
            _, separator, rest = option.partition("://")
            return _judge(_authority(rest)) if separator else Destination("", Reach.UNKNOWN)
        return Destination("", Reach.UNKNOWN)
    if scheme:
        return _judge(_authority(option[scheme.end() + 2 :]))
    if HOLE in option.partition("://")[0] and "://" in option:
        return _judge(_authority(option.partition("://")[2]))
    if option.startswith("/"):
        return Destination("", Reach.NOWHERE)
    return _judge(_authority(option, bare=True))


def host_reach(host: str) -> Reach:
    """Where a bare *host* lies: a name or an address in any spelling that resolvers accept."""
    host = host.strip().rstrip(".").lower()
    if HOLE in host or not host:
        return Reach.UNKNOWN
    if (
        host == "localhost"
        or host.endswith(".localhost")
        or host in {"ip6-localhost", "ip6-loopback", "localhost.localdomain"}
    ):
        return Reach.LOOPBACK
    address = parse_address(host)
    if address is None:
        return Reach.REMOTE
    mapped = getattr(address, "ipv4_mapped", None)
    return Reach.LOOPBACK if (mapped or address).is_loopback else Reach.REMOTE


def parse_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """*host* as an address, with the old spellings of inet_aton (``127.1``, ``0x7f.1``, ``2130706433``), else None."""
    host = host.partition("%")[0]
    if ":" in host:
        import ipaddress

        try:
            return ipaddress.IPv6Address(host)
        except ValueError:
            return None
    parts = host.split(".")
    if len(parts) > 4 or not all(parts):
        return None
    try:
        numbers = [_aton(part) for part in parts]
    except ValueError:
        return None
    *head, last = numbers
    if any(number > 255 for number in head) or last >= 256 ** (4 - len(head)):
        return None
    import ipaddress

    value = last
    for index, number in enumerate(head):
        value += number << (24 - 8 * index)
    return ipaddress.IPv4Address(value)


def is_every_interface(host: str) -> bool:
    """True when a server that listens on *host* listens on all interfaces."""
    host = host.strip().strip("[]").lower()
    if host in EVERY_INTERFACE:
        return True
    address = parse_address(host)
    return address is not None and address.is_unspecified


def _aton(part: str) -> int:
    if not part.isascii() or not part.isalnum():
        raise ValueError(part)
    if part.lower().startswith("0x"):
        return int(part, 16)
    return int(part, 8) if part.startswith("0") and len(part) > 1 else int(part)


def _authority(rest: str, bare: bool = False) -> str:
    """The host of ``[user@]host[:port][/path]`` (RFC 3986 section 3.2), with HOLEs where it is not wholly known.

    A hole right after ``host:`` is taken for a port and one before ``@`` for user information, which is what
    programs mean by them. A backslash ends the authority as a slash does: browsers and curl read it so.
    """
    authority = re.split(r"[/\\?#]", rest, maxsplit=1)[0]
    hostport = authority.rpartition("@")[2]
    if hostport.startswith("["):
        host, bracket, _ = hostport[1:].partition("]")
        return host if bracket else HOLE
    if bare and hostport.count(":") > 1:
        return hostport  # a bare IPv6 address
    return hostport.partition(":")[0]


def _judge(host: str) -> Destination:
    written = host
    if "%" in host and ":" not in host:
        host = _ENCODED.sub(lambda match: chr(int(match[1], 16)), host)  # as curl and browsers do
    reach = Reach.UNKNOWN if HOLE in host or _NO_HOST.search(host) else host_reach(host)
    if reach is Reach.UNKNOWN or (reach is Reach.LOOPBACK and host != written):  # not every client decodes
        return Destination("", Reach.UNKNOWN)
    return Destination(host, reach)
