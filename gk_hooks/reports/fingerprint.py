"""What tells a finding from every other one, also after code around it has moved: consumers track findings by it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from gk_hooks.model.report import Result
from gk_hooks.model.text import valid_unicode


def fingerprints(results: Iterable[Result]) -> list[str]:
    """A SHA-256 for each of *results*, in their order: of the rule, the file and the facts, never of a line or column.

    Findings that are alike in one file are numbered in the order that they stand in.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    digests = []
    for result in results:
        finding, site = result.finding, result.finding.site
        facts = (
            *(finding.rule_id, finding.file, site.callee, site.excerpt, *site.chain),
            *("", finding.evidence, finding.destination, finding.command, *(step.what for step in finding.trail)),
        )
        seen[facts] += 1
        text = "\0".join((*facts, str(seen[facts])))
        digests.append(hashlib.sha256(valid_unicode(text).encode()).hexdigest())
    return digests
