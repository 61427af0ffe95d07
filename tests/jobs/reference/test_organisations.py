"""Which organisation, and which unit, a code means on each day."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.reference.organisations import OrganisationPeriod, OrganisationRow, changed_codes, organisation_periods
from jobs.reference.units import load_units
from jobs.reference.units.model import UnitId, Units

START, SECOND, REFORM = date(2021, 1, 1), date(2025, 1, 1), date(2025, 7, 1)
BEFORE_REFORM = date(2025, 6, 30)
NGHE_AN, VINH, COMMUNE = "40", "412", "16681"


@pytest.fixture(scope="module")
def units() -> Units:
    return load_units()


def row(**fields: object) -> OrganisationRow:
    department = OrganisationRow(
        organ_id="H41.12",
        organ_name="Sở Nông nghiệp",
        level="province",
        unit_code=NGHE_AN,
        old_organ_id=None,
        valid_from=date(2024, 1, 1),
        valid_to=None,
        written_on=date(2025, 2, 1),
    )
    return replace(department, **fields)  # type: ignore[arg-type]


def spans(periods: Sequence[OrganisationPeriod], code: str = "H41.12") -> list[tuple[date, date | None, str | None]]:
    return [(p.from_day, p.to_day, p.unit_code) for p in periods if p.organ_code == code]


def test_a_department_counts_for_its_province(units: Units) -> None:
    assert organisation_periods([row()], units) == [
        OrganisationPeriod(
            organ_code="H41.12",
            from_day=date(2024, 1, 1),
            to_day=None,
            organ_id="H41.12",
            level="province",
            ambiguous=False,
            unit_code="40",
            unit_valid_from=START,
            unit_level="province",
            district_code=None,
            district_valid_from=None,
            province_code="40",
            province_valid_from=START,
        )
    ]


def test_both_codes_of_a_row_have_the_same_periods(units: Units) -> None:
    periods = organisation_periods([row(old_organ_id="000.00.12.H41")], units)
    assert [p.organ_code for p in periods] == ["000.00.12.H41", "H41.12"]
    assert replace(periods[0], organ_code="H41.12") == periods[1]
    assert periods[0].organ_id == "H41.12"


def test_an_old_code_equal_to_the_new_one_counts_once(units: Units) -> None:
    assert organisation_periods([row(old_organ_id="H41.12")], units) == organisation_periods([row()], units)


def test_periods_are_cut_where_the_unit_of_the_day_changes(units: Units) -> None:
    """A commune's committee that was not closed: its commune went into 00097 of Hà Nội on 2025-07-01."""
    periods = organisation_periods([row(level="commune", unit_code="00001")], units)
    assert spans(periods) == [(date(2024, 1, 1), BEFORE_REFORM, "00001"), (REFORM, None, "00097")]
    assert [p.district_code for p in periods] == ["001", None]
    assert [p.level for p in periods] == ["commune", "commune"]
    assert not any(p.ambiguous for p in periods)


def test_a_district_office_is_ambiguous_after_the_district_level_ended(units: Units) -> None:
    before, after = organisation_periods([row(level="district", unit_code=VINH)], units)
    assert (before.to_day, before.unit_code, before.district_code, before.ambiguous) == (
        BEFORE_REFORM,
        VINH,
        VINH,
        False,
    )
    assert (after.from_day, after.to_day, after.ambiguous) == (REFORM, None, True)
    assert (after.unit_code, after.unit_level, after.district_code, after.province_code) == (None, None, None, None)


def test_days_before_the_units_are_known_are_ambiguous(units: Units) -> None:
    periods = organisation_periods([row(valid_from=date(2015, 5, 1))], units)
    assert [(p.from_day, p.to_day, p.ambiguous) for p in periods] == [
        (date(2015, 5, 1), date(2020, 12, 31), True),
        (START, None, False),
    ]


def test_the_unit_code_means_the_unit_of_the_day_it_was_written(units: Units) -> None:
    by_day = {
        day: organisation_periods([row(level="commune", unit_code=COMMUNE, written_on=day)], units) for day in (BEFORE_REFORM, REFORM)
    }
    assert [(p.unit_code, p.unit_level) for p in by_day[BEFORE_REFORM]] == [(COMMUNE, "commune"), (COMMUNE, "commune")]
    assert [(p.unit_code, p.unit_level) for p in by_day[REFORM]] == [("40", "province"), (COMMUNE, "commune")]


