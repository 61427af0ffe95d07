from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from jobs.gold.evaluate import evaluate_indicator, roll_up
from jobs.gold.periods import Period, flow_periods, stock_periods
from warehouse_schema.indicator_catalogue import load_catalogue

JANUARY = Period("month", date(2025, 1, 1), date(2025, 1, 31))
FEBRUARY = Period("month", date(2025, 2, 1), date(2025, 2, 28))
QUARTER = Period("quarter", date(2025, 1, 1), date(2025, 3, 31))
ONLINE_RULE = {
    "requires_created_online": True,
    "requires_processed_online": True,
    "requires_signed_digitally": True,
    "include_paper_records": True,
}
ON_SPARK_HERE = (
    "work_records_online",
    "dossiers_received_online",
    "dossiers_on_time",
    "dossiers_online_qd766",
    "dossiers_on_time_qd766",
    "ocop_products_recognised",
)
"""The others are compared in test_stock_indicators."""
_serial = count()


def work_record(place: dict[str, Any], closed_on: date | None = date(2025, 1, 20), **changes: Any) -> dict[str, Any]:
    return {
        "file_id": f"file-{next(_serial)}",
        "organ_id": "H41.12",
        "level": "commune",
        **place,
        "status": "closed",
        "created_online": True,
        "processed_online": True,
        "signed_digitally": True,
        "closed_on": closed_on,
        "withdrawn": False,
        **changes,
    }


def paper(place: dict[str, Any], closed_count: int, **changes: Any) -> dict[str, Any]:
    return {
        "organ_id": "H41.12",
        "level": "commune",
        **place,
        "month": date(2025, 1, 1),
        "declared_on": date(2025, 1, 31),
        "closed_count": closed_count,
        "withdrawn": False,
        **changes,
    }


def dossier(place: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "dossier_id": f"H41.12-250120-{next(_serial):04}",
        "organ_id": "H41.12",
        "level": "commune",
        **place,
        "service_level": "full",
        "channel": "online",
        "applicant_type": "citizen",
        "received_on": date(2025, 1, 20),
        "due_on": date(2025, 1, 24),
        "finished_on": None,
        "state": "in_process",
        **changes,
    }


def document(place: dict[str, Any], promulgated_on: date = date(2025, 1, 20), **changes: Any) -> dict[str, Any]:
    return {
        "document_key": f"{promulgated_on},{next(_serial)}/UBND",
        "organ_id": "H41.12",
        "level": "commune",
        **place,
        "promulgated_on": promulgated_on,
        "status_code": None,
        "withdrawn": False,
        **changes,
    }


def paper_documents(place: dict[str, Any], sent_count: int, **changes: Any) -> dict[str, Any]:
    declared = paper(place, 0, **changes)
    del declared["closed_count"]
    return {**declared, "sent_count": sent_count}


def lineage(place: dict[str, Any], to_day: date | None = None, from_day: date = date(2021, 1, 1)) -> dict[str, Any]:
    """The unit counts for itself from `from_day` to `to_day`."""
    return {
        "unit_code": place["unit_code"],
        "unit_valid_from": place["unit_valid_from"],
        "from_day": from_day,
        "to_day": to_day,
        **{f"at_{name}": place[name] for name in ("unit_code", "unit_valid_from", "unit_level")},
        **{name: place[name] for name in place if not name.startswith("unit_")},
    }


def sides(rows: Iterable[dict[str, Any]], unit_level: str = "province", **match: Any) -> dict[str, tuple[int, int | None]]:
    """Breakdown -> (numerator, denominator) of the rows of one unit level, which must be one a breakdown."""
    chosen = [r for r in rows if r["unit_level"] == unit_level and all(r[name] == match[name] for name in match)]
    assert len({r["breakdown"] for r in chosen}) == len(chosen)
    return {r["breakdown"]: (r["numerator"], r["denominator"]) for r in chosen}


