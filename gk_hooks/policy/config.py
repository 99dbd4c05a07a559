"""Settings: ``gk.toml``, or ``[tool.gk]`` in ``pyproject.toml``, under what the command line says.

Both are looked for in the scanned root alone. Such a file may be part of what is under suspicion, so it can only name
paths inside the root, and what it leaves out of the scan is said in the notes of every report.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from typing import Any

from gk_hooks.errors import GkError, UsageError
from gk_hooks.model.globs import Glob
from gk_hooks.model.records import dataclass, replace
from gk_hooks.model.snapshot import DEFAULT_MAX_FILE_SIZE
from gk_hooks.policy.files import read_small, read_text, unknown_key
from gk_hooks.policy.profile import Profile, profile_named

DEFAULT_OUTPUT_DIR = "mcen_audit"

OWN_FILE = "gk.toml"
SHARED_FILE = "pyproject.toml"

MAX_SHOWN = 10


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

    def canonical(self, allowlist_sha256: str = "") -> str:
        """The settings that can change a result, the allowlist's content among them, as JSON in one form only."""
        settings = {
            "profile": self.profile.value,
            "include": sorted(set(self.include)),
            "exclude": sorted(set(self.exclude)),
            "max-file-size": self.max_file_size,
            "allowlist": allowlist_sha256,
        }
        return json.dumps(settings, sort_keys=True, separators=(",", ":"))

    def config_hash(self, allowlist_sha256: str = "") -> str:
        """SHA-256 over the canonical settings."""
        return hashlib.sha256(self.canonical(allowlist_sha256).encode()).hexdigest()


ReadFile = Callable[[str], "bytes | None"]
"""Reads a small file of the scanned root by its name, None when there is none: from disk, an index or a commit."""


def load(root: str, explicit: str | None = None) -> Config:
    """The settings in *explicit*, else in *root* itself (never a parent), else the defaults."""
    if explicit is not None:
        return _parse(explicit, read_small(explicit), trusted_root=None)
    linked = [name for name in (OWN_FILE, SHARED_FILE) if os.path.islink(os.path.join(root, name))]

    def read(name: str) -> bytes | None:
        path = os.path.join(root, name)
        return read_small(path) if os.path.lexists(path) and name not in linked else None

    config = load_from(read, root)
    notes = [f"{name} is a symbolic link and was not read for settings" for name in linked]
    return replace(config, notes=(*config.notes, *notes))


def load_from(read: ReadFile, root: str) -> Config:
    """The settings in the snapshot that *read* reads; the paths in them are joined to *root* and must stay inside."""
    own, shared = read(OWN_FILE), read(SHARED_FILE)
    shared_path = os.path.join(root, SHARED_FILE)
    has_shared = shared is not None and _has_settings(shared_path, shared)
    if own is not None:
        config = _parse(os.path.join(root, OWN_FILE), own, root)
        note = f"{OWN_FILE} was used; [tool.gk] in {SHARED_FILE} was not"
        return replace(config, notes=(*config.notes, note)) if has_shared else config
    return _parse(shared_path, shared, root) if shared is not None and has_shared else Config()


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
    for option, patterns in (("--include", include), ("--exclude", exclude)):
        _check_patterns(patterns, option)
    if max_file_size is not None and max_file_size < 1:
        raise UsageError("--max-file-size must be at least 1 byte")
    return replace(
        config,
        profile=config.profile if profile is None else profile_named(profile),
        include=include or config.include,
        exclude=(*config.exclude, *exclude),
        max_file_size=config.max_file_size if max_file_size is None else max_file_size,
        allowlist=config.allowlist if allowlist is None else allowlist,
        output_dir=config.output_dir if output_dir is None else output_dir,
    )


def _has_settings(path: str, data: bytes) -> bool:
    """Whether a pyproject.toml has ``[tool.gk]``; one without the letters is not even parsed."""
    return b"gk" in data and _table(path, read_text(path, data)) is not None


