"""Work records of the e-office (`eoffice/work_records`): opened, worked on, closed, exported, and their dirt.

Truth: a work record counts by its newest valid version where that is closed, not withdrawn and no state secret, on
Vietnam's day of `ClosedAt`, for the unit of its agency; it is online when it was created and processed online and signed
digitally (domain, section 2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from jobs.sample.draws import long_tailed, pick_many
from jobs.sample.export_stream import Landed, broken_line, draw_scenarios, exports, in_normal_form, json_line
from jobs.sample.fates import ErrorCode, Fact, Line
from jobs.sample.organisations import Organisation
from jobs.sample.plan import EXCLUSIVE, SamplePlan
from jobs.sample.roster import Roster, TimeStyle
from jobs.sample.truth import TruthBuilder
from jobs.sample.vocabulary import Vocabulary
from jobs.sample.working_days import WorkingCalendar

DATASET = "eoffice/work_records"
INDICATOR = "work_records_online"
RATES: Mapping[str, float] = {
    "department": 6.4,
    "district_committee": 2.1,
    "district_office": 1.05,
    "commune_committee": 0.33,
}
"""Records opened on a working day by an organisation of a kind."""

MEDIAN_DAYS, SIGMA_DAYS = 5, 0.9
EVENING_SHARE = 0.02
MONTH_EDGE_EVENING_SHARE = 0.15
"""Around the change of the month work goes on into the night, when Vietnam's month and that of UTC differ."""
OPEN_EXPORT_SHARE = 0.55
CANCELLED_SHARE = 0.02
_SHORTEST = timedelta(minutes=10)
_SECRET_LEVELS = ("mat", "mat", "mat", "mat", "toi_mat", "tuyet_mat")
_FLAGS = ("CreatedOnline", "ProcessedOnline", "SignedDigitally")
_NO_RECORD_BEFORE = date(2020, 12, 31)


def write_moment(moment: datetime, style: TimeStyle) -> str:
    """A moment of Vietnam's time as an e-office writes it."""
    match style:
        case TimeStyle.OFFSET:
            return f"{moment.isoformat()}+07:00"
        case TimeStyle.UTC:
            return f"{(moment - timedelta(hours=7)).isoformat()}Z"
        case TimeStyle.LOCAL:
            return moment.isoformat()


@dataclass(slots=True)
class _WorkRecord:
    """One record. `ended_at` is None while it is open at the sample's end; `chance` are numbers from 0 to below 1."""

    organisation: Organisation
    style: TimeStyle
    fields: dict[str, Any]
    opened_at: datetime
    ended_at: datetime | None
    end_updated_at: datetime
    cancelled: bool
    shows_open: bool
    chance: tuple[float, float, float]

    @property
    def closed(self) -> bool:
        return self.ended_at is not None and not self.cancelled

    def line(
        self,
        updated_at: datetime,
        error: ErrorCode | None = None,
        secret: bool = False,
        **changes: Any,
    ) -> Line:
        """One version of the record; `changes` are fields that differ, None for a field left out as null."""
        fields = {**self.fields, "UpdatedAt": write_moment(updated_at, self.style), **changes}
        return Line(json_line(fields), updated_at, secret, fields["Deleted"] is True, error)

    def open_line(self, secret: bool = False, **changes: Any) -> Line:
        """The version that says it was opened."""
        return self.line(self.opened_at + timedelta(minutes=5), secret=secret, **changes)

    def end_line(
        self,
        updated_at: datetime | None = None,
        closed_at: datetime | None = None,
        online: tuple[bool, bool, bool] | None = None,
        error: ErrorCode | None = None,
        secret: bool = False,
        **changes: Any,
    ) -> Line:
        """A version that says it was closed (or cancelled), with the fact that it adds when it is right and wins."""
        flags = dict(zip(_FLAGS, online, strict=True)) if online else {flag: self.fields[flag] for flag in _FLAGS}
        ended_at = closed_at or self.ended_at
        if ended_at is None:
            raise ValueError("a record that is still open has no line of its end")
        status = {
            "Status": "cancelled" if self.cancelled else "closed",
            "ClosedAt": None if self.cancelled else write_moment(ended_at, self.style),
        }
        line = self.line(updated_at or self.end_updated_at, error, secret, **{**status, **flags, **changes})
        if self.cancelled or error or secret:
            return line
        organisation = self.organisation
        is_online = int(all(flags.values()))
        fact = Fact(INDICATOR, organisation.level, organisation.unit_code, ended_at.date(), is_online, 1, agency=organisation.organ_id)
        return line._replace(facts=(fact,))


