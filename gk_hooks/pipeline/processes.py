"""Work on many things on every core: each worker is a separate process that opens its own reader of the snapshot.

What workers get and give back is small; no source is pickled. A worker that dies is replaced, and what brought it down
is found, so that it costs nothing else. What processes need is imported only where there is enough to do for them.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from gk_hooks.model.records import dataclass
from gk_hooks.model.snapshot import Read, Snapshot

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

SMALL = 400_000
"""Bytes of source below which starting workers costs more than they save."""

CHUNK = 250_000
"""Bytes of source that a worker takes at a time: enough to keep it busy, few enough to balance."""

START_METHOD = "fork" if sys.platform == "linux" else "spawn"
"""How workers come to be; only Linux can fork safely."""

MUCH = 200_000
"""Objects left behind since the collector last ran. Analyzers take apart what they make, so it seldom needs to run."""

KEPT = 16_000_000
"""Bytes of free memory that are kept for the next file."""

ROOM = 70_000
"""Slots of a frame, 560 kB, for which a piece of memory is made that holds as much again."""

HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
"""The folder that this package lies in."""

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Work(Generic[Item, Result]):
    """start: called once in each process with a reader; gives what is done to one item. lost: the result of an item
    that brings its process down. size: about how many bytes of source an item is."""

    start: Callable[[Read], Callable[[Item], Result]]
    lost: Callable[[Item], Result]
    size: Callable[[Item], int]


def run_all(snapshot: Snapshot, items: Sequence[Item], work: Work[Item, Result]) -> Iterator[list[Result]]:
    """The results of *items*, in any order, a few at a time."""
    if not items:
        return
    cores = os.cpu_count() or 1
    if cores == 1 or sum(map(work.size, items)) < SMALL:
        with quick_memory():
            do = work.start(snapshot.reader())
            for item in items:
                yield _do_all(do, [item])
        return
    yield from _run_in_processes(snapshot, items, work, cores)


def _run_in_processes(
    snapshot: Snapshot, items: Sequence[Item], work: Work[Item, Result], cores: int
) -> Iterator[list[Result]]:
    from concurrent.futures import as_completed
    from concurrent.futures.process import BrokenProcessPool

    unfinished: dict[int, list[Item]] = dict(enumerate(_chunks(items, work.size)))
    try:
        with _pool(snapshot, work.start, cores) as pool:
            futures = {pool.submit(_work, chunk): number for number, chunk in unfinished.items()}
            for future in as_completed(futures):
                done: list[Result] = future.result()
                del unfinished[futures[future]]
                yield done
    except BrokenProcessPool:
        # something takes its interpreter down: find it alone, so that it costs nothing else
        for chunk in list(unfinished.values()):
            for item in chunk:
                yield [_alone(snapshot, item, work)]


def _alone(snapshot: Snapshot, item: Item, work: Work[Item, Result]) -> Result:
    from concurrent.futures.process import BrokenProcessPool

    try:
        with _pool(snapshot, work.start, 1) as pool:
            done: list[Result] = pool.submit(_work, [item]).result()
            return done[0]
    except BrokenProcessPool:
        return work.lost(item)


@contextmanager
def _pool(snapshot: Snapshot, start: Callable[[Read], Any], workers: int) -> Iterator[ProcessPoolExecutor]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # a spawned interpreter gets our sys.path; in a bare checkout, where that holds no gk_hooks, it is lent the folder
    lend = START_METHOD != "fork" and HOME not in sys.path
    safe_path = os.environ.get("PYTHONSAFEPATH", "")
    context = multiprocessing.get_context(START_METHOD)
    try:
        # nor must it find its modules in the current folder, which may be the one under suspicion
        os.environ["PYTHONSAFEPATH"] = "1"
        if lend:
            sys.path.append(HOME)
        with ProcessPoolExecutor(workers, context, _start, (snapshot, start, lend)) as pool:
            yield pool
    finally:
        os.environ["PYTHONSAFEPATH"] = safe_path
        if lend:
            sys.path.remove(HOME)


def _chunks(items: Sequence[Item], size: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Large ones first, so that no core is left with a long one at the end."""
    chunk: list[Item] = []
    total = 0
    for item in sorted(items, key=size, reverse=True):
        chunk.append(item)
        total += size(item) + 200
        if total >= CHUNK:
            yield chunk
            chunk, total = [], 0
    if chunk:
        yield chunk


def _do_all(do: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    return [do(item) for item in items]


# CPython keeps the frames of calls in pieces of 16 kB, and asks the system for a new one at each call that crosses the
# end of a piece: in a walk that goes up and down there, tens of thousands of times. A frame that needs more gets a
# larger piece, and what it calls lies in the rest of it.
_do_all.__code__ = _do_all.__code__.replace(co_stacksize=ROOM)

_do: Callable[[Any], Any] | None = None


def _start(snapshot: Snapshot, start: Callable[[Read], Callable[[Any], Any]], lent: bool) -> None:
    global _do
    if lent:
        sys.path.remove(HOME)
    keep_memory()
    gc.freeze()
    gc.disable()  # syntax trees are freed by reference counts; the collector would only walk them
    _do = start(snapshot.reader())


def _work(items: Iterable[Any]) -> list[Any]:
    assert _do is not None
    done = _do_all(_do, items)
    if gc.get_count()[0] > MUCH:
        gc.collect()
    return done


def keep_memory() -> None:
    """Lets the C library keep what is freed: else it gives the memory of each file back to the system, and asks for it
    again page by page. glibc keeps as much as the largest block that was ever freed; elsewhere this changes nothing."""
    bytes(KEPT)


class quick_memory:
    """Without the cyclic collector, as the workers run."""

    def __enter__(self) -> None:
        self.was_enabled = gc.isenabled()
        keep_memory()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self.was_enabled:
            gc.enable()
