"""Measure what the cache could be kept in, by the look-ups of warm runs and by two writers at once. Prints Markdown.

    python tests/measure/stores.py [--entries 3000 100000] [--rounds 3]

Every figure is the least processor time, in milliseconds, of a process that does this one thing, with its imports and
without the start of Python. ``lost`` is how many of the entries of two writers nobody finds afterwards.
"""

from __future__ import annotations

import argparse
import dbm
import hashlib
import mmap
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

Pair = tuple[bytes, bytes]
BATCH = 500
WRITTEN = 2_000
"""Entries that each of two writers adds."""


def pairs(first: int, count: int) -> Iterator[Pair]:
    """Keys and values, most of the size that results have: a few with many findings, most with none."""
    for number in range(first, first + count):
        key = hashlib.sha256(str(number).encode()).digest()
        yield key, random.Random(number).randbytes(60 if number % 10 else 700)


# --- the stores: each adds pairs and finds those of some keys


def sqlite_add(folder: str, new: Iterable[Pair]) -> None:
    """As gk_hooks.pipeline.cache.store."""
    import sqlite3

    database = sqlite3.connect(f"{folder}/db", timeout=60, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("CREATE TABLE IF NOT EXISTS t (k BLOB PRIMARY KEY, v BLOB) WITHOUT ROWID")
    database.execute("BEGIN IMMEDIATE")
    database.executemany("INSERT OR REPLACE INTO t VALUES (?, ?)", new)
    database.execute("COMMIT")
    database.close()


def sqlite_find(folder: str, keys: list[bytes]) -> int:
    """As gk_hooks.pipeline.cache.store."""
    import sqlite3

    database = sqlite3.connect(f"{folder}/db")
    parts = (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))
    query = "SELECT k, v FROM t WHERE k IN (%s)"
    return sum(len(database.execute(query % ",".join("?" * len(part)), part).fetchall()) for part in parts)


def files_add(folder: str, new: Iterable[Pair]) -> None:
    """One file for each entry, in a folder by its first byte, as git's loose objects."""
    for key, value in new:
        name = key.hex()
        os.makedirs(f"{folder}/{name[:2]}", exist_ok=True)
        draft = f"{folder}/{name[:2]}/{os.getpid()}"
        with open(draft, "wb") as file:
            file.write(value)
        os.replace(draft, f"{folder}/{name[:2]}/{name}")


def files_find(folder: str, keys: list[bytes]) -> int:
    """Opens each."""
    found = 0
    for key in keys:
        name = key.hex()
        try:
            with open(f"{folder}/{name[:2]}/{name}", "rb") as file:
                found += bool(file.read())
        except FileNotFoundError:
            pass
    return found


def dbm_add(folder: str, new: Iterable[Pair]) -> None:
    """The dbm of this system; it has no lock of its own that waits."""
    while True:
        try:
            with dbm.open(f"{folder}/db", "c") as database:
                for key, value in new:
                    database[key] = value
            return
        except dbm.error:
            time.sleep(0.001)


def dbm_find(folder: str, keys: list[bytes]) -> int:
    """One key after the other."""
    with dbm.open(f"{folder}/db", "r") as database:
        return sum(key in database and bool(database[key]) for key in keys)


def log_add(folder: str, new: Iterable[Pair]) -> None:
    """One append-only file: key, length, value; a write of a batch is one call, so that writers do not mix."""
    rows = [key + len(value).to_bytes(4, "big") + value for key, value in new]
    with open(f"{folder}/log", "ab", buffering=0) as file:
        for start in range(0, len(rows), BATCH):
            file.write(b"".join(rows[start : start + BATCH]))


def log_find(folder: str, keys: list[bytes]) -> int:
    """The index is the log itself, walked once: a second file would have to be kept in step with it."""
    places = {}
    with open(f"{folder}/log", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as log:
        at = 0
        while at < len(log):
            end = at + 36 + int.from_bytes(log[at + 32 : at + 36], "big")
            places[log[at : at + 32]] = at + 36, end
            at = end
        return sum(bool(log[slice(*places[key])]) for key in keys if key in places)


Add = Callable[[str, Iterable[Pair]], None]
Find = Callable[[str, list[bytes]], int]
STORES: dict[str, tuple[Add, Find]] = {
    "SQLite": (sqlite_add, sqlite_find),
    "a file for each entry": (files_add, files_find),
    "dbm": (dbm_add, dbm_find),
    "an append-only log": (log_add, log_find),
}


# --- each measurement is a process of its own, and prints what it took


def work(store: str, job: str, folder: str, entries: int) -> None:
    """Does one thing and prints milliseconds of processor time, or what was found."""
    add, find = STORES[store]
    known = [key for key, _ in pairs(0, entries)]
    some = random.Random(1).sample(known, min(WRITTEN, entries))
    new = list(pairs(entries + (WRITTEN if job == "second writer" else 0), WRITTEN))
    started = time.process_time()
    found = 0
    if job.endswith("writer"):
        for start in range(0, WRITTEN, BATCH):
            add(folder, new[start : start + BATCH])
    else:
        found = find(folder, some[:1] if job == "one" else some)
        assert found == (1 if job == "one" else len(some))
    print((time.process_time() - started) * 1000)


def start(store: str, job: str, folder: Path, entries: int) -> subprocess.Popen[str]:
    """A process that does it."""
    words = [sys.executable, __file__, "--work", store, job, str(folder), "--entries", str(entries)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def took(process: subprocess.Popen[str]) -> float:
    """What it printed."""
    output, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"it failed: {process.args!r}")
    return float(output)


def measure(store: str, entries: int, rounds: int) -> list[str]:
    """A row of the table."""
    add, find = STORES[store]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "store"
        folder.mkdir()
        add(str(folder), pairs(0, entries))
        used = sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
        times = [min(took(start(store, job, folder, entries)) for _ in range(rounds)) for job in ("one", "many")]
        both = []
        for number in range(rounds):
            copy = Path(name) / str(number)
            shutil.copytree(folder, copy)
            writers = [start(store, f"{which} writer", copy, entries) for which in ("first", "second")]
            spent = sum(map(took, writers))
            both.append(spent)
            lost = 2 * WRITTEN - find(str(copy), [key for key, _ in pairs(entries, 2 * WRITTEN)])
    return [store, f"{entries:,}", *(f"{each:.1f}" for each in (*times, min(both))), str(lost), f"{used / 1e6:.1f}"]


def main() -> None:
    """Measures all stores at all sizes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, nargs="+", default=[3_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(*options.work, options.entries[0])
        return
    print(f"| store | entries | one look-up | {WRITTEN:,} look-ups | two writers of {WRITTEN:,} | lost | MB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for entries in options.entries:
        for store in STORES:
            print("|", " | ".join(measure(store, entries, options.rounds)), "|", flush=True)


if __name__ == "__main__":
    main()
