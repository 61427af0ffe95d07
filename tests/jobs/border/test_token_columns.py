"""Tokens of whole columns: value by value those of single values."""

from __future__ import annotations

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.border.kinds import KINDS
from jobs.border.records import LOST_STARTS, lost_mark
from jobs.border.token_columns import Personal, hash_block, plain_letters, plain_text, rows_without
from jobs.border.tokens import key_hash, normalised, token
from warehouse_schema.spreadsheet import SCIENTIFIC_NOTATION, SPREADSHEET_ERROR

KEY = b"a key of the tests, long enough for one"
ODD = " \t\x1c\x1f\x85\u00a0\u2003\u200bßẞİıſǅµẚŉǰẛ\u0301\u0323\u0306ĐđÐÊêƠơ한가힣ΣςÅ"
TEXTS = st.none() | st.text(
    alphabet=st.one_of(st.sampled_from(ODD), st.sampled_from(plain_letters()), st.characters(codec="utf-8")), max_size=8
)
"""Plain text, text that is nearly plain, and any."""


def tokens_of(values: list[str | None], key: bytes = KEY) -> list[str | None]:
    made = {"name": Personal(column(values), plain_text(), lambda value: token(key, value))}
    tokens: list[str | None] = hash_block(key, [column(values)], made)[1]["name"].to_pylist()
    return tokens


def column(values: list[str | None]) -> pa.StringArray:
    return pa.array(values, pa.string())


@given(st.lists(TEXTS, max_size=6))
@example(["An", None, "", " ", "AN ", "a  n", "Nguyễn Thị Hồng", "NGUYE\u0302\u0303N THỊ HỒNG"])
def test_a_column_has_the_tokens_of_its_values(values: list[str | None]) -> None:
    assert tokens_of(values) == [token(KEY, value) for value in values]


@given(st.integers(1, 3).flatmap(lambda width: st.lists(st.tuples(*[TEXTS] * width), min_size=1, max_size=6)))
@example([("a\x1fb", "c"), ("a", "b\x1fc"), ("a", None), ("a", " ")])
def test_keys_have_the_hashes_of_their_parts(keys: list[tuple[str | None, ...]]) -> None:
    columns = [column(list(parts)) for parts in zip(*keys, strict=True)]
    assert hash_block(KEY, columns, {})[0].to_pylist() == [key_hash(KEY, parts) for parts in keys]


@pytest.mark.parametrize("key", [b"k" * 32, b"k" * 64, b"k" * 65, "khoá của mọi người dùng trong tỉnh".encode() * 4])
def test_keys_of_any_length_make_the_same_tokens(key: bytes) -> None:
    assert tokens_of(["An", "Bình  "], key) == [token(key, "An"), token(key, "Bình")]


def test_of_a_plain_letter_only_the_case_changes() -> None:
    letters = plain_letters()
    assert len(letters) > 900
    assert set("aăâbcdđeêghiklmnoôơpqrstuưvxyỹẵặỷ„“”–-'0") <= set(letters)
    assert [letter for letter in letters if normalised(f"A{letter}B") != f"a{letter.lower()}b"] == []


@given(
    st.one_of(st.from_regex(SPREADSHEET_ERROR, fullmatch=True), st.from_regex(SCIENTIFIC_NOTATION, fullmatch=True)),
    st.sampled_from(["", " ", "\u00a0"]),
)
def test_what_is_lost_is_not_plain(value: str, space: str) -> None:
    assert lost_mark(space + value) is not None
    assert rows_without(plain_text(LOST_STARTS), column([space + value])).to_pylist() == [0]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_what_is_plainly_of_a_kind_is_spelt_as_it_is(kind: str, data: st.DataObject) -> None:
    value = data.draw(
        st.from_regex(KINDS[kind].plain, fullmatch=True, alphabet=st.characters(codec="ascii")).filter(lambda text: "\n" not in text)
    )
    assert len(rows_without(KINDS[kind].plain, column([value]))) == 0
    assert KINDS[kind].read(value) == value
    assert normalised(value) == value


def test_no_plan_and_no_error_of_the_library_shows_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[pl.Expr] = []
    select = pl.DataFrame.select

    def spy(frame: pl.DataFrame, expressions: list[pl.Expr]) -> pl.DataFrame:
        asked.extend(expressions)
        return select(frame, expressions)

    monkeypatch.setattr(pl.DataFrame, "select", spy)
    tokens_of(["An"])
    hashed = asked[-1]
    with pytest.raises(pl.exceptions.PolarsError) as caught:
        select(pl.DataFrame({"1": [1]}), hashed)
    for shown in (repr(hashed), str(hashed), hashed.meta.tree_format(return_as_string=True), str(caught.value)):
        assert KEY.decode() not in str(shown)
    assert KEY.decode() not in pl.LazyFrame({"1": ["An"]}).select(hashed).explain()
