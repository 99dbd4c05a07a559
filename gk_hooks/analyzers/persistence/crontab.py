"""Tables of cron: of a user, or of the system with the user in the sixth field."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.analyzers.commands import WORDS
from gk_hooks.analyzers.context import Context, embed
from gk_hooks.analyzers.persistence.common import comes_back
from gk_hooks.model.effects import Effect, Via
from gk_hooks.model.kinds import Kind
from gk_hooks.model.regex import regex
from gk_hooks.model.values import Text

_FIELD = r"[\w*,/~?#-]{1,80}"
_JOB = regex(rf"\s*(?:@[a-z_]{{4,16}}|(?:{_FIELD}[ \t]+){{4}}{_FIELD})[ \t]+(?P<rest>\S.*)")
_TIMES = regex(r"\s*(?:@[a-z]|[\d*])")
_USER = regex(r"(?P<user>[a-z_][a-z0-9_-]{0,31})[ \t]+(?P<command>\S.*)")
_SHELL_WORDS = frozenset("cd test exec if for while case export set true false echo printf eval source wait".split())
_INPUT = regex(r"(?<!\\)%")


def analyze(text: str, context: Context) -> Iterator[Effect]:
    """The effects of a crontab: every job comes back, and does what its command line does."""
    for number, line in enumerate(text.split("\n"), 1):
        context.budget.spend()
        match = _JOB.match(line) if _TIMES.match(line) else None
        if match is None:
            continue
        command = _INPUT.split(_without_user(match["rest"].rstrip()), maxsplit=1)[0].replace("\\%", "%").strip()
        start = line.find(command.split(" ")[0], match.start("rest")) + 1
        site = context.site(number, max(start, 1), number, len(line.rstrip()) + 1, "crontab", line)
        yield comes_back(site, "crontab", Text.of(command))
        yield from embed(Kind.SHELL, Text.of(command), site, "crontab", context, Via.NATIVE)


def _without_user(rest: str) -> str:
    """The command; a first word that is no known program is the user of a system's table."""
    match = _USER.match(rest)
    if match is None or match["user"] in WORDS or match["user"] in _SHELL_WORDS:
        return rest
    return match["command"]
