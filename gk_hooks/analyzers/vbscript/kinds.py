"""Which program ids are which kind of object, and which objects come out of others."""

from __future__ import annotations

from gk_hooks.model.regex import regex

PROGRAM_IDS: dict[str, str] = {
    program: kind
    for kind, programs in {
        "http": "msxml2.xmlhttp msxml2.serverxmlhttp microsoft.xmlhttp winhttp.winhttprequest msxml.xmlhttp",
        "dom": "msxml2.domdocument microsoft.xmldom msxml2.freethreadeddomdocument msxml.domdocument",
        "shell": "wscript.shell shell",
        "application": "shell.application",
        "filesystem": "scripting.filesystemobject",
        "stream": "adodb.stream",
        "database": "adodb.connection adodb.recordset",
        "network": "wscript.network",
        "message": "cdo.message cdo.configuration cdonts.newmail jmail.message persits.mailsender",
        "schedule": "schedule.service",
        "locator": "wbemscripting.swbemlocator",
        "browser": "internetexplorer.application",
        "inet": "inetctls.inet",
        "winsock": "mswinsock.winsock ostrosoft.winsock",
        "interpreter": "msscriptcontrol.scriptcontrol scriptcontrol",
        "document": "htmlfile",
        "binary formatter": "system.runtime.serialization.formatters.binary.binaryformatter",
        "base64 transform": "system.security.cryptography.frombase64transform",
        "native": "dynamicwrapper dynamicwrapperx dynamicwrap",
        "excel": "excel.application",
        "dictionary": "scripting.dictionary",
        "web client": "system.net.webclient",
        "remote": "wshcontroller",
        "update": "microsoft.update.session",
    }.items()
    for program in programs.split()
}
_VERSION = regex(r"(?:\.\d+)+$")

RETURNS: dict[tuple[str, str], str] = {
    ("filesystem", "getfile"): "file",
    ("filesystem", "getfolder"): "file",
    ("filesystem", "createtextfile"): "text stream",
    ("filesystem", "opentextfile"): "text stream",
    ("shell", "createshortcut"): "shortcut",
    ("shell", "environment"): "environment",
    ("application", "namespace"): "folder",
    ("schedule", "getfolder"): "task folder",
    ("schedule", "newtask"): "task",
    ("task folder", "getfolder"): "task folder",
    ("task folder", "getfolders"): "task folders",
    ("dom", "createelement"): "element",
    ("dom", "documentelement"): "element",
    ("locator", "connectserver"): "wmi",
    ("remote", "createscript"): "remote script",
    ("message", "configuration"): "",
    ("message", "fields"): "",
    ("document", "parentwindow"): "window",
    ("wmi class", "spawninstance_"): "wmi parameters",
    ("wmi class", "methods_"): "wmi parameters",
    ("wmi parameters", "inparameters"): "",
    ("wmi parameters", "spawninstance_"): "",
}
"""What a method or property of one kind of object gives; "" is the object itself."""

GUESSES: dict[str, str] = {
    "regwrite": "shell",
    "shellexecute": "application",
    "mapnetworkdrive": "network",
    "addwindowsprinterconnection": "network",
    "savetofile": "stream",
    "registertaskdefinition": "task folder",
    "registertask": "task folder",
    "createtextfile": "filesystem",
    "opentextfile": "filesystem",
    "copyfile": "filesystem",
    "movefile": "filesystem",
    "deletefile": "filesystem",
    "executestatement": "interpreter",
    "changestartmode": "wmi class",
    "startservice": "wmi class",
    "stopservice": "wmi class",
    "setstringvalue": "registry",
    "setdwordvalue": "registry",
    "setexpandedstringvalue": "registry",
    "execscript": "window",
}
"""Methods that tell by their name alone what kind of object has them."""

FOLDERS = {
    "startup": "%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup",
    "allusersstartup": "%ProgramData%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup",
    "appdata": "%APPDATA%",
    "desktop": "%USERPROFILE%\\Desktop",
    "mydocuments": "%USERPROFILE%\\Documents",
    "programs": "%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs",
    "startmenu": "%APPDATA%\\Microsoft\\Windows\\Start Menu",
    "fonts": "C:\\Windows\\Fonts",
}
"""WScript.Shell's special folders."""

NUMBERED_FOLDERS = {
    7: FOLDERS["startup"],
    24: FOLDERS["allusersstartup"],
    26: "%APPDATA%",
    36: "C:\\Windows",
    37: "C:\\Windows\\System32",
}
"""Shell.Application's NameSpace numbers (CSIDL)."""

SYSTEM_FOLDERS = {0: "C:\\Windows", 1: "C:\\Windows\\System32", 2: "%TEMP%"}
"""FileSystemObject.GetSpecialFolder."""

HIVES = {0x80000000: "HKCR", 0x80000001: "HKCU", 0x80000002: "HKLM", 0x80000003: "HKU", 0x80000005: "HKCC"}


def kind_of(program_id: str) -> str:
    """The kind of object that a program id names, "" when it is none that matters."""
    return PROGRAM_IDS.get(_VERSION.sub("", program_id.strip().lower()), "")
