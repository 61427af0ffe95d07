"""What a template calls the columns and the values of a sheet: the contract's own Vietnamese names, each of which is read."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from warehouse_schema.names import folded

if TYPE_CHECKING:
    from warehouse_schema.contracts import Column, Contract

_ABBREVIATION = re.compile(r"\bntm\b", re.IGNORECASE)


def template_columns(contract: Contract) -> tuple[Column, ...]:
    """The columns of a sheet that an officer is asked to fill in: what is dropped at the border is not asked for, nor a unit's name where its code is."""
    return tuple(column for column in contract.landed if column.handling != "drop" and column.name not in contract.unit_names)


def header_of(column: Column) -> str:
    """The Vietnamese header of a landed column.

    Its label where that is one of the names that are read, else the first alias in Vietnamese letters, else the field.
    """
    read = {folded(name) for name in (str(column.source), *column.aliases)}
    if folded(column.label_vi) in read:
        return column.label_vi
    return next((alias for alias in column.aliases if not alias.isascii()), str(column.source))


def labels_of(column: Column) -> dict[str, str]:
    """Stored value -> what an officer writes for it, of a closed set: the first way of writing it that is not the stored value itself."""
    labels: dict[str, str] = {}
    for sent, stored in column.values.items():
        if stored not in labels or folded(labels[stored]) == folded(stored):
            labels[stored] = _ABBREVIATION.sub("NTM", f"{sent[:1].upper()}{sent[1:]}")
    return labels


def template_version(contract: Contract) -> str:
    """A fingerprint of what a template of the sheet asks for: names, how they are read, closed sets.

    Another way of writing a name or a value leaves it as it is: nobody needs another template for that.
    """
    asked = sorted(
        [str(column.source), header_of(column), column.parse, *labels_of(column).values()] for column in template_columns(contract)
    )
    return hashlib.sha256(json.dumps(asked, ensure_ascii=False).encode()).hexdigest()[:8]
