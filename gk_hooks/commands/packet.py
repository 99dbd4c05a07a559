"""Writing the evidence packet of an audit."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

from gk_hooks.errors import UsageError
from gk_hooks.evidence.keys import SIGNING_KEY_VARIABLE, SigningKey, read_signing_key
from gk_hooks.model.report import Report
from gk_hooks.pipeline import packet as packets
from gk_hooks.pipeline.packet import Settings
from gk_hooks.pipeline.scan import Job
from gk_hooks.reports.write import write_folder


def add_packet_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that seal a packet."""
    group = parser.add_argument_group("how the packet is sealed")
    group.add_argument(
        "--key", metavar="FILE", help=f"sign with this private key (default: ${SIGNING_KEY_VARIABLE}, if set)"
    )
    group.add_argument("--log", metavar="PATH", help="record it in this transparency log, with a proof in the packet")


def signing_key(options: argparse.Namespace) -> SigningKey | None:
    """The key that signs, None for an unsigned packet; read before the scan, so that a wrong one costs no time."""
    key = read_signing_key(Path(options.key) if options.key else None)
    if options.log and key is None:
        raise UsageError(f"--log needs a key that signs: --key FILE, or ${SIGNING_KEY_VARIABLE}")
    return key


def write_packet(report: Report, job: Job, key: SigningKey | None, log: str | None, *, default: bool) -> None:
    """Writes all files of the packet into the output folder. log: the path of the log. *default*: see write_folder."""
    folder = Path(job.config.output_dir)
    settings = Settings.of(job.config, job.allowlist.data if job.allowlist else None)
    files = packets.files_of(report, settings, key.verifier if key else None)
    sealed = packets.seal(files, key) if key is None or log is None else _logged(files, report, key, Path(log))
    write_folder(folder, sealed, default=default)
    for stale in _stale(folder, sealed):
        stale.unlink(missing_ok=True)


def _logged(files: dict[str, bytes], report: Report, key: SigningKey, path: Path) -> dict[str, bytes]:
    """*files* with all seals: the log is told of the envelope before anybody sees it."""
    from gk_hooks.gate.audit import AuditLog
    from gk_hooks.gate.audit.prove import prove

    with AuditLog.open(path, digest_key=b"", key=key, about={"by": f"gk audit {report.version}"}) as log:
        sealed = packets.seal(files, key, log.origin)
        commit = report.git.head_commit or report.git.tree
        number = log.event({"commit": commit, packets.LOGGED: packets.sha256(sealed[packets.ENVELOPE])})
        log.checkpoint()
        return {**sealed, packets.PROOF: prove(path, number).encode()}


def _stale(folder: Path, files: Mapping[str, bytes]) -> Iterator[Path]:
    """What an earlier packet has left there and this one does not have."""
    return (folder / name for name in packets.OPTIONAL if name not in files)
