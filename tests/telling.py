"""How tests write effects: each on one line, ``3 Connect curl https://…``."""

from __future__ import annotations

from gk_hooks.analyzers.context import analyze
from gk_hooks.model.effects import Effect, Execute
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import fields
from gk_hooks.model.values import Text

LEFT_OUT = frozenset({"site", "form", "port", "protocol", "lasting"})


def told(effect: Effect) -> str:
    """An effect on one line; one that was told by the shape of its call alone ends in a question mark."""
    values = []
    for field in fields(effect):
        value = getattr(effect, field.name)
        if field.name not in LEFT_OUT and value != "" and value is not False:
            values.append(value.shown() if isinstance(value, Text) else str(value))
    words = [str(effect.site.line), type(effect).__name__, effect.site.callee, *values]
    return " ".join(filter(None, words)) + (" ?" if effect.site.guess else "")


def effects_told(kind: Kind, text: str) -> list[str]:
    """Every effect of *text* but the plain running of programs."""
    return [told(effect) for effect in analyze(kind, text) if not isinstance(effect, Execute)]
