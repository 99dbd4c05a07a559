"""Texts that speak to the model instead of being data: overrides, forged roles and marks, orders for its answer."""

from __future__ import annotations

from gk_hooks.gate.threats.fold import fold
from gk_hooks.gate.threats.rule import Rule

_RULEBOOK = (
    r"(?:instruct\w*|rules?|guidelines?|directives?|prompts?|policy|policies|restrictions?|programming|training"
    r"|constraints?|safeguards?|protocols?|commands|orders|limitations?|filters?|principles|system messages?)"
)
_DROP = (
    r"(?:ignor(?:e|ed|ing)|disregard\w*|forget|forgetting|overrid(?:e|es|ing)|bypass\w*|discard|neglect|overlook"
    r"|dismiss|drop|abandon|supersedes?|(?:do not|don'?t|stop|never|no longer) (?:follow\w*|obey\w*|adher\w*|comply\w*))"
)
_MODEL = r"(?:ai|assistants?|models?|llms?|agents?|chat ?bots?|language models?|chatgpt|gpt|claude|gemini|copilot|summari[sz]er)"
_ANSWER = r"(?:answers?|responses?|repl(?:y|ies)|outputs?|completions?|elucidation|explanation)"
_ORDER = (
    r"(?:add|append|include|insert|integrate|incorporate|introduce|embed|inject|mention|use|utili[sz]e|replace|remove"
    r"|rearrange|reverse|encode|encrypt|write|provide|translate|give|begin|start|end|finish|conclude|put|place|weave"
    r"|blend|modify|change|alter|convert|swap|substitute|group|misspell|scramble|shuffle|format|present|craft|make|ensure"
    r"|attach|slip|sprinkle|promote|recommend|endorse|link|direct|express|phrase|summari[sz]e|deliver|respond|reply|answer)"
)

