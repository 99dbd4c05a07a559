"""What the process rules share: a command line as people write it, and when a process rule applies at all."""

from __future__ import annotations

from gk_hooks.model.effects import Execute, Shell, Via
from gk_hooks.model.values import HERE, MAX_TRAIL, SYS_EXECUTABLE, Step, Text

CHAINING = ("|", "&", ";", "<", ">", "`", "$(", "\n")
"""Characters by which a shell chains or redirects commands."""


def command_line(effect: Execute) -> str:
    """The command as far as it is one and known, the rest as ``{…}``; "" when nothing is known.

    The allowlist matches it, so what may take several values is never written as one of them.
    """
    if effect.text is not None:
        return "" if effect.text.is_unknown else _single(effect.text)
    if not effect.argv or all(word.is_unknown for word in effect.argv):
        return ""
    words = [_quoted(word) for word in effect.argv]
    return " ".join([*words, "…"] if effect.open_ended else words)


def shown(effect: Execute) -> str:
    """The command line for a sentence."""
    return command_line(effect) or "a command that is not known"


def trail_of(effect: Execute) -> tuple[Step, ...]:
    """The assignments that the words of the command went through."""
    words = (effect.text, *effect.argv) if effect.text is not None else effect.argv
    return tuple(dict.fromkeys(step for word in words for step in word.trail))[:MAX_TRAIL]


def needs_a_shell(effect: Execute) -> Shell:
    """Whether a program hands this command to a shell. A native command of a script never counts."""
    if effect.via is not Via.SPAWN:
        return Shell.NO
    if effect.shell is Shell.NO and effect.text is not None:
        chained = any(sign in option for option in effect.text.options for sign in CHAINING)
        return Shell.MAYBE if chained else Shell.NO
    return effect.shell


def uses_tooling(effect: Execute) -> bool:
    """Whether a program (not a script's own command line) runs known network or persistence tooling."""
    return effect.via is not Via.NATIVE and bool(effect.tools)


def python_file(effect: Execute) -> str:
    """The Python file that this very interpreter is given by a constant path, else ""."""
    if len(effect.argv) < 2 or effect.argv[0].only != SYS_EXECUTABLE:
        return ""
    for word in effect.argv[1:]:
        path = word.only
        if path is None or path in {"-m", "-c", "-"}:
            return ""
        if not path.startswith("-"):
            return path if path.lower().endswith(".py") or path.startswith(HERE) else ""
    return ""


def _quoted(word: Text) -> str:
    text = _single(word)
    return f"'{text}'" if not text or any(sign.isspace() for sign in text) else text


def _single(text: Text) -> str:
    return text.shown() if text.complete and len(text.options) == 1 else "{…}"