def _table(path: str, text: str) -> dict[str, Any] | None:
    """The settings in a TOML file: ``[tool.gk]``; in any but a pyproject.toml the whole file will do."""
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: is not valid TOML: {error}") from None
    except RecursionError:
        raise UsageError(f"{path}: is nested too deeply") from None
    tool = document.get("tool")
    table = tool.get("gk") if isinstance(tool, dict) else None
    if table is None and os.path.basename(path) != SHARED_FILE:
        table = document
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{path}: [tool.gk] must be a table")
    return table


def _parse(path: str, data: bytes, trusted_root: str | None) -> Config:
    """The settings in the file *path*. *trusted_root*: the folder that its paths must stay in, None for any."""
    text = read_text(path, data)
    table = _table(path, text)
    if table is None:
        raise UsageError(f"{path}: has no [tool.gk]")
    settings: dict[str, Any] = {}
    for key, value in table.items():
        where = f"{path}{_line_of(key, text)}"
        if key not in READERS:
            raise UsageError(f"{where}: {unknown_key(key, READERS)}")
        try:
            settings[key.replace("-", "_")] = READERS[key](value)
        except (ValueError, GkError) as error:
            raise UsageError(f"{where}: {key}: {error}") from None
    for key in ("allowlist", "output_dir"):
        if key in settings:
            settings[key] = _placed(path, key.replace("_", "-"), settings[key], trusted_root)
    digest = hashlib.sha256(data).hexdigest()
    return Config(**settings, source=path, sha256=digest, notes=tuple(_notes(os.path.basename(path), table)))


def _line_of(key: str, text: str) -> str:
    """``:3`` when the key plainly stands at the start of line 3."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.lstrip().startswith(key) and line.lstrip()[len(key) :].lstrip().startswith("="):
            return f":{number}"
    return ""


def _placed(source: str, key: str, path: str, trusted_root: str | None) -> str:
    placed = os.path.join(os.path.dirname(source), path)
    if trusted_root is None:
        return placed
    # lexically first: asking the system about \\host\share would already reach out to it
    inside = not (os.path.isabs(path) or os.path.splitdrive(path)[0] or ".." in path.replace("\\", "/").split("/"))
    if inside:
        root = os.path.join(os.path.realpath(trusted_root), "")
        inside = os.path.normcase(os.path.realpath(placed)).startswith(os.path.normcase(root))
    if not inside:
        message = (
            f"{source}: {key}: {path!r} leads out of the scanned folder; say it on the command line if it is meant"
        )
        raise UsageError(message)
    return placed


def _notes(name: str, table: dict[str, Any]) -> list[str]:
    notes = []
    for key, verb in (("exclude", "leaves out"), ("include", "narrows the scan to")):
        if patterns := table.get(key):
            more = f" and {len(patterns) - MAX_SHOWN} more" if len(patterns) > MAX_SHOWN else ""
            notes.append(f"{name} {verb} {', '.join(patterns[:MAX_SHOWN])}{more}")
    for key, verb in (("max-file-size", "sets the size limit to"), ("profile", "chooses the profile")):
        if key in table:
            notes.append(f"{name} {verb} {table[key]}")
    if "allowlist" in table:
        notes.append(f"{name} names the allowlist {table['allowlist']}")
    return notes


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a string that is not empty")
    return value


def _patterns(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a list of strings")
    _check_patterns(value, "")
    return tuple(value)


def _check_patterns(patterns: list[str] | tuple[str, ...], option: str) -> None:
    try:
        for pattern in patterns:
            Glob(pattern)
    except ValueError as error:
        raise UsageError(f"{option}: {error}" if option else str(error)) from None


def _size(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("must be a number of bytes, at least 1")
    return value


READERS: dict[str, Callable[[object], Any]] = {
    "profile": lambda value: profile_named(_text(value)),
    "include": _patterns,
    "exclude": _patterns,
    "max-file-size": _size,
    "allowlist": _text,
    "output-dir": _text,
}
"""Every setting, and what checks its value."""
