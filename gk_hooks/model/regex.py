"""Regular expressions that are compiled when they are first used.

Compiling one takes a tenth of a millisecond and more; a hook imports two hundred of them and uses a dozen.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


def regex(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What ``re.compile`` gives, as far as its methods and attributes go."""
    return cast("re.Pattern[AnyStr]", _Lazy(pattern, flags))


class _Lazy:
    def __init__(self, pattern: Any, flags: int) -> None:
        self._source = pattern, flags

    def __getattr__(self, name: str) -> Any:
        if name == "_compiled":
            found: object = re.compile(*self._source)
        else:
            found = getattr(self._compiled, name)
        setattr(self, name, found)  # so that the next use finds it without asking here
        return found
