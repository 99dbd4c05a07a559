"""How the network tools say where they connect: transfers, remote shells, probes, version control, cloud clients."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gk_hooks.analyzers.commands.shapes import (
    Call,
    Handler,
    connects,
    host_of,
    is_url,
    keep,
    listens,
    parse,
)
from gk_hooks.analyzers.context import embed
from gk_hooks.analyzers.paths import writes
from gk_hooks.model.effects import Effect, Form, Site
from gk_hooks.model.kinds import Kind
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE, UNKNOWN, Text


def transfers(takes: str, outputs: str, *, also: str = "", lists: str = "", sockets: str = "") -> Handler:
    """curl and its kin: operands are URLs. *outputs*: options that name the file written. *also*: options whose value
    is a destination too. *lists*: options that read URLs from a file. *sockets*: options that replace the network by
    a local socket."""

    def handler(call: Call) -> Iterator[Effect]:
        options = parse(call.args, f"{takes} {outputs} {also} {lists} {sockets}")
        yield from outputs_of(call.site, options.values(*outputs.split()))
        if options.has(*sockets.split()):
            return
        targets = [*options.operands, *options.values(*also.split())]
        if options.has(*lists.split()) or (call.open_ended and not targets):
            targets.append(UNKNOWN)
        yield from connects(call, targets)

    return handler


def outputs_of(site: Site, paths: Iterable[Text]) -> Iterator[Effect]:
    """The files that a transfer writes; "-" is standard output."""
    for path in paths:
        if path.only != "-":
            yield from writes(site, path, "download")


def hosts(takes: str = "", *, first: int = 0, last: int | None = None, bundles: bool = True) -> Handler:
    """telnet, ping, nslookup: the operands from *first* to *last* are hosts."""

    def handler(call: Call) -> Iterator[Effect]:
        options = parse(call.args, takes, bundles=bundles)
        found = options.operands[first:last]
        yield from connects(call, (UNKNOWN,) if call.open_ended and not found else found)

    return handler


def host_options(names: str, takes: str = "", *, bundles: bool = True) -> Handler:
    """Clients of a server that an option names (``mysql -h``); without it they talk to this machine."""

    def handler(call: Call) -> Iterator[Effect]:
        options = parse(call.args, f"{takes} {names}", bundles=bundles)
        urls = [url for operand in options.operands if (url := keep(operand, lambda option: "://" in option))]
        yield from connects(call, [*options.values(*names.split()), *urls])

    return handler


def fetches_urls(call: Call) -> Iterator[Effect]:
    """Programs that read a URL where others read a file."""
    yield from connects(call, [url for word in call.args if (url := keep(word, is_url))], Form.URL)


def remote_shell(call: Call) -> Iterator[Effect]:
    """ssh: the first operand is the host; -J and -W name more; -L, -D and -g may open a port to everybody."""
    options = parse(call.args, "-B -b -c -D -E -e -F -I -i -J -L -l -m -O -o -P -p -Q -R -S -W -w -M", stop=True)
    if options.has("-O", "-V", "-Q"):
        return  # asks a running client, or for a version
    host = options.operands[0].options[0] if options.operands else HOLE
    proxies = [proxy for option in options.values("-o") if (proxy := keep(option, _names_proxy))]
    for proxy in proxies:
        command = proxy.map(lambda option: re.split(r"[=\s]", option, maxsplit=1)[1].strip("\"' ").replace("%h", host))
        yield from embed(Kind.SHELL, command, call.site, "ssh -o ProxyCommand", call.context, call.via)
    # a proxy that is not told the host goes wherever it likes: what it does itself is all that is known
    if all("%h" in option or "none" in option for proxy in proxies for option in proxy.options):
        yield from connects(call, options.operands[:1])
    yield from connects(call, options.values("-J", "-W"))
    for name in ("-L", "-D"):
        for forward in options.values(name):
            bind, colon, _ = forward.options[0].rpartition(":") if name == "-D" else _forward(forward.options[0])
            if options.has("-g") or (colon and bind in ("", "*", "0.0.0.0", "::", "[::]")):
                yield from listens(call, None)


def _names_proxy(option: str) -> bool:
    return re.match(r"\s*ProxyCommand[=\s]", option, re.I) is not None


def _forward(option: str) -> tuple[str, str, str]:
    """``[bind:]port:host:hostport`` → bind."""
    parts = option.rsplit(":", 3)
    return (parts[0], ":", "") if len(parts) == 4 else ("", "", "")


_REMOTE = regex(r"[^/\\]{2,}:|HOLE:".replace("HOLE", HOLE))


def is_remote_path(option: str) -> bool:
    """``host:path``, ``user@host:path`` or a URL; not ``/x:y``, not ``C:\\x``."""
    return is_url(option) or _REMOTE.match(option) is not None


def copies(takes: str, *, guess: bool) -> Handler:
    """scp, rsync: operands that are ``host:path``. *guess*: an operand that is not known at all may be one."""

    def handler(call: Call) -> Iterator[Effect]:
        options = parse(call.args, takes)
        remote = [found for operand in options.operands if (found := keep(operand, is_remote_path))]
        if not remote and guess and (call.open_ended or any(text.is_unknown for text in options.operands)):
            remote = [UNKNOWN]
        yield from connects(call, remote)
        local = options.operands[-1:] if len(options.operands) > 1 else ()
        for path in local:
            if not keep(path, is_remote_path):
                yield from writes(call.site, path, "copy")

    return handler


def netcat(call: Call) -> Iterator[Effect]:
    """nc, ncat: a client of ``host port``, or with -l a server on every interface unless an address is given."""
    takes = "-b -c -e -g -G -i -I -m -M -O -o -p -P -q -s -V -w -W -X -x --exec --sh-exec --source --proxy -d --wait"
    options = parse(call.args, takes)
    operands = options.operands
    if options.has("-U", "--unixsock", "-h", "--help"):
        return
    if options.has("-l", "--listen"):
        address = options.values("-s", "--source") or [text for text in operands[:1] if not _is_port(text)]
        yield from listens(call, address[0] if address else None)
    elif operands or call.open_ended:
        yield from connects(call, [*(operands[:1] or (UNKNOWN,)), *options.values("-x", "--proxy")], Form.HOST)


def _is_port(text: Text) -> bool:
    return all(option.replace("-", "").isdigit() or HOLE in option for option in text.options)


_SOCAT_CLIENT = regex(
    r"(?:TCP|UDP|SCTP|OPENSSL|SSL|SOCKS|PROXY|DCCP|UDPLITE|OPENSSL-DTLS)[0-9A]*(?:-CONNECT|-SENDTO|-DATAGRAM)?:", re.I
)
_SOCAT_SERVER = regex(r"(?:TCP|UDP|SCTP|OPENSSL|SSL|DCCP)\d?-(?:L|LISTEN|RECV|RECVFROM):", re.I)


def socat(call: Call) -> Iterator[Effect]:
    """socat: ``TCP:host:port`` connects, ``TCP-LISTEN:port`` listens unless ``bind=`` says where."""
    for address in parse(call.args, "-b -L -lf -lp -s -t -T -r -R", bundles=False).operands:
        if server := keep(address, lambda option: _SOCAT_SERVER.match(option) is not None):
            bound = keep(server, lambda option: "bind=" in option)
            bind = bound.map(lambda option: re.split(r"[,:]", option.partition("bind=")[2])[0]) if bound else None
            yield from listens(call, bind)
        elif client := keep(address, lambda option: _SOCAT_CLIENT.match(option) is not None):
            yield from connects(
                call, [client.map(lambda option: option.partition(":")[2].partition(",")[0])], Form.HOST
            )


def openssl(call: Call) -> Iterator[Effect]:
    """openssl s_client, s_time, ocsp connect; s_server listens on every interface."""
    verb = call.args[0].only if call.args else None
    options = parse(call.args[1:], "-connect -host -port -proxy -accept -url -path", bundles=False)
    if verb == "s_server":
        accept = options.values("-accept")
        yield from listens(call, host_of(accept[0]) if accept else None)
    elif verb in ("s_client", "s_time", "ocsp"):
        yield from connects(call, [*options.values("-connect", "-host", "-proxy", "-url"), *options.operands])


def ftp(call: Call) -> Iterator[Effect]:
    """ftp and tftp: an operand, or ``open host`` in the commands that are piped in."""
    options = parse(call.args, "-P -p -s -o -u -w -m -e -c")
    targets = list(options.operands[:1])
    for script in call.stdin.options if call.stdin and not targets else ():
        targets += [Text.template(match[1]) for match in re.finditer(r"^\s*(?:open|connect)\s+(\S+)", script, re.M)]
    if not options.has("-h", "--help", "-?", "--version"):
        yield from connects(call, targets or (UNKNOWN,))


def dig(call: Call) -> Iterator[Effect]:
    """dig, drill, kdig: the server after @ when there is one, else the names, which the resolver asks the world for."""
    options = parse(call.args, "-b -c -f -k -p -q -t -x -y")
    servers = [text.map(lambda option: option[1:]) for text in options.operands if text.options[0].startswith("@")]
    names = [text for text in options.operands if not _DIG_WORD.fullmatch(text.options[0])]
    yield from connects(call, servers or [*names, *options.values("-q", "-x")], Form.HOST)


_DIG_WORD = regex(r"[@+].*|(?:IN|CH|HS|ANY|A|AAAA|MX|NS|TXT|SOA|CNAME|PTR|SRV|CAA|DS|DNSKEY|AXFR|IXFR.*)", re.I | re.S)

GIT_TAKES = "-C -c --git-dir --work-tree --namespace --exec-path --super-prefix --config-env"
GIT_VERBS = {
    "clone": "-b -o -j -u -c --branch --depth --origin --reference --config --jobs --shallow-since --separate-git-dir "
    "--template --filter",
    "fetch": "-j -o --depth --deepen --jobs --upload-pack --shallow-since --server-option --refmap",
    "pull": "-s -X -j --depth --strategy --jobs --shallow-since",
    "push": "-o --receive-pack --repo --push-option --exec",
    "ls-remote": "--upload-pack --sort -o",
    "submodule": "-b --branch --depth --reference --name",
    "archive": "--format --prefix -o --output",
}


def git(call: Call) -> Iterator[Effect]:
    """git: the verbs that talk to a repository elsewhere; one that is named by a remote's name is not known."""
    options = parse(call.args, GIT_TAKES, stop=True)
    verb = options.operands[0].only if options.operands else None
    if verb not in GIT_VERBS:
        return
    inner = parse(options.operands[1:], GIT_VERBS[verb] + " --remote")
    operands = inner.operands
    if verb == "submodule":
        if not operands or operands[0].only not in ("update", "add"):
            return
        operands = operands[1:] if operands[0].only == "add" else ()
    elif verb == "archive":
        operands = tuple(inner.values("--remote"))
        if not operands:
            return
    target = operands[0] if operands else UNKNOWN
    if not inner.has("--help", "--get-url", "--dry-run") and not all(
        option.startswith(("/", "./", "../", "~")) or option == "." for option in target.options
    ):
        yield from connects(call, [keep(target, is_remote_path) or UNKNOWN])


