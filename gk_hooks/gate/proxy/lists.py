"""Lists show what may be called: the same policy that gates the calls filters them."""

from __future__ import annotations

from typing import Any

from gk_hooks.gate.engine import visible
from gk_hooks.gate.methods import LISTS
from gk_hooks.gate.proxy.enforcement import Session


def filtered(method: str, result: dict[str, Any], session: Session) -> dict[str, Any]:
    """The result of a list method without the items that this principal may not use; *result* itself if that is all.

    What one principal sees is not what another sees, so no cache may share it (``cacheScope``, since 2026-07-28).
    """
    items_key, subject, name_key = LISTS[method]
    items = result.get(items_key)
    if not isinstance(items, list):
        return result
    kept = [item for item in items if visible(subject, _name(item, name_key), session.principal, session.policy)]
    if method == "tools/list":
        kept = session.admitted(kept)
    shared = result.get("cacheScope", "private") != "private"
    if len(kept) == len(items) and not shared:
        return result
    private = {"cacheScope": "private"} if "cacheScope" in result else {}
    return {**result, items_key: kept, **private}


def _name(item: Any, key: str) -> str:
    name = item.get(key) if isinstance(item, dict) else None
    return name if isinstance(name, str) else ""