OVERRIDES = (
    Rule(
        "injection",
        "tells the model to drop its instructions",
        4,
        (
            "ignor",
            "disregard",
            "forget",
            "overrid",
            "bypass",
            "discard",
            "neglect",
            "overlook",
            "dismiss",
            "drop",
            "abandon",
            "supersede",
            "follow",
            "obey",
            "adher",
            "comply",
        ),
        rf"\b{_DROP} (?:all|any|every|your|the|these|those|my|previous|prior|above|earlier|preceding|former|developer"
        rf"|system|safety|content|ethical|initial|original)(?: \w{{1,20}}){{0,5}}? {_RULEBOOK}\b",
    ),
    Rule(
        "injection",
        "tells the model to drop what came before",
        4,
        ("ignor", "disregard", "forget"),
        r"\b(?:ignore|disregard|forget) (?:all|everything|anything|whatever)(?: of)?(?: (?:the|that|what|you|we|i|was|were"
        r"|have|'ve|is|been|had|which))*? (?:above|before|previous\w*|prior|earlier|told|said|know|learned|discussed|so far)\b",
    ),
    Rule(
        "injection",
        "tells the model to drop its instructions (other languages)",
        4,
        (
            *("ignor", "vergiss", "vergessen", "olvid", "oublie", "dimentica", "esque", "negeer", "missachte"),
            *map(fold, ("игнор", "забудь", "忽略", "忘记", "無視", "무시")),
        ),
        r"\b(?:ignor(?:a|ez|ar|are|ad|i|iere?|ieren)|ignore (?:les|toutes|tes|vos|mes|ces)|vergiss|vergessen sie|olvid\w+|oublie\w*|dimentica\w*|esque\w+|negeer|missachte) … (?:anweisung\w*"
        r"|richtlinien|regeln|vorgaben|instruc\w+|instruz\w+|istruz\w+|consignes|directives|regl\w+"
        r"|reglas|regole|regras|vorherig\w+ \w+ungen|besprochen|instructies|alles)\b"
        + rf"|{fold('игнор')}\w+.{{0,40}}{fold('инструкц')}|{fold('забудь')}.{{0,40}}{fold('инструкц')}"
        + r"|(?:忽略|忘记).{0,12}(?:指令|指示|说明|提示|规则)|指示.{0,6}無視|지시.{0,10}무시",
    ),
    Rule(
        "injection",
        "tells the model what it is from now on (other languages)",
        4,
        (
            "ab jetzt",
            "ab sofort",
            "desormais",
            "a partir de ahora",
            "d'ora in poi",
            "da ora in poi",
            "a partir de agora",
        ),
        r"\b(?:ab jetzt|ab sofort|desormais|a partir de ahora|d'ora in poi|da ora in poi|a partir de agora) … (?:keine|ninguna"
        r"|aucune|nessuna|nenhuma|regeln|reglas|regles|regole|regras|alle|toutes|todas|tutte)\b",
    ),
    Rule(
        "injection",
        "declares the model free of rules",
        4,
        ("restriction", "limit", "filter", "polic", "guideline", "rules", "censor", "boundar", "moral", "ethic"),
        r"\b(?:you|there|it|he|she|they|which|that|who|and) (?:now )?(?:ha(?:s|ve)|are|is) (?:absolutely )?"
        r"(?:no|zero|free (?:of|from)|not bound by|unbound by|without)(?: \w{1,20}){0,3}? (?:restrictions?|limit(?:s|ations?)"
        r"|filters?|polic(?:y|ies)|guidelines?|rules?|censorship|boundaries|morals?|ethics?|constraints?)\b"
        r"|\b(?:answer|respond|reply|comply|speak|act|talk|proceed|operate|assist\w*)(?: \w{1,20}){0,6}? "
        r"(?:without|with no|no|free from)(?: \w{1,20}){0,2}? (?:restrictions?|limit(?:s|ations?)|filters?|censorship"
        r"|guidelines?|moral\w*|ethic\w*|boundaries)\b",
    ),
    Rule(
        "injection",
        "declares rules or safety switched off",
        4,
        ("safety", "security", "content polic", "rules", "filters", "protocols", "restrictions", "guidelines"),
        r"\b(?:safety|security|content|ethical|moral)(?: \w{1,20}){0,2}? (?:protocols?|filters?|checks?|measures|policy"
        r"|policies|guidelines|rules|restrictions)(?: \w{1,20}){0,2}? (?:disabled|off|removed|lifted|suspended|deactivated"
        r"|bypassed|overridden|no longer)\b"
        r"|\b(?:skip|bypass|disable|turn off|deactivate|remove)(?: \w{1,20}){0,3}? (?:safety|security|content|ethical)"
        r" (?:\w{1,20} )?(?:checks?|filters?|protocols?|measures|confirmations?|guidelines|restrictions)\b"
        r"|\byour (?:rules|guidelines|instructions|policies|restrictions|programming) (?:have|has) (?:been )?"
        r"(?:changed|updated|lifted|removed|replaced)\b",
    ),
    Rule(
        "injection",
        "hands the model new instructions",
        4,
        ("new instruction", "new directive", "new task", "new objective", "new rules", "new order", "neue anweisung"),
        r"\b(?:your )?(?:new|updated|revised|real|actual|neue) (?:instructions?|directives?|task|objective|orders?|rules|anweisung\w*)"
        r" (?:is|are|supersedes?|follows?|as follows|from|override\w*|you|ab|:)"
        r"|\bnew (?:instructions?|directives?|rules|orders)\s?:|\bneue anweisung\w*\s?:",
    ),
    Rule(
        "injection",
        "tells the model what it is from now on",
        4,
        ("from now on", "from this moment", "from this point", "henceforth", "you are now", "you're now", "you now"),
        r"\b(?:from now on|from this (?:moment|point)(?: (?:on|forward|onwards?))?|henceforth)\W{1,3}(?:you(?:'ll| will|'re| are| must"
        r"| have| can| may| shall| should| act| answer| respond| only)|act|answer|respond|comply|ignore|speak|your)\b"
        r"|\byou(?:'re| are) now (?:in |an? |the |going to |free|dan|able|un\w+|entering|jailb\w+|operating|acting|called|known|no longer)"
        r"|\byou now (?:answer|respond|have no|allow|obey|comply|ignore|must|do anything)\b"
        r"|\bcomply with (?:every|any|all|my)\b",
    ),
)

