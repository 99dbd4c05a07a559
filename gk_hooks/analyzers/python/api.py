"""The words that the catalogue describes an API in: which effect a call has, and which argument matters."""

from __future__ import annotations

from gk_hooks.model.effects import Code, Form
from gk_hooks.model.records import dataclass


@dataclass(frozen=True, slots=True)
class Arg:
    """An argument by position and by keyword names."""

    position: int | None
    names: tuple[str, ...] = ()


def arg(position: int | None, *names: str) -> Arg:
    """``arg(0, "url")``: the first argument, or the one called url."""
    return Arg(position, names)


@dataclass(frozen=True, slots=True)
class Api:
    """The root of all descriptions."""


@dataclass(frozen=True, slots=True)
class Connects(Api):
    """Connects to the destination in *to*. *default*: the host when the argument is left out (None: unknown).

    address: the argument is a (host, port) pair.
    """

    to: Arg | None = None
    form: Form = Form.URL
    default: str | None = None
    address: bool = False
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class Makes(Api):
    """Makes a client that goes wherever its user says. Where no call of the file goes through one, it is handed on."""


@dataclass(frozen=True, slots=True)
class Listens(Api):
    """Listens on the host in *on*; *default* is what the library takes when it is left out."""

    on: Arg
    default: str | None = None
    address: bool = False
    form: Form = Form.HOST


@dataclass(frozen=True, slots=True)
class Spawns(Api):
    """Starts a program.

    how: "auto" (list or string, with a ``shell`` argument: subprocess), "shell" (a text for a shell), "argv" (a list),
    "varargs" (each argument a word, from the position on), "program" (one program or document).
    program: the argument that names the file to run, where the command holds only what the program is told.
    remote: on another machine. needs: the module that a file must import for the shape of the call to mean this.
    """

    command: Arg
    how: str = "auto"
    program: Arg | None = None
    remote: bool = False
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Runs(Api):
    """Runs text as code, or loads a module by name or from a *file*. *object*: the payload is a code object, whose
    text may have been reviewed elsewhere. *made*: nothing runs yet. *receiver*: the payload is an argument that the
    receiver was made with."""

    payload: Arg | None
    code: Code = Code.TEXT
    file: bool = False
    object: bool = False
    made: bool = False
    receiver: bool = False


@dataclass(frozen=True, slots=True)
class Loads(Api):
    """Loads a native library."""

    library: Arg | None = None


@dataclass(frozen=True, slots=True)
class Deserializes(Api):
    """Rebuilds objects. *unless*: an argument with a value that makes it safe; *only_if*: one that makes it unsafe."""

    format: str
    unless: tuple[Arg, tuple[object, ...]] | None = None
    only_if: tuple[Arg, tuple[object, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Writes(Api):
    """Writes to a path; *mode*: an argument that must ask for writing (open)."""

    path: Arg
    verb: str = "write"
    mode: Arg | None = None


@dataclass(frozen=True, slots=True)
class WritesRegistry(Api):
    """Writes a registry value. key: the argument that is an open key or a hive; subkey and name beside it."""

    key: Arg
    subkey: Arg | None = None
    name: Arg | None = None


@dataclass(frozen=True, slots=True)
class Persists(Api):
    """Installs a task or a service."""

    tool: str
    verb: str
    target: Arg | None = None


@dataclass(frozen=True, slots=True)
class Calls(Api):
    """Calls the function in *function* with the arguments from position *first* on, or with those in *args*."""

    function: Arg
    first: int | None = None
    args: Arg | None = None
