"""Texts that make the model somebody else: known jailbreaks, personas without limits, roles that may not refuse."""

from __future__ import annotations

from gk_hooks.gate.threats.rule import Rule

RULES = (
    Rule(
        "injection",
        "names a known jailbreak",
        4,
        (
            "jailb",
            "do anything now",
            "developer mode",
            "god mode",
            "dan mode",
            " dan ",
            "dan,",
            "dan.",
            "dan:",
            "[dan",
            "aim,",
            "unfiltered",
            "evil",
        ),
        r"\bjail ?br(?:eak|oken|eaking)\b(?! detect)|\bdo anything now\b|\bdeveloper mode\b|\bdan mode\b|\bgod mode\b"
        r"|\b(?:you are|act as|acting as|pretend to be|as|called|named|be|like|\[) (?:now )?(?:\w{1,12} )?dan\b"
        r"|\bunfiltered (?:ai|chat ?bot|model|response|answer|and|version|language|advice)|\bevil[- ]?(?:bot|confidant|mode|ai|trump)\b",
    ),
    Rule(
        "injection",
        "gives the model a persona without limits",
        4,
        (
            "act as",
            "acting as",
            "pretend",
            "role",
            "persona",
            "character",
            "imagine",
            "simulat",
            "embody",
            "immerse",
            "play the",
        ),
        r"\b(?:act(?:ing)? as|pretend(?:ing)?(?: to be| that| you)?|role ?play\w*|imagine|simulat\w+|embody|immerse yourself|play the)"
        r"\b[^\n]{0,160}?\b(?:no (?:rules|restrictions|limits|limitations|filters?|morals?|ethic\w*|guidelines|boundaries|censorship)"
        r"|without (?:any )?(?:rules|restrictions|limits|filters?|morals?|ethic\w*|guidelines|boundaries|censorship)"
        r"|un(?:restricted|censored|filtered|ethical|limited)|amoral|immoral|illegal|evil|malicious|never refuses?|hacker|criminal)\b",
    ),
    Rule(
        "injection",
        "forbids the model to refuse",
        3,
        ("refus", "decline", "apolog", "can't", "cannot", "warn", "disclaimer", "sorry", "unable"),
        r"\b(?:never|not|without|don'?t|won'?t|cannot|can'?t|must not)(?: \w{1,20}){0,4}? (?:refus\w+|declin\w+|apologi[sz]\w*"
        r"|disclaimers?|moraliz\w+|lectur\w+)\b"
        r"|\b(?:never|not|don'?t) (?:say|reply|respond|answer|state|tell)(?: \w{1,20}){0,5}? "
        r"(?:can'?t|cannot|sorry|unable|not able|inappropriate)\b",
    ),
    Rule(
        "injection",
        "asks for what a model would refuse",
        2,
        ("unethical", "immoral", "illegal", "uncensored", "unrestricted", "unfiltered", "amoral", "nsfw", "offensive"),
        r"\b(?:unethical|immoral|illegal|uncensored|unrestricted|unfiltered|amoral|nsfw|offensive)\b",
    ),
    Rule(
        "injection",
        "tells the model to stay in a role",
        2,
        ("character", "role", "persona", "immers", "token", "hypothetical", "fictional"),
        r"\b(?:stay|remain|break(?:ing)?|out of|in)(?: \w{1,10})?? (?:character|persona)\b|\bimmerse yourself\b"
        r"|\b(?:you (?:will|must|are going to|shall|have to)|i want you to)(?: \w{1,12}){0,2}? (?:act as|pretend|role ?play|immerse|simulate|play)\b"
        r"|\b(?:purely |completely |entirely )?(?:hypothetical|fictional) (?:response|story|scenario|world|character|conversation|setting)\b"
        r"|\b\d+ tokens\b",
    ),
    Rule(
        "injection",
        "speaks of the model's maker or policy",
        2,
        (
            "openai",
            "anthropic",
            "language model",
            "content polic",
            "ethical guideline",
            "chatgpt",
            "as an ai",
            "your programming",
            "trained to",
        ),
        r"\bopenai\b|\banthropic's\b|\bcontent polic(?:y|ies)\b|\bethical guidelines\b|\bas an ai\b|\bchatgpt\b"
        r"|\b(?:your|its) (?:programming|training|developers|creators)\b|\bai language model\b",
    ),
    Rule(
        "injection",
        "asks for two answers, one of them without rules",
        3,
        (
            "two responses",
            "two different",
            "both responses",
            "two ways",
            "two answers",
            "[jailb",
            "classic]",
            "[dan]",
            "(🔓",
            "[gpt",
            "two paragraphs",
        ),
        r"\b(?:two|both|2)(?: \w{1,12}){0,2}? (?:responses|ways|answers|paragraphs|outputs)\b|\[(?:🔒)?classic\]|\[(?:🔓)?jailbreak\]",
    ),
    Rule(
        "injection",
        "claims unlimited power for the model",
        2,
        ("anything", "everything", "any question", "any request", "every request", "any topic"),
        r"\b(?:can|will|able to|must|shall|could|to) (?:now )?(?:do|say|answer|generate|create|write|fulfil?l?|discuss|provide|output|comply with|obey)"
        r" (?:me )?(?:literally )?(?:anything|everything|any|all|every)\b",
    ),
)
