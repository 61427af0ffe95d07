"""Text as a Vietnamese Windows saves it."""

from __future__ import annotations

import unicodedata


def windows_1258(text: str) -> bytes:
    """As Windows writes it: a letter that it has by itself, else without its tone, and the tone behind it."""
    tones = dict.fromkeys(map(ord, "\u0300\u0301\u0303\u0309\u0323"))
    written = ""
    for letter in unicodedata.normalize("NFC", text):
        apart = unicodedata.normalize("NFD", letter)
        is_whole = letter.isascii() or letter.encode("cp1258", "ignore")
        tone = "".join(mark for mark in apart if ord(mark) in tones)
        written += letter if is_whole else unicodedata.normalize("NFC", apart.translate(tones)) + tone
    return written.encode("cp1258")
