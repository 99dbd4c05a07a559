"""What handlers of commands are made of: the call, its options, and the shapes that many commands share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from gk_hooks.analyzers.context import Context
from gk_hooks.analyzers.paths import writes
from gk_hooks.model.effects import Connect, Effect, Form, Listen, Mechanism, Persist, Site, Via
from gk_hooks.model.hosts import Reach, resolve
from gk_hooks.model.records import dataclass, replace
from gk_hooks.model.regex import regex
from gk_hooks.model.values import UNKNOWN, Text, concat


@dataclass(frozen=True, slots=True)
class Call:
    """One command line: *name* is the catalogue's name of its program, *args* what follows it.

    The rest is as ``effects_of`` got it; *site* carries the command's name as its callee.
    """

    name: str
    args: tuple[Text, ...]
    site: Site
    context: Context
    via: Via
    open_ended: bool = False
    stdin: Text | None = None
    stdin_line: int | None = None


Handler = Callable[[Call], Iterator[Effect]]
"""What a command does beyond being executed. An unknown argument is a Text with HOLEs; yield nothing when unsure that
this invocation does anything (``--help``, a query)."""


@dataclass(frozen=True, slots=True)
class Options:
    """A parsed command line: (option, value) pairs in order, and the operands."""

    given: tuple[tuple[str, Text | None], ...]
    operands: tuple[Text, ...]

    def has(self, *names: str) -> bool:
        """Whether one of the options *names* is there."""
        return any(name in names for name, _ in self.given)

    def values(self, *names: str) -> list[Text]:
        """The values of the options *names*, in order."""
        return [value for name, value in self.given if name in names and value is not None]


def parse(args: Iterable[Text], takes: str = "", *, bundles: bool = True, stop: bool = False) -> Options:
    """Reads getopt-like options. *takes*: the options with a value, separated by blanks ("-o --output").

    *bundles*: ``-sSLo x`` is four options (else ``-name`` is one, as in find, java, openssl).
    *stop*: the first operand ends the options, as in ssh and sudo. An argument with several possible values is an
    operand unless all of them are options.
    """
    wanted, words = frozenset(takes.split()), tuple(args)
    given: list[tuple[str, Text | None]] = []
    operands: list[Text] = []
    at, ended = 0, False
    while at < len(words):
        word = words[at]
        at += 1
        text = word.options[0] if all(option.startswith("-") for option in word.options) else ""
        if ended or not text or text == "-":
            operands.append(word)
            ended = ended or stop
        elif text == "--":
            ended = True
        elif text.startswith("--") or not bundles or text in wanted:
            name, equals, _ = text.partition("=")
            if equals:
                given.append((name, word.map(lambda option: option.partition("=")[2])))
            elif name in wanted and at < len(words):
                given.append((name, words[at]))
                at += 1
            else:
                given.append((name, None))
        else:
            at += _bundle(word, text, wanted, words[at : at + 1], given)
    return Options(tuple(given), tuple(operands))


def _bundle(
    word: Text, text: str, wanted: frozenset[str], following: tuple[Text, ...], given: list[tuple[str, Text | None]]
) -> int:
    """Reads ``-sSLofile``; returns how many following words it took."""
    for index in range(1, len(text)):
        name = "-" + text[index]
        if name not in wanted:
            given.append((name, None))
        elif index + 1 < len(text):
            given.append((name, drop(word, index + 1)))
            return 0
        else:
            given.append((name, following[0] if following else None))
            return len(following)
    return 0


def connects(call: Call, destinations: Iterable[Text], form: Form = Form.ANY, protocol: str = "") -> Iterator[Effect]:
    """A ``Connect`` for each destination. Wholly unknown ones are one effect, and none beside a proven remote one."""
    known: list[Text] = []
    unknown: Text | None = None
    for destination in destinations:
        if destination.is_unknown:
            unknown = unknown or destination
        else:
            known.append(destination)
    yield from (Connect(call.site, destination, form, protocol) for destination in known)
    remote = any(one.reach is Reach.REMOTE for text in known for one in resolve(text, form))
    if unknown is not None and not remote:
        yield Connect(call.site, unknown, form, protocol)


def listens(call: Call, host: Text | None, port: Text = UNKNOWN) -> Iterator[Effect]:
    """A ``Listen`` on *host*; None is every interface."""
    yield Listen(call.site, Text.of("") if host is None else host, port)


def persists(
    call: Call, verb: str, target: Text = UNKNOWN, mechanism: Mechanism = Mechanism.SCHEDULE
) -> Iterator[Effect]:
    """A ``Persist`` by this command."""
    yield Persist(call.site, mechanism, call.name, verb, target)


def verbs(changing: str, takes: str = "", mechanism: Mechanism = Mechanism.SCHEDULE, *, at: int = 0) -> Handler:
    """A tool whose operand number *at* is a verb that, when it is one of *changing*, persists the next operand."""
    wanted = frozenset(changing.split())

    def handler(call: Call) -> Iterator[Effect]:
        options = parse(call.args, takes)
        given = options.operands[at : at + 1]
        for verb in given[0].constants if given else ():
            if verb.lower() in wanted and not options.has("--help", "--dry-run"):
                rest = options.operands[:at] + options.operands[at + 1 :]
                yield from persists(call, verb.lower(), rest[0] if rest else UNKNOWN, mechanism)

    return handler


def path_operands(verb: str, takes: str = "", *, which: slice = slice(None), target: str = "") -> Handler:
    """A tool that writes the paths among its operands that *which* takes, or the value of an option *target*."""

    def handler(call: Call) -> Iterator[Effect]:
        options = parse(call.args, f"{takes} {target}")
        paths = options.values(*target.split()) or options.operands[which]
        for path in paths:
            yield from writes(call.site, path, verb)

    return handler


def drop(text: Text, count: int) -> Text:
    """Each option without its first *count* characters."""
    return text.map(lambda option: option[count:])


def keep(text: Text, wanted: Callable[[str], bool]) -> Text | None:
    """*text* with only those options that are *wanted*, or None when there are none."""
    kept = tuple(option for option in text.options if wanted(option))
    return replace(text, options=kept) if kept else None


_URL = regex(r"(?:https?|ftps?|sftp|scp|tftp|ssh|git|git\+\w+|svn|svn\+ssh|wss?|rsync|ldaps?)://", re.IGNORECASE)


def is_url(option: str) -> bool:
    """Whether *option* begins like a URL that the network serves."""
    return _URL.match(option) is not None


def joined(words: Iterable[Text]) -> Text:
    """The words as one line, with single blanks between them."""
    given = tuple(words)
    if all(len(word.options) == 1 and word.complete for word in given):
        line = Text.template(" ".join(word.options[0] for word in given))
        return concat([line, *(replace(word, options=("",)) for word in given if word.trail or word.decoded)])
    return concat(part for word in given for part in (Text.of(" "), word)).map(lambda line: line.removeprefix(" "))


def host_of(text: Text) -> Text:
    """The host of ``host:port``, ``:port`` or ``port``; the empty string when there is only a port."""
    return text.map(_host_of)


def _host_of(option: str) -> str:
    option = option.partition("://")[2] or option
    if option.startswith("["):
        return option[1:].partition("]")[0]
    if option.isdigit():
        return ""
    return option.rpartition(":")[0] if option.count(":") == 1 else option
