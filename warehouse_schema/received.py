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

BOOLEANS = {
    "json": (("true", "1"), ("false", "0")),
    "vi": (
        ("true", "1", "x", "có", "đạt", "đúng", "rồi", "yes", "y", "✓", "✔", "☑"),
        ("false", "0", "không", "chưa", "không đạt", "chưa đạt", "không có", "chưa có", "sai", "no", "n"),
    ),
}
"""What stands for true and for false, in lower case, by the contract's `locale`. An empty cell is neither."""


_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_ETH, _D_STROKE = "\u00d0\u00f0", "\u0110\u0111"
"""Letters of Icelandic that old keyboards gave for `Đ` and `đ`. Vietnamese has none of them."""
_LOOK_ALIKES = {
    # Cyrillic and Greek letters that look like Latin ones, forms as wide as ideographs, and dashes.
    **dict(zip("АВЕЅІЈКМНОРСТХУаеорсухіјѕһԁԛԝԚԜ", "ABESIJKMHOPCTXYaeopcyxijshdqwQW", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo", strict=True)),
    **{chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)},
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
}
LEGACY_TEXT = (
    "(^|[^A-Za-z])®[a-zµ-¾]|§[«µ-¾A-Za-z]|[A-Za-z][µ¶¸¹]|[A-Za-z]·([^A-Za-z]|$)|[A-Za-z][¨©ª«¬][A-Za-z]"  # TCVN3 (.VnTime)
    "|[AEOUYaeouy][øûØÛ]|[AEae]ù|[AEOaeo][âÂ]|[AEOUYaeouy][ïõäÏÕÄ].*[AEOUYaeouy][ïõäÏÕÄ]"  # VNI
)
"""What text in an old encoding looks like when it is taken for Unicode: signs among letters as Vietnamese never has them."""


_ALPHABETS = (
    (0x400, 0x1CFF),
    (0x3041, 0x318E),
    (0x3400, 0x4DBF),
    (0x4E00, 0xA4CF),
    (0xAC00, 0xD7FF),
    (0xFB1D, 0xFDFB),
    (0xFE70, 0xFEFC),
    (0xFF66, 0xFFDC),
)
FOREIGN_LETTER = "[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _ALPHABETS) + "]"
"""A letter that no code has, as a regular expression: Cyrillic, and all alphabets after it. Greek letters are none of them: parameters and units of
measurement are written with them (α, μ, Ω)."""
UNIT_NAME = "^[A-Za-zÀ-ỹĐđ]{2}"
"""How a unit's name begins in the column of its code; codes are digits."""


def trimmed(column: Column) -> str:
    """The field as received, without white space around it; it can be empty.

    Of a sheet also without characters that nobody sees, and with `Đ` where another letter looks like it.
    """
    text = f"{RECEIVED}.`{column.source}`"
    if column.locale == "vi":
        text = f"translate({text}, {literal(_ETH + _INVISIBLE)}, {literal(_D_STROKE)})"
    return f"trim(BOTH {literal(WHITE_SPACE)} FROM {text})"


def without_look_alikes(text: str) -> str:
    """A code in Latin letters, plain digits and hyphens, where letters of other scripts look the same."""
    return f"translate({text}, {literal(''.join(_LOOK_ALIKES))}, {literal(''.join(_LOOK_ALIKES.values()))})"


def is_sent(column: Column) -> str:
    """Whether the field holds anything but white space; never NULL."""
    return f"coalesce({trimmed(column)}, '') <> ''"


def matches(text: str, form: str) -> str:
    """Whether the whole text has the form, a regular expression that Java and Rust read alike."""
    return f"{text} RLIKE {literal(f'^({form})$')}"
