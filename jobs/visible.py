"""Data on a terminal: what a sender wrote is shown, and never obeyed."""

from __future__ import annotations

import unicodedata

_SHOWN_AS_THEY_ARE = frozenset({"Zs", "Co", "Cn"})
"""Spaces of other widths, and characters that are newer than this Python's tables, do nothing to a terminal."""


def visible(value: object) -> str:
    """The text of a value on one line, with every character that a terminal would act on written out.

    `␊` for a line feed, `␛` for escape and so on for the other ASCII control characters, `\\x9b` for those above, `\\u202e` for characters that turn
    the direction of writing or have no width, `\\xff` for a byte of a file name that is not UTF-8.
    """
    text = str(value)
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) in _SHOWN_AS_THEY_ARE:
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xDC80 <= code <= 0xDCFF:
        # How Python keeps a byte that is not UTF-8.
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