class TestWorkRecordsOnline:
    def test_closed_records_and_declared_paper_records(self, warehouse, places):
        place = places["commune"]
        warehouse.add(
            "silver.work_record",
            work_record(place),
            work_record(place, signed_digitally=False),
            work_record(place, status="open", closed_on=None),
            work_record(place, status="cancelled", closed_on=None),
            work_record(place, withdrawn=True),
            work_record(place, date(2025, 2, 1)),
        )
        warehouse.add("silver.paper_work_record", paper(place, 3), paper(place, 5, organ_id="H41.13", withdrawn=True))

        rows = warehouse.indicator("work_records_online", [JANUARY], **ONLINE_RULE)

        expected = {"": (1, 5), "source=e_office": (1, 2), "source=paper": (0, 3)}
        assert {level: sides(rows, level) for level in ("commune", "district", "province")} == {
            "commune": expected,
            "district": expected,
            "province": expected,
        }
        assert {r["value"] for r in rows if r["breakdown"] == ""} == {0.2}

    @pytest.mark.parametrize("part", ["created_online", "processed_online", "signed_digitally"])
    def test_each_part_of_online_is_asked_for_by_its_setting(self, warehouse, places, part):
        warehouse.add("silver.work_record", work_record(places["commune"], **{part: False}))

        strict = warehouse.indicator("work_records_online", [JANUARY], **ONLINE_RULE)
        lenient = warehouse.indicator("work_records_online", [JANUARY], **{**ONLINE_RULE, f"requires_{part}": False})

        assert sides(strict)[""] == (0, 1)
        assert sides(lenient)[""] == (1, 1)

    def test_records_of_agencies_that_declared_no_paper_are_told_apart_when_the_month_is_over(self, warehouse, places):
        place = places["commune"]
        warehouse.add(
            "silver.work_record",
            work_record(place, date(2025, 1, 10)),
            work_record(place, date(2025, 1, 10), organ_id="H41.13"),
            work_record(place, date(2025, 1, 11), organ_id="H41.13", processed_online=False),
            work_record(place, date(2025, 2, 10)),
        )
        warehouse.add("silver.paper_work_record", paper(place, 0))
        to_january_30 = Period("year_to_date", date(2025, 1, 1), date(2025, 1, 30))

        rows = warehouse.indicator("work_records_online", [JANUARY, FEBRUARY, to_january_30], **ONLINE_RULE)

        # A declared zero is a declaration; a declaration for January says nothing about February.
        assert sides(rows, period_end=JANUARY.period_end) == {
            "": (2, 3),
            "source=e_office": (2, 3),
            "paper_files=unknown": (1, 2),
        }
        assert sides(rows, period_end=FEBRUARY.period_end)["paper_files=unknown"] == (1, 1)
        assert "paper_files=unknown" not in sides(rows, period_end=to_january_30.period_end)

    def test_a_province_may_leave_paper_records_out(self, warehouse, places):
        warehouse.add("silver.work_record", work_record(places["commune"]))
        warehouse.add("silver.paper_work_record", paper(places["commune"], 3))

        rows = warehouse.indicator("work_records_online", [JANUARY], **{**ONLINE_RULE, "include_paper_records": False})

        assert sides(rows) == {"": (1, 1), "source=e_office": (1, 1)}

    def test_the_level_is_the_agency_s_and_not_the_unit_s(self, warehouse, places):
        warehouse.add(
            "silver.work_record",
            work_record(places["province"], level="province"),
            work_record(places["district"], level="district", created_online=False),
            work_record(places["commune"]),
        )

        rows = warehouse.indicator("work_records_online", [JANUARY], **ONLINE_RULE)

        totals = {(r["level"], r["unit_level"]): r["numerator"] for r in rows if r["breakdown"] == ""}
        assert totals == {
            ("province", "province"): 1,
            ("district", "district"): 0,
            ("district", "province"): 0,
            ("commune", "commune"): 1,
            ("commune", "district"): 1,
            ("commune", "province"): 1,
        }


class TestDocumentsExchangedElectronically:
    def test_documents_sent_as_edxml_and_declared_paper_documents(self, warehouse, places):
        place = places["commune"]
        warehouse.add(
            "silver.document",
            document(place),
            document(place, date(2025, 1, 31)),
            document(place, withdrawn=True),
            document(place, status_code="03"),
            document(place, date(2025, 2, 1)),
        )
        warehouse.add("silver.paper_document", paper_documents(place, 3), paper_documents(place, 5, organ_id="H41.13", withdrawn=True))

        rows = warehouse.indicator("documents_exchanged_electronically", [JANUARY])

        expected = {"": (2, 5), "source=edxml": (2, 2), "source=paper": (0, 3)}
        assert {level: sides(rows, level) for level in ("commune", "district", "province")} == dict.fromkeys(
            ("commune", "district", "province"), expected
        )
        assert {r["value"] for r in rows if r["breakdown"] == ""} == {0.4}

    def test_what_comes_from_agencies_that_declared_nothing_is_told(self, warehouse, places):
        commune, district = places["commune"], places["district"]
        warehouse.add(
            "silver.document",
            document(commune),
            document(commune, date(2025, 2, 3)),
            document(district, organ_id="H41.20", level="district"),
        )
        # A declared zero is a declaration; another month's is none for this one.
        warehouse.add("silver.paper_document", paper_documents(commune, 0))

        rows = warehouse.indicator("documents_exchanged_electronically", [JANUARY, FEBRUARY])

        assert sides(rows, level="commune", period_end=JANUARY.period_end) == {"": (1, 1), "source=edxml": (1, 1)}
        unknown = {"": (1, 1), "source=edxml": (1, 1), "paper_documents=unknown": (1, 1)}
        assert sides(rows, level="district", period_end=JANUARY.period_end) == unknown
        assert sides(rows, level="commune", period_end=FEBRUARY.period_end) == unknown

    def test_paper_documents_count_of_agencies_that_sent_nothing_else_unless_the_setting_leaves_them_out(self, warehouse, places):
        place = places["commune"]
        warehouse.add("silver.document", document(place))
        warehouse.add("silver.paper_document", paper_documents(place, 4, organ_id="H41.13"))

        def found(**settings: bool) -> dict[str, tuple[int, int | None]]:
            return sides(warehouse.indicator("documents_exchanged_electronically", [JANUARY], **settings), "commune")

        part = {"source=edxml": (1, 1)}
        assert found() == {"": (1, 5), **part, "source=paper": (0, 4), "paper_documents=unknown": (1, 1)}
        assert found(include_paper_documents=False) == {"": (1, 1), **part}


