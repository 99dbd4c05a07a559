"""Cmdlets' parameters and aliases, as data.

An entry of the table is ``Cmdlets: positional parameters; other parameters; switches``; ``CN>ComputerName`` says that
``CN`` is another name of a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gk_hooks.model.records import dataclass, field

_COMMON = (
    "ErrorAction WarningAction InformationAction ErrorVariable WarningVariable OutVariable OutBuffer PipelineVariable "
    "ea>ErrorAction wa>WarningAction ev>ErrorVariable ov>OutVariable ProgressAction InformationVariable"
)
_COMMON_SWITCHES = "Verbose Debug WhatIf Confirm"

_TABLE = """
Invoke-WebRequest Invoke-RestMethod:
    Uri; Method Body OutFile InFile ContentType Headers Proxy ProxyCredential Credential UserAgent WebSession
    SessionVariable SV>SessionVariable TimeoutSec MaximumRedirection TransferEncoding Certificate
    CertificateThumbprint Authentication Token Form CustomMethod MaximumRetryCount RetryIntervalSec SslProtocol
    HttpVersion StatusCodeVariable ResponseHeadersVariable; UseBasicParsing UseDefaultCredentials DisableKeepAlive
    PassThru ProxyUseDefaultCredentials SkipCertificateCheck SkipHttpErrorCheck SkipHeaderValidation Resume
    AllowUnencryptedAuthentication PreserveAuthorizationOnRedirect FollowRelLink NoProxy
Start-BitsTransfer:
    Source Destination; DisplayName Description Priority TransferType Credential ProxyUsage RetryInterval
    RetryTimeout Authentication CustomHeaders; Asynchronous Dynamic Suspended
Add-BitsFile:
    BitsJob Source Destination;;
Send-MailMessage:
    To Subject Body SmtpServer From; Attachments Bcc Cc Credential Port Encoding Priority; UseSsl BodyAsHtml
    BAH>BodyAsHtml
Test-NetConnection:
    ComputerName CommonTCPPort; RemoteAddress>ComputerName CN>ComputerName Port Hops InformationLevel
    ConstrainInterface; TraceRoute DiagnoseRouting
Test-Connection:
    ComputerName; TargetName>ComputerName CN>ComputerName Count Delay BufferSize TimeoutSeconds TimeToLive Source
    MtuSize TcpPort; Quiet AsJob Repeat Ping Traceroute IPv4 IPv6
Test-WSMan:
    ComputerName; CN>ComputerName Credential Port Authentication;
Resolve-DnsName:
    Name Type; Server; DnsOnly NoHostsFile QuickTimeout LlmnrOnly TcpOnly CacheOnly
Enter-PSSession New-PSSession Connect-PSSession New-CimSession:
    ComputerName; CN>ComputerName Credential Port ConfigurationName ApplicationName HostName UserName KeyFilePath
    ConnectionUri SessionOption Authentication Name Session VMName ContainerId; UseSSL SSHTransport
    EnableNetworkAccess
Connect-WSMan:
    ComputerName; CN>ComputerName Credential Port Authentication;
Invoke-Command:
    ComputerName ScriptBlock; CN>ComputerName Credential Session FilePath ArgumentList Args>ArgumentList InputObject
    Port HostName UserName ConnectionUri ConfigurationName VMName JobName ThrottleLimit; AsJob NoNewScope
    HideComputerName UseSSL InDisconnectedSession
New-PSDrive:
    Name PSProvider Root; Description Scope Credential; Persist
New-SmbMapping:
    LocalPath RemotePath; UserName Password; Persistent
Install-Module Install-Script Install-Package Save-Module Save-Package Update-Module Find-Module Find-Package
Install-PackageProvider Update-Script Save-Script Find-Script Install-PSResource Save-PSResource:
    Name; Repository Source RequiredVersion MinimumVersion MaximumVersion Scope ProviderName Path Destination
    Credential; Force AllowClobber SkipPublisherCheck AcceptLicense AllowPrerelease
Register-PSRepository Register-PackageSource Register-PSResourceRepository:
    Name SourceLocation; Location>SourceLocation Uri>SourceLocation InstallationPolicy PublishLocation ProviderName;
    Trusted Default
