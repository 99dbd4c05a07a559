"""The .NET and COM members that do something, and which handler knows what.

Rows are (handler, types, members); a COM class is written ``com:WScript.Shell``. Names are compared in lower case.
"""

from __future__ import annotations

from gk_hooks.analyzers.powershell import member_handlers as do
from gk_hooks.analyzers.powershell import state_handlers as state
from gk_hooks.analyzers.powershell.members import CONSTRUCTORS, METHODS, SHAPES, SPELLINGS, STATICS, Handler
from gk_hooks.model.effects import Form

_COM_HTTP = (
    "com:MSXML2.XMLHTTP com:MSXML2.XMLHTTP.3.0 com:MSXML2.XMLHTTP.6.0 com:MSXML2.ServerXMLHTTP "
    "com:MSXML2.ServerXMLHTTP.3.0 com:MSXML2.ServerXMLHTTP.6.0 com:Microsoft.XMLHTTP com:WinHttp.WinHttpRequest.5.1"
)
_ENCODINGS = "Text.Encoding Text.UTF8Encoding Text.UnicodeEncoding Text.ASCIIEncoding"
_WEB_CLIENT = (
    "DownloadString DownloadFile DownloadData OpenRead OpenWrite UploadString UploadFile UploadData UploadValues "
    "DownloadStringAsync DownloadFileAsync DownloadDataAsync UploadStringAsync UploadFileAsync UploadDataAsync "
    "DownloadStringTaskAsync DownloadFileTaskAsync DownloadDataTaskAsync UploadStringTaskAsync UploadFileTaskAsync "
    "UploadDataTaskAsync UploadValuesAsync UploadValuesTaskAsync OpenReadAsync OpenReadTaskAsync OpenWriteTaskAsync"
)
_HTTP_CLIENT = (
    "GetAsync GetStringAsync GetByteArrayAsync GetStreamAsync PostAsync PutAsync DeleteAsync PatchAsync "
    "PostAsJsonAsync GetFromJsonAsync"
)
_TO_HOST = do.connects(form=Form.HOST, protocol="tcp")

