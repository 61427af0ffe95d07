"""The SQL of a landed field as it was received: what standardisation and the row rules both ask of it.

Spark's dialect, kept to what Spark and Sail run alike (`docs/engines.md`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse_schema.ddl import literal

if TYPE_CHECKING:
    from warehouse_schema.contracts import Column

RECEIVED = "received"
"""The struct of a row's source fields, each a text as the border let it pass."""
WHITE_SPACE = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""What Python takes for white space. Spelt out, since engines differ in what `\\s` and `trim` mean, and in whether `$` stands before a last line feed."""


def trimmed(column: Column) -> str:
    """The field as received, without white space around it; it can be empty."""
    return f"trim(BOTH {literal(WHITE_SPACE)} FROM {RECEIVED}.`{column.source}`)"


def is_sent(column: Column) -> str:
    """Whether the field holds anything but white space; never NULL."""
    return f"coalesce({trimmed(column)}, '') <> ''"


def matches(text: str, form: str) -> str:
    """Whether the whole text has the form, a regular expression that Java and Rust read alike."""
    return f"{text} RLIKE {literal(f'^({form})$')}"
