"""Settings: ``gk.toml``, or ``[tool.gk]`` in ``pyproject.toml``, under what the command line says."""

from __future__ import annotations

from dataclasses import dataclass

from gk_hooks.policy.profile import Profile

DEFAULT_MAX_FILE_SIZE = 5 * 1024 * 1024
DEFAULT_OUTPUT_DIR = "mcen_audit"


@dataclass(frozen=True)
class Config:
    """The effective settings. source: the file they come from ("" for none), sha256: of its bytes.

    allowlist and output_dir are paths as they can be opened (those of a file are joined to its folder).
    notes: what a reader of the report must know, above all what the file leaves out of the scan.
    """

    profile: Profile = Profile.PRACTICAL
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_file_size: int = DEFAULT_MAX_FILE_SIZE
    allowlist: str | None = None
    output_dir: str = DEFAULT_OUTPUT_DIR
    source: str = ""
    sha256: str = ""
    notes: tuple[str, ...] = ()

    def config_hash(self, allowlist_sha256: str = "") -> str:
        """SHA-256 over the settings that can change a result, the allowlist's content among them."""
        raise NotImplementedError


def load(root: str, explicit: str | None = None) -> Config:
    """The settings in *explicit*, else in *root* itself (never a parent), else the defaults."""
    raise NotImplementedError


def with_options(
    config: Config,
    *,
    profile: str | None = None,
    include: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
    max_file_size: int | None = None,
    allowlist: str | None = None,
    output_dir: str | None = None,
) -> Config:
    """*config* with what the command line says on top: ``include`` replaces, ``exclude`` adds, the rest replaces."""
    raise NotImplementedError
