"""Which controls of published frameworks the tool gate helps with, and where the evidence is. Data, not prose.

A self-assessment aid and no certification. Sources: NIST AI RMF 1.0 (NIST AI 100-1, 2023), NIST SP 800-53 rev. 5, the
NCCoE concept paper on the identity and authorization of software and AI agents (draft, February 2026), and the OWASP
Top 10 for Agentic Applications 2026.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gk_hooks.reports.markup import table

ASI = {
    "ASI01": "Agent Goal Hijack",
    "ASI02": "Tool Misuse and Exploitation",
    "ASI03": "Identity and Privilege Abuse",
    "ASI04": "Agentic Supply Chain Vulnerabilities",
    "ASI05": "Unexpected Code Execution",
    "ASI06": "Memory and Context Poisoning",
    "ASI07": "Insecure Inter-Agent Communication",
    "ASI08": "Cascading Failures",
    "ASI09": "Human-Agent Trust Exploitation",
    "ASI10": "Rogue Agents",
}
RMF = {
    "GOVERN 1.2": "trustworthy AI is part of policies and procedures",
    "GOVERN 2.1": "roles and responsibilities are documented",
    "MAP 3.5": "processes for human oversight are defined",
    "MEASURE 2.4": "behaviour is monitored in production",
    "MEASURE 2.7": "security and resilience are evaluated",
    "MEASURE 2.8": "risks of transparency and accountability are examined",
    "MEASURE 2.10": "privacy risk is examined",
    "MANAGE 1.3": "responses to high-priority risks are planned",
    "MANAGE 2.4": "mechanisms can override or stop what deviates from its purpose",
    "MANAGE 3.1": "risks from third parties are monitored and controlled",
    "MANAGE 4.1": "deployed systems are monitored, with override and incident response",
}
"""The outcomes of the AI RMF that are named below, in short."""


@dataclass(frozen=True, slots=True)
class Control:
    """One thing that the gate does. evidence: where to look. key: what counts for it, see report.py."""

    name: str
    rmf: tuple[str, ...]
    sp800_53: tuple[str, ...]
    nccoe: str
    asi: tuple[str, ...]
    evidence: str
    key: str = ""


CONTROLS = (
    Control(
        "A policy decision on every message of both directions, denied by default",
        ("GOVERN 1.2", "MANAGE 2.4"),
        ("AC-3", "AC-6", "SC-7"),
        "Authorization",
        ("ASI01", "ASI02"),
        "audit log: one record for each decision, with rule and reason; the policy file and its digest",
        "decisions",
    ),
    Control(
        "Lists show an agent only what it may call",
        ("MANAGE 2.4",),
        ("AC-3", "AC-6"),
        "Authorization",
        ("ASI02", "ASI03"),
        "the policy's rules; visible() uses those that gate the calls",
    ),
    Control(
        "A signed identity for each agent, with expiry and audience; a bad token is an error",
        ("GOVERN 2.1", "MEASURE 2.8"),
        ("IA-2", "IA-5", "IA-9"),
        "Identification",
        ("ASI03", "ASI10"),
        "audit log: the principal of each record",
        "identified",
    ),
    Control(
        "A transparency log with signed checkpoints and offline proofs",
        ("MEASURE 2.8", "MANAGE 4.1"),
        ("AU-2", "AU-9", "AU-10", "AU-11"),
        "Auditing and non-repudiation",
        ("ASI03", "ASI10"),
        "gk mcp verify, gk mcp prove; checkpoints kept apart from the log",
        "decisions",
    ),
    Control(
        "A heuristic threat scan of arguments, results, notifications and tool definitions",
        ("MEASURE 2.4", "MEASURE 2.7"),
        ("SI-3", "SI-4", "SI-10"),
        "Prompt-injection mitigation",
        ("ASI01", "ASI02", "ASI06"),
        "audit log: threats and score of each record",
        "threats",
    ),
    Control(
        "Static analysis of code and commands before an agent writes or runs them",
        ("MEASURE 2.7", "MANAGE 1.3"),
        ("SI-3", "SI-7", "SI-10", "CM-7"),
        "Prompt-injection mitigation",
        ("ASI02", "ASI05"),
        "audit log: rule id, line and reason in the decision; gk explain RULE",
        "code",
    ),
    Control(
        "Budgets by principal or session, exact under concurrent processes",
        ("MANAGE 1.3", "MANAGE 2.4"),
        ("AC-6", "SC-5", "SC-6"),
        "Authorization",
        ("ASI02", "ASI08"),
        "state file; audit log: decisions that name a budget",
        "budgets",
    ),
    Control(
        "Calls held for a human, bound to one exact call, for one use",
        ("MAP 3.5", "MANAGE 2.4"),
        ("AC-3", "AC-6"),
        "Authorization",
        ("ASI08", "ASI09"),
        "audit log: calls that were held, and their outcomes",
        "held",
    ),
    Control(
        "Masking of fields in arguments, results and notifications",
        ("MEASURE 2.10",),
        ("AC-4", "PT-3", "SI-12"),
        "Authorization",
        ("ASI02",),
        "audit log: redact decisions",
        "redacted",
    ),
    Control(
        "Pinned tool definitions: what changes is held for review",
        ("MANAGE 3.1", "MANAGE 4.1"),
        ("CM-3", "CM-5", "SR-4", "SI-7"),
        "Prompt-injection mitigation",
        ("ASI04", "ASI06"),
        "state file; audit log: changed definitions",
        "pins",
    ),
    Control(
        "Fail closed, unless the operator says otherwise",
        ("GOVERN 1.2", "MANAGE 4.1"),
        ("SC-24", "SI-17"),
        "Authorization",
        ("ASI08",),
        "audit log: decisions of the fail mode",
        "failures",
    ),
)


def addressed(controls: Iterable[Control] = CONTROLS) -> tuple[list[str], list[str]]:
    """The OWASP ASI ids and the NCCoE concerns that at least one control is about, sorted."""
    controls = list(controls)
    return sorted({each for control in controls for each in control.asi}), sorted(
        {control.nccoe for control in controls}
    )


def render_controls() -> str:
    """The mapping as a Markdown table, with what is not addressed."""
    columns = ("What the gate does", "NIST AI RMF", "SP 800-53", "NCCoE concern", "OWASP ASI", "Evidence")
    lines = table(
        columns,
        (
            (each.name, ", ".join(each.rmf), ", ".join(each.sp800_53), each.nccoe, ", ".join(each.asi), each.evidence)
            for each in CONTROLS
        ),
    )
    covered, concerns = addressed()
    missing = [f"{each} {ASI[each]}" for each in ASI if each not in covered]
    lines += [
        "",
        f"OWASP ASI addressed: {', '.join(f'{each} {ASI[each]}' for each in covered)}",
        f"OWASP ASI not addressed: {', '.join(missing) or 'none'}",
        f"NCCoE concerns addressed: {', '.join(concerns)}",
        "",
        "NIST AI RMF outcomes, in short:",
        *(f"- {name}: {meaning}" for name, meaning in RMF.items()),
        "",
        "A self-assessment aid, not a certification. The AI RMF is voluntary, and the NCCoE paper is a draft.",
    ]
    return "\n".join(lines) + "\n"
