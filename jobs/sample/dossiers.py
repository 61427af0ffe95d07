"""Public-service dossiers of the one-stop portal (`portal/dossiers`), by the field names of domain.md section 5.

Truth, by the newest valid version of a dossier, for the unit of its agency; states 1 (registered), 3 (not received) and 7
(withdrawn by the citizen) count nowhere:
`dossiers_received_online`: channel online ÷ (in person + online), of procedures offered online (MucDo 3 and 4), on the day
of `NgayTiepNhan`; `dossiers_on_time`: date(NgayKetThucXuLy) <= date(NgayHenTra) ÷ those with a due date, on the day of
`NgayKetThucXuLy`; `dossiers_on_time_qd766`: of what was received in the year, or finished in it, what was finished by its due day, or is not due yet
(a dossier without a due day is on neither side, nor one that has ended without a day).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from jobs.sample.draws import long_tailed, pick_many
from jobs.sample.export_stream import Landed, broken_line, draw_scenarios, exports, in_normal_form, json_line
from jobs.sample.fates import ErrorCode, Fact, Line, Term
from jobs.sample.organisations import Organisation
from jobs.sample.plan import SamplePlan
from jobs.sample.roster import Roster
from jobs.sample.truth import TruthBuilder
from jobs.sample.vocabulary import Procedure, Vocabulary
from jobs.sample.working_days import WorkingCalendar

DATASET = "portal/dossiers"
RATES: Mapping[str, float] = {
    "department": 6.0,
    "district_committee": 9.0,
    "district_office": 0.4,
    "commune_committee": 0.26,
}
"""Dossiers received on a working day by an organisation of a kind."""

IN_PERSON, ONLINE, POST = 1, 2, 3
REGISTERED, RECEIVED, NOT_RECEIVED, IN_PROCESS, SUPPLEMENT, PAYMENT, WITHDRAWN, STOPPED, PROCESSED, RETURNED = range(1, 11)
NEVER_RECEIVED = (REGISTERED, NOT_RECEIVED)
GOES_ON = (RECEIVED, IN_PROCESS, SUPPLEMENT, PAYMENT)
OFFERED_ONLINE = (3, 4)

POST_SHARE = 0.03
NOT_RECEIVED_SHARE = 0.03
LATE_SHARE = 0.07
NO_DUE_DATE_SHARE = 0.015
RECEPTION_EXPORT_SHARE = 0.6
LOCAL_CODE_SHARE = 0.1
NIGHT_SHARE = 0.02
"""Received or finished by the portal itself at an hour at which another time zone has another day."""
SERIALS_PER_SEED = 1000
FIRST_BACKLOG_SERIAL = 500
_NO_RECORD_BEFORE = date(2020, 12, 31)
_SCENARIOS = (
    "duplicate_lines",
    "late_versions",
    "corrections",
    "unknown_organisations",
    "organisations_not_valid",
    "invalid",
    "invalid_corrections",
    "broken_lines",
)
# States at the end of processing, by the upper end of a draw from 0 to 1.
_ENDINGS = ((0.70, RETURNED), (0.965, PROCESSED), (0.98, STOPPED), (0.99, SUPPLEMENT), (1.0, PAYMENT))
_WITHDRAWN_SHARE = 0.015


def write_moment(moment: datetime) -> str:
    """A moment of Vietnam's time as yyyyMMddHHmmss."""
    text = moment.isoformat()
    return f"{text[:4]}{text[5:7]}{text[8:10]}{text[11:13]}{text[14:16]}{text[17:19]}"


@dataclass(frozen=True, slots=True)
class _Version:
    """What of a dossier changes from version to version; None = not there."""

    updated_at: datetime
    state: int
    channel: int
    received_at: datetime | None
    due_at: datetime | None
    finished_at: datetime | None = None
    returned_at: datetime | None = None
    refused_at: datetime | None = None


