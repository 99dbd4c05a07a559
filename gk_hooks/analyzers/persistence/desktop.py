"""Desktop entries: what they run, and whether they say that it starts with the session.

Where such a file lies is not asked: effects never depend on a path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gk_hooks.analyzers.context import Context
from gk_hooks.analyzers.persistence.common import Setting, comes_back, runs, settings, site_of, words
from gk_hooks.model.effects import Effect, Mechanism
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE, Text

_AUTOSTART = regex(r"X-(?:GNOME|MATE|KDE|LXQt|Cinnamon|XFCE)-[Aa]uto[Ss]tart", re.IGNORECASE)
_OFF = frozenset({"false", "0", ""})
_FIELD = regex(r"%([A-Za-z%])")


def analyze(text: str, context: Context) -> Iterator[Effect]:
    """The effects of a desktop entry."""
    found = [setting for setting in settings(text, context) if setting.section.startswith("Desktop ")]
    entry = {setting.key: setting for setting in found if setting.section == "Desktop Entry"}
    for setting in found:
        if setting.key == "Exec":
            yield from runs(
                [Text.template(_filled(word)) for word in words(setting.value)], site_of(setting, context), context
            )
    command = entry.get("Exec")
    if command and _starts_with_session(entry):
        target = Text.template(_filled(command.value))
        yield comes_back(site_of(command, context), "desktop autostart", target, Mechanism.AUTORUN)


def _starts_with_session(entry: dict[str, Setting]) -> bool:
    if "Hidden" in entry and entry["Hidden"].value.lower() == "true":
        return False
    flags = [setting.value.lower() for key, setting in entry.items() if _AUTOSTART.match(key)]
    return bool(flags) and not any(flag in _OFF for flag in flags)


def _filled(word: str) -> str:
    return _FIELD.sub(lambda match: "%" if match[1] == "%" else HOLE, word)
