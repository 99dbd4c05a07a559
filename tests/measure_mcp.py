"""Measures what the gate adds to a call, beside a direct connection and any other proxy that is named.

    python3 tests/measure_mcp.py [--audit-folder DIR] [NAME=COMMAND …]

In a COMMAND, ``{policy}`` and ``{audit}`` are files; the server's command is added behind it.
One line for each size and connection: p50 and p99 in microseconds, calls a second, and CPU time of the proxy in a call.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
ECHO = r"""
import re, sys
identity, out = re.compile(rb'"id": ?(\d+)'), sys.stdout.buffer
for line in sys.stdin.buffer:
    text = line[line.index(b":", line.index(b'"text"')) + 1 : line.rindex(b"}}}")]
    number = identity.search(line[:200])[1]
    out.write(b'{"jsonrpc":"2.0","id":' + number + b',"result":{"content":[{"type":"text","text":' + text + b"}]}}\n")
    out.flush()
"""
RULES = {
    "gk": [{"id": "all", "effect": "allow", "tools": ["*"]}],
    "gk, threats": [
        {"id": "threats", "effect": "require_approval", "min_threat_score": 4},
        {"id": "all", "effect": "allow", "tools": ["*"]},
    ],
}
SIZES = ((20, 3000), (10_000, 1000), (1_000_000, 40))
WORDS = "the quick brown fox jumps over the lazy dog and writes a report about it; "


def measure(command: list[str], size: int, calls: int) -> tuple[float, float, float, float]:
    """p50, p99 (microseconds), calls a second, and CPU microseconds a call, of a closed loop through *command*."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, bufsize=1 << 16
    )
    assert process.stdin is not None
    assert process.stdout is not None
    text = (WORDS * (size // len(WORDS) + 1))[:size]
    times, used = [], 0.0
    for number in range(-50, calls):
        params = {"name": "echo", "arguments": {"text": text}}
        message = {"jsonrpc": "2.0", "id": number + 50, "method": "tools/call", "params": params}
        line = json.dumps(message).encode() + b"\n"
        used = used if number else cpu(process.pid)
        start = time.perf_counter()
        process.stdin.write(line)
        process.stdin.flush()
        answer = process.stdout.readline()
        times.append(time.perf_counter() - start)
        assert text[:20].encode() in answer, answer[:300]
    used = cpu(process.pid) - used
    process.stdin.close()
    process.wait()
    process.stdout.close()
    times = sorted(times[50:])
    return times[calls // 2] * 1e6, times[calls * 99 // 100] * 1e6, calls / sum(times), used / calls * 1e6


def cpu(pid: int) -> float:
    """Seconds of CPU that the process has used; 0 where nothing tells."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fsync(folder: Path) -> float:
    """The median microseconds of an fsync after a short write in *folder*."""
    times = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(300):
            file.write(b"x" * 400)
            start = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
    return sorted(times)[150] * 1e6


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--audit-folder", default=None)
    parser.add_argument("others", nargs="*", metavar="NAME=COMMAND")
    options = parser.parse_args()
    echo = [sys.executable, "-c", ECHO]
    with tempfile.TemporaryDirectory(dir=options.audit_folder) as name:
        folder = Path(name)
        connections = {"direct": echo}
        for number, (label, rules) in enumerate(RULES.items()):
            policy = folder / f"{number}.json"
            policy.write_text(json.dumps({"name": "m", "version": "1", "default_effect": "deny", "rules": rules}))
            words = ["mcp", "run", "--policy", str(policy), "--audit", str(folder / f"{number}.jsonl"), "--", *echo]
            connections[label] = [sys.executable, "-m", "gk_hooks", *words]
        for other in options.others:
            label, _, command = other.partition("=")
            files = {"policy": str(folder / "0.json"), "audit": str(folder / f"{label}.log")}
            connections[label] = [*(word.format(**files) for word in shlex.split(command)), *echo]
        print(f"fsync in the audit folder: {fsync(folder):.0f} us")
        print(f"{'bytes':>9} {'connection':12} {'p50 us':>9} {'p99 us':>9} {'calls/s':>9} {'CPU us':>9}")
        for size, calls in SIZES:
            for label, command in connections.items():
                p50, p99, rate, used = measure(command, size, calls)
                print(f"{size:>9,} {label:12} {p50:>9,.0f} {p99:>9,.0f} {rate:>9,.0f} {used:>9,.0f}", flush=True)


if __name__ == "__main__":
    main()
