"""Writing the evidence packet of an audit."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from gk_hooks import packet as packets
from gk_hooks.evidence.keys import SIGNING_KEY_VARIABLE, SigningKey, read_signing_key
from gk_hooks.model.report import Report
from gk_hooks.packet import Settings
from gk_hooks.reports.write import write_folder
from gk_hooks.scan import Job


def add_packet_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that seal a packet."""
    group = parser.add_argument_group("how the packet is sealed")
    group.add_argument(
        "--key",
        metavar="FILE",
        help=f"sign with this private key (default: ${SIGNING_KEY_VARIABLE}, if set)",
    )


def signing_key(options: argparse.Namespace) -> SigningKey | None:
    """The key that signs, None for an unsigned packet; read before the scan, so that a wrong one costs no time."""
    return read_signing_key(Path(options.key) if options.key else None)


def write_packet(report: Report, job: Job, key: SigningKey | None, *, default: bool) -> None:
    """Writes all files of the packet into the output folder. *default*: nobody named it."""
    folder = Path(job.config.output_dir)
    settings = Settings.of(job.config, job.allowlist.data if job.allowlist else None)
    files = packets.files_of(report, settings, key.verifier if key else None)
    sealed = packets.seal(files, key)
    write_folder(folder, sealed, default=default)
    for stale in _stale(folder, sealed):
        stale.unlink(missing_ok=True)


def _stale(folder: Path, files: dict[str, bytes]) -> Iterator[Path]:
    """What an earlier packet has left there and this one does not have."""
    return (folder / name for name in packets.OPTIONAL if name not in files)
