"""The values of indicators as SDMX 2.1: one message of structure, and one of data an indicator."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import sdmx
from pyarrow import compute
from sdmx import message
from sdmx.model import common, v21

from jobs.publish.site import wording
from warehouse_schema.indicator_catalogue import load_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from jobs.ops.releases import Release

AGENCY = "NTM"
VERSION = "1.0"
TOTAL = "_T"
SUPPRESSED, MISSING = "C", "M"
"""Of SDMX' own list of observation statuses: confidential; missing, there was nothing to divide by."""
NOTHING = "NaN"
"""How SDMX writes an observation without a value."""
_PERIODS = {
    "month": ("Tháng", "Month"),
    "quarter": ("Quý", "Quarter"),
    "half_year": ("Sáu tháng", "Half year"),
    "year": ("Năm", "Year"),
    "year_to_date": ("Từ đầu năm đến ngày", "Year to date"),
    "as_of": ("Tính đến ngày", "As of the day"),
}
_MEASURES = {"ratio": ("Tỷ lệ (từ 0 đến 1)", "Share from 0 to 1"), "count": ("Số lượng", "Count")}
_STATUSES = {SUPPRESSED: ("Đã che", "Suppressed"), MISSING: ("Không có giá trị", "Missing")}
_DIMENSIONS = {
    "INDICATOR": ("Chỉ tiêu", "Indicator"),
    "BREAKDOWN": ("Phân tổ", "Breakdown"),
    "LEVEL": ("Cấp", "Level of the agency or population"),
    "REF_AREA": ("Đơn vị hành chính", "Administrative unit"),
    "PERIOD_TYPE": ("Loại kỳ", "Kind of period"),
}
_OTHERS = {
    "TIME_PERIOD": ("Ngày cuối kỳ", "Last day of the period"),
    "OBS_VALUE": ("Giá trị", "Value"),
    "UNIT_MEASURE": ("Đơn vị tính", "Unit of measure"),
    "OBS_STATUS": ("Tình trạng", "Status of the observation"),
}


def area_id(code: str, valid_from: object) -> str:
    """The code of a unit: its identity, since a code alone has been given to several."""
    return f"{code}_{str(valid_from).replace('-', '')}"


def breakdown_ids(breakdowns: set[str]) -> dict[str, str]:
    """The code of each breakdown, of letters that SDMX allows: `crop=Bưởi` is `crop-buoi`. Two that would be the same get a number, in their order."""
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for one in sorted(breakdowns):
        plain = re.sub(r"[^a-z0-9_]+", "-", wording.without_marks(one)).strip("-") if one != TOTAL else TOTAL
        candidate, number = plain, 1
        while candidate in taken:
            number += 1
            candidate = f"{plain}-{number}"
        taken.add(candidate)
        ids[one] = candidate
    return ids


def messages(release: Release, values: pa.Table, units: pa.Table) -> Iterator[tuple[str, bytes]]:
    """The messages by file name: `structure.xml`, then `data-<indicator>.xml`.

    Args:
        release: whose time they were prepared at.
        values: the published `indicator_value`.
        units: the published `unit`.
    """
    rows = values.select(["unit_code", "unit_valid_from"]).group_by(["unit_code", "unit_valid_from"]).aggregate([]).to_pylist()
    used = {(row["unit_code"], row["unit_valid_from"]) for row in rows}
    names = {
        (row["unit_code"], row["unit_valid_from"]): row["unit_name"]
        for row in units.select(["unit_code", "unit_valid_from", "unit_name"]).to_pylist()
    }
    breakdowns = breakdown_ids(set(values["breakdown"].unique().to_pylist()))
    catalogue = load_catalogue()
    lists = {
        "INDICATOR": {name: (one.label_vi, one.label_en) for name, one in catalogue.items()},
        "BREAKDOWN": {ids: (text, text) if text != TOTAL else ("Tổng", "Total") for text, ids in sorted(breakdowns.items())},
        "LEVEL": wording.LEVELS,
        "REF_AREA": {area_id(*unit): (names.get(unit, unit[0]),) * 2 for unit in sorted(used)},
        "PERIOD_TYPE": _PERIODS,
        "UNIT_MEASURE": _MEASURES,
        "OBS_STATUS": _STATUSES,
    }
    agency = v21.Agency(id=AGENCY)
    header = message.Header(id=f"NTM-{release.sequence}", prepared=release.created_at, sender=agency)
    structure, flow, definition = _structure(header, agency, lists)
    yield "structure.xml", sdmx.to_xml(structure, pretty_print=True)
    for indicator in values["indicator"].unique().to_pylist():
        found = values.filter(compute.equal(values["indicator"], indicator)).to_pylist()
        text = sdmx.to_xml(_data(header, flow, definition, found, breakdowns), pretty_print=True)
        # The library writes generic data under the root of structure-specific data, which no schema allows and other readers refuse.
        yield f"data-{indicator}.xml", text.replace(b"mes:StructureSpecificData", b"mes:GenericData")