class WorkRecords:
    """Makes the work records of a sample."""

    def __init__(self, plan: SamplePlan, roster: Roster, calendar: WorkingCalendar, vocabulary: Vocabulary) -> None:
        self._plan = plan
        self._roster = roster
        self._calendar = calendar
        self._vocabulary = vocabulary
        self._serials: Counter[tuple[str, int]] = Counter()
        self._first_correctable = plan.date_from.replace(day=1)
        self._scenarios: dict[str, Callable[[_WorkRecord], list[Landed]]] = {
            "": self._plain,
            "duplicate_lines": self._duplicate,
            "late_versions": self._late,
            "corrections": self._correction,
            "withdrawn": self._withdrawn,
            "secret": self._secret,
            "became_secret": self._became_secret,
            "secrecy_lifted": self._secrecy_lifted,
            "unknown_organisations": self._unknown_organisation,
            "organisations_not_valid": self._organisation_not_valid,
            "invalid": self._invalid,
            "invalid_corrections": self._invalid_correction,
            "broken_lines": self._broken,
        }

    @property
    def total(self) -> int:
        """How many records there are."""
        if self._plan.work_records is not None:
            return self._plan.work_records
        return self._roster.usual_number(self._calendar.workdays, RATES)

    def exports(self, truth: TruthBuilder) -> Iterator[tuple[date, list[bytes]]]:
        """The lines of each export, in order of days."""
        return exports(self._plan, DATASET, self._calendar, total=self.total, records_of_day=self._records_of_day, truth=truth)

    # --- records ------------------------------------------------------------------------------------------------------

    def _records_of_day(self, opening_day: date | None, count: int, generator: np.random.Generator) -> Iterator[list[Landed]]:
        scenarios = draw_scenarios(generator, count, self._plan.dirt, EXCLUSIVE)
        for record, scenario in zip(self._records(opening_day, count, generator), scenarios, strict=True):
            yield self._scenarios[scenario](record)

    def _records(self, opening_day: date | None, count: int, generator: np.random.Generator) -> Iterator[_WorkRecord]:
        day = opening_day or self._plan.date_from
        organisations = self._roster.on(day)
        chosen = pick_many(generator, count, self._roster.weights(day, RATES))
        durations = long_tailed(generator, count, MEDIAN_DAYS, SIGMA_DAYS)
        ages = long_tailed(generator, count, MEDIAN_DAYS, SIGMA_DAYS)
        identifiers = generator.integers(0, 2**63, (count, 2)).tolist()
        documents = (1 + generator.poisson(6, count)).tolist()
        draws = generator.random((count, 14)).tolist()
        actions, subjects = self._vocabulary.work_actions, self._vocabulary.work_subjects
        for index in range(count):
            organisation = organisations[chosen[index]]
            draw = draws[index]
            opened_at, ended_at = self._times(organisation, opening_day, ages[index], durations[index], draw)
            end_updated_at = (ended_at or opened_at) + timedelta(seconds=20 + int(draw[3] * 540))
            if opening_day is None and self._calendar.export_day(end_updated_at) is None:
                # What was open before the sample shows by its end only, so the end must still be exported.
                end_updated_at = datetime.combine(self._plan.date_to, time(23, 59, 30))
                ended_at = max(datetime.combine(self._plan.date_to, time(16)), opened_at + _SHORTEST)
            ended = ended_at is not None and self._calendar.export_day(end_updated_at) is not None
            behaviour = self._roster.behaviour(organisation)
            online = draw[4] < behaviour.work_online
            title = f"{actions[int(draw[5] * len(actions))]} {subjects[int(draw[6] * len(subjects))]} năm {opened_at.year}"
            yield _WorkRecord(
                organisation=organisation,
                style=behaviour.time_style,
                fields={
                    "FileId": f"{identifiers[index][0]:016x}{identifiers[index][1]:016x}",
                    "FileCode": self._file_code(organisation, opened_at.year),
                    "OrganId": self._organ_code(organisation, draw[7]),
                    "Title": in_normal_form(
                        self._vocabulary.marked(f"{title} - {organisation.unit_name}"),
                        decomposed=draw[8] < self._plan.dirt.nfd_text,
                    ),
                    "ConfidenceLevel": "thuong",
                    "OpenedAt": write_moment(opened_at, behaviour.time_style),
                    "DueDate": self._calendar.shift(opened_at.date(), 3 + int(draw[9] * 18)).isoformat(),
                    "ClosedAt": None,
                    "Status": "open",
                    **dict(zip(_FLAGS, _flags(online, draw[10]), strict=True)),
                    "TotalDocuments": documents[index],
                    "UpdatedAt": None,
                    "Deleted": False,
                },
                opened_at=opened_at,
                ended_at=ended_at if ended else None,
                end_updated_at=end_updated_at,
                cancelled=draw[11] < CANCELLED_SHARE,
                shows_open=opening_day is not None and (not ended or draw[12] < OPEN_EXPORT_SHARE),
                chance=(draw[13], draw[2], draw[3]),
            )

    def _times(
        self, organisation: Organisation, opening_day: date | None, age: int, duration: int, draw: Sequence[float]
    ) -> tuple[datetime, datetime]:
        """When it was opened and ended: within the organisation's life, the end at least ten minutes after the start."""
        if opening_day is None:
            opening_day = max(self._calendar.shift(self._plan.date_from, -1 - age), organisation.valid_from)
            ending_day = min(self._calendar.shift(self._plan.date_from, duration), self._plan.date_to)
        else:
            ending_day = self._calendar.shift(opening_day, duration)
        if organisation.valid_to and ending_day > organisation.valid_to:
            ending_day = max(self._calendar.last_on_or_before(organisation.valid_to), opening_day)
        opened_at = datetime.combine(opening_day, time(7, 30)) + timedelta(seconds=int(draw[0] * 9 * 3600))
        edge = self._calendar.is_month_edge(ending_day)
        ending_time = _ending_time(draw[1], draw[2], MONTH_EDGE_EVENING_SHARE if edge else EVENING_SHARE)
        if edge and ending_time.hour == 0 and ending_day.day < 7:
            ending_day = ending_day.replace(day=1)
        ended_at = datetime.combine(ending_day, ending_time)
        return opened_at, max(ended_at, opened_at + _SHORTEST)

    def _file_code(self, organisation: Organisation, year: int) -> str:
        self._serials[organisation.organ_id, year] += 1
        return f"{organisation.organ_id}.{year}.HS-{self._serials[organisation.organ_id, year]:04d}"

    def _organ_code(self, organisation: Organisation, draw: float) -> str:
        if organisation.old_organ_id and draw < self._plan.dirt.old_order_codes:
            return organisation.old_organ_id
        return organisation.organ_id

    # --- what lands ---------------------------------------------------------------------------------------------------

    def _landed(self, line: Line, late: int = 0) -> Landed | None:
        """The line with its export, `late` exports after the first that could carry it; None after the sample's end."""
        day = self._calendar.export_day(line.version) if line.version else None
        return Landed(self._calendar.later_export(day, late), line) if day else None

    def _plain(self, record: _WorkRecord, **changes: Any) -> list[Landed]:
        lines = [record.open_line(**changes)] if record.shows_open else []
        if record.ended_at:
            lines.append(record.end_line(**changes))
        return [landed for line in lines if (landed := self._landed(line))]

    def _duplicate(self, record: _WorkRecord) -> list[Landed]:
        landed = self._plain(record)
        day, line = landed[-1]
        return [*landed, Landed(self._calendar.later_export(day, int(record.chance[0] * 6)), line)]

    def _late(self, record: _WorkRecord) -> list[Landed]:
        if not record.ended_at:
            return self._plain(record)
        end = record.end_line()
        day = self._calendar.export_day(record.end_updated_at) or self._plan.date_to
        late_day = self._calendar.later_export(day, 1 + int(record.chance[0] * 5))
        return [Landed(day, end), Landed(late_day, record.open_line())]

    def _correction(self, record: _WorkRecord) -> list[Landed]:
        if not record.closed or record.ended_at is None:
            return self._plain(record)
        earlier = record.ended_at - timedelta(days=8 + int(record.chance[1] * 25))
        first_day = max(self._first_correctable, record.organisation.valid_from)
        later = self._later_moment(record, 3 + int(record.chance[2] * 20))
        if record.chance[0] < 0.5 and earlier >= record.opened_at + _SHORTEST and earlier.date() >= first_day:
            newer = record.end_line(later, closed_at=earlier)
        else:
            was_online = all(record.fields[flag] for flag in _FLAGS)
            newer = record.end_line(later, online=_flags(not was_online, record.chance[1]))
        return self._followed_by(record, newer)

    def _withdrawn(self, record: _WorkRecord) -> list[Landed]:
        if not record.ended_at:
            return self._plain(record)
        if record.chance[0] < 0.2:
            same_version = record.end_line(Deleted=True)
            return self._followed_by(record, same_version, late=1 + int(record.chance[1] * 3))
        return self._followed_by(record, record.end_line(self._later_moment(record, 1 + int(record.chance[1] * 15)), Deleted=True))

    def _secret(self, record: _WorkRecord) -> list[Landed]:
        return self._plain(record, secret=True, ConfidenceLevel=_secret_level(record))

    def _became_secret(self, record: _WorkRecord) -> list[Landed]:
        if not record.ended_at:
            return self._plain(record)
        later = self._later_moment(record, 1 + int(record.chance[1] * 15))
        return self._followed_by(record, record.end_line(later, secret=True, ConfidenceLevel=_secret_level(record)))

    def _secrecy_lifted(self, record: _WorkRecord) -> list[Landed]:
        if not record.ended_at:
            return self._secret(record)
        lifted = self._landed(record.end_line(self._later_moment(record, 1 + int(record.chance[1] * 15))))
        return [*self._secret(record), *([lifted] if lifted else [])]

    def _unknown_organisation(self, record: _WorkRecord) -> list[Landed]:
        level_1, _, _ = record.organisation.organ_id.partition(".")
        serial = 10 + int(record.chance[1] * 80)
        unknown = (f"{level_1}.9{serial}", f"H99.{serial}", f"000.98.{serial}.{level_1}", f"000.00.{serial}.H99")
        return self._rejected(record, ErrorCode.UNKNOWN_ORGANISATION, OrganId=unknown[int(record.chance[0] * len(unknown))])

    def _organisation_not_valid(self, record: _WorkRecord) -> list[Landed]:
        if not record.closed:
            return self._plain(record)
        closed_at = datetime.combine(_NO_RECORD_BEFORE - timedelta(days=int(record.chance[0] * 60)), time(15, 30))
        line = record.end_line(
            error=ErrorCode.ORGANISATION_NOT_VALID,
            OpenedAt=write_moment(closed_at - timedelta(days=9), record.style),
            ClosedAt=write_moment(closed_at, record.style),
        )
        return [landed] if (landed := self._landed(line)) else []

    def _invalid(self, record: _WorkRecord) -> list[Landed]:
        if not record.closed:
            return self._plain(record)
        error, changes = _broken_rule(record)
        return self._rejected(record, error, **changes)

    def _invalid_correction(self, record: _WorkRecord) -> list[Landed]:
        if not record.closed:
            return self._plain(record)
        error, changes = _broken_rule(record)
        newer = record.end_line(self._later_moment(record, 1 + int(record.chance[1] * 10)), error=error, **changes)
        landed = self._landed(newer)
        tail = [Landed(landed.day, _version_as_sent(newer, changes))] if landed else []
        return [*self._plain(record), *tail]

    def _broken(self, record: _WorkRecord) -> list[Landed]:
        day, line = self._plain(record)[-1]
        return [Landed(day, broken_line(line))]

    def _rejected(self, record: _WorkRecord, error: ErrorCode, **changes: Any) -> list[Landed]:
        """The last version only, breaking a rule."""
        line = record.end_line(error=error, **changes) if record.ended_at else record.open_line(**changes)
        landed = self._landed(line._replace(error=error))
        return [Landed(landed.day, _version_as_sent(landed.line, changes))] if landed else []

    def _followed_by(self, record: _WorkRecord, newer: Line, late: int = 0) -> list[Landed]:
        landed = self._landed(newer, late)
        return [*self._plain(record), *([landed] if landed else [])]

    def _later_moment(self, record: _WorkRecord, working_days: int) -> datetime:
        """A moment in working hours, some working days after the record's end."""
        day = self._calendar.shift(record.end_updated_at.date() + timedelta(days=1), working_days - 1)
        return datetime.combine(day, time(8)) + timedelta(seconds=int(record.chance[2] * 8 * 3600))


