"""Files, the registry, tasks and services."""

from __future__ import annotations

from gk_hooks.analyzers.python.api import (
    Arg,
    Persists,
    Writes,
    WritesRegistry,
    arg,
)
from gk_hooks.analyzers.python.catalogue.table import Table

TABLE = Table()
add = TABLE.add

# --- files
PATH0 = arg(0, "file", "path", "name", "filename")
add("builtins.open io.open codecs.open io.FileIO gzip.open bz2.open lzma.open", Writes(PATH0, mode=arg(1, "mode")))
add("os.open", Writes(arg(0, "path"), mode=arg(1, "flags")))
add("os.remove os.unlink os.rmdir os.removedirs shutil.rmtree", Writes(PATH0, "delete"))
add("os.mkdir os.makedirs os.mkfifo os.mknod os.truncate", Writes(PATH0, "create"))
add("os.chmod os.chown os.lchown shutil.chown", Writes(PATH0, "permissions"))
add("os.rename os.replace os.renames shutil.move", Writes(arg(1, "dst"), "move"))
add("os.link os.symlink", Writes(arg(1, "dst"), "link"))
add("shutil.copy shutil.copy2 shutil.copyfile shutil.copytree", Writes(arg(1, "dst"), "copy"))
add("shutil.unpack_archive", Writes(arg(1, "extract_dir"), "extract"))
add("pathlib.Path().write_text pathlib.Path().write_bytes", Writes(Arg(None), "write"))
add("pathlib.Path().open", Writes(Arg(None), mode=arg(0, "mode")))
add("pathlib.Path().touch pathlib.Path().mkdir", Writes(Arg(None), "create"))
add("pathlib.Path().unlink pathlib.Path().rmdir", Writes(Arg(None), "delete"))
add("pathlib.Path().chmod", Writes(Arg(None), "permissions"))
add("pathlib.Path().rename pathlib.Path().replace", Writes(arg(0, "target"), "move"))
add("pathlib.Path().symlink_to pathlib.Path().hardlink_to", Writes(Arg(None), "link"))

# --- registry, tasks and services
KEY0 = arg(0, "key")
add("winreg.SetValueEx", WritesRegistry(KEY0, None, arg(1, "value_name")))
add("winreg.SetValue", WritesRegistry(KEY0, arg(1, "sub_key"), None))
add("winreg.CreateKey", WritesRegistry(KEY0, arg(1, "sub_key"), None))
add("winreg.DeleteValue", WritesRegistry(KEY0, None, arg(1, "value")))
add("winreg.DeleteKey winreg.DeleteKeyEx", WritesRegistry(KEY0, arg(1, "sub_key"), None))
add("win32api.RegSetValueEx", WritesRegistry(KEY0, None, arg(1)))
add("win32serviceutil.InstallService", Persists("service", "install", arg(1, "serviceName")))
add("win32service.CreateService", Persists("service", "create", arg(1)))
add("win32serviceutil.HandleCommandLine", Persists("service", "install"))
add("crontab.CronTab().new crontab.CronTab().write", Persists("cron", "write"))