FORGERIES = (
    Rule(
        "injection",
        "forges the marks of a conversation",
        4,
        ("im_start", "im_end", "[inst]", "[/inst]", "<<sys>>", "<|", "endoftext", "</s>"),
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext|end_of_turn|start_header_id|eot_id)\|>|\[/?inst\]|<</?sys>>",
        raw=True,
    ),
    Rule(
        "injection",
        "forges a system message",
        4,
        ("system", "developer", "admin"),
        r"^[\s>#*\[({<-]{0,6}(?:system|developer|admin(?:istrator)?)(?: (?:message|prompt|note|notice|override|update|alert|instruction|command)s?)?"
        r"[\])}>* ]{0,3}:\s{0,3}\S|\[/?(?:system|admin)(?: (?:message|prompt|override|note|notice|instruction|update)s?)?\](?!\()|</?(?:system|developer|admin)(?:[_ -]\w{1,12})?>"
        r"|\b(?:system|security|admin|breach|developer) (?:update|override|alert|notice|directive|instruction|command)\s?[:!]"
        r"|#{2,6} ?(?:system|instructions?)\b",
        raw=True,
    ),
    Rule(
        "injection",
        "pretends that the data has ended",
        4,
        ("end of", "begin", "end user", "/document", "/context", "/user", "/data"),
        r"[-=#*\[<(]{2,6} ?(?:end|begin|start) (?:of )?(?:the )?(?:new )?(?:document|user|context|prompt|input|data|instructions?|system|message|email|file|tool|conversation)\b"
        r"|</(?:document|context|user_input|data|tool_result|untrusted\w*)>",
        raw=True,
    ),
    Rule(
        "injection",
        "shouts for priority",
        2,
        ("important", "override", "urgent", "attention", "<information>", "critical", "stop"),
        r"\bimportant\W{0,2}!{2,}|^\W{0,3}(?:override|stop|attention|breach|urgent)\b ?[:.!]|</?(?:important|information|critical|secret)>"
        r"|\bthis is an important message\b|\bimportant (?:system|security|instruction|update|message from)\b",
        raw=True,
    ),
    Rule(
        "injection",
        "is addressed to the model",
        4,
        ("assistant", "ai", "model", "llm", "agent", "bot", "gpt", "claude", "summari"),
        rf"\b(?:instructions?|messages?|notes?|notice|requests?|attention|important|reminder|directive|hint|info)\W{{0,3}}(?:to|for|from [\w ,.]{{1,60}} to)? ?(?:you|any|all|the|every|my|our)? ?,? ?(?:ai )?{_MODEL}\b ?[:,.!-]"
        rf"|\b(?:dear|hey|hello|hi|attention) (?:ai|assistant|llm|chatgpt|gpt|claude|language model)\b"
        rf"|\b(?:any|all|if you are an?|when an?|if an?) (?:ai|llm|language model|automated)(?: \w{{1,15}}){{0,2}}? (?:reading|processing|parsing|reviewing|summari[sz]ing|that reads|must|should|reads|sees)\b"
        rf"|\bmessage from [^\n]{{1,60}} to you,? {_MODEL}\b",
    ),
    Rule(
        "injection",
        "waits for the model to read it",
        4,
        (
            "when you",
            "once you",
            "after you",
            "before you",
            "if you are reading",
            "as soon as you",
            "next user message",
            "before answering",
            "before responding",
        ),
        r"\b(?:when|once|after|as soon as|if) you(?:'re| are)? (?:read|reading|see|process\w*|summari[sz]\w+|parse|open|receive|retrieve|load)(?:ing)? (?:this|the above|these)\b"
        r"|\bon the next user message\b|\bbefore (?:you )?(?:answer|respond|reply|do|continu|solv|complet|can)\w*[^\n.]{0,60}?,? (?:first |please )?(?:call|send|invoke|run|execute|do the following|read|post|forward|print|solve)\b",
    ),
    Rule(
        "injection",
        "tells the model to keep it from its user",
        4,
        ("user", "human", "anyone", "operator", "silently"),
        r"\b(?:do not|don'?t|never|without) (?:tell|mention|inform|notify|alert|reveal|disclos|ask|show|let|telling|informing|notifying|asking|alerting|mentioning)\w*"
        r"(?: \w{1,20}){0,5}? (?:the )?(?:user|human|anyone|operator|customer|owner)\b",
    ),
    Rule(
        "injection",
        "claims that the user has agreed",
        3,
        (
            "user has",
            "user already",
            "user gave",
            "permission",
            "pre-approved",
            "authoriz",
            "without asking",
            "without confirm",
        ),
        r"\buser (?:has )?(?:already )?(?:authori[sz]ed|granted|approved|consented|given|agreed|confirmed|waived)\b"
        r"|\b(?:pre-?approved|pre-?authori[sz]ed) by the\b|\bwithout (?:asking|confirm\w*|further|any) (?:again|confirmation|approval|question\w*)\b",
    ),
    Rule(
        "injection",
        "turns the task into another",
        4,
        ("instead", "todo", "following instruction", "following request", "following task", "following command"),
        r"\b(?:comply with|adhere to|obey|follow|perform|execute|carry out) (?:only )?(?:to )?the following (?:instructions?|requests?|tasks?|commands?|orders?)\b[^\n]{0,12}instead\b"
        r"|\b(?:strictly|only|exclusively) (?:and only )?(?:adhere|comply|follow|obey|respond|do)\w* (?:to |with )?(?:the )?(?:following|these|this)\b",
    ),
    Rule(
        "injection",
        "asks to decode and obey",
        4,
        ("decode", "base64", "rot13", "encoded", "cipher", "translate", "decrypt"),
        r"\b(?:decod\w+|decrypt\w*|translate|unscramble|read)\b[^\n]{0,80}?\b(?:do|execute|follow|run|obey|perform|comply)\b"
        r"(?: \w{1,12}){0,3}? (?:what|it|the|instructions?|as|that|exactly)\b",
    ),
)