def test_unit_valid_from_says_the_identity_outright(units: Units) -> None:
    said = row(level="commune", unit_code=COMMUNE, written_on=date(2025, 8, 1), unit_valid_from=START)
    written = row(level="commune", unit_code=COMMUNE, written_on=BEFORE_REFORM)
    assert organisation_periods([said], units) == organisation_periods([written], units)


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit_code": "99999"},
        {"written_on": date(2020, 12, 31)},
        {"unit_code": "07693", "written_on": date(2024, 12, 31)},
        {"unit_valid_from": date(2021, 1, 2)},
    ],
)
def test_a_unit_that_cannot_be_told_is_ambiguous(units: Units, wrong: dict[str, object]) -> None:
    (period,) = organisation_periods([row(**wrong)], units)
    assert (period.ambiguous, period.unit_code, period.unit_valid_from, period.province_code) == (
        True,
        None,
        None,
        None,
    )
    assert (period.from_day, period.to_day) == (date(2024, 1, 1), None)


def test_the_later_row_wins_where_the_earlier_was_not_closed(units: Units) -> None:
    moved = row(valid_from=date(2025, 3, 1), unit_code=VINH, level="district", valid_to=date(2025, 4, 30))
    assert spans(organisation_periods([row(), moved], units)) == [
        (date(2024, 1, 1), date(2025, 2, 28), "40"),
        (date(2025, 3, 1), date(2025, 4, 30), VINH),
        (date(2025, 5, 1), None, "40"),
    ]


def test_an_own_code_beats_an_old_one_even_of_a_later_row(units: Units) -> None:
    """Provinces re-issued codes: H41.12 is also what another organisation was called before."""
    other = row(organ_id="H41.77", old_organ_id="H41.12", valid_from=date(2024, 6, 1), unit_code=VINH)
    ended = row(valid_to=date(2024, 12, 31))
    periods = organisation_periods([ended, other], units)
    assert [(p.from_day, p.organ_id) for p in periods if p.organ_code == "H41.12"][:2] == [
        (date(2024, 1, 1), "H41.12"),
        (SECOND, "H41.77"),
    ]


def test_the_smallest_organ_id_decides_between_equals(units: Units) -> None:
    one, two = (row(organ_id=organ_id, old_organ_id="000.00.12.H41") for organ_id in ("H41.2", "H41.10"))
    periods = organisation_periods([one, two], units)
    assert {p.organ_id for p in periods if p.organ_code == "000.00.12.H41"} == {"H41.10"}


def test_rows_that_say_the_same_make_one_period(units: Units) -> None:
    first_half = row(valid_to=date(2024, 6, 30))
    second_half = row(valid_from=date(2024, 7, 1))
    assert organisation_periods([second_half, first_half], units) == organisation_periods([row()], units)


def test_a_gap_between_rows_stays_a_gap(units: Units) -> None:
    rows = [row(valid_to=date(2024, 6, 30)), row(valid_from=date(2024, 7, 2))]
    assert spans(organisation_periods(rows, units)) == [
        (date(2024, 1, 1), date(2024, 6, 30), "40"),
        (date(2024, 7, 2), None, "40"),
    ]


def test_a_row_holds_on_both_its_ends_and_a_row_that_ends_before_it_begins_on_no_day(units: Units) -> None:
    one_day = row(valid_to=date(2024, 1, 1))
    assert spans(organisation_periods([one_day], units)) == [(date(2024, 1, 1), date(2024, 1, 1), "40")]
    assert organisation_periods([row(valid_to=date(2023, 12, 31))], units) == []


def test_the_last_day_of_the_calendar_is_an_open_end(units: Units) -> None:
    assert organisation_periods([row(valid_to=date.max)], units) == organisation_periods([row()], units)


def test_changed_codes_are_those_whose_periods_differ(units: Units) -> None:
    same = row(organ_id="H41.1")
    before = organisation_periods([same, row(), row(organ_id="H41.9")], units)
    after = organisation_periods([same, row(valid_to=date(2025, 3, 31)), row(organ_id="H41.13")], units)
    assert changed_codes(before, after) == {"H41.12", "H41.9", "H41.13"}
    assert changed_codes(before, list(reversed(before))) == set()


def test_a_new_name_changes_no_code(units: Units) -> None:
    renamed = organisation_periods([row(organ_name="Sở Nông nghiệp và Môi trường")], units)
    assert changed_codes(organisation_periods([row()], units), renamed) == set()


