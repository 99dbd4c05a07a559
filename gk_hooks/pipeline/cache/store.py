"""One SQLite file for each version of gk: what was found in contents, and which content a git blob is.

Whatever goes wrong with it costs time and nothing else: what cannot be read is not known, what cannot be written is
found again next time, and a file that is damaged is removed.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from gk_hooks.model.kinds import Kind
from gk_hooks.pipeline.cache import codec
from gk_hooks.pipeline.cache.folder import is_ours

if TYPE_CHECKING:
    import sqlite3

T = TypeVar("T")

MAX_BYTES = 256 << 20
"""Of one file; above it the half that was not used for the longest time is forgotten."""

MAX_AGE = 30 * 24 * 3600
"""Seconds after which the file of another version of gk is removed."""

BUSY_SECONDS = 0.25
"""How long to wait for another run that writes: finding again is quicker than waiting longer."""

BATCH = 500
DAY, WEEK = 24 * 3600, 7

_TABLES = """
CREATE TABLE IF NOT EXISTS contents (kind TEXT, sha BLOB, value BLOB, used INTEGER, PRIMARY KEY (kind, sha))
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blobs (id BLOB PRIMARY KEY, sha BLOB) WITHOUT ROWID;
"""
_BY_BLOB = """
SELECT blobs.id, blobs.sha, value, used FROM blobs JOIN contents ON kind = ? AND contents.sha = blobs.sha
  WHERE blobs.id IN (%s)
"""
_BY_HASH = "SELECT sha, sha, value, used FROM contents WHERE kind = ? AND sha IN (%s)"
_OLDER_HALF = """
DELETE FROM contents WHERE (kind, sha) IN
  (SELECT kind, sha FROM contents ORDER BY used LIMIT (SELECT count(*) / 2 FROM contents))
"""
_NO_CONTENT = "DELETE FROM blobs WHERE sha NOT IN (SELECT sha FROM contents)"

Known = tuple[str, tuple[Any, ...]]
"""The SHA-256 of a content, and what was found in it."""

Found = tuple[Kind, str, str, tuple[Any, ...]]
"""A kind, the SHA-256 of a content, the git blob id ("" if none is known), and what was found in it."""


class Store:
    """The file at *path*. It is not kept open: worker processes are forked between two uses."""

    def __init__(self, path: str) -> None:
        self.path = path

    def exists(self) -> bool:
        """Whether anything was ever stored."""
        return os.path.exists(self.path)

    def by_blob(self, kind: Kind, blobs: Sequence[str]) -> dict[str, Known]:
        """What is known of these git blobs."""
        return self._use(lambda database: dict(_select(database, _BY_BLOB, kind, blobs)), {}, create=False)

    def by_hash(self, kind: Kind, hashes: Sequence[str]) -> dict[str, Known]:
        """What is known of the contents with these SHA-256."""
        return self._use(lambda database: dict(_select(database, _BY_HASH, kind, hashes)), {}, create=False)

    def add(self, found: Iterable[Found]) -> None:
        """Remembers what was found."""
        today = int(time.time()) // DAY
        rows, blobs = [], []
        for kind, sha, blob, value in found:
            with suppress(TypeError):
                key = bytes.fromhex(sha)
                rows.append((kind.value, key, codec.encode(_key(kind, key), value), today))
                if blob:
                    blobs.append((bytes.fromhex(blob), key))
        if rows:
            self._use(lambda database: _insert(database, rows, blobs), None, create=True)

    def _use(self, action: Callable[[sqlite3.Connection], T], otherwise: T, *, create: bool) -> T:
        """What *action* gives; *otherwise* where that cannot be had."""
        try:
            import sqlite3
        except ImportError:  # some systems build Python without it
            return otherwise
        try:
            if not self._is_safe():
                return otherwise
            if not self.exists():
                if not create:
                    return otherwise
                self._begin()
            with closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)) as database:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = NORMAL")
                return action(database)
        except sqlite3.OperationalError:  # busy, full, read-only, or made in another form
            return otherwise
        except (sqlite3.DatabaseError, codec.Damaged):
            self._remove()
            return otherwise
        except (OSError, ValueError, TypeError):
            return otherwise

    def _is_safe(self) -> bool:
        beside = (self.path, self.path + "-wal", self.path + "-shm")
        return all(is_ours(path, stat.S_IFREG) for path in beside if os.path.lexists(path))

    def _begin(self) -> None:
        """An empty file that only we can write, and no files of versions of gk that are no longer used."""
        now = time.time()
        with os.scandir(os.path.dirname(self.path)) as items:
            for item in items:
                with suppress(OSError):
                    if item.is_file(follow_symlinks=False) and now - item.stat().st_mtime > MAX_AGE:
                        os.unlink(item.path)
        os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))

    def _remove(self) -> None:
        for path in (self.path, self.path + "-wal", self.path + "-shm"):
            with suppress(OSError):
                os.unlink(path)


def _key(kind: Kind, sha: bytes) -> bytes:
    return sha + kind.value.encode()


def _select(database: sqlite3.Connection, query: str, kind: Kind, ids: Sequence[str]) -> Iterator[tuple[str, Known]]:
    today = int(time.time()) // DAY
    old = []
    for start in range(0, len(ids), BATCH):
        some = [bytes.fromhex(each) for each in ids[start : start + BATCH]]
        for each, sha, value, used in database.execute(query % ",".join("?" * len(some)), (kind.value, *some)):
            yield each.hex(), (sha.hex(), codec.decode(_key(kind, sha), value))
            if abs(today - used) >= WEEK:
                old.append((today, kind.value, sha))
    if old:
        database.executemany("UPDATE contents SET used = ? WHERE kind = ? AND sha = ?", old)


def _insert(database: sqlite3.Connection, rows: Iterable[Any], blobs: Iterable[Any]) -> None:
    database.executescript(_TABLES)
    database.execute("BEGIN IMMEDIATE")
    database.executemany("INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?)", rows)
    database.executemany("INSERT OR REPLACE INTO blobs VALUES (?, ?)", blobs)
    size, pages, free = (
        database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
    )
    if size * (pages - free) > MAX_BYTES:
        database.execute(_OLDER_HALF)
        database.execute(_NO_CONTENT)
    database.execute("COMMIT")