class TestDossiersReceivedOnline:
    def test_channels_service_levels_and_states_that_count(self, warehouse, places):
        place = places["commune"]
        warehouse.add(
            "silver.dossier",
            dossier(place),
            dossier(place, channel="in_person", service_level="partial", applicant_type=None),
            dossier(place, channel="post"),
            dossier(place, service_level="information"),
            dossier(place, state="registered"),
            dossier(place, state="not_received"),
            dossier(place, state="withdrawn", applicant_type="business"),
        )

        rows = warehouse.indicator("dossiers_received_online", [JANUARY], counts_withdrawn=False)
        with_withdrawn = warehouse.indicator("dossiers_received_online", [JANUARY], counts_withdrawn=True)

        assert sides(rows) == {
            "": (1, 2),
            "service_level=full": (1, 1),
            "service_level=partial": (0, 1),
            "applicant=citizen": (1, 1),
            "applicant=unknown": (0, 1),
        }
        assert sides(with_withdrawn)[""] == (2, 3)
        assert sides(with_withdrawn)["applicant=business"] == (1, 1)

    def test_the_period_is_that_of_reception(self, warehouse, places):
        warehouse.add("silver.dossier", dossier(places["commune"], finished_on=date(2025, 2, 3)))

        rows = warehouse.indicator("dossiers_received_online", [JANUARY, FEBRUARY], counts_withdrawn=False)

        assert {r["period_end"] for r in rows} == {JANUARY.period_end}


class TestDossiersByQd766:
    def test_all_channels_and_levels_are_received_and_withdrawn_ones_too(self, warehouse, places):
        place = places["commune"]
        warehouse.add(
            "silver.dossier",
            dossier(place),
            dossier(place, channel="in_person"),
            dossier(place, channel="post"),
            dossier(place, service_level="information"),
            dossier(place, state="withdrawn"),
            dossier(place, state="registered"),
            dossier(place, state="not_received"),
            dossier(place, received_on=date(2025, 2, 1)),
        )

        rows = warehouse.indicator("dossiers_online_qd766", [JANUARY])
        assert sides(rows) == {"": (3, 5)}
        assert {row["formula"] for row in rows} == {"qd766-1 (left out: electronic result, share synchronised, empty channel)"}
        assert sides(warehouse.indicator("dossiers_online_qd766", [JANUARY], counts_withdrawn=False)) == {"": (2, 4)}

    def on_time(self, warehouse, *dossiers, day=date(2025, 3, 31), **settings):
        warehouse.add("silver.dossier", *dossiers)
        return sides(warehouse.indicator("dossiers_on_time_qd766", stock_periods([day]), **settings))

    def test_what_is_in_process_within_its_time_is_in_time(self, warehouse, places):
        place = places["commune"]
        warehouse.add("silver.unit_lineage", lineage(place))
        found = self.on_time(
            warehouse,
            dossier(place, finished_on=date(2025, 1, 24)),
            dossier(place, finished_on=date(2025, 1, 25)),
            dossier(place, due_on=date(2025, 3, 31)),
            dossier(place, due_on=date(2025, 3, 30)),
            dossier(place, due_on=date(2025, 4, 10), finished_on=date(2025, 4, 20)),
            dossier(place, due_on=date(2025, 3, 30), finished_on=date(2025, 3, 31)),
            dossier(place, received_on=date(2025, 4, 1)),
            dossier(place, state="withdrawn"),
            dossier(place, state="registered"),
        )

        assert found == {"": (3, 6)}

    def test_a_dossier_of_the_year_before_counts_where_it_was_finished_in_this_one_and_once(self, warehouse, places):
        place = places["commune"]
        warehouse.add("silver.unit_lineage", lineage(place))
        before = {"received_on": date(2024, 12, 20), "due_on": date(2025, 1, 24)}
        found = self.on_time(
            warehouse,
            dossier(place, **before, finished_on=date(2025, 1, 24)),
            dossier(place, **before, finished_on=date(2024, 12, 31)),
            dossier(place, **before),
            dossier(place, received_on=date(2025, 1, 1), finished_on=date(2025, 1, 10)),
        )

        assert found == {"": (2, 2)}
        (december,) = warehouse.indicator("dossiers_on_time_qd766", stock_periods([date(2024, 12, 31)]))[:1]
        assert (december["numerator"], december["denominator"]) == (3, 3)

    def test_one_that_ended_without_a_day_is_not_in_process(self, warehouse, places):
        place = places["commune"]
        warehouse.add("silver.unit_lineage", lineage(place))
        late = {"due_on": date(2025, 12, 31)}
        found = self.on_time(
            warehouse,
            *(dossier(place, **late, state=state) for state in ("returned", "processed", "stopped")),
            *(dossier(place, **late, state=state) for state in ("received", "in_process", "supplement_requested", "payment_requested")),
            dossier(place, **late, state="returned", finished_on=date(2025, 3, 1)),
        )

        assert found == {"": (5, 5), "finish_date=unknown": (0, 3)}

    def test_a_district_s_dossiers_are_the_province_s_when_it_has_ended(self, warehouse, places):
        place = places["district"]
        province = {**places["province"], "district_code": None, "district_valid_from": None}
        warehouse.add("silver.unit_lineage", lineage(place, date(2025, 6, 30)), lineage(province))
        warehouse.add("silver.dossier", dossier(place, finished_on=date(2025, 1, 24)))

        (row,) = warehouse.indicator("dossiers_on_time_qd766", stock_periods([date(2025, 9, 30)]))
        assert (row["unit_code"], row["unit_level"], row["denominator"]) == ("40", "province", 1)

    def test_a_missing_due_date_is_on_neither_side_unless_a_setting_says_how_long(self, warehouse, places):
        place = places["commune"]
        warehouse.add("silver.unit_lineage", lineage(place))
        dossiers = (
            dossier(place, due_on=None, finished_on=date(2025, 1, 30)),
            dossier(place, due_on=None, finished_on=date(2025, 1, 31)),
            dossier(place, finished_on=date(2025, 1, 24)),
        )

        found = self.on_time(warehouse, *dossiers)
        assert (found[""], found["due_date=unknown"][1]) == ((1, 1), 2)
        assert self.on_time(warehouse, days_without_due_date=10) == {"": (2, 3)}


