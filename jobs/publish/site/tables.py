"""The dictionary on the site: a page for each table and view of the release, from the contracts and the catalogue, in the words of docs/dictionary."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from jobs.ops import releases
from jobs.publish.dictionary import handling, meaning, parts_of, reading, table_facts, type_words
from jobs.publish.site import addresses
from jobs.publish.site.read import STATUS
from jobs.publish.template import sample
from warehouse_schema.contracts import all_tables, bronze_contract, landed_contracts, load_contracts
from warehouse_schema.flag_catalogue import load_flags
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.indicator_queries import computed_indicators, tables_of
from warehouse_schema.managed_objects import tables_of_kinds
from warehouse_schema.numbers import bounds
from warehouse_schema.released_views import released_views
from warehouse_schema.sources import load_sources
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from jobs.publish.site.read import Row, Snapshot
    from warehouse_schema.contracts import Column, Contract
    from warehouse_schema.released_views import ReleasedView

LAYERS = {
    "gold": ("Số liệu và chỉ tiêu", "Figures and targets"),
    "silver": ("Dữ liệu đã chuẩn hóa", "Standardised data"),
    "ops": ("Sổ sách của kho dữ liệu", "The warehouse's own books"),
    "quarantine": ("Dòng bị từ chối", "Rejected rows"),
    "bronze": ("Như đã nhận", "As received"),
}
"""In the order of the index."""
FACTS = {
    "grain": "Mỗi dòng là",
    "key": "Khóa",
    "partitioned by": "Phân vùng theo",
    "rows": "Các dòng từ tệp",
    "landed as": "Gửi đến là",
    "version": "Phiên bản",
    "withdrawn": "Rút lại",
    "state secrets": "Bí mật nhà nước",
    "organisation": "Cơ quan",
    "unit": "Đơn vị hành chính",
    "refers to": "Tham chiếu",
}
"""Vietnamese for the facts of `table_facts`."""
HANDLING = {"keep": "giữ như đã gửi", "token": "dữ liệu cá nhân: mã hóa", "drop": "không giữ"}
"""Vietnamese for what the border makes of a field."""
_DERIVED: dict[str, Any] = {"class": None, "is_marked": False}
"""Of a column that holds no landed field."""
_MADE_UP = {
    "indicator": "work_records_online",
    "flag": "village_without_commune",
    "plan_id": "nghe-an-132-kh-ubnd-2023",
    "level": "commune",
    "unit_level": "commune",
    "unit_code": "17386",
    "district_code": "424",
    "province_code": "40",
    "unit_valid_from": "2021-01-01",
    "district_valid_from": "2021-01-01",
    "province_valid_from": "2021-01-01",
    "period_type": "month",
    "period_start": "2025-01-01",
    "period_end": "2025-01-31",
    "numerator": "90",
    "denominator": "100",
    "value": "0.9",
    "unit": "ratio",
    "breakdown": "",
    "commune_code": "17386",
    "latitude": "18.67",
    "longitude": "105.69",
    "organ_id": "H41.12",
    "organ_code": "H41.12",
    "line": "12",
    "path": "registry/villages/dt=2025-01-15/mau.xlsx",
    "run_id": "20250115T010000000000Z",
    "dataset": "registry/villages",
    "table": "silver/village",
    "state": "loaded",
    "reason": "",
}
"""Values that a column of such a name takes, made up; of no record."""
_HASH = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
_NAMED = re.compile(r"\[?`([^`]*)`(?:\]\([^)]*\))?")


@dataclass(frozen=True, slots=True)
class Lineage:
    """Which tables and definitions read a table: `layer/table` of tables and views, and ids of indicators and flags."""

    tables: tuple[str, ...]
    indicators: tuple[str, ...]
    flags: tuple[str, ...]


def write_tables(write: Callable[..., None], warehouse: Warehouse, snapshot: Snapshot) -> None:
    """Write the pages of all tables and views of a release, and their index.

    Args:
        write: writes a page: its address, its template, what the template reads.
        warehouse: whose tables.
        snapshot: the release, and what was received.
    """
    loads = {row["dataset"]: row for row in snapshot.loads}
    contracts = {contract.name: contract for contract in all_tables() if contract.name in released(snapshot.release)}
    views = released_views_of(snapshot.release)
    for contract in contracts.values():
        write(
            addresses.table_page(contract.name),
            "table",
            name=contract.name,
            label=(contract.title, ""),
            about=contract.description,
            facts=[((FACTS.get(name, ""), name), named(text)) for name, text in table_facts(contract)],
            written=written_at(warehouse, snapshot.release, contract.name),
            load=loads.get(_landing(contract) or ""),
            landing=_landing(contract),
            owner=_owner(contract),
            made_of=made_of(contract),
            lineage=_lineage(contract.name),
            columns=[row for column in contract.stored for row in _column(contract, column)],
            fields=_fields(contract) if contract.landing else [],
            sql=None,
            **_labels(),
        )
    for view in views:
        write(
            addresses.table_page(view.name),
            "table",
            name=view.name,
            label=(view.label_vi, view.label_en),
            about=view.question.en,
            facts=[
                (("Câu hỏi", "question"), view.question.vi),
                ((FACTS["grain"], "grain"), named(", ".join(f"`{one}`" for one in view.grain))),
            ],
            written=None,
            load=None,
            landing=None,
            owner=None,
            made_of=_tables_of_views()[view.name],
            lineage=Lineage((), (), ()),
            columns=_columns_of_view(view),
            fields=[],
            sql=view.sql,
            **_labels(),
        )
    listed = [
        *((contract.name, (contract.title, ""), named(contract.grain)) for contract in contracts.values()),
        *((view.name, (view.label_vi, view.label_en), named(view.question.vi)) for view in views),
    ]
    layers = [(layer, label, [one for one in listed if one[0].startswith(f"{layer}/")]) for layer, label in LAYERS.items()]
    write(addresses.DICTIONARY, "tables", layers=layers, views={view.name for view in views})


def pages_of(release: Release) -> dict[str, str]:
    """The page of each table and view of a release, by `layer/table`, by `layer.table`, and of the silver tables by the dataset that feeds them."""
    names = [*released(release), *(view.name for view in released_views_of(release))]
    datasets = {str(contract.landing): addresses.table_page(contract.name) for contract in landed_contracts() if contract.name in names}
    return {spelt: addresses.table_page(name) for name in names for spelt in (name, sql_name(name))} | datasets


def released(release: Release) -> set[str]:
    """The tables that a release has a contract's table of, and those that name releases."""
    return {
        contract.name
        for contract in all_tables()
        if contract.name in release.tables or contract.name in (releases.RELEASE, releases.CHECKPOINT)
    }