# --- the algebra of periods

DAYS = st.dates(date(2020, 11, 1), date(2025, 9, 30))
ROWS = st.builds(
    OrganisationRow,
    organ_id=st.sampled_from(["A", "B", "C"]),
    organ_name=st.none(),
    level=st.sampled_from(["province", "commune"]),
    unit_code=st.sampled_from([NGHE_AN, VINH, COMMUNE, "24", "07693", "99999"]),
    old_organ_id=st.sampled_from([None, "A", "B", "O"]),
    valid_from=DAYS,
    valid_to=st.none() | DAYS,
    written_on=DAYS,
    unit_valid_from=st.sampled_from([None, None, START, REFORM]),
)
TABLES = st.lists(ROWS, max_size=6, unique_by=lambda r: (r.organ_id, r.valid_from))
INTERESTING_DAYS = DAYS | st.sampled_from([START, SECOND, BEFORE_REFORM, REFORM])


def winner_on(code: str, day: date, rows: list[OrganisationRow]) -> OrganisationRow | None:
    """The rule as it is written, one step after the other."""
    valid = [r for r in rows if r.valid_from <= day and (r.valid_to is None or day <= r.valid_to)]
    candidates = [r for r in valid if r.organ_id == code] or [r for r in valid if r.old_organ_id == code]
    if not candidates:
        return None
    latest = max(r.valid_from for r in candidates)
    return min((r for r in candidates if r.valid_from == latest), key=lambda r: r.organ_id)


@given(rows=TABLES, code=st.sampled_from(["A", "B", "C", "O"]), day=INTERESTING_DAYS)
def test_each_day_of_a_code_follows_the_written_rule(rows: list[OrganisationRow], code: str, day: date) -> None:
    units = load_units()
    holding = [
        p for p in organisation_periods(rows, units) if p.organ_code == code and p.from_day <= day and (p.to_day is None or day <= p.to_day)
    ]
    winner = winner_on(code, day, rows)
    if winner is None:
        assert holding == []
        return
    (period,) = holding
    assert (period.organ_id, period.level) == (winner.organ_id, winner.level)
    unit = (
        UnitId(winner.unit_code, winner.unit_valid_from)
        if winner.unit_valid_from
        else units.identity_at(winner.unit_code, winner.written_on)
    )
    segment = units.place(unit, day) if unit else None
    assert period.ambiguous is (segment is None)
    assert (period.unit_code, period.unit_valid_from, period.district_code, period.province_code) == (
        (segment.at_unit_code, segment.at_unit_valid_from, segment.district_code, segment.province_code)
        if segment
        else (None, None, None, None)
    )


@given(rows=st.lists(ROWS, max_size=6), data=st.data())
def test_the_order_of_the_rows_does_not_matter(rows: list[OrganisationRow], data: st.DataObject) -> None:
    """Even where the table had two rows of one key."""
    shuffled = data.draw(st.permutations(rows))
    assert organisation_periods(shuffled, load_units()) == organisation_periods(rows, load_units())


@given(rows=TABLES)
def test_periods_are_sorted_apart_and_as_long_as_they_can_be(rows: list[OrganisationRow]) -> None:
    periods = organisation_periods(rows, load_units())
    assert periods == sorted(periods, key=lambda p: (p.organ_code, p.from_day))
    assert all(p.to_day is None or p.from_day <= p.to_day for p in periods)
    of_code: dict[str, list[OrganisationPeriod]] = defaultdict(list)
    for period in periods:
        of_code[period.organ_code].append(period)
    for same_code in of_code.values():
        for earlier, later in pairwise(same_code):
            assert earlier.to_day is not None
            assert earlier.to_day < later.from_day
            if earlier.to_day + timedelta(days=1) == later.from_day:
                assert replace(earlier, from_day=later.from_day, to_day=later.to_day) != later


def test_a_country_of_organisations_takes_little_time(units: Units) -> None:
    communes = [v.unit_code for v in units.versions if v.level == "commune" and v.version_from == START][:5000]
    rows = [row(organ_id=f"H41.{i}", old_organ_id=f"000.{i}.H41", level="commune", unit_code=code) for i, code in enumerate(communes)]
    started = time.process_time()
    periods = organisation_periods(rows, units)
    assert time.process_time() - started < 2
    assert len({p.organ_code for p in periods}) == 10_000
