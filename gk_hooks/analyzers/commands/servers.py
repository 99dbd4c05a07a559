"""Programs that listen: on every interface unless an option, or their default, keeps them on this machine."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.analyzers.commands.shapes import Call, Handler, connects, host_of, listens, parse
from gk_hooks.model.effects import Effect, Form
from gk_hooks.model.values import Text


def serves(bind: str, takes: str = "", *, everywhere: bool, operand: bool = False, verbs: str = "") -> Handler:
    """A server whose options *bind* name the address. *everywhere*: it listens on all interfaces by default.
    *operand*: the first operand may be the address. *verbs*: it serves only with one of these operands."""

    def handler(call: Call) -> Iterator[Effect]:
        options = parse(call.args, f"{bind} {takes}")
        words = {text.only for text in options.operands}
        if options.has("--help", "--version") or (verbs and not words & set(verbs.split())):
            return
        addresses = [*options.values(*bind.split())]
        if operand and not addresses:
            addresses = [
                text for text in options.operands if all(c in text.options[0] for c in ".:") or ":" in text.options[0]
            ]
        for address in addresses:
            if not address.options[0].startswith(("unix:", "/", "fd:")):
                yield from listens(call, host_of(address))
        if not addresses and everywhere:
            yield from listens(call, None)

    return handler


def php(call: Call) -> Iterator[Effect]:
    """php -S host:port."""
    for address in parse(call.args, "-S -t -d -c -r -f").values("-S"):
        yield from listens(call, host_of(address))


def iperf(call: Call) -> Iterator[Effect]:
    """iperf -s listens, -c HOST connects."""
    options = parse(call.args, "-c --client -B --bind -p -t -i -P -b")
    bound = options.values("-B", "--bind")
    if options.has("-s", "--server"):
        yield from listens(call, bound[0] if bound else None)
    yield from connects(call, options.values("-c", "--client"), Form.HOST)


def django(call: Call) -> Iterator[Effect]:
    """manage.py runserver [address:]port; 127.0.0.1 by default."""
    operands = parse(call.args, "--settings --pythonpath").operands
    if operands and operands[0].only == "runserver" and len(operands) > 1:
        address = operands[1]
        if not address.options[0].isdigit():
            yield from listens(
                call, address.map(lambda option: "0.0.0.0" if option.startswith("0:") else _host(option))
            )


def _host(option: str) -> str:
    return host_of(Text.template(option)).options[0]


_HTTP_SERVER = serves("--bind -b", "-d --directory -p --protocol", everywhere=True)
PYTHON_MODULES: dict[str, Handler] = {
    "http.server": _HTTP_SERVER,
    "SimpleHTTPServer": _HTTP_SERVER,
    "CGIHTTPServer": _HTTP_SERVER,
    "pyftpdlib": serves("-i --interface", "-p -d -u -P", everywhere=True),
    "smtpd": serves("", "-c", everywhere=False, operand=True),
    "aiosmtpd": serves("-l --listen", "-c", everywhere=False),
    "pydoc": serves("-n", "-p", everywhere=False),
    "django": django,
}
"""What ``python -m NAME`` serves; names of COMMANDS and of package managers work too."""

COMMANDS: dict[str, Handler] = {
    "php": php,
    "flask": serves("--host -h", "-p --port --app -A --cert --key", everywhere=False, verbs="run"),
    "uvicorn": serves("--host", "--port --workers --log-level --app-dir", everywhere=False),
    "gunicorn": serves("-b --bind", "-w -k -t -c -n --workers --worker-class --timeout --config", everywhere=False),
    "hypercorn": serves("-b --bind", "-w -k", everywhere=False),
    "daphne": serves("-b --bind", "-p --port", everywhere=False),
    "waitress-serve": serves("--listen --host", "--port", everywhere=True),
    "fastapi": serves("--host", "--port", everywhere=False, verbs="dev"),
    "jupyter": serves("--ip", "--port", everywhere=False),
    "jupyter-lab": serves("--ip", "--port", everywhere=False),
    "jupyter-notebook": serves("--ip", "--port", everywhere=False),
    "http-server": serves("-a", "-p -c -t", everywhere=True),
    "django-admin": django,
    "rails": serves("-b --binding", "-p -e", everywhere=False, verbs="server s"),
    "redis-server": serves("--bind", "--port --dir --save", everywhere=False),
    "mongod": serves("--bind_ip", "--port --dbpath --logpath", everywhere=False),
    "iperf": iperf,
    "iperf3": iperf,
}