def released_views_of(release: Release) -> list[ReleasedView]:
    """The views that can be evaluated over a release: it may be older than a table that one reads."""
    return [view for view in released_views().values() if released(release).issuperset(_tables_of_views()[view.name])]


def written_at(warehouse: Warehouse, release: Release, name: str) -> datetime | None:
    """When the released version of a table was written; None of a table whose versions no release names."""
    if name not in release.tables:
        return None
    (version,) = warehouse.open(name, release.tables[name]).history(1)
    return datetime.fromtimestamp(version["timestamp"] / 1000, UTC)


def made_of(contract: Contract) -> list[str]:
    """The tables (`layer/table`) that a table is made of, where a definition says so; none of one that code alone makes."""
    if contract.layer == "silver" and contract.landing:
        registry = ["silver/organisation_period"] if contract.organisation else []
        return [bronze_contract(contract.name).name, *(reference.table for reference in contract.references), *registry]
    read = {
        "gold/indicator_value": lambda: sorted({name for one in computed_indicators() for name in tables_of(one)}),
        "gold/flag": lambda: sorted({name for one in load_flags().values() for name in tables_of(one)}),
        "silver/managed_object": lambda: list(tables_of_kinds()),
        STATUS: lambda: ["gold/indicator_value"],
    }.get(contract.name)
    return read() if read else []


def named(text: str) -> Markup:
    """A text of the dictionary as HTML: what stands in backquotes is code; the paths that it links to are the project's, and no pages."""
    parts: list[str] = []
    end = 0
    for found in _NAMED.finditer(text):
        parts += [escape(text[end : found.start()]), Markup("<code>{}</code>").format(found[1])]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def made_up(column: Column, *, as_sent: bool = False) -> str:
    """A value that a column takes, generated: of no record. `as_sent`: as an officer writes it into a sheet."""
    if column.handling != "keep":
        return {"token": _HASH}.get(column.handling, "")
    if as_sent and column.source is not None:
        day = {"date": "15/01/2025", "timestamp": "15/01/2025 08:30"}.get(column.parse)
        return day or ("" if column.values else _MADE_UP.get(column.name, "")) or str(sample(column))
    if column.values and column.type == "string":
        return next(iter(column.values.values()))
    if column.name in _MADE_UP:
        return _MADE_UP[column.name]
    return _of_type(column)


def _of_type(column: Column) -> str:
    if column.type != "string":
        least, greatest = bounds(column) if column.source is not None and column.parse in ("integer", "decimal") else (0, 100)
        number = f"{min(max(least, 12), greatest):g}"
        return {"boolean": "true", "date": "2025-01-15", "timestamp": "2025-01-15T08:30:00+07:00"}.get(
            str(column.type), number if column.type in ("integer", "long", "double") else ""
        )
    if column.source is not None and column.parse in ("code", "organ_code"):
        return str(sample(column))
    return _HASH if column.name.endswith(("_hash", "_key", "object_id", "fingerprint")) else f"{column.label_vi or column.name} mẫu"


