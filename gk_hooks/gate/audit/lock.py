"""One writer at a time, also across processes, on POSIX and on Windows."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

if sys.platform == "win32":
    import msvcrt

    def acquire(descriptor: int) -> None:
        """Waits for the lock of an open lock file. Raises OSError."""
        while True:
            os.lseek(descriptor, 0, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            except PermissionError:  # another process has it
                time.sleep(0.001)
            else:
                return

    def release(descriptor: int) -> None:
        """Gives the lock back. Raises OSError."""
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def acquire(descriptor: int) -> None:
        """Waits for the lock of an open lock file. Raises OSError."""
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def release(descriptor: int) -> None:
        """Gives the lock back. Raises OSError."""
        fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextmanager
def exclusive(descriptor: int) -> Iterator[None]:
    """Holds the lock of an open lock file. The system gives it back when its holder dies. Raises OSError."""
    acquire(descriptor)
    try:
        yield
    finally:
        release(descriptor)
