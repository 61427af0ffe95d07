"""Days, times, months and booleans as people write them in sheets; what programs send in JSON is read by fewer forms."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobs.reference.units import load_units
from jobs.silver.standardise import RECEIVED, standardise
from warehouse_schema.contracts import Column, Contract
from warehouse_schema.received import LEGACY_TEXT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

YEAR_END = date(2024, 12, 31)
AFTERNOON = datetime(2024, 12, 31, 9, 40, tzinfo=UTC)
MIDNIGHT = datetime(2024, 12, 30, 17, tzinfo=UTC)
CASES: dict[tuple[str, str], dict[str, Any]] = {
    ("date", "date"): {
        **dict.fromkeys(
            ["31/12/2024", "31-12-2024", "31.12.2024", "2024-12-31", "20241231", "45657", "45657.0", "31/12/2024 00:00:00"], YEAR_END
        ),
        **dict.fromkeys(["1/2/2025", "01/02/2025", "2025-02-01", " 1/2/2025\u00a0"], date(2025, 2, 1)),
        # The first and the last serial number that is taken, and a day that only some years have.
        "10000": date(1927, 5, 18),
        "73050": date(2099, 12, 31),
        "29/2/2024": date(2024, 2, 29),
        # The years 2024 and 1900 to 2099 in a cell for days, from 1899 and from 1904 on, however it is shown; and what only looks like one.
        **dict.fromkeys(
            ["16/07/1905", "1905-07-16", "19050716", "17/7/1909", "1909-07-17", "14/03/1905", "30/09/1905", "1905-07-16T00:00:00"]
        ),
        "19055": date(1952, 3, 2),
        "20190905": date(2019, 9, 5),
        "19/09/1959": date(1959, 9, 19),
        **dict.fromkeys(
            [
                "29/2/2025",
                "31/4/2025",
                "12/31/2024",
                "31/12/24",
                "31/12",
                "9999",
                "73051",
                "45657.5",
                "2024",
                "2024.0",
                "năm 2024",
                "31/12/2024 16:40",
                "31/12/1899",
            ]
        ),
    },
    ("timestamp", "timestamp"): {
        **dict.fromkeys(
            ["31/12/2024 16:40", "31/12/2024 16:40:00", "16:40 31/12/2024", "16:40:00 31-12-2024", "45657.694444444445"], AFTERNOON
        ),
        **dict.fromkeys(["31/12/2024", "2024-12-31", "45657", "31/12/2024 0:00"], MIDNIGHT),
        **dict.fromkeys(["16/07/1905", "1905-07-16", "1905-07-16T00:00:00", "16/07/1905 00:00", "17/07/1909"]),
        "19090.5": datetime(1952, 4, 6, 5, tzinfo=UTC),
        # Digits within a time are no year.
        "45717.19097222": datetime(2025, 2, 28, 21, 35, tzinfo=UTC),
        "2025-03-01T04:35:00.1905": datetime(2025, 2, 28, 21, 35, 0, 190500, tzinfo=UTC),
        "1/1/2025 7:05": datetime(2025, 1, 1, 0, 5, tzinfo=UTC),
        "2024-12-31T16:40:00+07:00": AFTERNOON,
        **dict.fromkeys(["31/12/2024 24:00", "30/2/2025 10:00", "31/12/2024 16", "16:40", "31/12/2024T16:40", "1735637400", "2024"]),
    },
    ("month", "date"): {
        **dict.fromkeys(
            ["12/2024", "2024-12", "tháng 12/2024", "T12/2024", "01/12/2024", "1/12/2024", "45627", "2024-12-01"], date(2024, 12, 1)
        ),
        "1/2025": date(2025, 1, 1),
        **dict.fromkeys(["13/2024", "2/12/2024", "45628", "12/24", "tháng 12", "2024"]),
    },
    ("boolean", "boolean"): {
        **dict.fromkeys(["x", "X", "có", "CÓ", "Có", "đạt", "Đạt", "ĐẠT", "1", "TRUE", "true", "✓"], True),
        **dict.fromkeys(["không", "Không  đạt", "chưa", "0", "FALSE"], False),
        **dict.fromkeys(["", "2", "có thể", "-"]),
    },
}


def read(spark: SparkSession, parse: str, kind: str, texts: list[str], locale: str) -> list[Any]:
    """What standardisation makes of the texts."""
    column = Column(name="at", type=kind, description="", source="At", parse=parse, locale=locale)
    contract = Contract(layer="silver", table="t", title="", description="", grain="", path=Path("t.yaml"), columns=(column,))
    frame = spark.createDataFrame(list(enumerate((text,) for text in texts)), f"number int, {RECEIVED} struct<At: string>")
    found: list[dict[str, Any]] = frame.transform(standardise(contract)).drop(RECEIVED).toArrow().to_pylist()
    return [row["at"] for row in sorted(found, key=lambda row: row["number"])]


@pytest.mark.parametrize(("parse", "kind"), CASES)
def test_what_people_write_is_read_or_rejected(spark: SparkSession, parse: str, kind: str) -> None:
    cases = CASES[parse, kind]
    found = dict(zip(cases, read(spark, parse, kind, list(cases), "vi"), strict=True))
    assert found == cases


LETTERS: dict[tuple[str, str], str] = {
    # Characters that nobody sees, and a letter of Icelandic that looks like Đ.
    ("text", "Nghệ\u200b An\ufeff"): "Nghệ An",
    ("text", "\u00d0ồng \u00f0ội"): "Đồng đội",
    ("code", "\u200b16681\u200d"): "16681",
    # Cyrillic А, О and С, full-width digits and letters, and dashes of every length.
    ("code", "\u0410\u041e\u0421-1"): "AOC-1",
    ("code", "１６６８１"): "16681",
    ("code", "ＶＮ\u201340\u2212OR"): "VN-40-OR",
    ("organ_code", "\u041d41．12"): "H41.12",
    # Greek letters that look like Latin ones are those; signs of units and parameters stay.
    ("code", "\u0391\u039f-1"): "AO-1",
    ("code", "\u03bcg/m³ \u03b1 \u2126 \u338d"): "\u03bcg/m³ \u03b1 \u2126 \u338d",
    # What looks like no Latin letter stays, and its row is rejected (foreign_letter).
    ("code", "\u04281"): "\u04281",
    ("text", "\u0410\u041e"): "\u0410\u041e",
}


def test_letters_that_only_look_like_others_are_those(spark: SparkSession) -> None:
    for parse in ("text", "code", "organ_code"):
        cases = {text: expected for (kind, text), expected in LETTERS.items() if kind == parse}
        assert dict(zip(cases, read(spark, parse, "string", list(cases), "vi"), strict=True)) == cases


OLD_ENCODINGS = [
    "X· Hång Giang",
    "HuyÖn §« L­¬ng",
    "Hîp t¸c x·",
    "Xaõ Hoàng Giang huyeän Luïc Ngaïn",
    "Thoân Ñoàng Taâm, toå chöùc soá hoùa: baùo caùo",
]
UNICODE = [
    "Xã Hồng Giang",
    "Huyện Đô Lương",
    "Hợp tác xã",
    "Thôn Đồng Tâm",
    "OCOP® 4 sao",
    "Gạo ST25 · 5 kg",
    "10 m²",
    "Nhà máy số 1½",
    "Quốc lộ 1A",
    "Phú Quý",
]


def test_text_in_an_old_encoding_is_known() -> None:
    assert [text for text in OLD_ENCODINGS if not re.search(LEGACY_TEXT, text)] == []
    assert [text for text in UNICODE if re.search(LEGACY_TEXT, text)] == []


def test_no_name_of_a_unit_looks_like_an_old_encoding() -> None:
    assert [version.unit_name for version in load_units().versions if re.search(LEGACY_TEXT, version.unit_name)] == []


@pytest.mark.parametrize(("parse", "kind"), CASES)
def test_in_json_none_of_it_is_guessed(spark: SparkSession, parse: str, kind: str) -> None:
    texts = ["31/12/2024", "45657", "12/2024", "x", "có", "31/12/2024 16:40"]
    assert read(spark, parse, kind, texts, "json") == [None] * len(texts)
