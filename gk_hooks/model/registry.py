"""Places in the Windows registry: which keys and values bring something back after a logon or a reboot.

A key may be written with any hive spelling (``HKLM\\…``, ``HKEY_LOCAL_MACHINE\\…``, ``HKLM:\\…``,
``Registry::HKLM\\…``) or without a hive; an unknown part is a HOLE.
"""

from __future__ import annotations

import re

from gk_hooks.model.effects import Mechanism
from gk_hooks.model.regex import regex
from gk_hooks.model.values import HOLE

HIVES = {
    "hklm": "HKLM",
    "hkey_local_machine": "HKLM",
    "hkcu": "HKCU",
    "hkey_current_user": "HKCU",
    "hkcr": "HKCR",
    "hkey_classes_root": "HKCR",
    "hku": "HKU",
    "hkey_users": "HKU",
    "hkcc": "HKCC",
    "hkey_current_config": "HKCC",
}
MAX_KEY = 4096

_ANY = "*"
"""The names of a key that is an autorun whatever value is written."""

_CURRENT = r"microsoft\\windows(?: nt)?\\currentversion\\"
_AUTORUNS: tuple[tuple[str, str], ...] = (
    (_CURRENT + r"(?:policies\\explorer\\)?run(?:once|onceex|services|servicesonce)?(?:\\|$)", _ANY),
    (_CURRENT + r"explorer\\startupapproved(?:\\|$)", _ANY),
    (_CURRENT + r"explorer\\(?:user )?shell folders$", "startup|common startup"),
    (_CURRENT + r"explorer\\(?:shellserviceobjects|shellexecutehooks|sharedtaskscheduler)(?:\\|$)", _ANY),
    (_CURRENT + r"shellserviceobjectdelayload(?:\\|$)", _ANY),
    (_CURRENT + r"explorer\\browser helper objects(?:\\|$)", _ANY),
    (_CURRENT + r"policies\\system(?:\\scripts\\.*)?$", "shell|script|parameters"),
    (_CURRENT + r"winlogon$", "userinit|shell|taskman|vmapplet|system|ginadll|appsetup|mpnotify"),
    (_CURRENT + r"winlogon\\(?:notify|gpextensions)(?:\\|$)", _ANY),
    (_CURRENT + r"windows$", "appinit_dlls|loadappinit_dlls|load|run"),
    (_CURRENT + r"image file execution options\\", "debugger|verifierdlls|monitorprocess|globalflag"),
    (_CURRENT + r"silentprocessexit\\", "monitorprocess|reportingmode"),
    (_CURRENT + r"accessibility\\ats\\", "startexe"),
    (_CURRENT + r"appcompatflags\\(?:custom|installedsdb)(?:\\|$)", _ANY),
    (_CURRENT + r"(?:group policy\\scripts|authentication\\credential provider(?:s| filters))(?:\\|$)", _ANY),
    (r"microsoft\\active setup\\installed components(?:\\|$)", _ANY),
    (r"microsoft\\command processor$", "autorun"),
    (r"microsoft\\netsh$", _ANY),
    (r"microsoft\\office test\\special\\perf$", _ANY),
    (r"microsoft\\(?:windows )?htmlhelp author$", "location"),
    (r"policies\\microsoft\\windows\\system\\scripts\\", _ANY),
    (r"control\\session manager$", "bootexecute|setupexecute|execute|s0initialcommand"),
    (r"control\\session manager\\(?:appcertdlls|knowndlls)(?:\\|$)", _ANY),
    (r"control\\lsa(?:\\osconfig)?$", "authentication packages|security packages|notification packages"),
    (r"control\\securityproviders$", "securityproviders"),
    (r"control\\print\\(?:monitors|environments\\.*\\print processors|providers)\\", "driver|name"),
    (r"control\\networkprovider\\order$", "providerorder"),
    (r"control\\terminal server\\(?:winstations\\rdp-tcp|wds\\rdpwd)$", "initialprogram|startupprograms"),
    (r"control\\bootverificationprogram$", "imagepath"),
    (r"^(?:hk(?:cu|u\\[^\\]*)\\)?environment$", "userinitmprlogonscript|cor_profiler|cor_profiler_path"),
    (r"control panel\\desktop$", "scrnsave.exe"),
)
_SCHEDULES: tuple[tuple[str, str], ...] = (
    (r"system\\[^\\]+\\services(?:\\|$)", _ANY),
    (_CURRENT + r"schedule\\taskcache(?:\\|$)", _ANY),
    (_CURRENT + r"svchost(?:\\|$)", _ANY),
)
_PLACES = tuple(
    (regex(pattern), frozenset(names.split("|")), mechanism)
    for mechanism, table in ((Mechanism.AUTORUN, _AUTORUNS), (Mechanism.SCHEDULE, _SCHEDULES))
    for pattern, names in table
)
_VIEW = regex(r"\\(?:wow6432node|wowaa32node)(?=\\|$)")
_PREFIX = regex(r"^(?:microsoft\.powershell\.core\\)?registry::?\\?")
_REMOTE = regex(r"^\\\\[^\\]+\\(?=hk)")
_HIVE = regex(r"^(hk[a-z_]+):?(?=\\|$)")


def registry_place(key: str, name: str | None = None) -> Mechanism | None:
    """How a value *name* under *key* comes back after a logon or a reboot, or None when it does not.

    A name that is not known (None, or one with a HOLE) proves nothing where only some values of a key are autoruns.
    """
    spelled = spell_key(key).lower()
    value = (name if name is not None else HOLE).strip().lower()
    for pattern, names, mechanism in _PLACES:
        if (_ANY in names or value in names) and pattern.search(spelled):
            return mechanism
    return None


def spell_key(key: str) -> str:
    """One spelling of *key*: single backslashes, the hive as ``HKLM``; the 32-bit view is the same place."""
    key = key[:MAX_KEY].strip().strip("\"'").replace("/", "\\")
    key = re.sub(r"^\\\\\?\\", "", key)
    remote = _REMOTE.match(key.lower())
    key = key[remote.end() :] if remote else key
    key = re.sub(r"\\{2,}", r"\\", key).strip("\\")
    prefix = _PREFIX.match(key.lower())
    key = key[prefix.end() :] if prefix else key
    hive = _HIVE.match(key.lower())
    if hive and hive[1] in HIVES:
        key = HIVES[hive[1]] + key[hive.end() :]
    for view in reversed(list(_VIEW.finditer(key.lower()))):
        key = key[: view.start()] + key[view.end() :]
    return key
