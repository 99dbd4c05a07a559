"""Secrets on their way out: requests for them, secrets themselves, and channels that leak."""

from __future__ import annotations

from gk_hooks.gate.threats.rule import Rule

_SECRET = (
    r"(?:passwords?|passwd|passcodes?|pass ?phrases?|credentials?|api[ _-]?keys?|secrets?|secret keys?|access tokens?|auth\w* tokens?|tokens"
    r"|private keys?|ssh keys?|cookies|session (?:id|tokens?|cookies?)|customer (?:list|data|emails?|records)|customer database"
    r"|(?:user|client|personal|confidential|sensitive|internal|private) (?:data|information|files?|documents?|emails?)"
    r"|contact list|environment variables|env vars|security codes?|verification codes?|2fa codes?|social security|ssn"
    r"|credit cards?|bank details|chat history|conversation history|source code|donnees clients|\.env)"
)
_SEND = (
    r"(?:send|forward|e-?mail|post|upload|transmit|exfiltrate|leak|share|copy|bcc|mail|deliver|dump|submit|transfer|report"
    r"|append|encode|envoie\w*|sende|schicke|envia\w*|invia\w*)"
)
_OUTSIDE = r"(?:[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,63}|https?://[^\s\"'<>]{3,200}|www\.[^\s\"'<>]{3,200})"
_SHOW = (
    r"(?:reveal|print|show(?: me)?|repeat|output|tell me|display|give me|expose|leak|dump|share|recite|write out|return|echo"
    r"|spell out|summari[sz]e|what (?:is|are|was|were)|verrate|zeige?|nenne|revele\w*|montre\w*|muestra\w*|revela\w*"
    r"|mostra\w*|rivela\w*|gib)"
)
_OWN = (
    r"(?:system (?:prompt|message|instructions?)|(?:initial|hidden|original|developer|secret|internal|full|exact|own|special"
    r"|first|starting|pre-?prompt) (?:prompt|instructions?|messages?|configuration|directives?)|prompt (?:systeme?|del sistema"
    r"|de sistema|di sistema)|systemanweisung\w*|system-?prompt\w*|instrucciones (?:del|de) sistema|istruzioni (?:di|del)"
    r" sistema|instructions (?:systeme?|de systeme?)|context window|instructions (?:you|that you) (?:were|have|got|received))"
)

