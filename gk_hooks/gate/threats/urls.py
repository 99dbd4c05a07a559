"""Addresses that hide where they lead, or that lead where no tool should go."""

from __future__ import annotations

from gk_hooks.gate.threats.rule import Rule

RULES = (
    Rule(
        "suspicious URL",
        "asks a cloud for its credentials",
        4,
        ("169.254.169.254", "metadata.google", "100.100.100.200", "fd00:ec2", "2852039166", "0xa9fea9fe"),
        r"\b169\.254\.169\.254\b|\bmetadata\.google\.internal\b|\b100\.100\.100\.200\b|\[fd00:ec2::254\]|//(?:2852039166|0xa9fea9fe)\b",
        raw=True,
    ),
    Rule(
        "suspicious URL",
        "goes to a bare address",
        2,
        ("://",),
        r"\b(?:https?|ftp)://(?!127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|0\.0\.0\.0)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?=[:/\s\"'<>)]|$)",
        raw=True,
        plain=True,
    ),
    Rule(
        "suspicious URL",
        "writes an address as a number",
        4,
        ("://",),
        r"\bhttps?://(?:0x[0-9a-f]{8}|\d{8,10}|0[0-7]{1,3}\.0[0-7]{1,3}\.[0-7]{1,4}\.[0-7]{1,4})(?=[:/\s\"'<>)]|$)",
        raw=True,
        plain=True,
    ),
    Rule(
        "suspicious URL",
        "hides its host behind another's name",
        3,
        ("@",),
        r"\bhttps?://[\w.-]{1,80}\.[a-z]{2,10}(?::[^@/\s]{0,40})?@[\w.-]{3,80}",
        raw=True,
        plain=True,
    ),
    Rule(
        "suspicious URL",
        "writes its host in look-alike letters",
        2,
        ("//xn--", ".xn--"),
        r"\bhttps?://(?:[\w-]{1,63}\.){0,5}xn--[\w-]{1,59}\.",
        raw=True,
        plain=True,
    ),
    Rule(
        "suspicious URL",
        "uses a scheme that runs or tunnels",
        3,
        (
            "javascript:",
            "vbscript:",
            "data:text/html",
            "gopher:",
            "dict:",
            "ldap:",
            "ldaps:",
            "jar:",
            "phar:",
            "expect:",
            "php:",
        ),
        r"(?:\A|[\s\"'=(<])(?:javascript:|vbscript:|data:text/html|gopher://|dict://|ldaps?://|jar:http|phar://|expect://|php://(?:filter|input))",
        raw=True,
        plain=True,
        longest=4096,
    ),
)
