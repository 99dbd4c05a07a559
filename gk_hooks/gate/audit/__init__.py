"""The audit log of the tool gate: a transparency log in a file of JSON lines. See docs/audit-log.md."""

from gk_hooks.gate.audit.log import AuditLog
from gk_hooks.gate.audit.records import AuditError, read_records
from gk_hooks.gate.audit.secrets import load_digest_key

__all__ = ("AuditError", "AuditLog", "load_digest_key", "read_records")
