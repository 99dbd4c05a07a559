"""The cmdlets that are known, and which handler knows what each does. Names are compared in lower case."""

from __future__ import annotations

from gk_hooks.analyzers.powershell import cmdlet_handlers as do
from gk_hooks.analyzers.powershell import outputs, provider
from gk_hooks.analyzers.powershell.invoke import Handler
from gk_hooks.model.effects import Form

_REMOTE_CAPABLE = (
    "Get-Service Get-Process Get-EventLog Get-WinEvent Get-HotFix Get-WmiObject Get-CimInstance Restart-Computer "
    "Stop-Computer Get-Counter Clear-EventLog Write-EventLog Limit-EventLog Rename-Computer Add-Computer "
    "Remove-WmiObject Remove-CimInstance Get-CimAssociatedInstance Register-WmiEvent Register-CimIndicationEvent"
)
"""Cmdlets that reach another computer with -ComputerName, and do nothing else that effects need."""

_PACKAGES = (
    "Install-Module Install-Script Install-Package Save-Module Save-Package Update-Module Find-Module Find-Package "
    "Install-PackageProvider Update-Script Save-Script Find-Script Install-PSResource Save-PSResource "
    "Register-PSRepository Register-PackageSource Register-PSResourceRepository"
)
_CLOUD = "Connect-AzAccount Connect-MgGraph Connect-ExchangeOnline Connect-AzureAD Connect-MsolService"

_TABLE: tuple[tuple[Handler, str], ...] = (
    (do.connects("uri", Form.URL, "http", saves="outfile"), "Invoke-WebRequest Invoke-RestMethod"),
    (do.transfers, "Start-BitsTransfer Add-BitsFile"),
    (do.sends_mail, "Send-MailMessage"),
    (do.tests_connection, "Test-NetConnection Test-Connection"),
    (do.connects("computername", Form.HOST, "winrm"), "Test-WSMan Connect-WSMan"),
    (do.resolves, "Resolve-DnsName"),
    (do.session, "Enter-PSSession New-PSSession Connect-PSSession New-CimSession"),
    (do.invokes_command, "Invoke-Command"),
    (do.starts_job, "Start-Job Start-ThreadJob"),
    (do.packages, f"{_PACKAGES} {_CLOUD}"),
    (do.updates_help, "Update-Help Save-Help"),
    (do.remote, _REMOTE_CAPABLE),
    (do.expression, "Invoke-Expression"),
    (do.imports, "Import-Module"),
    (do.add_type, "Add-Type"),
    (do.new_object, "New-Object"),
    (do.starts, "Start-Process"),
    (do.wmi_method, "Invoke-WmiMethod Invoke-CimMethod"),
    (do.wmi_instance, "Set-WmiInstance New-CimInstance Set-CimInstance"),
    (do.persists("service", "create", "name"), "New-Service"),
    (do.persists("service", "change", "name"), "Set-Service Set-ServiceBinaryPath"),
    (do.persists("service", "delete", "name"), "Remove-Service"),
    (do.persists("service", "start", "name"), "Start-Service Resume-Service"),
    (do.persists("service", "stop", "name"), "Stop-Service Suspend-Service"),
    (do.persists("service", "restart", "name"), "Restart-Service"),
    (do.persists("scheduled task", "register", "taskname"), "Register-ScheduledTask"),
    (do.persists("scheduled task", "change", "taskname"), "Set-ScheduledTask"),
    (do.persists("scheduled task", "delete", "taskname"), "Unregister-ScheduledTask"),
    (do.persists("scheduled task", "enable", "taskname"), "Enable-ScheduledTask"),
    (do.persists("scheduled task", "disable", "taskname"), "Disable-ScheduledTask"),
    (do.persists("scheduled task", "start", "taskname"), "Start-ScheduledTask"),
    (do.persists("scheduled job", "register", "name"), "Register-ScheduledJob Set-ScheduledJob"),
    (provider.drive, "New-PSDrive New-SmbMapping"),
    (
        provider.writes("write", "path", "literalpath"),
        "Set-Content Add-Content Clear-Content Set-Item Clear-Item Export-Csv Export-Clixml Start-Transcript",
    ),
    (provider.writes("write", "filepath", "literalpath"), "Out-File"),
    (provider.writes("tee", "filepath", "literalpath"), "Tee-Object"),
    (provider.writes("change rights", "path", "literalpath"), "Set-Acl"),
    (provider.writes("write", "destinationpath"), "Expand-Archive Compress-Archive"),
    (provider.writes("delete", "path", "literalpath"), "Remove-Item"),
    (provider.copies("copy"), "Copy-Item"),
    (provider.copies("move"), "Move-Item Rename-Item"),
    (provider.new_item, "New-Item"),
    (provider.make_folder, "mkdir"),
    (
        provider.value("set"),
        "Set-ItemProperty New-ItemProperty Copy-ItemProperty Move-ItemProperty Rename-ItemProperty",
    ),
    (provider.value("delete"), "Remove-ItemProperty Clear-ItemProperty"),
    (provider.locates, "Set-Location Push-Location"),
    (outputs.each, "ForEach-Object"),
    (outputs.filters, "Where-Object"),
    (outputs.passes, "Select-Object Sort-Object Out-String Get-Unique Out-Default"),
    (outputs.puts_out, "Write-Output"),
    (
        outputs.nothing,
        "Out-Null Write-Host Write-Verbose Write-Debug Write-Warning Write-Error Write-Information Out-Host",
    ),
    (outputs.joins, "Join-Path"),
    (outputs.splits, "Split-Path"),
    (outputs.same_path, "Resolve-Path Convert-Path Get-Item"),
    (outputs.children, "Get-ChildItem"),
    (outputs.reads_file, "Get-Content"),
    (outputs.alias, "Set-Alias New-Alias"),
    (outputs.set_variable, "Set-Variable New-Variable"),
    (outputs.variable, "Get-Variable"),
    (outputs.command_name, "Get-Command Get-Alias"),
    (outputs.asks, "Read-Host"),
    (outputs.random, "Get-Random"),
    (outputs.module, "New-Module Get-Module"),
    (outputs.task_action, "New-ScheduledTaskAction"),
)
CATALOGUE: dict[str, Handler] = {name.lower(): handler for handler, names in _TABLE for name in names.split()}
SPELLINGS: dict[str, str] = {name.lower(): name for _, names in _TABLE for name in names.split()}
"""The usual capitals of the cmdlets' names."""