def cloud(quiet: str = "") -> Handler:
    """Clients of a service whose address is in their configuration: any verb but *quiet* ones goes there."""
    silent = frozenset(("help", "version", "configure", "config", "completion", *quiet.split()))

    def handler(call: Call) -> Iterator[Effect]:
        options = parse(call.args, "--endpoint-url --endpoint --server --host --profile --region --project")
        verb = options.operands[0].only if options.operands else "help"
        if verb not in silent and not options.has("--help", "--version"):
            yield from connects(
                call, options.values("--endpoint-url", "--endpoint", "--server", "--host") or (UNKNOWN,)
            )

    return handler


def httpie(call: Call) -> Iterator[Effect]:
    """httpie: an optional method, then the URL; ``:8000/x`` is this machine."""
    options = parse(
        call.args, "-a -A -o -p -s --auth --auth-type --output --print --session --timeout --proxy --verify"
    )
    operands = [text for text in options.operands if not (text.only or "").isupper()]
    yield from outputs_of(call.site, options.values("-o", "--output"))
    yield from connects(call, [text for text in operands[:1] if not text.options[0].startswith(":")])


def subversion(call: Call) -> Iterator[Effect]:
    """svn, hg, bzr, cvs: a URL among the operands, or a verb that asks the server."""
    operands = parse(call.args, "-r -m -d -u --username --password --revision --rev").operands
    urls = [url for text in operands if (url := keep(text, is_url))]
    verb = operands[0].only if operands else None
    asks = verb in (
        "clone",
        "pull",
        "push",
        "incoming",
        "outgoing",
        "checkout",
        "co",
        "update",
        "up",
        "commit",
        "branch",
    )
    local = call.name in ("hg", "bzr") and verb in ("checkout", "co", "update", "up", "commit", "branch")
    yield from connects(call, urls or ((UNKNOWN,) if asks and not local else ()))
