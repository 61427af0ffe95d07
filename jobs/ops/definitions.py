"""Fingerprints of definitions: what the tables were made by is part of their state, as their rows are.

A release holds them by name: `contract/<table>`, `border/<table>`, `reference/<table>`, `indicator/<id>`, `plan/<id>`. What differs from them is recomputed,
revalidated or written again, and nothing else is.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_DIGITS = 32


def fingerprint(*parts: Any) -> str:
    """The first 32 hex digits of SHA-256 over values that JSON has, sorted by their names."""
    return sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:_DIGITS]


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> frozenset[str]:
    """The names of the definitions that are new or other than before."""
    return frozenset(name for name, value in now.items() if before.get(name) != value)
