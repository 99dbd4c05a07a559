"""Values that would run something where they are pasted into a command line, a query or a template."""

from __future__ import annotations

from gk_hooks.gate.threats.rule import Rule

_PROGRAM = (
    r"(?:/(?:usr/)?s?bin/)?(?:id|ls|dir|cat|whoami|uname|netstat|ping|wget|curl|nc|ncat|bash|sh|zsh|dash|powershell|pwsh|cmd(?:\.exe)?|rm|chmod|chown"
    r"|python[23]?|perl|ruby|php|node|echo|sleep|nslookup|dig|ifconfig|ipconfig|ps|env|printenv|net|reg|del|type|tasklist|systeminfo"
    r"|hostname|pwd|touch|cp|mv|kill|reboot|shutdown|telnet|ssh|scp|socat|tftp|certutil|mshta|rundll32|wmic|sc|at|crontab|useradd|passwd|sudo|timeout)"
)
_FIELD_END = r"(?:\s|[;|&\"'`<>)}]|$|\x00)"

RULES = (
    Rule(
        "command injection",
        "begins with a separator and a command",
        4,
        (";", "|", "&", "`", "$(", "\n", "\x00"),
        rf"\A(?!\|(?:[^|\n]*\|){{2}})[\s\"'\\)\]}}\x00]{{0,6}}(?:[;|`\n\x00]|\|\||&&|&|\$\()\s{{0,3}}{_PROGRAM}{_FIELD_END}",
        raw=True,
        plain=True,
        longest=300,
    ),
    Rule(
        "command injection",
        "ends with a separator after a command",
        4,
        ("|", ";", "&"),
        rf"\A[^\s;|&]{{0,100}}(?:\b|/){_PROGRAM}\x00?\s?[|;&]\s{{0,3}}\Z",
        raw=True,
        plain=True,
        longest=200,
    ),
    Rule(
        "command injection",
        "is one command in backticks or $( )",
        4,
        ("`", "$("),
        r"\A\s{0,4}[\"']?(?:`[^`\n]{1,200}`|\$\([^()\n]{1,200}\))[\"']?\s{0,4}\Z",
        raw=True,
        plain=True,
        longest=256,
    ),
    Rule(
        "command injection",
        "appends a command to a value that is none",
        4,
        (";", "|", "&", "`", "$(", "\n", "\x00"),
        rf"\A[\"']?(?!{_PROGRAM}\b)(?:[\w.@:/\\+-]{{1,80}})[\"']?\s{{0,2}}(?:[;|\x00]|\|\||&&|&|`|\$\(|\n)\s{{0,3}}{_PROGRAM}(?:\s{{1,3}}[-/.\w$~\"'%][^\n]{{0,160}}|\s{{0,3}}[;|&`)\x00]?)\Z",
        raw=True,
        plain=True,
        longest=300,
    ),
    Rule(
        "command injection",
        "runs a system binary out of place",
        4,
        ("/bin/", "cmd.exe", "system32"),
        r"(?:\A|[\x00\n\r;|&'\"=])\s{0,3}/(?:usr/)?bin/(?:cat|ls|id|sh|bash|nc|rm|ping|uname|wget|curl)(?:\s|\||;|\Z)|[/\\]cmd\.exe\?{0,1}\s{0,2}/c\b",
        raw=True,
        plain=True,
        longest=300,
    ),
    Rule(
        "command injection",
        "includes a command on the server's side",
        4,
        ("<!--#", "<?php", "<%"),
        r"<!--#(?:exec|include)\b|<\?php\s{1,3}(?:system|exec|passthru|shell_exec|eval)\s?\(|<%\s{0,3}(?:eval|execute|runtime)\b",
        raw=True,
        plain=True,
    ),
    Rule(
        "command injection",
        "calls a stored procedure that runs commands",
        4,
        ("xp_", "sp_oacreate", "utl_http", "dbms_"),
        r"\bxp_(?:cmdshell|regread|regwrite|dirtree|servicecontrol|terminate\w*)\b|\bsp_oacreate\b|\butl_http\.request\b",
        raw=True,
        plain=True,
    ),
    Rule(
        "command injection",
        "breaks out of a query",
        4,
        ("'", '"', "--", "union"),
        r"'\s{0,3}\)?\s{0,3};\s{0,3}(?:exec|drop|delete|insert|update|shutdown|declare|waitfor|create|alter|truncate)\b|'\s{0,3}(?:or|and)\s{1,3}'?\d{1,4}'?\s{0,2}=\s{0,2}'?\d{1,4}"
        r"|\bunion\s{1,4}(?:all\s{1,4})?select\b[^\n]{0,80}(?:--|#|null|from)",
        raw=True,
        plain=True,
        longest=512,
    ),
    Rule(
        "command injection",
        "opens a shell to another machine",
        4,
        ("/dev/tcp/", "/dev/udp/", "nc ", "ncat ", "socat", "mkfifo", "pty.spawn", "tcpclient", "fsockopen"),
        r"/dev/(?:tcp|udp)/[\w.$-]{1,80}/\d|\bnc(?:at)?\b[^\n;|]{0,60}\s-(?:\w{0,4})[ec]\s{1,2}\S{0,12}(?:sh|cmd)|\bmkfifo\b[^\n]{0,80}\bnc\b|\bpty\.spawn\(|\bsocat\b[^\n]{0,80}\bexec:"
        r"|\bnew-object\b[^\n]{0,40}\bsockets\.tcpclient\b",
        raw=True,
        plain=True,
    ),
    Rule(
        "command injection",
        "runs what it fetches",
        4,
        ("curl", "wget", "iwr", "invoke-webrequest", "downloadstring", "base64", "irm "),
        r"\b(?:curl|wget)\b[^\n|;]{0,200}\|\s{0,3}(?:sudo\s{1,3})?(?:ba|z|da|k)?sh\b|\b(?:ba|z|da)?sh\b\s{1,3}(?:-c\s{1,3})?[\"'<]{0,2}[$<]?\(\s{0,2}(?:curl|wget)\b"
        r"|\bbase64\b\s{1,3}(?:-d|--decode|-di)\b[^\n;]{0,40}\|\s{0,3}(?:ba|z|da)?sh\b|\b(?:iex|invoke-expression)\b[^\n]{0,80}(?:downloadstring|iwr|irm|invoke-webrequest|frombase64)"
        r"|\bdownloadstring\b[^\n]{0,120}\|\s{0,3}iex\b",
        raw=True,
        plain=True,
    ),
    Rule(
        "command injection",
        "destroys a system",
        4,
        ("rm -", ":(){", "mkfs", "/dev/sd", "format c:", "vssadmin"),
        r"\brm\s{1,3}-\w{0,6}(?:rf|fr)\w{0,4}\s{1,3}(?:--no-preserve-root\s{1,3})?[\"']?(?:/|~|\*|/\*|\$home)[\"']?(?:\s|;|$|&)|:\(\)\s?\{\s?:\s?\|\s?:\s?&\s?\}|\bmkfs(?:\.\w{1,6})?\s{1,3}-\w{0,6}f?\w{0,4}\s{1,3}/dev/sda\b"
        r"|\b(?:if|of)=/dev/(?:zero|random|urandom)\s[^\n]{0,40}of=/dev/(?:sd|nvme)\w|\bvssadmin\s{1,3}delete\s{1,3}shadows\b|\bformat\s{1,3}c:\s",
        raw=True,
        plain=True,
    ),
    Rule(
        "command injection",
        "looks up code in a template",
        4,
        ("${jndi", "${", "{{", "__import__", "#{", "__globals__", "__class__"),
        r"\$\{(?:jndi|[^}\n]{0,20}lower:j)[^}\n]{0,20}:|\{\{[^}\n]{0,80}(?:__class__|__globals__|__import__|\bconfig\b|\bself\.|popen|\.exec\()|\A[^\n]{0,40}__import__\(\s?['\"](?:os|subprocess|socket)"
        r"|\{\{\s?\d{1,4}\s?\*\s?\d{1,4}\s?\}\}|\$\{\s?\d{1,4}\s?\*\s?\d{1,4}\s?\}|(?:\$|#)\{\s?(?:t\(java|@?java\.lang|runtime)",
        raw=True,
        plain=True,
    ),
    Rule(
        "command injection",
        "asks the model to run a command",
        4,
        ("run", "execute", "shell", "terminal", "command", "bash"),
        r"\b(?:run|execute|invoke|issue|launch)\b(?: \w{1,15}){0,6}? (?:shell|terminal|bash|system|os|linux|unix|command ?line) (?:commands?|scripts?|access)\b"
        r"|\b(?:run|execute)\s(?:the |this |following |a )*(?:command|script)?[\s`'\":]{0,4}(?:ls|cat|whoami|uname|curl|wget|rm|printenv|ifconfig|nc)\b"
        r"|\b(?:get|give me|want|gain) (?:access to )?(?:a |the |your )?(?:shell|terminal|root)(?: access)?\b",
    ),
)