RULES = (
    Rule(
        "exfiltration",
        "asks for the model's own instructions",
        4,
        (
            "prompt",
            "instruct",
            "system message",
            "system instr",
            "systemanweis",
            "instrucciones",
            "istruzioni",
            "context window",
            "initial",
            "hidden",
            "developer",
            "directive",
            "configuration",
        ),
        rf"\b{_SHOW} … {_OWN}(?!\w)|\b{_SHOW} {_OWN}(?!\w)|\b{_SHOW} (?:your|its|the model's) (?:\w{{1,12}} )?(?:instructions|prompt|rules|configuration|directives)\b"
        r"|\b(?:dump|leak) (?:all )?(?:internal|system|your) \w{1,20}\b",
    ),
    Rule(
        "exfiltration",
        "asks to repeat what stands above",
        4,
        ("above", "before this", "verbatim", "word for word"),
        r"\b(?:repeat|print|output|recite|copy|echo|write) (?:all |everything |the )*(?:words?|text|content|lines?|everything)? ?"
        r"(?:that (?:is|was|were|came) )?(?:written )?(?:above|before this)\b"
        r"|\b(?:words|text|everything|what (?:was|is|were)) (?:that )?(?:written |stands )?above (?:this|starting|beginning|the)\b",
    ),
    Rule(
        "exfiltration",
        "asks to send secrets somewhere",
        4,
        ("@", "http", "www."),
        rf"\b{_SEND}\b[^\n]{{0,80}}?\b{_SECRET}[^\n]{{0,60}}?{_OUTSIDE}|\b{_SECRET}[^\n]{{0,60}}?\b{_SEND}\b[^\n]{{0,60}}?{_OUTSIDE}"
        rf"|\b(?:call|invoke) \w{{1,30}} and {_SEND}\b[^\n]{{0,60}}?{_OUTSIDE}",
        raw=True,
    ),
    Rule(
        "exfiltration",
        "asks to send out everything of a kind",
        4,
        ("all ", "full ", "entire ", "every ", "complete "),
        rf"\b{_SEND} (?:me )?(?:the |a copy of )?(?:all|full|entire|every|complete|whole) (?:\w{{1,15}} )?(?:{_SECRET}|list|database"
        rf"|history|inbox|contacts?|files|emails|transactions|conversation|messages|records|table)\b[^\n]{{0,120}}?{_OUTSIDE}",
        raw=True,
    ),
    Rule(
        "exfiltration",
        "asks for secrets in bulk",
        3,
        ("api key", "credential", "password", "secret", "customer", "private key", "token", "database"),
        rf"\b(?:collect|gather|dump|extract|steal|harvest|output|leak|list|exfiltrate|export|grab)\b (?:just )?(?:the |all |any |raw |every )*"
        rf"(?:\w{{1,12}} )?(?:{_SECRET}|customer database|database)\b",
    ),
    Rule(
        "exfiltration",
        "looks for secrets by name",
        4,
        (
            "password",
            "security",
            "verification",
            "2fa",
            "api",
            "private key",
            "credential",
            "one-time",
            "recovery",
            "seed phrase",
        ),
        r"\A\W{0,2}(?:\w{1,20}[ _-]){0,2}(?:password(?: reset)?|security[ _-]?codes?|verification[ _-]?codes?|2fa(?: codes?)?|api[ _-]?keys?"
        r"|private[ _-]?keys?|credentials?|one-time (?:codes?|passwords?)|recovery (?:codes?|keys?)|seed phrase)(?:[ _-]\w{1,20}){0,2}\W{0,2}\Z",
        raw=True,
        plain=True,
        longest=60,
    ),
    Rule(
        "exfiltration",
        "carries a private key",
        4,
        ("private key-----",),
        r"-----begin (?:[a-z0-9]+ )*private key-----",
        raw=True,
    ),
    Rule(
        "exfiltration",
        "carries an access token",
        4,
        (
            "akia",
            "asia",
            "ghp_",
            "gho_",
            "ghs_",
            "github_pat_",
            "xox",
            "sk-",
            "glpat-",
            "aiza",
            "hf_",
            "npm_",
            "pypi-",
            "sk_live",
        ),
        r"(?<![\w/+=-])(?:a[ks]ia[0-9a-z]{16}(?![\w/+])|gh[posur]_[0-9a-z]{36}|github_pat_\w{40,}|xox[abpsr]-[\w-]{20,}|sk-(?:ant-|proj-)?[\w-]{24,}"
        r"|glpat-[\w-]{20}|aiza[\w-]{35}|hf_[a-z0-9]{34}|npm_[a-z0-9]{36}|pypi-[\w-]{50,}|sk_live_[0-9a-z]{24,})",
        raw=True,
        plain=True,
    ),
    Rule(
        "exfiltration",
        "names a store of secrets",
        4,
        (
            "id_rsa",
            "id_ed25519",
            ".aws/",
            ".ssh/",
            ".git-credentials",
            ".netrc",
            ".kube/",
            "/etc/shadow",
            "mcp.json",
            ".npmrc",
            ".pypirc",
            ".docker/config",
            "login data",
            "ntds.dit",
            "\\sam",
            "/environ",
            "cookies.sqlite",
            "wallet.dat",
            ".pgpass",
        ),
        r"(?<!\w)id_(?:rsa|ed25519|ecdsa)\b(?!\.pub)|\.aws[/\\]credentials|\.ssh[/\\](?:id_|authorized_keys|\*|config)|\.git-credentials\b|\.netrc\b"
        r"|\.kube[/\\]config\b|/etc/shadow\b|\.cursor[/\\]mcp\.json|\.docker[/\\]config\.json|\bntds\.dit\b|\bconfig\\sam\b"
        r"|/proc/(?:self|\d+)/environ\b|\bcookies\.sqlite\b|\bwallet\.dat\b|\.pgpass\b|\.pypirc\b",
        raw=True,
        longest=4096,
    ),
    Rule(
        "exfiltration",
        "asks a page for an image with data in its address",
        4,
        ("![", "<img"),
        r"!\[[^\]\n]{0,80}\]\(https?://[^)\s?]{3,120}\?[^)\s]{0,120}(?:\{|\b(?:data|secret|token|cookie|q|c|d|x|leak|payload|text|content|msg|info|key)=)[^)\n]{0,200}\)|<img[^>\n]{0,80}src\s?=\s?[\"']?https?://[^>\s]{3,200}\?[^>\s]{0,80}"
        r"(?:data|secret|token|cookie|q|c|d|x|leak|payload)=",
        raw=True,
    ),
    Rule(
        "exfiltration",
        "puts a secret into an address",
        4,
        ("http", "www."),
        r"(?:https?://|www\.)[^\s\"'<>]{3,200}[?&/](?:data|secret|token|api_?key|passw(?:or)?d|cookie|exfil|leak|stolen|dump|credentials?)=(?!$|&|\s)"
        r"|(?:https?://|www\.)[^\s\"'<>]{3,200}(?:\$\(|\{\{|<(?:secret|password|token|data|api[_-]key|your)|\{(?:secret|password|token|data|api_key|content)\b)",
        raw=True,
        plain=True,
    ),
    Rule(
        "exfiltration",
        "goes to a place that collects what it is sent",
        3,
        (
            "webhook.site",
            "requestbin",
            "pipedream.net",
            "burpcollaborator",
            "oast",
            "interact.sh",
            "interactsh",
            "ngrok",
            "transfer.sh",
            "file.io",
            "beeceptor",
            "requestcatcher",
            "dnslog",
            "ceye.io",
            "canarytokens",
            "hookbin",
            "0x0.st",
            "attacker",
            "evil.",
            "exfil",
        ),
        r"\b(?:webhook\.site|requestbin\.\w{2,4}|\w*\.?pipedream\.net|burpcollaborator\.net|oast\.(?:fun|pro|live|site|online|me)|interact\.?sh"
        r"|ngrok(?:-free)?\.\w{2,4}|transfer\.sh|file\.io|beeceptor\.com|requestcatcher\.com|dnslog\.cn|ceye\.io|canarytokens\.com"
        r"|hookbin\.com|0x0\.st)\b|@(?:[\w-]{0,30}(?:attacker|evil|exfil|hacker|malicious)[\w-]{0,30})\.|//[\w.-]{0,60}(?:attacker|evil|exfil|hacker|malicious)[\w-]{0,30}\.",
        raw=True,
    ),
    Rule(
        "exfiltration",
        "reads local secrets into a request",
        4,
        ("curl", "wget", "invoke-webrequest", "nc ", "requests.post", "fetch("),
        r"\b(?:curl|wget)\b[^\n]{0,200}(?:--post-file|--upload-file|-t|-d|--data\w*(?:-binary)?|-f)[= ]{1,2}[\"']?(?:\w{1,20}=)?@[~/.$\w]"
        r"|\b(?:cat|type|tar|env|printenv)\b[^\n|]{0,120}\|[^\n]{0,80}\b(?:nc|ncat|curl|wget)\b",
        raw=True,
        plain=True,
        longest=4096,
    ),
    Rule(
        "exfiltration",
        "carries a password in plain words",
        2,
        ("password", "passwd", "secret", "api key", "api_key", "security code", "verification code", "token"),
        r"\b(?:password|passwd|passcode|secret|api[ _-]?key|security code|verification code|access token)\b(?: \w{1,12}){0,2}? ?(?:is|=|:) ?[\"'`]?(?=[^\s]{0,40}[\d!@#$%^&*_-])[^\s\"'`]{6,}",
        raw=True,
        plain=True,
        longest=4096,
    ),
)
