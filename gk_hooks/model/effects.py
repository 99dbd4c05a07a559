"""Effects: what a piece of code would do to the world. Analyzers make them, rules read them.

An effect knows no rule, no severity and no file path, so the same text always has the same effects.
"""

from __future__ import annotations

from enum import StrEnum

from gk_hooks.model.records import dataclass
from gk_hooks.model.values import UNKNOWN, Text

MAX_EXCERPT = 160


@dataclass(frozen=True, slots=True)
class Site:
    """Where an effect stands: 1-based lines and columns (in characters), ``end_column`` exclusive.

    callee: the API or command in its full name ("requests.get", "curl"). excerpt: its source on one short line.
    chain: how code inside code was reached, outermost first ("os.system text", "python -c"); empty at top level.
    guess: the callee was recognised by the shape of the call alone, its receiver is not known.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    callee: str
    excerpt: str = ""
    chain: tuple[str, ...] = ()
    guess: bool = False


class Form(StrEnum):
    """How a destination is written."""

    URL = "url"
    HOST = "host"
    """A bare host name or address, perhaps ``user@host``, ``host:port`` or ``host:path``."""
    ANY = "any"
    """A URL when it has a scheme, else a host (curl, wget, git)."""


class Via(StrEnum):
    """How a command comes to run."""

    NATIVE = "native"
    """A script's own command: a plain ``ls`` in a shell script is no process rule's business."""
    SPAWN = "spawn"
    """A program starts another one (``subprocess``, ``WScript.Shell``, ``Start-Process``)."""
    EMBEDDED = "embedded"
    """A command inside a text that a program hands to a shell."""


class Shell(StrEnum):
    """Whether a shell reads the command."""

    NO = "no"
    YES = "yes"
    MAYBE = "maybe"


class Mechanism(StrEnum):
    """How something comes back after a reboot or a login."""

    SCHEDULE = "schedule"
    """Scheduled tasks, cron, services, systemd, launchd."""
    AUTORUN = "autorun"
    """Registry Run keys, Startup folders, login and shell start-up files."""


@dataclass(frozen=True, slots=True)
class Effect:
    """The common part: every effect stands somewhere."""

    site: Site


@dataclass(frozen=True, slots=True)
class Connect(Effect):
    """Opens a connection to, or sends to, *destination*. Unknown destinations are UNKNOWN, never left out."""

    destination: Text = UNKNOWN
    form: Form = Form.URL
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class Listen(Effect):
    """Accepts connections on *host*; the empty string is every interface."""

    host: Text = UNKNOWN
    port: Text = UNKNOWN


@dataclass(frozen=True, slots=True)
class Execute(Effect):
    """Runs a program: *argv* (first the program), or *text* that is handed to a shell.

    argv is empty when nothing is known of it; open_ended says that further arguments may follow.
    tools: the known network or persistence tools that it runs ("curl"), as the command catalogue names them.
    """

    argv: tuple[Text, ...] = ()
    text: Text | None = None
    via: Via = Via.SPAWN
    shell: Shell = Shell.NO
    open_ended: bool = False
    tools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WritePath(Effect):
    """Creates, changes, links, moves or deletes what is at *path*; *verb* says which ("write", "copy", "link", …)."""

    path: Text = UNKNOWN
    verb: str = "write"


@dataclass(frozen=True, slots=True)
class RegistryWrite(Effect):
    """Writes the value *name* under the registry *key*, hive first (``HKLM\\Software\\…``)."""

    key: Text = UNKNOWN
    name: Text = UNKNOWN


@dataclass(frozen=True, slots=True)
class Persist(Effect):
    """Installs something that comes back: *verb* ("create", "enable", …) a *target* by *tool* ("schtasks", "cron").

    latent: the text is data, which does so once somebody deploys it (a systemd unit that lies in a repository).
    """

    mechanism: Mechanism = Mechanism.SCHEDULE
    tool: str = ""
    verb: str = ""
    target: Text = UNKNOWN
    latent: bool = False


class Code(StrEnum):
    """What kind of dynamic code it is."""

    TEXT = "text"
    """A string becomes code: eval, exec, compile, Invoke-Expression, VBScript Execute."""
    MODULE = "module"
    """A module or file is loaded by a computed name: import_module, runpy, ``source "$x"``."""


@dataclass(frozen=True, slots=True)
class DynamicCode(Effect):
    """Turns *payload* (the code, or the name of the module or file) into running code."""

    code: Code = Code.TEXT
    payload: Text = UNKNOWN


@dataclass(frozen=True, slots=True)
class LoadNative(Effect):
    """Loads a native library or calls through a foreign function interface."""

    library: Text = UNKNOWN


@dataclass(frozen=True, slots=True)
class Deserialize(Effect):
    """Rebuilds objects from bytes in a *format* whose reader can run code ("pickle", "yaml")."""

    format: str = "pickle"


@dataclass(frozen=True, slots=True)
class Import(Effect):
    """Imports *module*; kept where no call says more."""

    module: str = ""


@dataclass(frozen=True, slots=True)
class Blob(Effect):
    """A literal of *size* characters in a dense *encoding* ("base64", "hex")."""

    size: int = 0
    encoding: str = "base64"


@dataclass(frozen=True, slots=True)
class Unparsed(Effect):
    """This text, or a part of it, could not be parsed; *reason* in one short clause.

    lasting: whether that is the text's fault, so that every machine with this Python says the same at any time.
    """

    reason: str = ""
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Skipped(Effect):
    """A file in scope was not read as code (too large, binary, unreadable); made by the pipeline, not by analyzers."""

    reason: str = ""


def excerpt(source: str) -> str:
    """*source* as evidence: on one line, runs of blanks folded, at most MAX_EXCERPT characters."""
    line = " ".join(source[: 4 * MAX_EXCERPT].split())
    return line if len(line) <= MAX_EXCERPT else line[: MAX_EXCERPT - 1] + "…"
