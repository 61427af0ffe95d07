from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.visible import visible


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_is_left_that_a_terminal_acts_on(text: str) -> None:
    shown = visible(text)
    assert not {unicodedata.category(one) for one in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert visible(shown) == shown
    shown.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Nghệ An – 90 %", "Nghệ An – 90 %"),
        ("a\nb\tc\r", "a␊b␉c␍"),
        ("\x1b[31m", "␛[31m"),
        ("\x7f\x9b", "␡\\x9b"),
        ("\u202eabc\u2028", "\\u202eabc\\u2028"),
        ("\udcff.csv", "\\xff.csv"),
        ("[/x][red]", "[/x][red]"),
        ("a\u00a0b", "a\u00a0b"),
    ],
)
def test_what_is_shown_in_its_place(text: str, shown: str) -> None:
    assert visible(text) == shown