class TestDossiersOnTime:
    def test_on_the_due_day_is_on_time_and_no_due_date_is_on_neither_side(self, warehouse, places):
        place = places["commune"]
        warehouse.add("silver.unit_lineage", lineage(place))
        warehouse.add(
            "silver.dossier",
            dossier(place, finished_on=date(2025, 1, 24)),
            dossier(place, finished_on=date(2025, 1, 25), service_level="information"),
            dossier(place, finished_on=date(2025, 1, 25), due_on=None),
            dossier(place, finished_on=date(2025, 1, 26), due_on=None),
            dossier(place, finished_on=date(2025, 1, 24), state="withdrawn"),
            dossier(place),
        )

        rows = warehouse.indicator("dossiers_on_time", [JANUARY], counts_withdrawn=False)

        assert sides(rows) == {
            "": (1, 2),
            "service_level=full": (1, 1),
            "service_level=information": (0, 1),
            "due_date=unknown": (0, 2),
        }

    def test_a_dossier_counts_where_its_unit_of_reception_is_on_the_finishing_day(self, warehouse, places):
        place = places["commune"]
        successor = {
            "unit_code": "17616",
            "unit_valid_from": date(2025, 7, 1),
            "unit_level": "commune",
            "district_code": None,
            "district_valid_from": None,
            "province_code": "40",
            "province_valid_from": date(2021, 1, 1),
        }
        moved = lineage(successor, from_day=date(2025, 7, 1)) | {
            "unit_code": place["unit_code"],
            "unit_valid_from": place["unit_valid_from"],
        }
        warehouse.add("silver.unit_lineage", lineage(place, date(2025, 6, 30)), moved)
        received = {"received_on": date(2025, 6, 20), "due_on": date(2025, 7, 1)}
        warehouse.add(
            "silver.dossier",
            dossier(place, **received, finished_on=date(2025, 6, 30)),
            dossier(place, **received, finished_on=date(2025, 7, 1)),
        )

        rows = warehouse.indicator("dossiers_on_time", [Period("year", date(2025, 1, 1), date(2025, 12, 31))], counts_withdrawn=False)

        totals = {(r["unit_code"], r["unit_valid_from"]): r["numerator"] for r in rows if r["breakdown"] == ""}
        assert totals == {
            (place["unit_code"], place["unit_valid_from"]): 1,
            ("17616", date(2025, 7, 1)): 1,
            ("427", date(2021, 1, 1)): 1,
            ("40", date(2021, 1, 1)): 2,
        }

    def test_a_dossier_without_a_lineage_for_the_finishing_day_stays_where_it_was_received(self, warehouse, places):
        warehouse.add("silver.unit_lineage", lineage(places["commune"], date(2025, 1, 21)))
        warehouse.add("silver.dossier", dossier(places["commune"], finished_on=date(2025, 1, 22)))

        rows = warehouse.indicator("dossiers_on_time", [JANUARY], counts_withdrawn=False)

        assert sides(rows, "commune")[""] == (1, 1)
        assert sides(rows)[""] == (1, 1)


