"""Starting programs, and functions that call functions."""

from __future__ import annotations

from gk_hooks.analyzers.python.api import (
    Calls,
    Spawns,
    arg,
)
from gk_hooks.analyzers.python.catalogue.table import Table, methods

TABLE = Table()
add = TABLE.add

# --- processes
COMMAND0 = Spawns(arg(0, "args", "cmd", "command", "popenargs"))
add(methods("subprocess", "run call check_call check_output Popen"), COMMAND0)
add("subprocess.getoutput subprocess.getstatusoutput", Spawns(arg(0, "cmd"), "shell"))
add("os.system os.popen get_ipython().system get_ipython().getoutput", Spawns(arg(0, "command", "cmd"), "shell"))
add("os.popen2 os.popen3 os.popen4 popen2.popen2 popen2.popen3 popen2.popen4", Spawns(arg(0, "cmd"), "shell"))
add("popen2.Popen3 popen2.Popen4 commands.getoutput commands.getstatusoutput", Spawns(arg(0, "cmd"), "shell"))
add("os.execl os.execle os.execlp os.execlpe", Spawns(arg(1), "varargs", program=arg(0, "file")))
add(
    "os.execv os.execve os.execvp os.execvpe os.posix_spawn os.posix_spawnp",
    Spawns(arg(1, "args", "argv"), "argv", program=arg(0, "path", "file")),
)
add("os.spawnl os.spawnle os.spawnlp os.spawnlpe", Spawns(arg(2), "varargs", program=arg(1, "file")))
add("os.spawnv os.spawnve os.spawnvp os.spawnvpe", Spawns(arg(2, "args"), "argv", program=arg(1, "file", "path")))
add("os.startfile", Spawns(arg(0, "filepath", "path"), "program"))
add("pty.spawn", Spawns(arg(0, "argv")))
add("asyncio.create_subprocess_exec", Spawns(arg(0, "program"), "varargs"))
add("trio.run_process anyio.run_process anyio.open_process", Spawns(arg(0, "command")))
add("asyncio.create_subprocess_shell", Spawns(arg(0, "cmd"), "shell"))
add("asyncio.loop().subprocess_exec ?.subprocess_exec", Spawns(arg(1), "varargs"))
add("asyncio.loop().subprocess_shell ?.subprocess_shell", Spawns(arg(1, "cmd"), "shell"))
add("pexpect.spawn pexpect.run pexpect.runu pexpect.spawnu", Spawns(arg(0, "command")))
add("pexpect.popen_spawn.PopenSpawn plumbum.cmd.__call__ delegator.run envoy.run", Spawns(arg(0, "cmd", "command")))
add("psutil.Popen", COMMAND0)
add("invoke.run invoke.Context().run fabric.api.local fabric.operations.local", Spawns(arg(0, "command"), "shell"))
add("fabric.Connection().run fabric.Connection().local fabric.Connection().sudo", Spawns(arg(0, "command"), "shell"))
add("paramiko.SSHClient().exec_command", Spawns(arg(0, "command"), "shell", remote=True))
add("?.exec_command", Spawns(arg(0, "command"), "shell", remote=True, needs="paramiko"))
add("sh.Command", Spawns(arg(0), "program"))
add("win32api.ShellExecute", Spawns(arg(2), "program"))
add("win32api.WinExec win32process.CreateProcess", Spawns(arg(0)))
add("ctypes.windll.shell32.ShellExecuteW ctypes.windll.shell32.ShellExecuteA", Spawns(arg(2), "program"))
add("ctypes.windll.kernel32.WinExec", Spawns(arg(0)))
add("ctypes.CDLL().system ctypes.PyDLL().system", Spawns(arg(0), "shell"))
add("ctypes.cdll.LoadLibrary().system ctypes.cdll.msvcrt.system", Spawns(arg(0), "shell"))

# --- functions that call functions
FUNCTION0 = Calls(arg(0, "func", "function"), first=1)
add("asyncio.to_thread atexit.register ?.submit ?.apply_async ?.call_soon ?.call_soon_threadsafe", FUNCTION0)
add("asyncio.loop().call_later ?.call_later", Calls(arg(1, "callback"), first=2))
add("concurrent.futures.ThreadPoolExecutor().submit concurrent.futures.ProcessPoolExecutor().submit", FUNCTION0)
add("asyncio.loop().run_in_executor ?.run_in_executor", Calls(arg(1, "func"), first=2))
add("threading.Thread multiprocessing.Process", Calls(arg(1, "target"), args=arg(3, "args")))
add("threading.Timer", Calls(arg(1, "function"), args=arg(2, "args")))
add("_thread.start_new_thread", Calls(arg(0), args=arg(1)))
