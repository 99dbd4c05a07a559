"""coverage.csv: the ledger of every file in scope and what became of it, for a spreadsheet."""

from __future__ import annotations

import csv
import io

from gk_hooks.model.report import Report
from gk_hooks.model.text import printable

COLUMNS = ("status", "reason", "kind", "size", "sha256", "blob_id", "path")


def render(report: Report) -> str:
    """The ledger by path; an import that cannot be determined is a reason too. Paths begin with ``./``: no cell is
    ever taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    unlinked: dict[str, list[str]] = {}
    for importer, what in report.undetermined:
        unlinked.setdefault(importer, []).append(what)
    for record in report.records:
        kind = record.kind.value if record.kind else ""
        size = record.size if record.size >= 0 else ""
        identity = (record.sha256, record.blob_id, f"./{printable(record.path)}")
        reason = "; ".join(filter(None, (record.reason, *unlinked.pop(record.path, ()))))
        writer.writerow((record.status.value, printable(reason), kind, size, *identity))
    for importer, told in unlinked.items():  # files that this scan was not asked about
        writer.writerow(("untouched", printable("; ".join(told)), "", "", "", "", f"./{printable(importer)}"))
    return text.getvalue()