Update-Help Save-Help:
    Module; SourcePath DestinationPath UICulture Credential; Force Recurse
Invoke-Expression:
    Command;;
Invoke-History:
    Id;;
Import-Module:
    Name; Prefix Function Cmdlet Variable Alias RequiredVersion MinimumVersion ArgumentList Scope PSSession
    CimSession ModuleInfo Assembly; Force PassThru Global DisableNameChecking AsCustomObject NoClobber
Add-Type:
    TypeDefinition; Language AssemblyName AN>AssemblyName MemberDefinition Name Namespace UsingNamespace Path
    LiteralPath ReferencedAssemblies OutputAssembly OutputType CompilerOptions CodeDomProvider; PassThru
    IgnoreWarnings
New-Object:
    TypeName ArgumentList; Args>ArgumentList ComObject Property; Strict
Start-Process:
    FilePath ArgumentList; Args>ArgumentList PSPath>FilePath WorkingDirectory Verb WindowStyle Credential
    RedirectStandardOutput RSO>RedirectStandardOutput RedirectStandardError RedirectStandardInput Environment; Wait
    NoNewWindow NNW>NoNewWindow PassThru LoadUserProfile UseNewEnvironment
Start-Job Start-ThreadJob:
    ScriptBlock; FilePath ArgumentList InitializationScript Name Credential InputObject Authentication PSVersion
    WorkingDirectory StreamingHost ThrottleLimit; RunAs32
New-Service Set-Service Remove-Service Start-Service Stop-Service Restart-Service Suspend-Service Resume-Service:
    Name; BinaryPathName DisplayName Description StartupType StartMode>StartupType Credential DependsOn ComputerName
    InputObject Status SecurityDescriptorSddl SD>SecurityDescriptorSddl Include Exclude; Force PassThru NoWait
Set-ServiceBinaryPath:
    Name Path;;
Register-ScheduledTask Set-ScheduledTask Unregister-ScheduledTask Enable-ScheduledTask Disable-ScheduledTask
Start-ScheduledTask Stop-ScheduledTask:
    TaskName; TaskPath Action Trigger Settings Principal User Password Description RunLevel InputObject Xml
    CimSession ThrottleLimit; Force AsJob
Register-ScheduledJob Set-ScheduledJob:
    Name ScriptBlock Trigger; FilePath ScheduledJobOption ArgumentList Credential InitializationScript
    Authentication RunEvery; RunNow RunAs32
New-ScheduledTaskAction:
    Execute Argument WorkingDirectory; Id;
Set-Content Add-Content Clear-Content:
    Path Value; LiteralPath PSPath>LiteralPath Encoding Filter Include Exclude Stream Credential; Force NoNewline
    PassThru AsByteStream
Set-Item Clear-Item:
    Path Value; LiteralPath PSPath>LiteralPath Encoding Filter Include Exclude Stream Credential; Force NoNewline
    PassThru AsByteStream
Out-File:
    FilePath Encoding; LiteralPath Path>FilePath InputObject Width; Append Force NoClobber NoNewline
Tee-Object:
    FilePath; LiteralPath InputObject Variable Encoding; Append
Export-Csv Export-Clixml:
    Path Delimiter; LiteralPath InputObject Encoding; Append Force NoClobber NoTypeInformation UseCulture
Start-Transcript:
    Path; LiteralPath OutputDirectory; Append Force NoClobber IncludeInvocationHeader UseMinimalHeader
Copy-Item Move-Item:
    Path Destination; LiteralPath PSPath>LiteralPath Filter Include Exclude Credential FromSession ToSession;
    Container Force Recurse PassThru
Rename-Item:
    Path NewName; LiteralPath; Force PassThru
Remove-Item:
    Path; LiteralPath PSPath>LiteralPath Filter Include Exclude Credential Stream; Force Recurse
New-Item:
    Path; Name ItemType Type>ItemType Value Target>Value Credential; Force
Set-ItemProperty New-ItemProperty:
    Path Name Value; LiteralPath PSPath>LiteralPath PropertyType Type>PropertyType Filter Include Exclude Credential
    InputObject; Force PassThru
