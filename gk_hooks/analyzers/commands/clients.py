"""Clients of a service that have a shape of their own: SQL Server's, and those of Kubernetes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gk_hooks.analyzers.commands.network import fetches_urls
from gk_hooks.analyzers.commands.shapes import Call, connects, keep, parse, persists
from gk_hooks.model.effects import Effect, Form
from gk_hooks.model.records import replace
from gk_hooks.model.values import UNKNOWN


def sql_server(call: Call) -> Iterator[Effect]:
    """sqlcmd and its kin: ``-S [tcp:]server[\\instance][,port]``, and a script that may come from a URL."""
    options = parse(call.args, "-S -U -P -d -i -o -Q -q -v -l -t -s -h -w -a -c -E -r -f")
    servers = (
        text.map(lambda option: re.split(r"[\\,]", option.removeprefix("tcp:"))[0]) for text in options.values("-S")
    )
    away = [text for text in servers if not set(text.options) <= {".", "(local)", "(localdb)"}]
    yield from connects(call, away, Form.HOST)
    yield from fetches_urls(call)


def kubectl(call: Call) -> Iterator[Effect]:
    """kubectl: manifests may come from a URL; a cron job comes back. Only its name tells what is in a file."""
    yield from fetches_urls(call)
    options = parse(call.args, "-f --filename -n --namespace --context --kubeconfig -o --output -k --schedule --image")
    verb, kind = (*(word.only for word in options.operands[:2]), None, None)[:2]
    if verb not in ("create", "apply", "replace") or options.has("--help"):
        return
    if kind in ("cronjob", "cronjobs", "cj"):
        yield from persists(call, verb, options.operands[2] if len(options.operands) > 2 else UNKNOWN)
    for file in options.values("-f", "--filename"):
        if keep(file, lambda option: "cron" in re.split(r"[/\\]", option.lower())[-1]):
            yield from persists(replace(call, site=replace(call.site, guess=True)), verb, file)