@dataclass(slots=True)
class _Dossier:
    """One dossier. `first` is the version of its reception (or registration), `last` what came of it within the sample."""

    organisation: Organisation
    procedure: Procedure
    fields: dict[str, Any]
    loose_types: bool
    first: _Version
    last: _Version | None
    shows_first: bool
    chance: tuple[float, float, float]

    def line(self, version: _Version, error: ErrorCode | None = None, **changes: Any) -> Line:
        """A version as it is exported; `changes` are fields that differ, None for a null."""
        number: Callable[[int], int | str] = str if self.loose_types else int
        moments = {
            "NgayTiepNhan": version.received_at,
            "NgayHenTra": version.due_at,
            "NgayKetThucXuLy": version.finished_at,
            "NgayTra": version.returned_at,
            "NgayTuChoi": version.refused_at,
        }
        fields = {
            **self.fields,
            "MucDo": number(self.procedure.service_level),
            "KenhThucHien": number(version.channel),
            "TrangThaiHoSo": number(version.state),
            **{name: write_moment(moment) for name, moment in moments.items() if moment},
            "NgayCapNhat": write_moment(version.updated_at),
            **changes,
        }
        facts, term = ((), None) if error else (self._facts(version), self._term(version))
        return Line(json_line(fields), version.updated_at, error=error, facts=facts, term=term)

    def _facts(self, version: _Version) -> tuple[Fact, ...]:
        if version.state in NEVER_RECEIVED or version.received_at is None:
            return ()
        level, unit_code, online = self.organisation.level, self.organisation.unit_code, int(version.channel == ONLINE)
        facts = [Fact("dossiers_online_qd766", level, unit_code, version.received_at.date(), online, 1)]
        if version.state == WITHDRAWN:
            return tuple(facts)
        if self.procedure.service_level in OFFERED_ONLINE and version.channel in (IN_PERSON, ONLINE):
            facts.append(Fact("dossiers_received_online", level, unit_code, version.received_at.date(), online, 1))
        if version.finished_at and version.due_at:
            on_time = int(version.finished_at.date() <= version.due_at.date())
            facts.append(Fact("dossiers_on_time", level, unit_code, version.finished_at.date(), on_time, 1))
        return tuple(facts)

    def _term(self, version: _Version) -> Term | None:
        counts = version.state not in (*NEVER_RECEIVED, WITHDRAWN) and (version.finished_at or version.state in GOES_ON)
        if not counts or version.received_at is None or version.due_at is None:
            return None
        ended = version.finished_at.date() if version.finished_at else None
        return Term(self.organisation.level, version.received_at.date(), version.due_at.date(), ended)