Remove-ItemProperty Clear-ItemProperty Rename-ItemProperty:
    Path Name Value; LiteralPath PSPath>LiteralPath PropertyType Type>PropertyType Filter Include Exclude Credential
    InputObject; Force PassThru
Copy-ItemProperty Move-ItemProperty:
    Path Destination Name; LiteralPath; Force PassThru
Set-Acl:
    Path AclObject; LiteralPath; PassThru
Expand-Archive Compress-Archive:
    Path DestinationPath; LiteralPath CompressionLevel; Force Update PassThru
Invoke-WmiMethod Set-WmiInstance Remove-WmiObject:
    Class Name; ComputerName CN>ComputerName Namespace Credential ArgumentList Arguments Path Impersonation
    InputObject Filter Query ThrottleLimit; AsJob EnableAllPrivileges PutType
Get-WmiObject:
    Class Property; Filter Query ComputerName CN>ComputerName Namespace Credential; List Amended DirectRead AsJob
Invoke-CimMethod New-CimInstance Set-CimInstance:
    ClassName MethodName Arguments; ComputerName CN>ComputerName Namespace CimSession InputObject Property Query
    Filter OperationTimeoutSec CimClass ResourceUri Key; ClientOnly PassThru KeyOnly
Get-CimInstance:
    ClassName Property; ComputerName CN>ComputerName Namespace CimSession Filter Query; KeyOnly Shallow
Set-Alias New-Alias:
    Name Value; Description Option Scope; Force PassThru
Set-Variable New-Variable:
    Name Value; Scope Option Description Visibility Include Exclude; Force PassThru
Get-Variable:
    Name; Scope Include Exclude; ValueOnly
ForEach-Object:
    Process; Begin End MemberName InputObject ArgumentList ThrottleLimit TimeoutSeconds Parallel; AsJob
    UseNewRunspace
Where-Object:
    FilterScript Value; Property InputObject; EQ NE Like Match NotLike Contains In Is GT LT GE LE Not
Join-Path:
    Path ChildPath AdditionalChildPath; Credential; Resolve
Split-Path:
    Path; LiteralPath; Parent Leaf LeafBase Extension Qualifier NoQualifier Resolve IsAbsolute
Resolve-Path Convert-Path Get-Item:
    Path; LiteralPath; Relative Force
Get-ChildItem:
    Path Filter; LiteralPath Include Exclude Depth Attributes; Recurse Force Name File Directory Hidden ReadOnly
    System
Get-Content:
    Path; LiteralPath Encoding TotalCount Head>TotalCount First>TotalCount Tail Delimiter ReadCount Filter Include
    Exclude Stream; Raw Wait Force AsByteStream
Write-Output:
    InputObject; ; NoEnumerate
Get-Command Get-Alias:
    Name; Module CommandType Type>CommandType ParameterName; All Syntax ListImported
Select-Object:
    Property; InputObject ExpandProperty ExcludeProperty First Last Skip Index SkipLast; Unique Wait
Sort-Object:
    Property; InputObject Culture; Descending Unique CaseSensitive
Set-Location Push-Location:
    Path; LiteralPath StackName; PassThru
Get-Random:
    Maximum; Minimum InputObject Count SetSeed; Shuffle
Read-Host:
    Prompt; ; AsSecureString MaskInput