def _structure(
    header: message.Header, agency: v21.Agency, lists: Mapping[str, Mapping[str, tuple[str, ...]]]
) -> tuple[message.StructureMessage, v21.DataflowDefinition, v21.DataStructureDefinition]:
    made = message.StructureMessage(header=header)
    kept: dict[str, Any] = {"version": VERSION, "maintainer": agency, "is_external_reference": False, "is_final": False}
    codelists = {}
    for name, codes in lists.items():
        codelist = v21.Codelist(id=f"CL_{name}", **kept, name=_named((_DIMENSIONS | _OTHERS)[name]))
        for code, label in codes.items():
            codelist.append(v21.Code(id=code, name=_named(label)))
        codelists[name] = codelist
        made.add(codelist)
    scheme = v21.ConceptScheme(id="CS_NTM", **kept, name=_named(("Khái niệm", "Concepts")))
    concepts = {name: v21.Concept(id=name, name=_named(label)) for name, label in (_DIMENSIONS | _OTHERS).items()}
    for concept in concepts.values():
        scheme.append(concept)
    made.add(scheme)
    definition = v21.DataStructureDefinition(
        id="DSD_NTM_INDICATOR", **kept, name=_named(("Cấu trúc giá trị chỉ tiêu", "Structure of indicator values"))
    )
    for name in _DIMENSIONS:
        coded = common.Representation(enumerated=codelists[name])
        definition.dimensions.append(v21.Dimension(id=name, concept_identity=concepts[name], local_representation=coded))
    day = common.Representation(non_enumerated=[common.Facet(value_type=common.FacetValueType["observationalTimePeriod"])])
    definition.dimensions.append(v21.TimeDimension(id="TIME_PERIOD", concept_identity=concepts["TIME_PERIOD"], local_representation=day))
    number = common.Representation(non_enumerated=[common.Facet(value_type=common.FacetValueType["double"])])
    definition.measures.append(v21.PrimaryMeasure(id="OBS_VALUE", concept_identity=concepts["OBS_VALUE"], local_representation=number))
    series = common.DimensionRelationship(dimensions=[definition.dimensions.get(name) for name in _DIMENSIONS])
    for name, related in (("UNIT_MEASURE", series), ("OBS_STATUS", v21.PrimaryMeasureRelationship())):
        definition.attributes.append(
            common.DataAttribute(
                id=name,
                concept_identity=concepts[name],
                local_representation=common.Representation(enumerated=codelists[name]),
                related_to=related,
                usage_status=common.UsageStatus["conditional"],
            )
        )
    for part, name in ((definition.dimensions, "Dimension"), (definition.attributes, "Attribute"), (definition.measures, "Measure")):
        part.id = f"{name}Descriptor"
    flow = v21.DataflowDefinition(
        id="DF_NTM_INDICATOR", **kept, name=_named(("Giá trị chỉ tiêu", "Indicator values")), structure=definition
    )
    made.add(definition)
    made.add(flow)
    return made, flow, definition


def _data(
    header: message.Header,
    flow: v21.DataflowDefinition,
    definition: v21.DataStructureDefinition,
    rows: list[dict[str, Any]],
    breakdowns: Mapping[str, str],
) -> message.DataMessage:
    """The values of an indicator: a series for each breakdown, level, unit and kind of period."""
    dataset = v21.GenericTimeSeriesDataSet(structured_by=definition)
    measure, time = definition.measures[0], definition.dimensions.get("TIME_PERIOD")
    unit_measure, status = (definition.attributes.get(name) for name in ("UNIT_MEASURE", "OBS_STATUS"))
    known: dict[tuple[str, ...], v21.SeriesKey] = {}
    observed: dict[tuple[str, ...], list[v21.Observation]] = {}
    for row in rows:
        area = area_id(row["unit_code"], row["unit_valid_from"])
        values: tuple[str, ...] = (row["indicator"], breakdowns[row["breakdown"]], row["level"], area, row["period_type"])
        if values not in known:
            key = definition.make_key(v21.SeriesKey, dict(zip(_DIMENSIONS, values, strict=True)))
            key.attrib["UNIT_MEASURE"] = v21.AttributeValue(value=row["unit"], value_for=unit_measure)
            known[values], observed[values] = key, []
        one = v21.Observation(
            dimension=common.Key({"TIME_PERIOD": row["period_end"].isoformat()}),
            value=NOTHING if row["value"] is None else row["value"],
            value_for=measure,
        )
        if row["value"] is None:
            code = SUPPRESSED if row["suppressed"] else MISSING
            one.attached_attribute["OBS_STATUS"] = v21.AttributeValue(value=code, value_for=status)
        observed[values].append(one)
    for series, observations in observed.items():
        dataset.add_obs(observations, known[series])
    made = message.DataMessage(header=header, dataflow=flow, observation_dimension=time)
    made.data.append(dataset)
    return made


def _named(label: tuple[str, ...]) -> dict[str, str]:
    return {"vi": label[0], "en": label[1]}
