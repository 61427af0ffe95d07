"""The rules of the row fates, and how they do not depend on order."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from jobs.sample.fates import ErrorCode, Fate, Line, judge

START = datetime(2025, 3, 1, 8)  # noqa: DTZ001 - as the generator writes: Vietnam's time without a zone


def line(content: str, hours: int, *, secret: bool = False, withdrawn: bool = False, error: ErrorCode | None = None) -> Line:
    return Line(content, START + timedelta(hours=hours), secret, withdrawn, error)


def test_newest_valid_version_wins_over_a_newer_invalid_one() -> None:
    fates, winner = judge([line("old", 0), line("new", 1), line("bad", 2, error=ErrorCode.INVALID_DATE)])
    assert fates == [Fate.ACCEPTED, Fate.ACCEPTED, Fate.REJECTED]
    assert winner is not None
    assert winner.content == "new"


def test_versions_not_newer_than_a_secret_one_are_withheld_even_when_invalid() -> None:
    lines = [line("open", 0), line("bad", 1, error=ErrorCode.INVALID_DATE), line("secret", 1, secret=True), line("lifted", 2)]
    fates, winner = judge(lines)
    assert fates == [Fate.WITHHELD, Fate.WITHHELD, Fate.WITHHELD, Fate.ACCEPTED]
    assert winner is not None
    assert winner.content == "lifted"


def test_a_record_whose_newest_version_is_secret_has_no_winner() -> None:
    assert judge([line("open", 0), line("secret", 1, secret=True)])[1] is None


def test_a_repeated_rejected_row_is_rejected_again_and_a_repeated_good_one_is_a_duplicate() -> None:
    bad = line("bad", 0, error=ErrorCode.MISSING_VALUE)
    good = line("good", 0)
    assert judge([bad, bad, good, good])[0] == [Fate.REJECTED, Fate.REJECTED, Fate.ACCEPTED, Fate.DUPLICATE]


def test_a_withdrawal_beats_another_row_of_the_same_version() -> None:
    _, winner = judge([line("withdrawn", 3, withdrawn=True), line("closed", 3)])
    assert winner is not None
    assert winner.withdrawn


lines = st.builds(
    lambda hours, secret, error: line(f"{hours}{secret}{error}", hours, secret=secret, error=error),
    st.integers(0, 5),
    st.booleans(),
    st.sampled_from([None, None, ErrorCode.INVALID_VALUE]),
)


@given(st.lists(lines, max_size=8), st.randoms())
def test_fates_and_winner_do_not_depend_on_the_order_of_arrival(versions: list[Line], random: object) -> None:
    shuffled = list(versions)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    fates, winner = judge(versions)
    other_fates, other_winner = judge(shuffled)
    assert Counter(fates) == Counter(other_fates)
    assert len(fates) == len(versions)
    assert (winner and winner.content) == (other_winner and other_winner.content)
