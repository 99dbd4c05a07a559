"""coverage.csv: the ledger of every file in scope and what became of it, for a spreadsheet."""

from __future__ import annotations

import csv
import io

from gk_hooks.model.report import Report
from gk_hooks.model.text import printable

COLUMNS = ("status", "reason", "kind", "size", "sha256", "blob_id", "path")


def render(report: Report) -> str:
    """The ledger by path. Paths begin with ``./``: no cell is ever taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for record in report.records:
        kind = record.kind.value if record.kind else ""
        size = record.size if record.size >= 0 else ""
        identity = (record.sha256, record.blob_id, f"./{printable(record.path)}")
        writer.writerow((record.status.value, printable(record.reason), kind, size, *identity))
    return text.getvalue()
