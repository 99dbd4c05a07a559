"""One record's proof, for somebody who has neither the log nor a network (c2sp.org/tlog-proof)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gk_hooks.evidence import tlog
from gk_hooks.evidence.checkpoint import Checkpoint
from gk_hooks.evidence.keys import VerifierKey
from gk_hooks.evidence.merkle import Tree, leaf_hash
from gk_hooks.evidence.note import NoteError
from gk_hooks.gate.audit.checkpoints import read_checkpoints
from gk_hooks.gate.audit.opening import Places
from gk_hooks.gate.audit.records import AuditError, BadLine, Record, decode


def prove(log: Path, seq: int, *, checkpoints: Path | None = None) -> str:
    """The text of a ``.tlog-proof`` for record *seq* under the newest signed checkpoint; the record travels as extra.

    Raises AuditError when no signed checkpoint covers the record, or the log is not the one it describes.
    """
    where = Places.of(log, checkpoints).checkpoints
    signed = [entry for entry in read_checkpoints(where)[0] if entry.signed]
    if not signed:
        raise AuditError(f"{where} holds no signed checkpoint, so a proof would show nothing; sign the log with a key")
    newest = signed[-1]
    size = newest.checkpoint.size
    if not 0 <= seq < size:
        raise AuditError(f"there is no record {seq} below the newest signed checkpoint, which covers 0 to {size - 1}")
    tree, line = _tree(log, size, seq)
    if tree.root() != newest.checkpoint.root:
        raise AuditError(f"the log {log} is not the one that its checkpoint describes; run gk mcp verify")
    return tlog.Proof(seq, tuple(tree.inclusion(seq)), newest.note.format(), extra=line).format()


def check(text: str, keys: Iterable[VerifierKey]) -> tuple[Record, Checkpoint]:
    """The record that a proof carries and the checkpoint it stands under. Raises AuditError if it proves nothing."""
    try:
        proof = tlog.parse(text)
        if proof.extra is None:
            raise AuditError("the proof does not carry its record")
        record = decode(proof.extra)
        checkpoint = tlog.verify(proof, leaf_hash(proof.extra), keys)
    except BadLine as error:
        raise AuditError(f"the record in the proof is damaged: {error}") from error
    except NoteError as error:
        raise AuditError(str(error)) from error
    if record.seq != proof.index:
        raise AuditError(f"the proof is of index {proof.index}, and the record in it says {record.seq}")
    return record, checkpoint


def _tree(log: Path, size: int, seq: int) -> tuple[Tree, bytes]:
    tree, wanted = Tree(), b""
    try:
        with log.open("rb") as stream:
            for index, line in enumerate(stream):
                if index == size:
                    break
                if index == seq:
                    wanted = line.rstrip(b"\n")
                tree.append(leaf_hash(line.rstrip(b"\n")))
    except OSError as error:
        raise AuditError(f"cannot read the audit log {log}: {error.strerror}") from error
    return tree, wanted