def _ending_time(draw: float, detail: float, evening_share: float) -> time:
    """Mostly office hours; some late evenings and just after midnight, when Vietnam's day and that of UTC differ."""
    if draw < evening_share:
        minute = int(detail * 40)
        return time(23, 15 + minute) if draw < evening_share / 2 else time(0, 5 + minute)
    seconds = int(detail * 9.5 * 3600)
    return (datetime(2000, 1, 1, 7, 30) + timedelta(seconds=seconds)).time()  # noqa: DTZ001 - only the time of day is used


def _flags(online: bool, draw: float) -> tuple[bool, bool, bool]:
    """CreatedOnline, ProcessedOnline, SignedDigitally: all true when online, else one, two or all of them false."""
    if online:
        return True, True, True
    pattern = 1 + int(draw * 7)
    return not pattern & 1, not pattern & 2, not pattern & 4


def _secret_level(record: _WorkRecord) -> str:
    return _SECRET_LEVELS[int(record.chance[0] * len(_SECRET_LEVELS))]


def _broken_rule(record: _WorkRecord) -> tuple[ErrorCode, dict[str, Any]]:
    """One of the rules of the contract, and the fields of a closed record that break it and no other."""
    # The same day, so that an agency that begins on it is valid all the same.
    before = write_moment(record.opened_at - timedelta(hours=3), record.style)
    impossible = f"{record.opened_at.year}-02-30"
    rules: tuple[tuple[ErrorCode, dict[str, Any]], ...] = (
        (ErrorCode.CLOSED_BEFORE_OPENED, {"ClosedAt": before}),
        (ErrorCode.INVALID_TIMESTAMP, {"OpenedAt": f"{impossible}T08:00:00+07:00"}),
        (ErrorCode.INVALID_TIMESTAMP, {"ClosedAt": f"{impossible}T16:40:00+07:00"}),
        (ErrorCode.INVALID_DATE, {"DueDate": impossible}),
        (ErrorCode.INVALID_BOOLEAN, {"SignedDigitally": "không rõ"}),
        (ErrorCode.INVALID_VALUE, {"Status": "done"}),
        (ErrorCode.MISSING_VALUE, {"ClosedAt": None}),
        (ErrorCode.MISSING_VALUE, {"CreatedOnline": None}),
        (ErrorCode.MISSING_VALUE, {"OpenedAt": None}),
        (ErrorCode.MISSING_VALUE, {"UpdatedAt": None}),
        (ErrorCode.MISSING_SECRECY_LEVEL, {"ConfidenceLevel": None}),
        (ErrorCode.UNKNOWN_SECRECY_LEVEL, {"ConfidenceLevel": "noi_bo"}),
    )
    return rules[int(record.chance[0] * len(rules))]


def _version_as_sent(line: Line, changes: Mapping[str, Any]) -> Line:
    """The line as a reader knows it: without a version where UpdatedAt is missing."""
    return line._replace(version=None) if "UpdatedAt" in changes else line