class TestOcopProductsRecognised:
    def product(self, place: dict[str, Any], decision_date: date, until: date, **changes: Any) -> dict[str, Any]:
        return {
            "product_code": "40-427-17617-1-2022",
            "decision_number": "10/QĐ-UBND",
            "product_group": "food",
            "stars": 3,
            "unit_code": place["unit_code"],
            "unit_valid_from": place["unit_valid_from"],
            "decision_date": decision_date,
            "recognised_until": until,
            "withdrawn": False,
            **changes,
        }

    def on(self, warehouse, *days: date) -> dict[date, dict[str, tuple[int, int | None]]]:
        rows = warehouse.indicator("ocop_products_recognised", stock_periods(days))
        assert {(r["level"], r["unit"]) for r in rows} <= {("all", "count")}
        assert all(r["value"] == float(r["numerator"]) and r["period_start"] == r["period_end"] for r in rows)
        return {day: sides(rows, period_end=day) for day in days}

    def test_recognised_from_the_day_of_the_decision_to_the_last_day_of_the_36_months(self, warehouse, places):
        warehouse.add("silver.unit_lineage", lineage(places["commune"]))
        warehouse.add("silver.ocop_product", self.product(places["commune"], date(2022, 3, 10), date(2025, 3, 9), stars=4))

        counted = self.on(warehouse, date(2022, 3, 9), date(2022, 3, 10), date(2025, 3, 9), date(2025, 3, 10))

        one = {"": (1, None), "stars=4": (1, None), "group=food": (1, None)}
        assert list(counted.values()) == [{}, one, one, {}]

    def test_a_product_counts_once_by_its_newest_decision_in_force(self, warehouse, places):
        place = places["commune"]
        warehouse.add("silver.unit_lineage", lineage(place))
        warehouse.add(
            "silver.ocop_product",
            self.product(place, date(2023, 1, 1), date(2025, 12, 31)),
            self.product(place, date(2024, 1, 1), date(2026, 12, 31), stars=4, decision_number="2/QĐ"),
            self.product(place, date(2024, 1, 1), date(2026, 12, 31), stars=5, decision_number="3/QĐ"),
            self.product(place, date(2024, 6, 1), date(2027, 5, 31), stars=5, decision_number="4/QĐ", withdrawn=True),
            self.product(place, date(2024, 9, 1), date(2027, 8, 31), stars=2, decision_number="5/QĐ"),
        )

        counted = self.on(warehouse, date(2023, 6, 1), date(2024, 7, 1), date(2024, 9, 1))

        assert counted[date(2023, 6, 1)] == {"": (1, None), "stars=3": (1, None), "group=food": (1, None)}
        assert counted[date(2024, 7, 1)] == {"": (1, None), "stars=5": (1, None), "group=food": (1, None)}
        assert counted[date(2024, 9, 1)] == {}

    def test_a_product_whose_commune_cannot_be_told_on_the_day_counts_for_the_province(self, warehouse, places):
        place = places["commune"]
        divided = lineage(places["province"], from_day=date(2025, 7, 1)) | {
            "unit_code": place["unit_code"],
            "unit_valid_from": place["unit_valid_from"],
        }
        warehouse.add("silver.unit_lineage", lineage(place, date(2025, 6, 30)), divided)
        warehouse.add("silver.ocop_product", self.product(place, date(2024, 1, 1), date(2026, 12, 31)))

        rows = warehouse.indicator("ocop_products_recognised", stock_periods([date(2025, 6, 30), date(2025, 7, 1)]))

        totals = {(r["period_end"], r["unit_level"]) for r in rows if r["breakdown"] == ""}
        assert totals == {(date(2025, 6, 30), level) for level in ("commune", "district", "province")} | {(date(2025, 7, 1), "province")}


class TestProvinceRows:
    def test_a_province_has_a_row_at_each_of_its_levels_even_with_nothing_to_count(self, warehouse):
        province = {"province_code": "40", "province_valid_from": date(2021, 1, 1), "from_day": date(2021, 1, 1)}
        warehouse.add(
            "province_level",
            {**province, "level": "commune"},
            {**province, "level": "district", "to_day": date(2025, 1, 31)},
        )

        rows = warehouse.indicator("work_records_online", [JANUARY, FEBRUARY], **ONLINE_RULE)

        assert {(r["level"], r["period_end"]) for r in rows} == {
            ("commune", JANUARY.period_end),
            ("commune", FEBRUARY.period_end),
            ("district", JANUARY.period_end),
        }
        assert {(r["breakdown"], r["unit_code"], r["numerator"], r["denominator"], r["value"]) for r in rows} == {("", "40", 0, 0, None)}

    def test_of_a_count_it_is_zero(self, warehouse):
        warehouse.add(
            "province_level",
            {
                "province_code": "40",
                "province_valid_from": date(2021, 1, 1),
                "level": "all",
                "from_day": date(2021, 1, 1),
            },
        )

        (row,) = warehouse.indicator("ocop_products_recognised", stock_periods([date(2025, 6, 30)]))

        assert (row["numerator"], row["denominator"], row["value"], row["unit"]) == (0, None, 0.0, "count")

    def test_it_is_one_row_with_that_of_the_facts(self, warehouse, places):
        warehouse.add("silver.work_record", work_record(places["province"], level="province"))
        warehouse.add(
            "province_level",
            {
                "province_code": "40",
                "province_valid_from": date(2021, 1, 1),
                "level": "province",
                "from_day": date(2021, 1, 1),
            },
        )

        rows = warehouse.indicator("work_records_online", [JANUARY], **ONLINE_RULE)

        assert sides(rows)[""] == (1, 1)