_CREATED: tuple[tuple[Handler, str], ...] = (
    (do.connects(form=Form.HOST, protocol="tcp", count=2), "Net.Sockets.TcpClient"),
    (do.udp, "Net.Sockets.UdpClient"),
    (do.listens, "Net.Sockets.TcpListener"),
    (do.endpoint, "Net.IPEndPoint Net.DnsEndPoint"),
    (do.smtp, "Net.Mail.SmtpClient"),
    (do.database, "Data.SqlClient.SqlConnection Data.OleDb.OleDbConnection Data.Odbc.OdbcConnection"),
    (do.directory, "DirectoryServices.DirectoryEntry DirectoryServices.DirectorySearcher ADSI ADSISearcher"),
    (state.stream("deflate"), "IO.Compression.DeflateStream"),
    (state.stream("gzip"), "IO.Compression.GZipStream"),
    (state.stream("zlib"), "IO.Compression.ZLibStream"),
    (state.holds, "IO.MemoryStream IO.StreamReader IO.BinaryReader IO.BufferedStream IO.StringReader"),
    (state.writes_path(), "IO.StreamWriter"),
    (state.file_stream, "IO.FileStream"),
    (state.wmi_class, "WmiClass Management.ManagementClass WMI"),
    (do.process_info, "Diagnostics.ProcessStartInfo"),
)
_STATIC: tuple[tuple[Handler, str, str], ...] = (
    (do.connects(), "Net.WebRequest Net.HttpWebRequest Net.FtpWebRequest", "Create CreateHttp CreateDefault"),
    (
        do.connects(form=Form.HOST, protocol="dns"),
        "Net.Dns",
        "GetHostEntry GetHostAddresses GetHostByName Resolve GetHostEntryAsync GetHostAddressesAsync",
    ),
    (do.spawns, "Diagnostics.Process", "Start"),
    (do.runs_line, "Microsoft.VisualBasic.Interaction", "Shell"),
    (do.runs_text(), "ScriptBlock Management.Automation.ScriptBlock", "Create"),
    (do.makes("management.automation.powershell"), "PowerShell Management.Automation.PowerShell", "Create"),
    (do.loads_bytes, "Reflection.Assembly AppDomain", "Load"),
    (do.loads_file, "Reflection.Assembly", "LoadFrom LoadFile UnsafeLoadFrom"),
    (do.loads_file, "Runtime.InteropServices.NativeLibrary", "Load"),
    (do.loads_native, "Runtime.InteropServices.Marshal", "GetDelegateForFunctionPointer"),
    (
        state.writes_path(),
        "IO.File",
        "WriteAllText WriteAllBytes WriteAllLines AppendAllText AppendAllLines Create CreateText AppendText OpenWrite "
        "WriteAllTextAsync WriteAllBytesAsync WriteAllLinesAsync SetAccessControl",
    ),
    (state.writes_path(verb="delete"), "IO.File IO.Directory", "Delete"),
    (state.writes_path(verb="mkdir"), "IO.Directory", "CreateDirectory"),
    (state.writes_path(1, "copy", share=0), "IO.File", "Copy"),
    (state.writes_path(1, "move", share=0), "IO.File IO.Directory", "Move Replace"),
    (state.writes_path(verb="link"), "IO.File", "CreateSymbolicLink"),
    (state.file_stream, "IO.File", "Open"),
    (state.writes_path(1, "extract"), "IO.Compression.ZipFile", "ExtractToDirectory"),
    (state.registry_static, "Microsoft.Win32.Registry", "SetValue"),
    (state.registry_open, "Microsoft.Win32.RegistryKey", "OpenBaseKey OpenRemoteBaseKey"),
    (state.set_variable, "Environment", "SetEnvironmentVariable"),
    (state.variable, "Environment", "GetEnvironmentVariable"),
    (do.create_instance, "Activator", "CreateInstance"),
    (do.from_program_id, "Type", "GetTypeFromProgID"),
)
_INSTANCE: tuple[tuple[Handler, str, str], ...] = (
    (do.downloads, "Net.WebClient", _WEB_CLIENT),
    (do.downloads, "Net.Http.HttpClient", _HTTP_CLIENT),
    (do.connects(), "Net.Http.HttpClient Net.Http.HttpMessageInvoker", "SendAsync Send"),
    (
        _TO_HOST,
        "Net.Sockets.TcpClient Net.Sockets.Socket Net.Sockets.UdpClient",
        "Connect ConnectAsync BeginConnect",
    ),
    (do.listens, "Net.Sockets.Socket", "Bind"),
    (do.connects(1, Form.HOST, "udp"), "Net.Sockets.Socket", "SendTo"),
    (do.connects(2, Form.HOST, "udp", count=3), "Net.Sockets.UdpClient", "Send SendAsync"),
    (do.prefix, "Net.HttpListener.Prefixes", "Add"),
    (do.sends_mail, "Net.Mail.SmtpClient", "Send SendAsync SendMailAsync"),
    (do.connects(form=Form.HOST, protocol="icmp"), "Net.NetworkInformation.Ping", "Send SendAsync SendPingAsync"),
    (do.connects(protocol="websocket"), "Net.WebSockets.ClientWebSocket", "ConnectAsync"),
    (do.process_start, "Diagnostics.Process", "Start"),
    (
        do.deserializes("BinaryFormatter"),
        "Runtime.Serialization.Formatters.Binary.BinaryFormatter",
        "Deserialize UnsafeDeserialize",
    ),
    (do.deserializes("SoapFormatter"), "Runtime.Serialization.Formatters.Soap.SoapFormatter", "Deserialize"),
    (
        do.deserializes("NetDataContractSerializer"),
        "Runtime.Serialization.NetDataContractSerializer",
        "Deserialize ReadObject",
    ),
    (do.deserializes("LosFormatter"), "Web.UI.LosFormatter", "Deserialize"),
    (do.deserializes("ObjectStateFormatter"), "Web.UI.ObjectStateFormatter", "Deserialize"),
    (do.runs_text(), "Management.Automation.PowerShell", "AddScript"),
    (do.runs_text(), "EngineIntrinsics", "InvokeScript NewScriptBlock"),
    (
        do.compiles,
        "Microsoft.CSharp.CSharpCodeProvider Microsoft.VisualBasic.VBCodeProvider",
        "CompileAssemblyFromSource",
    ),
    (do.loads_bytes, "AppDomain", "Load"),
    (state.registry_key, "Microsoft.Win32.RegistryKey", "OpenSubKey CreateSubKey"),
    (state.registry_set, "Microsoft.Win32.RegistryKey", "SetValue DeleteValue"),
    (state.registry_drop, "Microsoft.Win32.RegistryKey", "DeleteSubKey DeleteSubKeyTree"),
    (state.decodes, _ENCODINGS, "GetString"),
    (state.encodes, _ENCODINGS, "GetBytes"),
    (state.reads, "IO.Stream", "ReadToEnd"),
    (state.contents, "IO.Stream", "ToArray GetBuffer"),
    (state.copies, "IO.Stream", "CopyTo"),
    (state.wmi_create, "WmiClass", "Create"),
    (do.itself, "WmiClass", "CreateInstance"),
    (state.wmi_put, "WmiClass", "Put"),
    (do.connects(1), _COM_HTTP, "Open"),
    (do.runs_line, "com:WScript.Shell", "Run Exec"),
    (state.registry_script, "com:WScript.Shell", "RegWrite RegDelete"),
    (state.shortcut, "com:WScript.Shell", "CreateShortcut"),
    (state.special_folder, "com:WScript.Shell", "SpecialFolders Item"),
    (state.expands, "com:WScript.Shell", "ExpandEnvironmentStrings"),
    (state.save_shortcut, "Shortcut", "Save"),
    (do.spawns, "com:Shell.Application", "ShellExecute"),
    (do.connects(), "com:InternetExplorer.Application", "Navigate Navigate2"),
    (state.writes_path(), "com:ADODB.Stream", "SaveToFile"),
    (do.runs_other(), "com:MSScriptControl.ScriptControl", "Eval AddCode ExecuteStatement"),
    (state.persists("Schedule.Service", "register"), "com:Schedule.Service", "RegisterTaskDefinition RegisterTask"),
    (state.persists("Schedule.Service", "delete"), "com:Schedule.Service", "DeleteTask"),
    (state.remote_connect, "com:Schedule.Service", "Connect"),
    (do.itself, "com:Schedule.Service", "GetFolder CreateFolder"),
    (state.writes_path(), "com:Scripting.FileSystemObject", "CreateTextFile"),
    (state.writes_path(verb="delete"), "com:Scripting.FileSystemObject", "DeleteFile DeleteFolder"),
    (
        state.writes_path(1, "copy", share=0),
        "com:Scripting.FileSystemObject",
        "CopyFile MoveFile CopyFolder MoveFolder",
    ),
)
_BY_SHAPE: tuple[tuple[Handler, str], ...] = (
    (
        do.downloads,
        "DownloadString DownloadFile DownloadData UploadString UploadFile UploadData DownloadStringTaskAsync "
        "DownloadFileTaskAsync DownloadFileAsync DownloadStringAsync",
    ),
    (state.persists("Schedule.Service", "register"), "RegisterTaskDefinition"),
    (state.registry_script, "RegWrite"),
    (do.runs_parts, "ExecuteShellCommand"),
    (do.spawns, "ShellExecute"),
    (do.runs_text(), "AddScript InvokeScript"),
    (do.loads_native, "DefinePInvokeMethod"),
)


def fill() -> None:
    """Puts the rows where the dispatch looks for them."""
    for handler, types in _CREATED:
        CONSTRUCTORS.update((_key(kind), handler) for kind in types.split())
    for handler, types, members in _STATIC:
        STATICS.update((f"{_key(kind)}::{_key(name)}", handler) for kind in types.split() for name in members.split())
    for handler, types, members in _INSTANCE:
        METHODS.update((f"{_key(kind)}.{_key(name)}", handler) for kind in types.split() for name in members.split())
    for handler, members in _BY_SHAPE:
        SHAPES.update((_key(name), handler) for name in members.split())


def _key(name: str) -> str:
    return SPELLINGS.setdefault(name.lower(), name) and name.lower()
