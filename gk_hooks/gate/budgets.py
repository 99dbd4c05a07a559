"""What a call costs of a budget. Pure: what was spent so far is the store's business."""

from __future__ import annotations

import json
from decimal import ROUND_CEILING, Decimal
from typing import Any

from gk_hooks.gate.model import Charge
from gk_hooks.gate.policy.conditions import MAX_VALUES, MISSING, finite_number, flat, resolve
from gk_hooks.gate.policy.model import MILLIONTHS, Budget, Scope


def charge_for(
    budget: Budget, arguments: Any, policy: str, principal: str, session: str, now: float
) -> tuple[Charge | None, str]:
    """The charge of a call with *arguments*, or None and why none can be told: a rule with a budget needs one."""
    amount, problem = _amount(budget, arguments)
    if problem:
        return None, problem
    shared_by = session if budget.scope is Scope.SESSION else principal
    window = int(now // budget.window) if budget.window else 0
    account = json.dumps([policy, budget.key, budget.scope.value, shared_by, window])
    return Charge(account, amount, budget.limit), ""


def _amount(budget: Budget, arguments: Any) -> tuple[int, str]:
    """The sum of the field's values in millionths, rounded up. What is no finite number from 0 on is no amount."""
    if not budget.field:
        return MILLIONTHS, ""
    name = ".".join(budget.field)
    values = flat(resolve(arguments, budget.field))
    if not values or len(values) > MAX_VALUES:
        return 0, f"{name} is missing"
    total = 0
    for value in values:
        if value is MISSING or not finite_number(value) or value < 0:
            return 0, f"{name} is {_shown(value)}, which is no amount"
        if value > budget.limit // MILLIONTHS + 1:
            return 0, f"{name} is {_shown(value)}, more than the whole budget {budget.key!r}"
        total += int((Decimal(str(value)) * MILLIONTHS).to_integral_value(ROUND_CEILING))
    return (total, "") if total <= budget.limit else (0, f"{name} is more than the whole budget {budget.key!r}")


def _shown(value: Any) -> str:
    if isinstance(value, int) and abs(value) > 10**20:
        return "a huge number"
    return "missing" if value is MISSING else repr(value) if isinstance(value, int | float | None) else "no number"
