"""The kernel's own count of packets that had no way out, to compare with the log."""

from __future__ import annotations

import itertools


class Tally:
    """Counts what left for nowhere in the namespace of *pid*: what no log explains has slipped past the supervisor."""

    def __init__(self, pid: int) -> None:
        self._files = []
        for name in ("snmp", "snmp6"):
            try:
                self._files.append(open(f"/proc/{pid}/net/{name}", encoding="ascii"))  # noqa: SIM115
            except OSError:
                continue
        self._before = self._read()

    def close(self) -> dict[str, int]:
        """How much was added since the start."""
        after = self._read()
        for file in self._files:
            file.close()
        return {name: after[name] - self._before.get(name, 0) for name in sorted(after)}

    def _read(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for file in self._files:
            try:
                file.seek(0)
                lines = file.read().splitlines()
            except OSError:
                continue
            for names, values in itertools.pairwise(lines):
                if names.startswith("Ip: ") and values.startswith("Ip: "):
                    found["Ip.OutNoRoutes"] = int(dict(zip(names.split(), values.split())).get("OutNoRoutes", "0"))
                    break
            for line in lines:
                if line.startswith("Ip6OutNoRoutes"):
                    found["Ip6.OutNoRoutes"] = int(line.split()[1])
        return found