ANSWERS = (
    Rule(
        "injection",
        "gives orders for the model's answer",
        4,
        (
            "your answer",
            "your response",
            "your repl",
            "your output",
            "your completion",
            "your elucidation",
            "your explanation",
        ),
        rf"^[^\w\n]{{0,4}}(?:please |kindly |also |and |then |finally,? |you must |you should |make sure to |be sure to |don'?t hesitate to )?{_ORDER}\b[^\n]{{0,160}}?"
        rf"\b(?:in|into|to|with|of|from|on|throughout|within|before|after|for|between|as) your (?:\w{{1,12}} )?{_ANSWER}\b"
        rf"|^[^\w\n]{{0,4}}{_ORDER} your (?:\w{{1,12}} )?{_ANSWER}\b",
        raw=True,
        plain=True,
    ),
    Rule(
        "injection",
        "plants code in the model's work",
        4,
        (
            "following code",
            "subsequent code",
            "below code",
            "code snippet",
            "code block",
            "code excerpt",
            "code section",
            "code segment",
            "code fragment",
        ),
        r"\b(?:the|this|these|a) (?:following|subsequent|below|ensuing|next|given|provided) (?:\w{1,12} )?(?:code|script|function|snippet|code ?block)\b ?(?:\w{1,12} )?"
        r"(?:[^\n]{0,120}?)\b(?:your|you (?:write|develop|create|generate|produce|provide)) ?(?:\w{1,12} )?(?:code ?base|code|implementation|solution|project|program|script"
        r"|response|answer|application|algorithm|work|function|software|reply|elucidation|explanation|output|result|instructions?)?\b",
        raw=True,
        plain=True,
    ),
)

RULES = (*OVERRIDES, *FORGERIES, *ANSWERS)
