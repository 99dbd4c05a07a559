"""launchd's property lists: jobs that are started at load, by the clock, or kept alive."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.analyzers.context import Context
from gk_hooks.analyzers.persistence.common import comes_back, runs
from gk_hooks.analyzers.persistence.markup import BadMarkup, Element, elements
from gk_hooks.model.effects import Effect, Unparsed
from gk_hooks.model.values import Text, concat

TRIGGERS = frozenset(
    "RunAtLoad KeepAlive StartInterval StartCalendarInterval WatchPaths QueueDirectories StartOnMount Sockets "
    "MachServices LaunchEvents OnDemand".split()
)
"""Keys by which launchd starts a job without being asked."""

_TOP = ("plist", "dict")


def analyze(text: str, context: Context) -> Iterator[Effect]:
    """The effects of a property list that is a job; any other, broken or not, has none."""
    if "Label" not in text or "Program" not in text:
        return
    try:
        found = elements(text, context)
    except BadMarkup as error:
        yield Unparsed(context.site(1, 1, 1, 1, "", ""), str(error))
        return
    job, values = _job(found)
    program = job.get("Program") or job.get("ProgramArguments")
    if program is None or "Label" not in job:
        return
    arguments = values.get("ProgramArguments", [])
    path = values.get("Program", [])
    argv = [Text.of(word) for word in [*path[:1], *arguments[1 if path else 0 :]]]
    if not argv:
        return
    line = concat([part for word in argv for part in (Text.of(" "), word)][1:])
    site = context.site(program.line, 1, program.end_line, 1, "launchd job", line.shown())
    if any(_starts(job[key]) for key in sorted(TRIGGERS & job.keys())):
        yield comes_back(site, "launchd job", line)
    yield from runs(argv, site, context)


def _job(found: list[Element]) -> tuple[dict[str, Element], dict[str, list[str]]]:
    """The values of the top dictionary by their keys, and the strings in each."""
    job: dict[str, Element] = {}
    values: dict[str, list[str]] = {}
    key = ""
    strings: list[str] = []
    for element in found:
        if element.path[:2] != _TOP:
            continue
        if element.path == (*_TOP, "key"):
            key, strings = element.text, []
            continue
        if element.path[-1] == "string" and len(element.path) in (3, 4):
            strings.append(element.text)
        if len(element.path) == 3 and key:
            job[key], values[key] = element, strings
            key, strings = "", []
    return job, values


def _starts(value: Element) -> bool:
    return value.path[-1] != "false"