def test_a_unit_that_changes_its_province_within_a_period_is_one_row_under_its_newest_province(warehouse, places):
    before = places["commune"] | {"province_code": "27"}
    after = places["commune"] | {"province_code": "24", "province_valid_from": date(2025, 7, 1)}
    warehouse.add("silver.work_record", work_record(before, date(2025, 6, 30)), work_record(after, date(2025, 7, 1)))

    rows = warehouse.indicator("work_records_online", [Period("year", date(2025, 1, 1), date(2025, 12, 31))], **ONLINE_RULE)

    assert sides(rows, "commune")[""] == (2, 2)
    assert {r["province_code"] for r in rows if r["unit_level"] == "commune"} == {"24"}
    assert sides(rows, "province", unit_code="27")[""] == sides(rows, "province", unit_code="24")[""] == (1, 1)


class TestTargetStatus:
    AS_OF = date(2025, 6, 30)

    def target(self, **changes: Any) -> dict[str, Any]:
        return {
            "plan_id": "nghe-an-132-kh-ubnd-2023",
            "province_code": "40",
            "province_valid_from": date(2021, 1, 1),
            "indicator": "work_records_online",
            "level": "commune",
            "op": "gte",
            "target_value": Decimal(60),
            "target_unit": "percent",
            "binding": "binding",
            "due": date(2025, 12, 31),
            "period_kind": "year_to_date",
            "breakdown": "",
            **changes,
        }

    def value(self, numerator: int, denominator: int | None, **changes: Any) -> dict[str, Any]:
        return {
            "indicator": "work_records_online",
            "breakdown": "",
            "level": "commune",
            "unit_code": "40",
            "unit_valid_from": date(2021, 1, 1),
            "unit_level": "province",
            "province_code": "40",
            "period_type": "year_to_date",
            "period_start": date(2025, 1, 1),
            "period_end": self.AS_OF,
            "numerator": numerator,
            "denominator": denominator,
            "value": numerator / denominator if denominator else None,
            "unit": "ratio",
            **changes,
        }

    def judge(self, warehouse, target: dict[str, Any], *values: dict[str, Any]) -> dict[str, Any]:
        warehouse.add("target", target)
        warehouse.add("gold.indicator_value", *values)
        (row,) = warehouse.targets(self.AS_OF)
        return row

    def test_a_target_that_is_met(self, warehouse):
        row = self.judge(warehouse, self.target(), self.value(66, 100))

        assert row == {
            "plan_id": "nghe-an-132-kh-ubnd-2023",
            "indicator": "work_records_online",
            "level": "commune",
            "as_of": self.AS_OF,
            "province_code": "40",
            "judged_on": self.AS_OF,
            "period_type": "year_to_date",
            "period_start": date(2025, 1, 1),
            "period_end": self.AS_OF,
            "op": "gte",
            "target_value": 60.0,
            "target_unit": "percent",
            "target_of": None,
            "binding": "binding",
            "numerator": 66,
            "denominator": 100,
            "value": 0.66,
            "met": True,
            "reason": "",
            "gap": 6.0,
            "due": date(2025, 12, 31),
        }

    @pytest.mark.parametrize(
        ("op", "target_value", "share", "met"),
        [
            ("gte", "60", (3, 5), True),
            ("gt", "60", (3, 5), False),
            # 66.6 as Long An's plan prints it: 10 of 15 meets it, 66.6 % of 500 exactly, one fewer does not.
            ("gte", "66.6", (10, 15), True),
            ("gte", "66.6", (333, 500), True),
            ("gte", "66.6", (332, 500), False),
            # Doubles cannot tell these from 90 %.
            ("gte", "90", (899_999_999_999_999_999, 999_999_999_999_999_999), False),
            ("gt", "90", (900_000_000_000_000_000, 999_999_999_999_999_999), True),
        ],
    )
    def test_exact_numbers_are_compared(self, warehouse, op, target_value, share, met):
        row = self.judge(
            warehouse,
            self.target(op=op, target_value=Decimal(target_value)),
            self.value(*share),
        )

        # Arrow's own way from decimal to double writes 66.60000000000001 for it.
        assert (row["met"], row["target_value"]) == (met, float(target_value))
        assert (row["gap"] > 0 or (op == "gte" and row["gap"] == 0)) is met

    @pytest.mark.parametrize(
        ("numerator", "denominator", "met", "gap"),
        [(12, 20, True, 0.0), (11, 20, False, -5.0), (12, 24, False, -10.0), (11, 18, True, 100 / 90)],
    )
    def test_a_fraction_is_the_count_while_the_population_stands_and_the_share_when_it_changes(
        self, warehouse, numerator, denominator, met, gap
    ):
        row = self.judge(
            warehouse,
            self.target(target_value=Decimal(12), target_of=20, target_unit="fraction"),
            self.value(numerator, denominator),
        )

        assert row["met"] is met
        assert row["gap"] == pytest.approx(gap)

    def test_a_count_is_judged_on_the_day(self, warehouse):
        counted = {"indicator": "ocop_products_recognised", "level": "all"}
        row = self.judge(
            warehouse,
            self.target(**counted, target_value=Decimal(20), target_unit="count", period_kind="as_of"),
            self.value(17, None, **counted, period_type="as_of", period_start=self.AS_OF, value=17.0, unit="count"),
        )

        assert (row["met"], row["gap"], row["reason"]) == (False, -3.0, "")
        assert (row["period_start"], row["period_end"]) == (self.AS_OF, self.AS_OF)

    def test_nothing_to_measure_is_not_the_same_as_not_reported(self, warehouse):
        warehouse.add("target", self.target(), self.target(plan_id="other", level="district"))
        warehouse.add("gold.indicator_value", self.value(0, 0))

        rows = {row["plan_id"]: row for row in warehouse.targets(self.AS_OF)}

        empty, missing = rows["nghe-an-132-kh-ubnd-2023"], rows["other"]
        assert (empty["reason"], empty["met"], empty["gap"], empty["denominator"]) == (
            "nothing_to_measure",
            None,
            None,
            0,
        )
        assert (missing["reason"], missing["met"], missing["gap"], missing["denominator"]) == (
            "not_reported",
            None,
            None,
            None,
        )
        assert missing["period_start"] == date(2025, 1, 1)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({}, "paper_files_unknown"),
            ({"level": "district"}, ""),
            ({"unit_code": "427"}, ""),
            ({"period_end": date(2025, 5, 31)}, ""),
            ({"numerator": 0, "denominator": 0}, ""),
            ({"breakdown": "source=e_office"}, ""),
        ],
    )
    def test_a_caveat_of_the_same_row_is_told_and_the_target_judged_all_the_same(self, warehouse, changes, reason):
        warehouse.add(
            "caveat",
            {
                "indicator": "work_records_online",
                "breakdown": "paper_files=unknown",
                "reason": "paper_files_unknown",
            },
        )

        row = self.judge(
            warehouse,
            self.target(),
            self.value(66, 100),
            self.value(5, 6) | {"breakdown": "paper_files=unknown"} | changes,
        )

        assert (row["reason"], row["met"]) == (reason, True)

    @pytest.mark.parametrize(
        ("undecided", "value", "told"),
        [
            ("smart_villages", (0, None), ("partly_not_reported", False)),
            ("ocop_products_recognised", (0, None), ("", False)),
            # Nothing at all is not a part of it.
            ("smart_villages", None, ("not_reported", None)),
        ],
    )
    def test_a_count_of_which_the_deciding_data_is_missing_says_so_and_is_judged_all_the_same(self, warehouse, undecided, value, told):
        counted = {"indicator": "smart_villages", "level": "village"}
        warehouse.add("undecided", {"plan_id": self.target()["plan_id"], "indicator": undecided})
        warehouse.add("undecided", {"plan_id": "another", "indicator": counted["indicator"]})
        values = [self.value(*value, **counted, period_type="as_of", period_start=self.AS_OF, value=0.0, unit="count")] if value else []
        row = self.judge(warehouse, self.target(**counted, target_value=Decimal(20), target_unit="count", period_kind="as_of"), *values)
        assert (row["reason"], row["met"]) == told

    @pytest.mark.parametrize(
        ("parts", "found"),
        [
            ([("model_level=district", 2, 4), ("model_level=commune", 5, 5)], (2, 4, True, "")),
            ([("model_level=district", 1, 4)], (1, 4, False, "")),
            # Only models of communes: of districts' models there is none.
            ([("model_level=commune", 5, 5)], (0, 0, None, "nothing_to_measure")),
        ],
    )
    def test_a_reading_of_the_plan_judges_a_breakdown(self, warehouse, parts, found):
        models = {"indicator": "raw_material_zone_models_digital", "level": "all", "period_type": "as_of", "period_start": self.AS_OF}
        target = {"indicator": models["indicator"], "level": "all", "period_kind": "as_of", "target_value": Decimal(50)}
        values = [self.value(n, d, **models, breakdown=name) for name, n, d in parts]

        row = self.judge(warehouse, self.target(**target, breakdown="model_level=district"), self.value(7, 9, **models), *values)

        assert (row["numerator"], row["denominator"], row["met"], row["reason"]) == found

    @pytest.mark.parametrize(
        ("reached", "found"), [(("07324", "07561"), (2, True, 0.0)), (("07324",), (1, False, -1.0)), ((), (0, False, -2.0))]
    )
    def test_of_a_target_that_names_its_units_only_those_count(self, warehouse, reached, found):
        counted = {"indicator": "ecommerce_communes", "period_type": "as_of", "period_start": self.AS_OF, "unit": "count"}
        target = {"indicator": "ecommerce_communes", "period_kind": "as_of", "target_value": Decimal(2), "target_unit": "count"}
        key = {"plan_id": self.target()["plan_id"], "indicator": "ecommerce_communes", "level": "commune"}
        for code in ("07324", "07561"):
            warehouse.add("named_unit", {**key, "unit_code": code, "unit_valid_from": date(2021, 1, 1)})
        # Others than those named, and a unit of the same code after the reform.
        others = [
            ("40", date(2021, 1, 1)),
            ("17620", date(2021, 1, 1)),
            ("07561", date(2025, 7, 1)),
            *((code, date(2021, 1, 1)) for code in reached),
        ]
        values = [self.value(3, None, **counted, unit_code=code, unit_valid_from=since) for code, since in others]

        row = self.judge(warehouse, self.target(**target), *values)

        assert (row["numerator"], row["met"], row["gap"], row["denominator"]) == (*found, None)

    def test_judged_on_the_earliest_of_as_of_due_and_the_last_day_of_the_population(self, warehouse):
        ended, due, later = date(2025, 6, 30), date(2025, 12, 31), date(2026, 3, 15)
        warehouse.add("target", self.target(), self.target(plan_id="ended", level="district", judged_until=ended))
        warehouse.add(
            "gold.indicator_value",
            *(self.value(n, 100, period_end=day) for n, day in ((61, ended), (62, due))),
            self.value(63, 100, period_start=date(2026, 1, 1), period_end=later),
            self.value(50, 100, level="district"),
            self.value(99, 100, level="district", period_end=due),
        )

        rows = {(row["plan_id"], row["as_of"]): row for row in warehouse.targets(ended, due, later)}

        plan = "nghe-an-132-kh-ubnd-2023"
        assert [(rows[plan, day]["judged_on"], rows[plan, day]["numerator"]) for day in (ended, due, later)] == [
            (ended, 61),
            (due, 62),
            (due, 62),
        ]
        assert [(rows["ended", day]["judged_on"], rows["ended", day]["numerator"]) for day in (ended, due, later)] == [(ended, 50)] * 3
        assert rows[plan, later]["period_start"] == date(2025, 1, 1)

    def test_a_plan_is_judged_by_the_province_it_was_made_for(self, warehouse):
        # Code 24 was Bắc Giang and is Bắc Ninh from 1 July 2025.
        row = self.judge(
            warehouse,
            self.target(province_code="24"),
            self.value(1, 100, unit_code="24", unit_valid_from=date(2025, 7, 1)),
            self.value(99, 100, unit_code="24"),
        )

        assert (row["numerator"], row["met"]) == (99, True)


