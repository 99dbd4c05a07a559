"""State that lasts: budgets, and what approvals, pins and retries have to remember.

SQLite in a file is the default: it survives restarts, and several gates may share it, each number exact. What was
reserved counts as spent until it is released, so a crash can only make a budget smaller.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol, Self

from gk_hooks.errors import GkError
from gk_hooks.gate.model import Charge

BUSY = 30.0
"""Seconds to wait for another process that writes."""

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS spent (account TEXT PRIMARY KEY, amount INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS reserved (reservation TEXT, account TEXT, amount INTEGER NOT NULL, made REAL NOT NULL,"
    " PRIMARY KEY (reservation, account)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS kept (space TEXT, key TEXT, value TEXT NOT NULL, expires REAL,"
    " PRIMARY KEY (space, key)) WITHOUT ROWID",
)
_VERSION = 1


class Store(Protocol):
    """What the gate remembers. Every method is atomic, also among processes; GkError when the state cannot be used."""

    def spent(self, account: str) -> int:
        """What is spent of *account*, in millionths, with everything that is reserved."""
        ...

    def reserve(self, charges: Sequence[Charge]) -> str | None:
        """Books all of *charges* and returns a reservation; books nothing and returns None if one is over its limit."""
        ...

    def commit(self, reservation: str) -> None:
        """The call was forwarded: what was reserved stays spent. So it does when nothing is said, after a crash."""
        ...

    def release(self, reservation: str) -> None:
        """The call was never forwarded: gives back what was reserved."""
        ...

    def accounts(self) -> list[tuple[str, int]]:
        """Every account and what is spent of it, sorted."""
        ...

    def forget(self, account: str) -> None:
        """Starts *account* anew."""
        ...

    def put(self, space: str, key: str, value: str, expires: float | None = None) -> bool:
        """Remembers *value* under a key that is free (or has expired); False if it is taken."""
        ...

    def get(self, space: str, key: str) -> str | None:
        """The value, or None if there is none or it has expired."""
        ...

    def take(self, space: str, key: str) -> str | None:
        """The value, which is forgotten: of several callers exactly one gets it."""
        ...

    def swap(self, space: str, key: str, old: str, new: str) -> bool:
        """Replaces *old* by *new*; False if the value is another by now, or has expired."""
        ...

    def items(self, space: str) -> list[tuple[str, str]]:
        """Every key and value of *space* that has not expired, sorted by key."""
        ...

    def close(self) -> None:
        """Gives up files and locks."""
        ...


class SqliteStore:
    """A Store in one SQLite file, or in memory for ":memory:". Threads may share it."""

    def __init__(self, path: str | Path, clock: Callable[[], float] = time.time) -> None:
        self.path = str(path)
        self._clock = clock
        self._lock = threading.Lock()
        with self._told():
            if self.path != ":memory:":
                _make_private(self.path)
            self._database = sqlite3.connect(self.path, timeout=BUSY, isolation_level=None, check_same_thread=False)
        try:
            with self._told():
                self._database.execute("PRAGMA journal_mode=WAL")
                self._database.execute("PRAGMA synchronous=FULL")
            self._prepare()
        except BaseException:
            self._database.close()
            raise

    def spent(self, account: str) -> int:
        """See Store."""
        with self._told(), self._lock:
            row = self._database.execute("SELECT amount FROM spent WHERE account = ?", (account,)).fetchone()
        return int(row[0]) if row else 0

    def reserve(self, charges: Sequence[Charge]) -> str | None:
        """See Store."""
        reservation = secrets.token_hex(16)
        with self._writing() as database:
            for charge in charges:
                if charge.amount < 0:
                    raise ValueError("a charge cannot be negative")
                database.execute("INSERT OR IGNORE INTO spent VALUES (?, 0)", (charge.account,))
                booked = database.execute(
                    "UPDATE spent SET amount = amount + ? WHERE account = ? AND amount <= ?",
                    (charge.amount, charge.account, charge.limit - charge.amount),
                )
                if booked.rowcount == 0:
                    raise _Undo
                database.execute(
                    "INSERT INTO reserved VALUES (?, ?, ?, ?)"
                    " ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
                    (reservation, charge.account, charge.amount, self._clock()),
                )
            return reservation
        return None

    def commit(self, reservation: str) -> None:
        """See Store."""
        with self._writing() as database:
            database.execute("DELETE FROM reserved WHERE reservation = ?", (reservation,))

    def release(self, reservation: str) -> None:
        """See Store."""
        with self._writing() as database:
            rows = database.execute("SELECT account, amount FROM reserved WHERE reservation = ?", (reservation,))
            for account, amount in rows.fetchall():
                database.execute("UPDATE spent SET amount = amount - ? WHERE account = ?", (amount, account))
            database.execute("DELETE FROM reserved WHERE reservation = ?", (reservation,))

    def accounts(self) -> list[tuple[str, int]]:
        """See Store."""
        with self._told(), self._lock:
            return list(self._database.execute("SELECT account, amount FROM spent WHERE amount ORDER BY account"))

    def forget(self, account: str) -> None:
        """See Store."""
        with self._writing() as database:
            database.execute("DELETE FROM spent WHERE account = ?", (account,))
            database.execute("DELETE FROM reserved WHERE account = ?", (account,))

    def put(self, space: str, key: str, value: str, expires: float | None = None) -> bool:
        """See Store."""
        with self._writing() as database:
            self._forget_expired(database)
            row = (space, key, value, expires)
            return database.execute("INSERT OR IGNORE INTO kept VALUES (?, ?, ?, ?)", row).rowcount == 1
        return False

    def get(self, space: str, key: str) -> str | None:
        """See Store."""
        query = "SELECT value FROM kept WHERE space = ? AND key = ? AND (expires IS NULL OR expires > ?)"
        with self._told(), self._lock:
            row = self._database.execute(query, (space, key, self._clock())).fetchone()
        return row[0] if row else None

    def take(self, space: str, key: str) -> str | None:
        """See Store."""
        with self._writing() as database:
            self._forget_expired(database)
            found = database.execute("SELECT value FROM kept WHERE space = ? AND key = ?", (space, key)).fetchone()
            database.execute("DELETE FROM kept WHERE space = ? AND key = ?", (space, key))
            return found[0] if found else None
        return None

    def swap(self, space: str, key: str, old: str, new: str) -> bool:
        """See Store."""
        with self._writing() as database:
            self._forget_expired(database)
            change = "UPDATE kept SET value = ? WHERE space = ? AND key = ? AND value = ?"
            return database.execute(change, (new, space, key, old)).rowcount == 1
        return False

    def items(self, space: str) -> list[tuple[str, str]]:
        """See Store."""
        query = "SELECT key, value FROM kept WHERE space = ? AND (expires IS NULL OR expires > ?) ORDER BY key"
        with self._told(), self._lock:
            return list(self._database.execute(query, (space, self._clock())))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """See Store."""
        with self._lock:
            self._database.close()

    def _prepare(self) -> None:
        with self._writing() as database:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version > _VERSION:
                raise GkError(f"{self.path}: was written by a newer gk; use that, or another state file")
            for statement in _SCHEMA:
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {_VERSION}")

    def _forget_expired(self, database: sqlite3.Connection) -> None:
        database.execute("DELETE FROM kept WHERE expires <= ?", (self._clock(),))

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that no other process interrupts; _Undo takes it back and ends the block quietly."""
        with self._told(), self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException as error:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                if not isinstance(error, _Undo):
                    raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, OverflowError) as error:
            raise GkError(f"{self.path}: the gate's state cannot be used: {error}") from None


def _make_private(path: str) -> None:
    """Makes a new file that nobody else can read; approvals hold the arguments of calls."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


class _Undo(Exception):
    """The transaction is taken back."""


def memory_store(clock: Callable[[], float] = time.time) -> SqliteStore:
    """A Store that ends with the process."""
    return SqliteStore(":memory:", clock)


def default_path(audit: str | Path) -> Path:
    """Where the state lies when nothing else is said: beside the audit log."""
    return Path(f"{audit}.sqlite")
