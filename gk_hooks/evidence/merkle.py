"""The Merkle tree of RFC 6962, section 2.1: its hashes, its proofs, and the frontier that lets a log grow.

A leaf's hash begins with the byte 00 and a node's with 01, so that neither can be passed off as the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(record: bytes) -> bytes:
    """The hash of a record in its place as a leaf."""
    return hashlib.sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """What a growing tree must remember: the roots of its complete subtrees, largest first. Never more than 64."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """Takes up a tree of *size* leaves again. ValueError if the peaks cannot be those of that size."""
        self.size = size
        self.peaks = list(peaks)
        if size < 0 or len(self.peaks) != size.bit_count() or any(len(peak) != HASH_SIZE for peak in self.peaks):
            raise ValueError(f"{len(self.peaks)} peaks do not fit a tree of {size} leaves")

    def append(self, leaf: bytes) -> None:
        """Adds a leaf's hash."""
        rest = self.size
        while rest & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            rest >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The tree's root hash now."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


class Tree:
    """A whole tree in memory (64 bytes a leaf), for making proofs: level 0 holds the leaves, level n pairs of n-1."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        """Builds the tree over these leaf hashes."""
        self._levels = [bytearray()]
        for leaf in leaves:
            self.append(leaf)

    def __len__(self) -> int:
        return len(self._levels[0]) // HASH_SIZE

    def append(self, leaf: bytes) -> None:
        """Adds a leaf's hash."""
        self._levels[0] += leaf
        level, index = 0, len(self) - 1
        while index & 1:
            leaf = node_hash(self._at(level, index - 1), leaf)
            level, index = level + 1, index >> 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level] += leaf

    def root(self, size: int | None = None) -> bytes:
        """The root over the first *size* leaves (all of them by default)."""
        size = self._checked(len(self) if size is None else size)
        return self._hash(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The audit path of a leaf in the tree of *size* leaves, from its sibling upwards (RFC 6962, 2.1.1)."""
        low, high = 0, self._checked(len(self) if size is None else size)
        if not 0 <= index < high:
            raise ValueError(f"no leaf {index} in a tree of {high}")
        path = []
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._hash(middle, high))
                high = middle
            else:
                path.append(self._hash(low, middle))
                low = middle
        return path[::-1]

    def consistency(self, old: int, size: int | None = None) -> list[bytes]:
        """The proof that the tree of *old* leaves is a beginning of the one of *size* leaves (RFC 6962, 2.1.2)."""
        low, high = 0, self._checked(len(self) if size is None else size)
        if not 0 < old <= high:
            raise ValueError(f"no consistency proof from {old} to {high}")
        path: list[bytes] = []
        while old != high:
            middle = low + _split(high - low)
            if old <= middle:
                path.append(self._hash(middle, high))
                high = middle
            else:
                path.append(self._hash(low, middle))
                low = middle
        return [*([self._hash(low, high)] if low else []), *path[::-1]]

    def _hash(self, low: int, high: int) -> bytes:
        """The hash over leaves low to high; *low* is a multiple of the largest power of two below their number."""
        width = high - low
        if width & (width - 1) == 0:
            level = width.bit_length() - 1
            return self._at(level, low >> level)
        middle = low + _split(width)
        return node_hash(self._hash(low, middle), self._hash(middle, high))

    def _at(self, level: int, index: int) -> bytes:
        return bytes(self._levels[level][index * HASH_SIZE : (index + 1) * HASH_SIZE])

    def _checked(self, size: int) -> int:
        if not 0 <= size <= len(self):
            raise ValueError(f"the tree has {len(self)} leaves, not {size}")
        return size


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """True if *proof* shows the leaf at *index* in the tree of *size* leaves with this *root* (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or any(len(each) != HASH_SIZE for each in (leaf, root, *proof)):
        return False
    node, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            value = node_hash(sibling, value)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and value == root


def verify_consistency(old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """True if *proof* shows that the tree of *old* leaves begins the one of *size* leaves (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= size or any(len(each) != HASH_SIZE for each in proof):
        return False
    if old == size:
        return not proof and old_root == root
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    node, last = old - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def _split(width: int) -> int:
    """The largest power of two below *width*: where RFC 6962 divides a tree."""
    return 1 << (width - 1).bit_length() - 1
