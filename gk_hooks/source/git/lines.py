"""Line maps between two blobs: git finds the hunks, and lines are counted as the language counts them."""

from __future__ import annotations

import codecs
import io
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate

from gk_hooks.model.kinds import Kind
from gk_hooks.model.linemap import LineMap, Run
from gk_hooks.model.records import dataclass
from gk_hooks.model.regex import regex
from gk_hooks.source.decode import decode, split_lines
from gk_hooks.source.git.plumbing import NO_DRIVERS
from gk_hooks.source.git.repository import Repository

SHAPE = (
    *("-U0", "--inter-hunk-context=0", "--diff-algorithm=histogram", "--indent-heuristic"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--no-relative", "-O/dev/null"),
)
"""All that the configuration could bend."""

_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8)


@dataclass(frozen=True, slots=True)
class Hunk:
    """*old_count* lines from line *old_start* on that became *new_count* lines from line *new_start* on.

    Lines as git counts them, ended by LF alone. A start with a count of 0 is the line that follows the place.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int


def hunks(repository: Repository, old_blob: str, new_blob: str) -> list[Hunk]:
    """How the text of one blob became that of another; unidiff reads the patch where it can be imported."""
    return start_hunks(repository, old_blob, new_blob)()


def start_hunks(repository: Repository, old_blob: str, new_blob: str) -> Callable[[], list[Hunk]]:
    """Like hunks, but does not wait: the function that comes back does."""
    if old_blob == new_blob:
        return list
    patch = repository.start("diff", *NO_DRIVERS, *SHAPE, old_blob, new_blob, "--")
    return lambda: _hunks_of(patch())


def _hunks_of(patch: bytes) -> list[Hunk]:
    try:
        from unidiff.patch import PatchSet
    except ImportError:
        found = _read_hunks(patch)
    else:
        text = io.StringIO(patch.decode("utf-8", "surrogateescape"), newline="\n")
        found = (
            (hunk.source_start, hunk.source_length, hunk.target_start, hunk.target_length)
            for file in PatchSet(text)
            for hunk in file
        )
    return [Hunk(old + (not olds), olds, new + (not news), news) for old, olds, new, news in found]


_HUNK = regex(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def _read_hunks(patch: bytes) -> Iterator[tuple[int, int, int, int]]:
    lines = iter(patch.split(b"\n"))
    for line in lines:
        match = _HUNK.match(line)
        if match:
            old, olds, new, news = (1 if group is None else int(group) for group in match.groups())
            yield old, olds, new, news
            for _ in range(olds + news):  # the text of a hunk may look like the head of another
                while next(lines, b"").startswith(b"\\"):
                    pass


def line_map(old: bytes, new: bytes, found: Iterable[Hunk], kind: Kind) -> LineMap | None:
    """The map of the lines of *new* to those of *old*, as *kind* counts lines, from git's hunks.

    None when lines cannot be told apart by bytes (UTF-7, escapes that decode to newlines) or a text is unreadable;
    then everything in the file counts as new. No line is mapped unless its bytes are the same.
    """
    old_starts, new_starts = _line_starts(old, kind), _line_starts(new, kind)
    if old_starts is None or new_starts is None:
        return None
    try:
        equal = list(_equal_bytes(old, new, found))
    except IndexError:  # hunks of other texts
        return None
    return LineMap(tuple(_joined(_line_pairs(old_starts, new_starts, equal))))


def git_lines(data: bytes, kind: Kind, places: Iterable[tuple[int, int]]) -> list[tuple[int, int]] | None:
    """*places*, first and last lines of *data* as *kind* counts them, as git counts them: ended by LF alone.

    None when lines cannot be told apart by bytes; see line_map. What lies behind the end is cut off.
    """
    starts = _line_starts(data, kind)
    if starts is None:
        return None
    ours, breaks = starts[:-1], _git_line_starts(data)[:-1]

    def line_at(offset: int) -> int:
        return bisect_right(breaks, offset)

    wide = len("\n".encode(decode(data, kind).encoding.removesuffix("-sig")))  # of UTF-16 git ends a line within it
    found = []
    for first, last in places:
        if 0 < first <= len(ours):
            start, end = ours[first - 1], starts[min(last, len(ours))] - wide
            found.append((line_at(start), line_at(max(start, end))))
    return found


def _equal_bytes(old: bytes, new: bytes, found: Iterable[Hunk]) -> Iterator[tuple[int, int, int]]:
    """Where both hold the same bytes between the hunks: offset in *old*, in *new*, length."""
    old_lines, new_lines = _git_line_starts(old), _git_line_starts(new)
    old_at = new_at = 0
    for hunk in (*found, None):
        old_end = old_lines[hunk.old_start - 1] if hunk else len(old)
        new_end = new_lines[hunk.new_start - 1] if hunk else len(new)
        if old[old_at:old_end] == new[new_at:new_end]:
            # a character of UTF-16 or UTF-32 goes on behind the byte that git takes for the end of the line
            yield old_at, new_at, new_end - new_at + _common(old[old_end : old_end + 3], new[new_end : new_end + 3])
        if hunk:
            old_at = old_lines[hunk.old_start - 1 + hunk.old_count]
            new_at = new_lines[hunk.new_start - 1 + hunk.new_count]


def _common(one: bytes, other: bytes) -> int:
    length = min(len(one), len(other))
    return next((at for at in range(length) if one[at] != other[at]), length)


def _line_pairs(
    old_starts: Sequence[int], new_starts: Sequence[int], equal: Iterable[tuple[int, int, int]]
) -> Iterator[tuple[int, int]]:
    """The numbers of the lines, new and old, that lie in equal bytes as a whole in both texts."""
    for old_at, new_at, length in equal:
        shift = old_at - new_at
        for new in range(bisect_left(new_starts, new_at), len(new_starts) - 1):
            start, end = new_starts[new], new_starts[new + 1]
            if end > new_at + length:
                break
            old = bisect_left(old_starts, start + shift)
            if old_starts[old : old + 2] == [start + shift, end + shift]:
                yield new + 1, old + 1


def _joined(pairs: Iterable[tuple[int, int]]) -> Iterator[Run]:
    first_new = first_old = length = 0
    for new, old in pairs:
        if length and new == first_new + length and old == first_old + length:
            length += 1
            continue
        if length:
            yield Run(first_new, first_old, length)
        first_new, first_old, length = new, old, 1
    if length:
        yield Run(first_new, first_old, length)


def _git_line_starts(data: bytes) -> list[int]:
    return [0, *(match.end() for match in re.finditer(rb"\n", data)), len(data)]


def _line_starts(data: bytes, kind: Kind) -> list[int] | None:
    """Where each line of *data* starts, as *kind* counts them, and where the last ends; None if bytes do not say."""
    decoded = decode(data, kind)
    if decoded.problem or decoded.binary:
        return None
    encoding = "utf-8" if decoded.encoding == "utf-8-sig" else decoded.encoding
    mark = next((mark for mark in _MARKS if data.startswith(mark)), b"")
    try:
        if decoded.text.encode(encoding) == data:
            mark = b""
        elif mark + decoded.text.encode(encoding) != data:
            return None
        if encoding == "utf-8" and not (kind is Kind.PYTHON and b"\r" in data):  # as nearly always: git's own lines
            return [len(mark), *_git_line_starts(data)[1:]]
        starts = list(accumulate(_byte_lengths(decoded.text, kind, encoding), initial=len(mark)))
    except (UnicodeError, LookupError):
        return None
    return starts if starts[-1] == len(data) else None


def _byte_lengths(text: str, kind: Kind, encoding: str) -> Iterator[int]:
    at = 0
    for line in split_lines(text, kind):
        end = at + len(line)
        end += 2 if text.startswith("\r\n", end) else int(end < len(text))
        yield len(text[at:end].encode(encoding))
        at = end
