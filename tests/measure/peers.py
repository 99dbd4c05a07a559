"""The peers: how each is run over a folder, and which of our rules its own ids stand for."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple


class Hit(NamedTuple):
    """A finding of any tool: file below the scanned folder, line, and the rules of ours that it stands for."""

    file: str
    line: int
    rules: frozenset[str]


NETWORK = frozenset({"NET001", "NET002"})
PROCESS = frozenset({"PEX001", "PEX002", "PEX003"})
CODE, DATA, LISTEN, LOADER = (frozenset({rule}) for rule in ("DEX001", "DES001", "NET003", "DEX002"))

BANDIT = {
    **dict.fromkeys(("B113", "B310", "B312", "B321", "B501", "B615"), NETWORK),
    **dict.fromkeys(("B602", "B603", "B604", "B605", "B606", "B607", "B609"), PROCESS),
    **dict.fromkeys(("B301", "B302", "B506", "B614"), DATA),
    **dict.fromkeys(("B102", "B307"), CODE),
    "B104": LISTEN,
    "B601": NETWORK | PROCESS,
}
RUFF = {f"S{number[1:]}": rules for number, rules in BANDIT.items()}
"""Ruff's S rules are bandit's, with the same numbers."""

SEMGREP = (
    ("avoid_app_run_with_bad_host avoid-bind-to-all-interfaces", LISTEN),
    ("python-reverse-shell paramiko-exec-command", NETWORK | PROCESS),
    ("non-literal-import", LOADER),
    (
        "avoid-pickle avoid-cPickle avoid-dill avoid-shelve avoid-jsonpickle avoid-unsafe-ruamel avoid-pyyaml-load "
        "avoid-insecure-deserialization insecure-deserialization tainted-pickle-deserialization marshal-usage "
        "multiprocessing-recv",
        DATA,
    ),
    (
        "eval-detected exec-detected eval-injection exec-injection user-eval* user-exec* tainted-code-exec listen-eval "
        "dangerous-subinterpreters-* dangerous-testcapi-* dangerous-interactive-code-run* "
        "globals-misuse-code-execution",
        CODE,
    ),
    (
        "dangerous-asyncio-* dangerous-os-exec* dangerous-spawn-process* dangerous-subprocess-use* "
        "dangerous-system-call* os-system-injection command-injection-os-system subprocess-* system-wildcard-detected "
        "unchecked-subprocess-call string-concat",
        PROCESS,
    ),
    (
        "dynamic-urllib-use-detected insecure-openerdirector-* insecure-request-object* insecure-url* request-* "
        "ssrf-* use-timeout no-auth-over-http ftplib telnetlib use-ftp-tls http-not-https-connection "
        "httpsconnection-detected disabled-cert-validation tainted-url-host",
        NETWORK,
    ),
    ("curl-eval", CODE | NETWORK | {"OBF001"}),
    ("curl-pipe-bash", NETWORK | CODE),
)
"""Names of the rules in semgrep/semgrep-rules, as patterns. A peer's id stands for every rule of ours it could mean."""


def semgrep_rules(name: str) -> frozenset[str]:
    """What the semgrep rule *name* stands for; nothing when it has no counterpart."""
    return next((ours for names, ours in SEMGREP if any(fnmatchcase(name, one) for one in names.split())), frozenset())


def _output(*command: str | Path) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, encoding="utf-8", check=False)
    if not done.stdout.strip():
        raise SystemExit(f"{command[0]} printed nothing: {done.stderr.strip()[-300:]}")
    return done.stdout


def bandit(program: str, folder: Path) -> Iterator[Hit]:
    """Bandit with every test and without its suppressions."""
    report = json.loads(_output(program, "-q", "-r", "-f", "json", "--ignore-nosec", folder))
    for one in report["results"]:
        rules = BANDIT.get(one["test_id"], frozenset())
        yield Hit(Path(one["filename"]).relative_to(folder).as_posix(), one["line_number"], rules)


def ruff(program: str, folder: Path) -> Iterator[Hit]:
    """Ruff's S rules without configuration and suppressions."""
    options = "check --isolated --no-cache --no-respect-gitignore --ignore-noqa --select S --output-format json".split()
    for one in json.loads(_output(program, *options, folder)):
        rules = RUFF.get(one["code"] or "", frozenset())
        yield Hit(Path(one["filename"]).relative_to(folder).as_posix(), one["location"]["row"], rules)


def semgrep(program: str, folder: Path, rules: Path) -> Iterator[Hit]:
    """Semgrep with those of its Python and Bash rules below *rules* that have a counterpart."""
    with tempfile.TemporaryDirectory() as chosen:
        for number, path in enumerate(
            sorted(p for part in ("python", "bash") for p in rules.glob(f"{part}/**/*.yaml"))
        ):
            names = re.findall(r"^\s*- id: (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
            if any(map(semgrep_rules, names)):
                shutil.copy(path, Path(chosen) / f"{number}-{path.name}")
        options = (
            "scan --metrics off --disable-version-check --json --quiet --no-git-ignore --disable-nosem "
            "--x-ignore-semgrepignore-files --max-target-bytes 0 --timeout 60"
        ).split()
        report = json.loads(_output(program, *options, "--config", chosen, folder))
    for one in report["results"]:
        name = one["check_id"].rpartition(".")[2]
        yield Hit(Path(one["path"]).relative_to(folder).as_posix(), one["start"]["line"], semgrep_rules(name))
