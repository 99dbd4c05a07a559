"""``peak.py COMMAND…`` runs it and prints the most kilobytes that one of its processes held, and all of them together.

Together: shared pages are counted once (Linux's PSS, looked at twenty times a second); 0 where there is no such thing.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path


def together(session: int) -> int:
    """Kilobytes of all processes of *session*."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(status.read_text().rpartition(")")[2].split()[3]) == session:
                rollup = (status.parent / "smaps_rollup").read_text()
                total += int(rollup.partition("\nPss:")[2].split()[0])
        except (OSError, IndexError):  # it has ended
            continue
    return total


def main(words: list[str]) -> None:
    """Two numbers."""
    most = 0
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        while process.poll() is None:
            most = max(most, together(process.pid))
            time.sleep(0.05)
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, most)


if __name__ == "__main__":
    main(sys.argv[1:])