class Dossiers:
    """Makes the dossiers of a sample."""

    def __init__(self, plan: SamplePlan, roster: Roster, calendar: WorkingCalendar, vocabulary: Vocabulary) -> None:
        self._plan = plan
        self._roster = roster
        self._calendar = calendar
        self._vocabulary = vocabulary
        self._procedures = {kind: [procedure for procedure in vocabulary.procedures if kind in procedure.kinds] for kind in RATES}
        self._scenarios: dict[str, Callable[[_Dossier], list[Landed]]] = {
            "": self._plain,
            "duplicate_lines": self._duplicate,
            "late_versions": self._late,
            "corrections": self._correction,
            "unknown_organisations": self._unknown_organisation,
            "organisations_not_valid": self._organisation_not_valid,
            "invalid": self._invalid,
            "invalid_corrections": self._invalid_correction,
            "broken_lines": self._broken,
        }

    @property
    def total(self) -> int:
        """How many dossiers there are."""
        if self._plan.dossiers is not None:
            return self._plan.dossiers
        return self._roster.usual_number(self._calendar.workdays, RATES)

    def exports(self, truth: TruthBuilder) -> Iterator[tuple[date, list[bytes]]]:
        """The lines of each export, in order of days."""
        return exports(self._plan, DATASET, self._calendar, total=self.total, records_of_day=self._records_of_day, truth=truth)

    # --- dossiers -----------------------------------------------------------------------------------------------------

    def _records_of_day(self, reception_day: date | None, count: int, generator: np.random.Generator) -> Iterator[list[Landed]]:
        scenarios = draw_scenarios(generator, count, self._plan.dirt, _SCENARIOS)
        for dossier, scenario in zip(self._dossiers(reception_day, count, generator), scenarios, strict=True):
            yield self._scenarios[scenario](dossier)

    def _dossiers(self, reception_day: date | None, count: int, generator: np.random.Generator) -> Iterator[_Dossier]:
        organisations = self._roster.on(reception_day or self._plan.date_from)
        chosen = pick_many(generator, count, self._roster.weights(reception_day or self._plan.date_from, RATES))
        delays = long_tailed(generator, count, 4, 1.0)
        numbers = generator.integers(0, 10**9, count).tolist()
        draws = generator.random((count, 16)).tolist()
        applicants = self._vocabulary.people(generator, count)
        officials = self._vocabulary.people(generator, count)
        serials: Counter[tuple[str, date]] = Counter()
        for index in range(count):
            organisation = organisations[chosen[index]]
            draw = draws[index]
            procedures = self._procedures[organisation.kind]
            procedure = procedures[int(draw[0] * len(procedures))]
            channel = self._channel(organisation, procedure, draw[2])
            received_at = self._reception(organisation, procedure, reception_day, channel, draw)
            backlog = reception_day is None
            first, last = self._course(organisation, procedure, received_at, channel, backlog=backlog, delay=delays[index], draw=draw)
            submitted_at = received_at - timedelta(minutes=3 + int(draw[9] * 40))
            if channel == ONLINE and first.received_at:
                submitted_at = received_at - timedelta(hours=int(draw[9] * 20), minutes=3)
                submitted_at = max(submitted_at, datetime.combine(organisation.valid_from, time.min))
            code = organisation.organ_id
            if organisation.old_organ_id and draw[10] < self._plan.dirt.old_order_codes:
                code = organisation.old_organ_id
            serials[code, received_at.date()] += 1
            serial = serials[code, received_at.date()] + (FIRST_BACKLOG_SERIAL if backlog else 0)
            serial += self._plan.seed % 10 * SERIALS_PER_SEED
            kind = 1 if draw[11] < 0.86 else 2 if draw[11] < 0.98 else 3 if draw[11] < 0.99 else 4
            applicant = applicants[index] if kind == 1 else self._vocabulary.marked(f"Công ty TNHH {applicants[index]}")
            local = f".000.00.00.{organisation.organ_id.partition('.')[0]}" if draw[12] < LOCAL_CODE_SHARE else ""
            decomposed = draw[13] < self._plan.dirt.nfd_text
            yield _Dossier(
                organisation=organisation,
                procedure=procedure,
                fields={
                    "MaHoSo": f"{code}-{received_at:%y%m%d}-{serial:04d}",
                    "MaTTHC": procedure.code + local,
                    "TenTTHC": in_normal_form(procedure.name, decomposed),
                    "MaLinhVuc": procedure.field_code,
                    "TenLinhVuc": in_normal_form(procedure.field_name, decomposed),
                    "DonViXuLy": code,
                    "ChuHoSo": in_normal_form(applicant, decomposed),
                    # No identity number begins with 099: codes of provinces end at 096.
                    "SoGiayToChuHoSo": f"099{numbers[index]:09d}",
                    "LoaiDoiTuong": kind,
                    "TrichYeuHoSo": in_normal_form(self._vocabulary.marked(procedure.name), decomposed),
                    "NgayNopHoSo": write_moment(submitted_at),
                    "NguoiXuLy": officials[index],
                    "HinhThuc": "0",
                    "NoiNopHoSo": "1" if channel == ONLINE else "2",
                    "HoSoCoThanhPhanSoHoa": "1" if channel == ONLINE or draw[14] < 0.4 else "0",
                    "DuocThanhToanTrucTuyen": "1" if channel == ONLINE and draw[14] < 0.7 else "0",
                },
                loose_types=draw[14] < self._plan.dirt.loose_types,
                first=first,
                last=last,
                shows_first=not backlog and (last is None or draw[15] < RECEPTION_EXPORT_SHARE),
                chance=(draw[15], draw[9], draw[12]),
            )

    def _reception(
        self, organisation: Organisation, procedure: Procedure, reception_day: date | None, channel: int, draw: list[float]
    ) -> datetime:
        """In office hours; now and then just after midnight, where the portal receives what came in online."""
        day = reception_day
        if day is None:
            # What is open at the start is mostly not yet due.
            age = int(draw[12] * procedure.days)
            day = max(self._calendar.shift(self._plan.date_from, -1 - age), organisation.valid_from)
        seconds = int(draw[1] * 8 * 3600)
        if channel == ONLINE and draw[3] >= NOT_RECEIVED_SHARE and draw[6] >= 1 - NIGHT_SHARE:
            return datetime.combine(day, time(0, 5)) + timedelta(seconds=seconds // 20)
        return datetime.combine(day, time(8, 30)) + timedelta(seconds=seconds)

    def _channel(self, organisation: Organisation, procedure: Procedure, draw: float) -> int:
        if draw < POST_SHARE:
            return POST
        if procedure.service_level not in OFFERED_ONLINE:
            return IN_PERSON
        online = (draw - POST_SHARE) / (1 - POST_SHARE) < self._roster.behaviour(organisation).portal_online
        return ONLINE if online else IN_PERSON

    def _course(
        self,
        organisation: Organisation,
        procedure: Procedure,
        received_at: datetime,
        channel: int,
        *,
        backlog: bool,
        delay: int,
        draw: list[float],
    ) -> tuple[_Version, _Version | None]:
        """The first version, and the last one where it falls within the sample."""
        if draw[3] < NOT_RECEIVED_SHARE and not backlog:
            return self._not_received(received_at, channel, draw[4])
        due_at = None
        if draw[5] >= NO_DUE_DATE_SHARE:
            due_day = self._calendar.shift(received_at.date(), procedure.days)
            due_at = datetime.combine(due_day, received_at.time())
        state = IN_PROCESS if draw[4] < 0.7 else RECEIVED
        first = _Version(received_at + timedelta(minutes=2), state, channel, received_at, due_at)
        finished_at = self._end_of_processing(organisation, procedure, received_at, backlog=backlog, delay=delay, draw=draw)
        last = self._ending(first, finished_at, draw[8])
        if self._calendar.export_day(last.updated_at) is None:
            if not backlog:
                return first, None
            # What was received before the sample shows by its end only, so the end must still be exported.
            last = self._ending(first, datetime.combine(self._plan.date_to, time(17)), draw[8])
        return first, last

    def _not_received(self, submitted_at: datetime, channel: int, draw: float) -> tuple[_Version, _Version | None]:
        registered = _Version(submitted_at + timedelta(minutes=1), REGISTERED, channel, None, None)
        if draw < 0.5:
            return registered, None
        refused_at = submitted_at + timedelta(minutes=30)
        return registered, replace(registered, updated_at=refused_at + timedelta(minutes=1), state=NOT_RECEIVED, refused_at=refused_at)

    def _end_of_processing(
        self,
        organisation: Organisation,
        procedure: Procedure,
        received_at: datetime,
        *,
        backlog: bool,
        delay: int,
        draw: list[float],
    ) -> datetime:
        """When processing ends: mostly in time, sometimes on the due day after the due hour, sometimes late."""
        late = draw[6] < LATE_SHARE
        days = procedure.days + 1 + delay if late else round(procedure.days * min(1.0, 0.2 + draw[7]))
        day = self._calendar.shift(received_at.date(), days)
        if backlog:
            day = max(day, self._calendar.shift(self._plan.date_from, int(draw[7] * 4)))
        if organisation.valid_to and day > organisation.valid_to:
            # The agency ends before the dossier is due: it hands everything over finished.
            day = max(self._calendar.last_on_or_before(organisation.valid_to), received_at.date())
        seconds = int(draw[7] * 9 * 3600)
        finished_at = datetime.combine(day, time(8)) + timedelta(seconds=seconds)
        if draw[15] < NIGHT_SHARE:
            finished_at = datetime.combine(day, time(23, 15)) + timedelta(seconds=seconds // 20)
        return max(finished_at, received_at + timedelta(minutes=15))

    def _ending(self, first: _Version, finished_at: datetime, draw: float) -> _Version:
        updated_at = finished_at + timedelta(minutes=4)
        if draw < _WITHDRAWN_SHARE:
            return replace(first, updated_at=updated_at, state=WITHDRAWN)
        rest = (draw - _WITHDRAWN_SHARE) / (1 - _WITHDRAWN_SHARE)
        state = next(state for end, state in _ENDINGS if rest < end)
        if state in (SUPPLEMENT, PAYMENT):
            return replace(first, updated_at=updated_at, state=state)
        returned_at = finished_at + timedelta(minutes=2) if state == RETURNED else None
        return replace(first, updated_at=updated_at, state=state, finished_at=finished_at, returned_at=returned_at)

    # --- what lands ---------------------------------------------------------------------------------------------------

    def _landed(self, line: Line) -> list[Landed]:
        day = self._calendar.export_day(line.version) if line.version else None
        return [Landed(day, line)] if day else []

    def _plain(self, dossier: _Dossier) -> list[Landed]:
        landed = self._landed(dossier.line(dossier.first)) if dossier.shows_first else []
        if dossier.last:
            landed += self._landed(dossier.line(dossier.last))
        return landed

    def _duplicate(self, dossier: _Dossier) -> list[Landed]:
        landed = self._plain(dossier)
        day, line = landed[-1]
        return [*landed, Landed(self._calendar.later_export(day, int(dossier.chance[0] * 6)), line)]

    def _late(self, dossier: _Dossier) -> list[Landed]:
        if dossier.last is None:
            return self._plain(dossier)
        landed = self._landed(dossier.line(dossier.last))
        late_day = self._calendar.later_export(landed[0].day, 1 + int(dossier.chance[0] * 5))
        return [*landed, Landed(late_day, dossier.line(dossier.first))]

    def _correction(self, dossier: _Dossier) -> list[Landed]:
        """Another channel, or an end of processing that was in fact earlier."""
        last = dossier.last
        if last is None or last.received_at is None:
            return self._plain(dossier)
        updated_at = self._later_moment(last, 1 + int(dossier.chance[1] * 20), dossier.chance[2])
        earliest = last.received_at + timedelta(minutes=15)
        if last.finished_at and dossier.chance[0] < 0.6:
            corrected = max(last.finished_at - timedelta(days=1 + int(dossier.chance[2] * 20)), earliest)
            newer = replace(last, updated_at=updated_at, finished_at=corrected)
        else:
            newer = replace(last, updated_at=updated_at, channel=POST if last.channel == ONLINE else ONLINE)
        return [*self._plain(dossier), *self._landed(dossier.line(newer))]

    def _unknown_organisation(self, dossier: _Dossier) -> list[Landed]:
        level_1 = dossier.organisation.organ_id.partition(".")[0]
        serial = 10 + int(dossier.chance[1] * 80)
        unknown = (f"{level_1}.9{serial}", f"H99.{serial}", f"000.98.{serial}.{level_1}", f"000.00.{serial}.H99")
        code = unknown[int(dossier.chance[0] * len(unknown))]
        return self._rejected(dossier, ErrorCode.UNKNOWN_ORGANISATION, DonViXuLy=code)

    def _organisation_not_valid(self, dossier: _Dossier) -> list[Landed]:
        version = dossier.last or dossier.first
        if version.received_at is None:
            return self._plain(dossier)
        received_at = datetime.combine(_NO_RECORD_BEFORE - timedelta(days=int(dossier.chance[0] * 60)), time(9))
        code, _, serial = dossier.fields["MaHoSo"].rsplit("-", 2)
        # Old receptions of all days share a day here: the serial of the record's own day keeps the codes apart.
        unique = f"{dossier.first.updated_at:%y%m%d}{serial}"
        return self._rejected(
            dossier,
            ErrorCode.ORGANISATION_NOT_VALID,
            MaHoSo=f"{code}-{received_at:%y%m%d}-{unique}",
            NgayNopHoSo=write_moment(received_at - timedelta(minutes=20)),
            NgayTiepNhan=write_moment(received_at),
        )

    def _invalid(self, dossier: _Dossier) -> list[Landed]:
        if dossier.first.received_at is None:
            return self._plain(dossier)
        error, changes = _broken_rule(dossier)
        return self._rejected(dossier, error, **changes)

    def _invalid_correction(self, dossier: _Dossier) -> list[Landed]:
        if dossier.last is None or dossier.last.received_at is None:
            return self._plain(dossier)
        error, changes = _broken_rule(dossier)
        updated_at = self._later_moment(dossier.last, 1 + int(dossier.chance[1] * 10), dossier.chance[2])
        newer = self._landed(dossier.line(replace(dossier.last, updated_at=updated_at), error, **changes))
        return [*self._plain(dossier), *(_version_as_sent(landed, changes) for landed in newer)]

    def _broken(self, dossier: _Dossier) -> list[Landed]:
        day, line = self._plain(dossier)[-1]
        return [Landed(day, broken_line(line))]

    def _rejected(self, dossier: _Dossier, error: ErrorCode, **changes: Any) -> list[Landed]:
        """The last version only, breaking a rule."""
        landed = self._landed(dossier.line(dossier.last or dossier.first, error, **changes))
        return [_version_as_sent(item, changes) for item in landed]

    def _later_moment(self, version: _Version, working_days: int, draw: float) -> datetime:
        """A moment in working hours, some working days after a version."""
        day = self._calendar.shift(version.updated_at.date() + timedelta(days=1), working_days - 1)
        return datetime.combine(day, time(8)) + timedelta(seconds=int(draw * 8 * 3600))


def _broken_rule(dossier: _Dossier) -> tuple[ErrorCode, dict[str, Any]]:
    """One of the rules of the contract, and the fields of a received dossier that break it and no other."""
    impossible = f"{dossier.first.updated_at.year}0230081500"
    rules: tuple[tuple[ErrorCode, dict[str, Any]], ...] = (
        (ErrorCode.INVALID_TIMESTAMP, {"NgayTiepNhan": impossible}),
        (ErrorCode.INVALID_TIMESTAMP, {"NgayHenTra": impossible}),
        (ErrorCode.INVALID_TIMESTAMP, {"NgayKetThucXuLy": f"{impossible[:4]}-02-28"}),
        (ErrorCode.INVALID_VALUE, {"TrangThaiHoSo": 11}),
        (ErrorCode.INVALID_VALUE, {"KenhThucHien": "9"}),
        (ErrorCode.INVALID_VALUE, {"MucDo": 7}),
        (ErrorCode.MISSING_VALUE, {"NgayTiepNhan": None}),
        (ErrorCode.MISSING_VALUE, {"MaTTHC": None}),
        (ErrorCode.MISSING_VALUE, {"KenhThucHien": None}),
        (ErrorCode.MISSING_VALUE, {"NgayCapNhat": None}),
    )
    return rules[int(dossier.chance[0] * len(rules))]


def _version_as_sent(landed: Landed, changes: Mapping[str, Any]) -> Landed:
    """The line as a reader knows it: without a version where NgayCapNhat is missing."""
    return Landed(landed.day, landed.line._replace(version=None)) if "NgayCapNhat" in changes else landed