def test_spark_and_duckdb_give_the_same_rows(warehouse, places, on_spark):
    commune, other, district = places["commune"], places["other_commune"], places["district"]
    province = {"province_code": "40", "province_valid_from": date(2021, 1, 1), "from_day": date(2021, 1, 1)}
    warehouse.add("province_level", *({**province, "level": level} for level in ("province", "commune", "all")))
    warehouse.add("silver.unit_lineage", lineage(commune), lineage(other, date(2025, 2, 1)))
    warehouse.add(
        "silver.work_record",
        work_record(commune),
        work_record(other, date(2025, 1, 21), organ_id="H41.13"),
        work_record(commune, date(2025, 2, 14), created_online=False),
        work_record(other, date(2025, 2, 15), organ_id="H41.13"),
        work_record(district, date(2025, 3, 1), organ_id="H41.14", level="district"),
    )
    warehouse.add("silver.paper_work_record", paper(commune, 2))
    warehouse.add(
        "silver.document",
        document(commune),
        document(other, date(2025, 2, 15), organ_id="H41.13"),
        document(district, date(2025, 2, 3), organ_id="H41.14", level="district", withdrawn=True),
    )
    warehouse.add("silver.paper_document", paper_documents(commune, 2))
    warehouse.add(
        "silver.dossier",
        dossier(commune, finished_on=date(2025, 1, 24)),
        dossier(other, finished_on=date(2025, 2, 3), applicant_type=None, channel="in_person"),
        dossier(commune, finished_on=date(2025, 2, 3), due_on=None, service_level="partial"),
    )
    product = TestOcopProductsRecognised().product
    warehouse.add(
        "silver.ocop_product",
        product(commune, date(2023, 1, 1), date(2025, 12, 31)),
        product(commune, date(2024, 1, 1), date(2026, 12, 31), stars=4, decision_number="2"),
        product(other, date(2023, 1, 1), date(2025, 12, 31), product_code="other", stars=5),
    )
    as_of = date(2025, 2, 15)
    flows = flow_periods(date(2025, 1, 20), date(2025, 3, 1), as_of)
    stocks = stock_periods([date(2025, 1, 31), as_of])

    in_spark = on_spark(warehouse)
    for name in ON_SPARK_HERE:
        indicator = load_catalogue()[name]
        periods = flows if indicator.kind == "flow" else stocks
        facts = in_spark.facts(indicator, [period.period_end for period in periods])
        warehouse.connection.register("facts_of_spark", facts)
        of_spark = roll_up(
            warehouse.sets,
            indicator,
            periods=periods,
            facts="facts_of_spark",
            province_level=warehouse.views["province_level"],
        ).to_pylist()
        of_duckdb = evaluate_indicator(warehouse.sets, indicator, periods=periods, views=warehouse.views).to_pylist()
        assert sorted(map(repr, of_spark)) == sorted(map(repr, of_duckdb))
        assert any(row["numerator"] for row in of_duckdb)
