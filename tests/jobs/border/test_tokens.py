from __future__ import annotations

import hmac
import stat
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.border.tokens import MIN_KEY_LENGTH, key_fingerprint, key_hash, load_key, make_key, normalised, token
from jobs.errors import UsageError
from jobs.settings import MIN_PII_KEY_LENGTH

KEY = b"0123456789abcdef0123456789abcdef"


def key_file(tmp_path: Path, content: bytes, mode: int = 0o600) -> Path:
    path = tmp_path / "pii.key"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_the_file_and_the_environment_ask_for_keys_of_one_length() -> None:
    assert MIN_KEY_LENGTH == MIN_PII_KEY_LENGTH


def test_a_made_key_is_random_private_and_loadable(tmp_path: Path) -> None:
    first, second = tmp_path / "etc" / "a.key", tmp_path / "b.key"
    make_key(first)
    make_key(second)
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert len(load_key(first)) == 64
    assert load_key(first) != load_key(second)


def test_making_a_key_again_keeps_the_key(tmp_path: Path) -> None:
    path = tmp_path / "pii.key"
    make_key(path)
    before = load_key(path)
    make_key(path)
    assert load_key(path) == before


def test_a_key_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        make_key(tmp_path / "file" / "pii.key")


def test_white_space_around_the_key_is_not_part_of_it(tmp_path: Path) -> None:
    assert load_key(key_file(tmp_path, b"  " + KEY + b"\r\n")) == KEY


@pytest.mark.parametrize(
    ("content", "mode", "expected"),
    [
        (KEY[:-1] + b"\n", 0o600, "at least 32 characters"),
        (KEY, 0o640, "expected mode 0600"),
        (KEY, 0o604, "expected mode 0600"),
        (b"\xff" * 40, 0o600, "UTF-8"),
    ],
)
def test_a_wrong_key_file_is_refused_without_showing_it(tmp_path: Path, content: bytes, mode: int, expected: str) -> None:
    path = key_file(tmp_path, content, mode)
    with pytest.raises(UsageError, match=expected) as caught:
        load_key(path)
    assert str(path) in str(caught.value)
    assert "0123456789" not in str(caught.value)


def test_a_missing_key_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_key(tmp_path / "none.key")


@given(st.binary(min_size=1, max_size=130), st.text())
def test_a_token_is_the_hmac_of_the_standard_library(key: bytes, value: str) -> None:
    text = normalised(value).encode("utf-8", "surrogatepass")
    expected = hmac.digest(key, b"ntm:token:v1\0" + text, "sha256").hex()[:32] if text else None
    assert token(key, value) == expected


@pytest.mark.parametrize("same", ["nguyễn văn an", "NGUYỄN  VĂN\tAN ", unicodedata.normalize("NFD", "Nguyễn Văn An")])
def test_spellings_of_one_name_have_one_token(same: str) -> None:
    assert token(KEY, same) == token(KEY, "Nguyễn Văn An")


def test_other_values_and_other_keys_have_other_tokens() -> None:
    assert len({token(KEY, "Nguyễn Văn An"), token(KEY, "Nguyễn Văn Ân"), token(KEY[::-1], "Nguyễn Văn An")}) == 3


@given(st.text())
def test_normalising_twice_changes_nothing(value: str) -> None:
    assert normalised(normalised(value)) == normalised(value)


@pytest.mark.parametrize("blank", [None, "", " \t\n"])
def test_blank_values_have_no_token_and_no_hash(blank: str | None) -> None:
    assert token(KEY, blank) is None
    assert key_hash(KEY, [blank]) is None
    assert key_hash(KEY, ["a", blank]) is None


def test_a_key_hash_is_not_the_token_of_the_same_value() -> None:
    assert key_hash(KEY, ["040123456789"]) != token(KEY, "040123456789")


@given(st.lists(st.text(min_size=1), min_size=1, max_size=3), st.lists(st.text(min_size=1), min_size=1, max_size=3))
def test_key_hashes_are_equal_only_for_equal_parts(left: list[str], right: list[str]) -> None:
    hashes = key_hash(KEY, left), key_hash(KEY, right)
    if None not in hashes:
        assert (hashes[0] == hashes[1]) == ([*map(normalised, left)] == [*map(normalised, right)])


def test_parts_do_not_run_into_each_other() -> None:
    assert len({key_hash(KEY, parts) for parts in (["ab", "c"], ["a", "bc"], ["abc"], ["a\x1fb", "c"])}) == 4


def test_a_lone_surrogate_has_a_token() -> None:
    assert token(KEY, "\ud800") != token(KEY, "\ud801")


def test_a_fingerprint_tells_keys_apart_and_is_no_token() -> None:
    assert key_fingerprint(KEY) == key_fingerprint(bytes(KEY))
    assert len({key_fingerprint(KEY), key_fingerprint(KEY[::-1]), token(KEY, "ntm"), key_hash(KEY, ["ntm"])}) == 4
    assert KEY.decode() not in key_fingerprint(KEY)
