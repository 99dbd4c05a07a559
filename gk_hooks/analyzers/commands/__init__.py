"""What a command means, whoever runs it: ``curl`` is the same in sh, in cmd, in PowerShell and in subprocess.run.

The catalogue is data: ``posix.py``, ``windows.py`` and ``everywhere.py`` map a program's name to its shape, and
``shapes.py`` has the shapes (where the URLs, the paths and the verbs stand on the command line).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gk_hooks.analyzers.context import Context
from gk_hooks.model.effects import Effect, Execute, Site, Via
from gk_hooks.model.values import Text


def effects_of(
    argv: Sequence[Text],
    site: Site,
    context: Context,
    *,
    via: Via,
    open_ended: bool = False,
    stdin: Text | None = None,
) -> Iterator[Effect]:
    """The effects of running *argv*: first the ``Execute`` itself (``tools`` filled in), then what the command does.

    *argv*: program and arguments, unknown ones as UNKNOWN. *open_ended*: more arguments may follow.
    *stdin*: what is known of the text piped in (``echo … | sh``, a heredoc), for interpreters.
    """
    yield Execute(site, tuple(argv), via=via, open_ended=open_ended)