def _landing(contract: Contract) -> str | None:
    """The dataset that a table's rows land as, by way of silver."""
    silver = load_contracts().get(f"silver/{contract.table}")
    return silver.landing if silver is not None and contract.layer in ("silver", "bronze", "quarantine") else None


def _owner(contract: Contract) -> tuple[str, str] | None:
    """The system that the rows come from; the contracts name no other owner."""
    landing = _landing(contract)
    if landing is None:
        return None
    source = next((one for one in load_sources() if one.system == landing.split("/")[0]), None)
    return (source.name.vi, source.name.en) if source else None


@cache
def _read() -> tuple[dict[str, list[str]], dict[str, list[str]], dict[str, list[str]]]:
    """What tables and views, indicators, and flags read. Found by parsing all SQL, which takes a second: once a process."""
    return (
        {contract.name: made_of(contract) for contract in all_tables()} | _tables_of_views(),
        {one.id: tables_of(one) for one in computed_indicators()},
        {flag_id: tables_of(flag) for flag_id, flag in load_flags().items()},
    )


@cache
def _tables_of_views() -> dict[str, list[str]]:
    return {view.name: view.tables for view in released_views().values()}


def _lineage(name: str) -> Lineage:
    return Lineage(*(tuple(reader for reader, read in readers.items() if name in read) for readers in _read()))


def _labels() -> dict[str, Mapping[str, tuple[str, str]]]:
    return {
        "indicators": {name: (one.label_vi, one.label_en) for name, one in load_catalogue().items()},
        "flags": {name: (one.label_vi, one.label_en) for name, one in load_flags().items()},
    }


def _is_sheet(contract: Contract) -> bool:
    return load_contracts()[f"silver/{contract.table}"].is_sheet


def _landed(contract: Contract, column: Column) -> Column | None:
    """The landed field that a column of a table holds, where it holds one."""
    silver = load_contracts().get(f"silver/{contract.table}")
    if silver is None or silver.landing is None or contract.layer not in ("silver", "bronze"):
        return None
    return next((one for one in silver.landed if column.name == (one.source if contract.layer == "bronze" else one.name)), None)


def _column(contract: Contract, column: Column) -> Iterable[Row]:
    landed = _landed(contract, column)
    yield {
        "name": column.name,
        "label": column.label_vi,
        "type": type_words(column),
        "unit": "%" if landed is not None and landed.percent else "",
        "required": not column.nullable,
        "meaning": named(meaning(column)),
        **(_class(landed) if landed is not None else _DERIVED),
        "sample": made_up(landed if landed is not None else column, as_sent=contract.layer == "bronze" and _is_sheet(contract)),
    }
    for part in parts_of(column):
        yield {
            "name": f"{column.name}.{part['name']}",
            "label": "",
            "type": part["type"] if isinstance(part["type"], str) else "",
            "unit": "",
            "required": not part["nullable"],
            "meaning": part["metadata"]["comment"],
            **_DERIVED,
            "sample": _MADE_UP.get(part["name"], ""),
        }


def _columns_of_view(view: ReleasedView) -> list[Row]:
    """The columns of a view: label and type by the column of the same name of a table that it reads, what it means by the view's own words."""
    names = view.columns
    read = [contract for contract in all_tables() if contract.name in _tables_of_views()[view.name]]
    # Of several tables that have a column the one that the view has most of: its own subject.
    read.sort(key=lambda contract: -sum(column.name in names for column in contract.stored))
    nothing = {"label": "", "type": "", "unit": "", **_DERIVED, "sample": ""}
    rows = []
    for name, words in view.meanings.items():
        found = next(((contract, column) for contract in read for column in contract.stored if column.name == name), None)
        row = next(iter(_column(*found))) if found else nothing
        # As in the table is what means the same there.
        like = found[0].name if found and found[1].description == words else None
        rows.append({**row, "name": name, "required": None, "meaning": named(words), "like": like})
    return rows


def _class(landed: Column) -> Row:
    """What the border makes of a landed field; marked where it is personal, dropped or may hold any text."""
    words = (HANDLING[landed.handling], named(handling(landed)))
    return {"class": words, "is_marked": landed.handling != "keep" or landed.keep_when is not None or landed.free_text}


def _fields(contract: Contract) -> list[Row]:
    """The landed fields: by what names they are sent, how they are read, what becomes of them at the border."""
    return [
        {
            "names": (str(column.source), *column.aliases),
            "column": column.name if column.stored else None,
            "reading": named(reading(column)),
            **_class(column),
            "sample": "" if column.handling == "drop" else made_up(column, as_sent=contract.is_sheet),
        }
        for column in contract.landed
    ]