"""

_ALIASES = """
    iwr=invoke-webrequest curl=invoke-webrequest wget=invoke-webrequest irm=invoke-restmethod iex=invoke-expression
    icm=invoke-command ihy=invoke-history r=invoke-history ipmo=import-module saps=start-process start=start-process
    sajb=start-job tnc=test-netconnection etsn=enter-pssession nsn=new-pssession ndr=new-psdrive mount=new-psdrive
    sc=set-content ac=add-content clc=clear-content si=set-item cli=clear-item tee=tee-object epcsv=export-csv
    cp=copy-item copy=copy-item cpi=copy-item mv=move-item move=move-item mi=move-item ren=rename-item rni=rename-item
    rm=remove-item ri=remove-item del=remove-item erase=remove-item rd=remove-item rmdir=remove-item ni=new-item
    md=mkdir sp=set-itemproperty rp=remove-itemproperty clp=clear-itemproperty rnp=rename-itemproperty
    cpp=copy-itemproperty mp=move-itemproperty iwmi=invoke-wmimethod swmi=set-wmiinstance rwmi=remove-wmiobject
    gwmi=get-wmiobject icim=invoke-cimmethod ncim=new-ciminstance scim=set-ciminstance gcim=get-ciminstance
    sal=set-alias nal=new-alias sv=set-variable set=set-variable nv=new-variable gv=get-variable %=foreach-object
    foreach=foreach-object ?=where-object where=where-object rvpa=resolve-path cvpa=convert-path gi=get-item
    gci=get-childitem ls=get-childitem dir=get-childitem gc=get-content cat=get-content type=get-content
    echo=write-output write=write-output gcm=get-command gal=get-alias select=select-object sort=sort-object
    cd=set-location sl=set-location chdir=set-location pushd=push-location sasv=start-service spsv=stop-service
    gsv=get-service gps=get-process ps=get-process kill=stop-process spps=stop-process gp=get-itemproperty
    gpv=get-itempropertyvalue popd=pop-location gl=get-location pwd=get-location cls=clear-host clear=clear-host
    h=get-history ghy=get-history history=get-history ft=format-table fl=format-list fw=format-wide fc=format-custom
    group=group-object measure=measure-object sleep=start-sleep gm=get-member gu=get-unique oh=out-host lp=out-printer
    ipal=import-alias epal=export-alias ipcsv=import-csv gmo=get-module rmo=remove-module nmo=new-module man=help
    diff=compare-object compare=compare-object sls=select-string gdr=get-psdrive rdr=remove-psdrive gbp=get-psbreakpoint
    gcs=get-psgetcallstack gjb=get-job rjb=remove-job rcjb=receive-job wjb=wait-job spjb=stop-job rv=remove-variable
    clv=clear-variable gtz=get-timezone stz=set-timezone scb=set-clipboard gcb=get-clipboard gin=get-computerinfo
    ii=invoke-item shcm=show-command ise=powershell_ise.exe cfs=convertfrom-string exsn=exit-pssession gsn=get-pssession
    rsn=remove-pssession cnsn=connect-pssession dnsn=disconnect-pssession trcm=trace-command ogv=out-gridview
"""
ALIASES: dict[str, str] = dict(pair.rsplit("=", 1) for pair in _ALIASES.split())


@dataclass(frozen=True, slots=True)
class Signature:
    """A command's parameters, in lower case: *names* maps every spelling to the parameter."""

    positional: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    switches: frozenset[str] = frozenset()

    def resolve(self, written: str) -> tuple[str, bool]:
        """The parameter that *written* (perhaps shortened) means, and whether it is a switch."""
        written = written.lower()
        name = self.names.get(written)
        if name is None:
            candidates = dict.fromkeys(full for spelling, full in self.names.items() if spelling.startswith(written))
            name = next((one for one in candidates if one in self.positional), next(iter(candidates), written))
        return name, name in self.switches


def signature(positional: Iterable[str], others: Iterable[str] = (), switches: Iterable[str] = ()) -> Signature:
    """A signature from names in any case."""
    order = tuple(name.lower() for name in positional)
    flags = [name.lower() for name in (*switches, *_COMMON_SWITCHES.split())]
    names = {name: name for name in order}
    for name in (*others, *_COMMON.split(), *flags):
        spelling, _, full = name.lower().partition(">")
        names.setdefault(spelling, full or spelling)
    return Signature(order, names, frozenset(flag.partition(">")[2] or flag for flag in flags))


def _read(line: str) -> Signature:
    positional, others, switches = (*line.split(";"), "", "")[:3]
    return signature(positional.split(), others.split(), switches.split())


def _read_table(table: str) -> dict[str, Signature]:
    found: dict[str, Signature] = {}
    for head, rest in re.findall(r"^(\S[^:]*):((?:\n +.*)*)", table, re.MULTILINE):
        found.update(dict.fromkeys(head.lower().split(), _read(rest)))
    return found


SIGNATURES: dict[str, Signature] = _read_table(_TABLE)
ANY = signature(())
"""For cmdlets of which nothing is known."""
