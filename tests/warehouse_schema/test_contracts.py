"""Contracts: what follows from one, and what each of them is refused for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from deltalake import Schema

from warehouse_schema import contracts as contracts_module
from warehouse_schema.contract_checks import expression_problems, query_problems
from warehouse_schema.contracts import (
    TABLES,
    Contract,
    ContractError,
    all_tables,
    bronze_contract,
    landed_contracts,
    load_contract,
    load_contracts,
    quarantine_contract,
    validate_standard,
)

Document = dict[str, Any]
Change = Callable[[Document], object]

TINY = """
apiVersion: v3.1.0
kind: DataContract
id: ntm.silver.thing
name: silver/thing
version: 1.0.0
status: active
schema:
  - name: thing
    physicalName: silver/thing
    logicalType: object
    physicalType: table
    businessName: Vật
    description: Things.
    dataGranularityDescription: One row for each thing.
    customProperties:
      - {property: landing, value: test/things}
      - {property: formats, value: [csv]}
      - {property: version, value: updated_at}
      - {property: withdrawn, value: withdrawn}
      - {property: secrecy, value: {field: Level, open: [thuong], secret: [mat], organisation: OrganId, day: [ClosedOn, UpdatedAt]}}
      - {property: organisation, value: {code: organ_code, field: OrganId, day: 'coalesce(closed_on, opened_on)', valid_when: "state = 'closed'"}}
      - {property: include, value: [placement, technical]}
      - {property: statistics, value: [closed_on]}
      - {property: checks, value: {closed_has_day: "state <> 'closed' OR closed_on IS NOT NULL"}}
    properties:
      - name: thing_id
        businessName: Mã
        logicalType: string
        physicalType: string
        description: Code of the thing.
        primaryKey: true
        primaryKeyPosition: 1
        required: true
        logicalTypeOptions: {maxLength: 20, pattern: '^[0-9]+$'}
        customProperties:
          - {property: source, value: ThingId}
          - {property: aliases, value: [Id]}
          - {property: parse, value: code}
          - {property: pad, value: 5}
      - name: organ_code
        businessName: Cơ quan
        logicalType: string
        physicalType: string
        description: Organisation as sent.
        required: true
        customProperties:
          - {property: source, value: OrganId}
          - {property: parse, value: organ_code}
      - name: level_of_secrecy
        businessName: Độ mật
        logicalType: string
        physicalType: string
        description: Level of secrecy.
        customProperties:
          - {property: source, value: Level}
          - {property: parse, value: values}
          - {property: values, value: {thuong: open}}
          - {property: stored, value: false}
      - name: state
        businessName: Trạng thái
        logicalType: string
        physicalType: string
        description: open or closed.
        required: true
        customProperties:
          - {property: source, value: State}
          - {property: parse, value: values}
          - {property: values, value: {open: open, closed: closed}}
      - name: owner_token
        businessName: Chủ
        logicalType: string
        physicalType: string
        description: Keyed token of the owner.
        customProperties:
          - {property: source, value: Owner}
          - {property: parse, value: token}
          - {property: handling, value: token}
      - name: remark
        businessName: Ghi chú
        logicalType: string
        physicalType: string
        description: Dropped at the border.
        customProperties:
          - {property: source, value: Remark}
          - {property: handling, value: drop}
          - {property: stored, value: false}
      - name: opened_on
        businessName: Ngày mở
        logicalType: date
        physicalType: date
        description: Day of opening.
        customProperties:
          - {property: source, value: OpenedOn}
          - {property: parse, value: date}
      - name: closed_on
        businessName: Ngày đóng
        logicalType: date
        physicalType: date
        description: Day of closing.
        customProperties:
          - {property: source, value: ClosedOn}
          - {property: parse, value: date}
          - {property: required_when, value: "state = 'closed'"}
      - name: amount
        businessName: Số lượng
        logicalType: number
        physicalType: double
        description: Amount, tonnes.
        logicalTypeOptions: {minimum: 0.5, maximum: 9}
        customProperties:
          - {property: source, value: Amount}
          - {property: parse, value: decimal}
      - name: updated_at
        businessName: Thời điểm cập nhật
        logicalType: timestamp
        physicalType: timestamp
        description: Version.
        required: true
        customProperties:
          - {property: source, value: UpdatedAt}
          - {property: parse, value: timestamp}
      - name: withdrawn
        businessName: Đã rút
        logicalType: boolean
        physicalType: boolean
        description: Taken back.
        customProperties:
          - {property: source, value: Deleted}
          - {property: parse, value: boolean}
          - {property: default, value: 'false'}
      - name: closed_month
        businessName: Tháng đóng
        logicalType: string
        physicalType: string
        description: Month of closing.
        partitioned: true
        partitionKeyPosition: 1
        transformLogic: date_format(closed_on, 'yyyy-MM')
    quality:
      - name: closed_before_opened
        type: sql
        query: closed_on >= opened_on
        mustBe: true
        description: ClosedOn is not before OpenedOn
        dimension: consistency
        severity: error
        customProperties:
          - {property: scope, value: row}
          - {property: field, value: ClosedOn}
      - name: duplicate_key
        type: sql
        query: SELECT thing_id FROM {batch} GROUP BY thing_id HAVING count(*) > 1
        mustBe: 0
        description: each thing has one newest version
        dimension: uniqueness
        severity: error
        customProperties:
          - {property: scope, value: set}
          - {property: field, value: ThingId}
"""


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A folder of contracts with the committed fragments and no table."""
    for fragment in TABLES.glob("*/_*.yaml"):
        (tmp_path / fragment.parent.name).mkdir(exist_ok=True)
        shutil.copy(fragment, tmp_path / fragment.parent.name)
    return tmp_path


def write(tables: Path, document: Document | str, name: str = "silver/thing") -> Path:
    path = tables / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        document if isinstance(document, str) else yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    return path


def tiny() -> Document:
    document: Document = yaml.safe_load(TINY)
    return document


def table(document: Document) -> Document:
    node: Document = document["schema"][0]
    return node


def column(document: Document, name: str) -> Document:
    return next(node for node in table(document)["properties"] if node["name"] == name)


def rule(document: Document, name: str) -> Document:
    return next(node for node in table(document)["quality"] if node["name"] == name)


def word(node: Document, name: str, value: object = None) -> None:
    """Sets a word of the vocabulary; without a value takes it away."""
    node["customProperties"] = [item for item in node.get("customProperties", []) if item["property"] != name]
    if value is not None:
        node["customProperties"].append({"property": name, "value": value})


def without(node: Document, key: str) -> None:
    del node[key]


def not_landed(document: Document) -> None:
    """Takes away everything that only a table with a landing has."""
    node = table(document)
    node["properties"] = [{key: value for key, value in prop.items() if key != "customProperties"} for prop in node["properties"]]
    for prop in node["properties"]:
        prop.pop("transformLogic", None)
        prop.pop("logicalTypeOptions", None)
    node["quality"] = [entry for entry in node["quality"] if entry["name"] == "duplicate_key"]
    word(node["quality"][0], "field", "thing_id")
    node["customProperties"] = [item for item in node["customProperties"] if item["property"] in ("statistics", "checks")]


# What follows from a contract


def test_the_schema_is_in_the_form_of_spark_and_delta(tables: Path) -> None:
    document = tiny()
    table(document)["properties"] = [node for node in table(document)["properties"] if node["name"] in ("thing_id", "amount")]
    not_landed(document)
    table(document).pop("customProperties")
    column(document, "amount").update(physicalType="map", logicalType="object")
    word(column(document, "amount"), "map_value", "long")
    schema = load_contract(write(tables, document)).schema_json()
    assert schema == {
        "type": "struct",
        "fields": [
            {"name": "thing_id", "type": "string", "nullable": False, "metadata": {"comment": "Code of the thing."}},
            {
                "name": "amount",
                "type": {"type": "map", "keyType": "string", "valueType": "long", "valueContainsNull": True},
                "nullable": True,
                "metadata": {"comment": "Amount, tonnes."},
            },
        ],
    }


def test_what_a_landed_contract_says(tables: Path) -> None:
    contract = load_contract(write(tables, TINY))
    assert contract.name == "silver/thing"
    assert contract.key == contract.sent_key == ("thing_id",)
    assert contract.partition_by == ("closed_month",)
    assert [name for name in (column.name for column in contract.columns) if name not in {one.name for one in contract.stored}] == [
        "level_of_secrecy",
        "remark",
    ]
    assert [rule.code for rule in (*contract.row_rules, *contract.set_rules)] == ["closed_before_opened", "duplicate_key"]
    amount = contract.column("amount")
    assert (amount.minimum, amount.maximum, amount.required) == (0.5, 9, False)
    assert contract.source_column("ThingId").pad == 5
    assert contract.column("province_code").source is None
    assert contract.secrecy is not None
    assert contract.secrecy.day_fields == ("ClosedOn", "UpdatedAt")
    with pytest.raises(KeyError, match="no column nothing"):
        contract.column("nothing")
    with pytest.raises(KeyError, match="no field nothing"):
        contract.source_column("nothing")


def test_a_key_that_a_reference_finds_is_sent_under_the_senders_code() -> None:
    paper = load_contracts()["silver/paper_work_record"]
    assert paper.key == ("organ_id", "month")
    assert paper.sent_key == ("organ_code", "month")


def test_keys_are_in_the_order_of_their_positions() -> None:
    keys = {contract.name: contract.key for contract in load_contracts().values()}
    assert keys["silver/ocop_product"] == ("product_code", "decision_number")
    assert keys["silver/organisation"] == ("organ_id", "valid_from")
    # The key of gold/indicator_value is an interface: analysts join by it.
    assert keys["gold/indicator_value"] == (
        "indicator",
        "breakdown",
        "level",
        "unit_code",
        "unit_valid_from",
        "period_type",
        "period_start",
        "period_end",
    )
    assert keys["gold/target_status"] == ("plan_id", "indicator", "level", "as_of")


def test_bronze_is_the_landed_fields_as_received() -> None:
    bronze = bronze_contract("silver/dossier")
    silver = load_contracts()["silver/dossier"]
    assert bronze.name == "bronze/dossier"
    names = [column.name for column in bronze.columns]
    technical = [node["name"] for node in yaml.safe_load((TABLES / "bronze" / "_technical.yaml").read_text())["properties"]]
    assert names[: len(technical)] == technical
    assert names[len(technical) :] == [column.source for column in silver.landed if column.handling != "drop"]
    assert "TrichYeuHoSo" not in names
    assert {column.type for column in bronze.columns[len(technical) :]} == {"string"}
    assert bronze.partition_by == ("version_month",)
    assert not bronze.landed


def test_quarantine_tells_why() -> None:
    quarantine = quarantine_contract("silver/work_record")
    errors = quarantine.column("errors").type["elementType"]
    assert [field["name"] for field in errors["fields"]] == ["code", "field", "message", "rule"]
    assert all(field["metadata"]["comment"] for field in errors["fields"])
    assert quarantine.column("fields").type["type"] == "map"


@pytest.mark.parametrize("contract", all_tables(), ids=lambda contract: contract.name)
def test_delta_takes_the_schema(contract: Contract) -> None:
    schema = Schema.from_json(json.dumps(contract.schema_json()))
    assert [field.name for field in schema.fields] == [column.name for column in contract.stored]
    assert [field.name for field in schema.fields if not field.nullable] == [
        column.name for column in contract.stored if not column.nullable
    ]


def test_tables_are_there_once() -> None:
    names = [contract.name for contract in all_tables()]
    assert len(names) == len(set(names))
    landed = {contract.table for contract in landed_contracts()}
    for layer in ("bronze", "quarantine"):
        assert {name.split("/")[1] for name in names if name.startswith(layer)} == landed


# The committed contracts

DATASETS = {
    "eoffice/work_records": (
        "FileId FileCode OrganId Title ConfidenceLevel OpenedAt DueDate ClosedAt Status CreatedOnline ProcessedOnline SignedDigitally "
        "TotalDocuments UpdatedAt Deleted"
    ),
    "portal/dossiers": (
        "MaHoSo MaTTHC TenTTHC MucDo KenhThucHien DonViXuLy ChuHoSo SoGiayToChuHoSo LoaiDoiTuong NgayNopHoSo NgayTiepNhan NgayHenTra "
        "NgayKetThucXuLy NgayTra TrangThaiHoSo NgayCapNhat MaDoiTuong NguoiXuLy TrichYeuHoSo"
    ),
    "ocop/products": (
        "product_code product_name product_group product_subgroup producer_name producer_type commune_code decision_number decision_date "
        "recognised_by score_a score_b score_c stars gtin growing_area_code ecommerce_url latitude longitude updated_at deleted unit_valid_from"
    ),
    "registry/organisations": "organ_id organ_name level unit_code old_organ_id valid_from valid_to updated_at deleted unit_valid_from",
    "registry/paper_work_records": "organ_id month closed_count updated_at deleted unit_valid_from",
}
"""The fields of the datasets that are loaded, by the names that senders use."""

SHEETS = {
    "registry/commune_status": "commune_code status valid_from valid_to decision_number withdrawal_decision",
    "registry/district_status": "district_code status valid_from valid_to decision_number",
    "registry/commune_classification": "commune_code scheme class valid_from valid_to",
    "registry/criterion_assessments": (
        "unit_code criterion standard result assessed_on valid_to decision_number withdrawal_decision criteria_set"
    ),
    "registry/recognition_cases": "unit_code standard stage stage_on decision_number",
    "registry/officials_training": "official_id unit_code level role in_role_from in_role_to course trained_on",
    "registry/cooperatives": (
        "cooperative_id name commune_code registered_on dissolved_on key_product linkage_from linkage_to latitude longitude"
    ),
    "registry/linkage_models": "model_id name unit_code level key_product in_raw_material_zone digital_since started_on ended_on",
    "registry/essential_services": "unit_code level service online_since online_until",
    "registry/satisfaction_surveys": "unit_code survey_id subject channel opened_on closed_on responses satisfied",
    "registry/villages": (
        "village_id commune_code name households residents digital_team_decision team_active_from team_active_to latitude longitude"
    ),
    "registry/smart_village_assessments": (
        "village_id criteria_set assessed_on field digital_team communication_channel ecommerce culture_house_wifi "
        "digital_address_households fibre_households smartphone_households residents_guided_health_app traceability "
        "news_last_month recognised_by_decision recognised_from recognised_to"
    ),
    "registry/smart_communes": "commune_code kind field selected_on recognised_on decision_number",
    "registry/data_standardisation_pilots": "district_code selected_on accepted_on decision_number",
    "registry/supply_chains": "chain_id name kind commune_code on_traceability_system_since left_on latitude longitude",
    "registry/growing_areas": "growing_area_code commune_code crop area_ha issued_on status latitude longitude",
    "registry/raw_material_areas": "area_code commune_code product area_ha registered_on latitude longitude",
    "registry/environment_measurements": "station_id commune_code parameter measured_at value unit limit_value latitude longitude",
    "registry/waste_sources": "source_id commune_code kind pollutant registered_on closed_on treated latitude longitude",
    "registry/clean_water": "commune_code measured_on households households_with_clean_water",
    "registry/tourism_sites": "site_id name commune_code kind ocop_product_code recognised_on latitude longitude",
    "registry/technologies": "technology_id name field provider commune_code applied_on latitude longitude",
    "registry/paper_documents": "organ_id month sent_count",
}
"""The columns of the other registry sheets, without those that every sheet ends with."""


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_dataset_has_its_contract_and_fields(dataset: str) -> None:
    contract = next(contract for contract in landed_contracts() if contract.landing == dataset)
    fields = [column.source for column in contract.landed]
    expected = DATASETS[dataset].split()
    if dataset == "portal/dossiers":
        assert set(expected) <= set(fields)
    else:
        assert fields == [*expected, *contract.unit_names]


@pytest.mark.parametrize("dataset", SHEETS)
def test_a_registry_sheet_has_its_columns_and_drops_all_others_by_name(dataset: str) -> None:
    contract = next(contract for contract in landed_contracts() if contract.landing == dataset)
    passing = [column.source for column in contract.landed if column.handling != "drop"]
    assert passing == [*SHEETS[dataset].split(), "updated_at", "deleted", "unit_valid_from", *contract.unit_names]
    assert bool(contract.unit_names) == (contract.unit is not None)
    assert all(column.optional_field for column in contract.landed if column.handling == "drop")
    assert all(column.aliases for column in contract.landed), "a header in Vietnamese for each column"
    assert contract.column("withdrawn").optional_field


def test_registries_are_loaded_first() -> None:
    assert landed_contracts()[0].landing == "registry/organisations"


@pytest.mark.parametrize("path", sorted(TABLES.glob("*/*.yaml")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_contract_keeps_the_standard(path: Path) -> None:
    validate_standard(path)


def test_personal_fields_never_pass_as_they_are() -> None:
    # The fields of people that the interfaces name: tokens, but for the name of a producer that is no person.
    dossier, product = (load_contracts()[name] for name in ("silver/dossier", "silver/ocop_product"))
    for source in ("ChuHoSo", "SoGiayToChuHoSo", "MaDoiTuong", "NguoiXuLy"):
        assert dossier.source_column(source).handling == "token"
        assert dossier.source_column(source).keep_when is None
    assert dossier.source_column("TrichYeuHoSo").handling == "drop"
    producer = product.source_column("producer_name")
    assert producer.handling == "token"
    assert producer.keep_when is not None
    assert "household" not in producer.keep_when[1]
    assert {product.source_column("producer_type").values[kind] for kind in producer.keep_when[1]} == {
        "cooperative",
        "cooperative_group",
        "enterprise",
    }
    assert load_contracts()["silver/official_training"].source_column("official_id").handling == "token"


@pytest.mark.parametrize(
    ("table", "headers"),
    [
        ("cooperative", ["Người đại diện", "Giám đốc", "Giới tính", "Dân tộc", "Điện thoại", "Số điện thoại"]),
        ("growing_area", ["Đại diện", "Mã số DN/CCCD", "Điện thoại", "email", "Danh sách các hộ nông dân"]),
        ("village", ["Trưởng thôn", "Điện thoại trưởng thôn"]),
    ],
)
def test_persons_in_officers_sheets_are_dropped_by_name(table: str, headers: list[str]) -> None:
    dropped = [column for column in load_contracts()[f"silver/{table}"].landed if column.handling == "drop"]
    assert {name for column in dropped for name in (column.source, *column.aliases)} >= set(headers)


@pytest.mark.parametrize(
    ("formats", "stated", "locale"),
    [
        (["csv"], None, "vi"),
        (["csv", "xlsx"], None, "vi"),
        (["ndjson"], None, "json"),
        (["csv"], "json", "json"),
        (["csv", "ndjson"], "vi", "vi"),
    ],
)
def test_numbers_are_written_as_the_contract_or_its_formats_say(tables: Path, formats: list[str], stated: str | None, locale: str) -> None:
    document = tiny()
    word(table(document), "formats", formats)
    word(table(document), "locale", stated)
    assert {one.locale for one in load_contract(write(tables, document)).landed} == {locale}


# What a contract is refused for

REFUSED: dict[str, tuple[Change, str]] = {
    # its form
    "field that ODCS has not": (lambda d: column(d, "state").update(requierd=True), "unknown key 'requierd'; did you mean 'required'?"),
    "top-level field that ODCS has not": (lambda d: d.update(owner="x"), "unknown key 'owner'"),
    "value of another kind": (lambda d: column(d, "state").update(required=[]), "required: input should be a valid boolean"),
    "other version of the standard": (lambda d: d.update(apiVersion="v3.0.0"), "apiVersion 'v3.0.0': expected 'v3.1.0'"),
    "id of another table": (lambda d: d.update(id="ntm.silver.work_record"), "id 'ntm.silver.work_record': expected 'ntm.silver.thing'"),
    "name of another table": (lambda d: table(d).update(name="things"), "name 'things': expected 'thing'"),
    "physical name of another layer": (
        lambda d: table(d).update(physicalName="gold/thing"),
        "physicalName 'gold/thing': expected 'thing'",
    ),
    "two tables": (lambda d: d["schema"].append(table(d)), "a contract describes exactly one table"),
    "no columns": (lambda d: table(d).update(properties=[]), "a table needs properties"),
    "no label of the table": (lambda d: without(table(d), "businessName"), "key 'businessName' of the table is missing"),
    "no description of the table": (lambda d: without(table(d), "description"), "key 'description' of the table is missing"),
    "no grain": (lambda d: without(table(d), "dataGranularityDescription"), "key 'dataGranularityDescription' of the table is missing"),
    # the vocabulary
    "unknown word of the table": (lambda d: word(table(d), "landed", "x/y"), "unknown key 'landed'"),
    "unknown word of a column": (lambda d: word(column(d, "state"), "sorce", "x"), "unknown key 'sorce'; did you mean 'source'?"),
    "unknown word of a rule": (lambda d: word(rule(d, "duplicate_key"), "scoop", "set"), "unknown key 'scoop'; did you mean 'scope'?"),
    "word that stands twice": (
        lambda d: column(d, "state")["customProperties"].append({"property": "source", "value": "Zustand"}),
        "'source' stands twice",
    ),
    "unknown way to read": (lambda d: word(column(d, "closed_on"), "parse", "datum"), "parse 'datum' is not one of text, code"),
    "unknown format": (lambda d: word(table(d), "formats", ["json"]), "'json' is not one of ndjson, csv, xlsx"),
    "landing without a dataset": (lambda d: word(table(d), "landing", "things"), "landing: string should match pattern"),
    "secrecy without a part": (lambda d: word(table(d), "secrecy", {"field": "Level"}), "key 'secret' is missing"),
    "unknown part of a reference": (
        lambda d: word(
            table(d), "organisation", {"code": "organ_code", "field": "OrganId", "day": "closed_on", "valid_when": "true", "dey": "x"}
        ),
        "unknown key 'dey'",
    ),
    "unknown scope": (lambda d: word(rule(d, "duplicate_key"), "scope", "batch"), "scope 'batch' is not one of row, set, across"),
    "unknown fragment": (
        lambda d: word(table(d), "include", ["technikal"]),
        "there is no _technikal.yaml beside it; did you mean 'technical'?",
    ),
    # a column by itself
    "no label": (lambda d: without(column(d, "state"), "businessName"), "state: key 'businessName' is missing"),
    "no description": (lambda d: column(d, "state").update(description=" "), "state: key 'description' is missing"),
    "unknown type": (lambda d: column(d, "state").update(physicalType="text"), "state: physicalType 'text' is not one of string"),
    "types that do not fit": (
        lambda d: column(d, "state").update(logicalType="integer"),
        "state: logicalType 'integer' does not fit physicalType 'string'; expected 'string'",
    ),
    "array of nothing": (lambda d: column(d, "closed_month").update(physicalType="array", logicalType="array"), "an array needs 'items'"),
    "struct of nothing": (
        lambda d: column(d, "closed_month").update(physicalType="struct", logicalType="object"),
        "a struct needs 'properties'",
    ),
    "part of a struct without a description": (
        lambda d: column(d, "closed_month").update(
            physicalType="struct",
            logicalType="object",
            properties=[{"name": "code", "physicalType": "string", "logicalType": "string"}],
        ),
        "code: key 'description' is missing",
    ),
    "read into another type": (lambda d: word(column(d, "closed_on"), "parse", "timestamp"), "parse 'timestamp' gives timestamp, not date"),
    "words of a landed field without one": (
        lambda d: word(column(d, "closed_month"), "default", "x"),
        "default belongs to a column with a source",
    ),
    "limits without a landed field": (
        lambda d: column(d, "closed_month").update(logicalTypeOptions={"maxLength": 7}),
        "logicalTypeOptions are judged on landed fields",
    ),
    "read and derived": (lambda d: column(d, "state").update(transformLogic="upper(state)"), "a column is read from a source or derived"),
    "limit that no rule judges": (
        lambda d: column(d, "closed_on").update(logicalTypeOptions={"maximum": "2025-01-01"}),
        "no row rule judges 'maximum'",
    ),
    "limit of another type": (
        lambda d: column(d, "amount").update(logicalTypeOptions={"pattern": "x"}),
        "no row rule judges 'pattern'; a double is judged by minimum, maximum",
    ),
    "broken pattern": (lambda d: column(d, "thing_id").update(logicalTypeOptions={"pattern": "(("}), "pattern is not a regular expression"),
    "rule of a column": (lambda d: column(d, "state").update(unique=True), "no row rule judges 'unique' of a column"),
    "values without the list": (lambda d: word(column(d, "state"), "values"), "'values' and parse 'values' go together"),
    "values in upper case": (lambda d: word(column(d, "state"), "values", {"Open": "open"}), "'Open' must be written in lower case"),
    "padding of text": (lambda d: word(column(d, "organ_code"), "pad", 3), "pad belongs to parse 'code'"),
    "percent of a text": (lambda d: word(column(d, "state"), "percent", True), "percent belongs to parse 'integer' or 'decimal'"),
    "unknown locale": (lambda d: word(table(d), "locale", "fr"), "locale 'fr' is not one of json, vi"),
    "numbers of two locales": (lambda d: word(table(d), "formats", ["csv", "ndjson"]), "NDJSON beside sheets needs 'locale'"),
    "two paddings": (lambda d: word(column(d, "thing_id"), "pad_by_level", True), "pad and pad_by_level exclude each other"),
    "required twice": (lambda d: word(column(d, "state"), "required_when", "true"), "required_when says nothing"),
    "required and optional": (lambda d: word(column(d, "state"), "optional_field", True), "contradicts required"),
    "required with a default": (lambda d: word(column(d, "state"), "default", "open"), "default contradicts required"),
    "required sometimes, with a default": (
        lambda d: (word(column(d, "withdrawn"), "default", "false"), word(column(d, "withdrawn"), "required_when", "amount > 1")),
        "default contradicts required_when",
    ),
    "default that cannot be read": (lambda d: word(column(d, "withdrawn"), "default", "no"), "default 'no' is not one of true, false"),
    "dropped and stored": (lambda d: word(column(d, "remark"), "stored"), "handling 'drop' needs stored: false"),
    "kept without a token": (
        lambda d: word(column(d, "organ_code"), "keep_when", {"field": "State", "values": ["open"]}),
        "keep_when belongs to handling 'token'",
    ),
    "token that nobody makes": (lambda d: word(column(d, "owner_token"), "handling"), "parse 'token' belongs to handling 'token'"),
    "token read as something else": (lambda d: word(column(d, "owner_token"), "parse", "text"), "is read with parse 'token'"),
    "map's word on text": (lambda d: word(column(d, "state"), "map_value", "long"), "map_value belongs to a map"),
    # its parts between each other
    "column twice": (
        lambda d: table(d)["properties"].append({**column(d, "closed_month"), "name": "State"}),
        "State: the column stands twice",
    ),
    "field read twice": (lambda d: word(column(d, "amount"), "source", "state"), "source 'state' is the source of state already"),
    "alias of another field": (
        lambda d: word(column(d, "amount"), "aliases", ["ClosedOn"]),
        "source 'ClosedOn' is the source of closed_on already",
    ),
    "field with a name of bronze": (
        lambda d: word(column(d, "amount"), "source", "Line"),
        "source 'Line' is a technical column of bronze tables",
    ),
    "field with a name of the border": (
        lambda d: word(column(d, "amount"), "source", "Outcome"),
        "source 'Outcome' is a column of the border already",
    ),
    "field in Vietnamese": (
        lambda d: word(column(d, "amount"), "source", "Số tiền"),
        "source 'Số tiền': expected at most 64 ASCII letters",
    ),
    "alias in Vietnamese of JSON": (
        lambda d: (
            word(table(d), "formats", ["csv", "ndjson"]),
            word(table(d), "locale", "json"),
            word(column(d, "amount"), "aliases", ["Số tiền"]),
        ),
        "alias 'Số tiền': expected at most 64 ASCII letters, digits and _, no digit first, as the dataset may land as ndjson",
    ),
    "alias twice": (lambda d: word(column(d, "amount"), "aliases", ["Sum", "Sum"]), "source 'Sum' is the source of amount already"),
    "alias that is its own field": (
        lambda d: word(column(d, "amount"), "aliases", ["Amount"]),
        "source 'Amount' is the source of amount already",
    ),
    "alias of white space": (
        lambda d: (word(table(d), "formats", ["csv"]), word(column(d, "amount"), "aliases", [" \u200b"])),
        "expected a header, found white space only",
    ),
    "alias that numbers rows": (
        lambda d: (word(table(d), "formats", ["csv"]), word(column(d, "amount"), "aliases", ["STT"])),
        "is the header of a sheet's row numbers",
    ),
    "alias of another in another composition": (
        lambda d: (
            word(table(d), "formats", ["csv", "xlsx"]),
            word(column(d, "amount"), "aliases", ["Số tiền"]),
            word(column(d, "state"), "aliases", ["SÔ\u0301 TIÊ\u0300N"]),
        ),
        "is the source of",
    ),
    "key positions twice": (
        lambda d: column(d, "state").update(primaryKey=True, primaryKeyPosition=1),
        "primaryKeyPosition 1 stands 2 times",
    ),
    "no key": (lambda d: column(d, "thing_id").update(primaryKey=False), "a table needs a key"),
    "stated key that leaves out": (lambda d: word(table(d), "key", ["state"]), "leaves out primaryKey columns: thing_id"),
    "key that is no column": (
        lambda d: word(table(d), "key", ["thing_id", "thing_no"]),
        "key: 'thing_no' is not a stored column of the table",
    ),
    "key that the border has not": (
        lambda d: word(table(d), "key", ["thing_id", "unit_code"]),
        "unit_code is not read from a landed field",
    ),
    "version that is no column": (
        lambda d: word(table(d), "version", "updated"),
        "version: 'updated' is not a stored column of the table; did you",
    ),
    "version that is no time": (lambda d: word(table(d), "version", "state"), "version: state is a string; expected a timestamp"),
    "version that is not landed": (
        lambda d: word(table(d), "version", "received_at"),
        "version: received_at is not read from a landed field",
    ),
    "withdrawn that is no column": (lambda d: word(table(d), "withdrawn", "gone"), "withdrawn: 'gone' is not a stored column"),
    "withdrawn that is no boolean": (lambda d: word(table(d), "withdrawn", "state"), "withdrawn: state is a string; expected a boolean"),
    "statistics that are no column": (lambda d: word(table(d), "statistics", ["remark"]), "statistics: 'remark' is not a stored column"),
    "landed without formats": (lambda d: word(table(d), "formats"), "key 'formats' is missing"),
    "landed without a version": (lambda d: word(table(d), "version"), "key 'version' is missing"),
    "landed without technical columns": (lambda d: word(table(d), "include", ["placement"]), "a landed table includes 'technical'"),
    "column that nobody fills": (lambda d: without(column(d, "closed_month"), "transformLogic"), "closed_month: nobody fills it"),
    "kind of a field that is no token": (
        lambda d: word(column(d, "organ_code"), "kind", "citizen_id"),
        "kind belongs to handling 'token'",
    ),
    "kind that is not known": (
        lambda d: word(column(d, "owner_token"), "kind", "passport"),
        "citizen_id",
    ),
    "keep_when of an unknown field": (
        lambda d: (
            word(column(d, "owner_token"), "keep_when", {"field": "state", "values": ["open"]}),
            word(column(d, "owner_token"), "parse", "text"),
        ),
        "keep_when: 'state' is not a source field; did you mean 'State'?",
    ),
    "padding by a level that is not sent": (
        lambda d: (word(column(d, "thing_id"), "pad"), word(column(d, "thing_id"), "pad_by_level", True)),
        "pad_by_level needs a source field 'level'",
    ),
    "words of landed tables elsewhere": (lambda d: word(table(d), "landing"), "version: belongs to a table with a landing"),
    "landed fields elsewhere": (lambda d: word(table(d), "landing"), "thing_id: source: the table has no landing"),
    "derived columns elsewhere": (lambda d: word(table(d), "landing"), "closed_month: transformLogic: only landed records"),
    "row rules elsewhere": (lambda d: word(table(d), "landing"), "closed_before_opened: row rules judge landed records"),
    # references and secrecy
    "organisation without its columns": (
        lambda d: word(table(d), "include", ["technical"]),
        "organisation and include: placement go together",
    ),
    "columns without an organisation": (lambda d: word(table(d), "organisation"), "organisation and include: placement go together"),
    "organisation and unit": (
        lambda d: word(table(d), "unit", {"code": "thing_id", "field": "ThingId", "written_on": "closed_on", "levels": ["commune"]}),
        "from its organisation or from its own field, not both",
    ),
    "organisation by a column that is not there": (
        lambda d: word(table(d), "organisation", {"code": "organ", "field": "OrganId", "day": "closed_on", "valid_when": "true"}),
        "organisation: code 'organ' is not a column that is read",
    ),
    "organisation by another field": (
        lambda d: word(table(d), "organisation", {"code": "organ_code", "field": "organ_code", "day": "closed_on", "valid_when": "true"}),
        "field 'organ_code' is not the source of organ_code; expected 'OrganId'",
    ),
    "organisation's day by an unknown column": (
        lambda d: word(table(d), "organisation", {"code": "organ_code", "field": "OrganId", "day": "closed_at", "valid_when": "true"}),
        "organisation: there is no column 'closed_at' here; did you mean 'closed_on'?",
    ),
    "organisation's condition by an unknown column": (
        lambda d: word(
            table(d), "organisation", {"code": "organ_code", "field": "OrganId", "day": "closed_on", "valid_when": "status = 1"}
        ),
        "organisation: there is no column 'status' here",
    ),
    "unit's day by an unknown column": (
        lambda d: (
            word(table(d), "organisation"),
            word(table(d), "unit", {"code": "thing_id", "field": "ThingId", "written_on": "written", "levels": ["commune"]}),
        ),
        "unit: there is no column 'written' here",
    ),
    "unit of an unknown level": (
        lambda d: word(table(d), "unit", {"code": "thing_id", "field": "ThingId", "written_on": "closed_on", "levels": ["village"]}),
        "'village' is not one of province, district, commune",
    ),
    "secrecy by an unknown field": (
        lambda d: word(
            table(d),
            "secrecy",
            {"field": "level_of_secrecy", "open": ["a"], "secret": ["b"], "organisation": "OrganId", "day": ["ClosedOn"]},
        ),
        "secrecy: 'level_of_secrecy' is not a source field",
    ),
    "secrecy's organisation by an unknown field": (
        lambda d: word(
            table(d), "secrecy", {"field": "Level", "open": ["a"], "secret": ["b"], "organisation": "Organ", "day": ["ClosedOn"]}
        ),
        "secrecy: 'Organ' is not a source field; did you mean 'OrganId'?",
    ),
    "secrecy's day by an unknown field": (
        lambda d: word(
            table(d), "secrecy", {"field": "Level", "open": ["a"], "secret": ["b"], "organisation": "OrganId", "day": ["closed_on"]}
        ),
        "secrecy: 'closed_on' is not a source field",
    ),
    "open and secret": (
        lambda d: word(
            table(d), "secrecy", {"field": "Level", "open": ["a"], "secret": ["a"], "organisation": "OrganId", "day": ["ClosedOn"]}
        ),
        "secrecy: a cannot be open and secret",
    ),
    # SQL
    "condition over an unknown column": (
        lambda d: word(column(d, "closed_on"), "required_when", "status = 'closed'"),
        "closed_on: required_when: there is no column 'status' here; did you mean 'state'?",
    ),
    "condition that is no SQL": (lambda d: word(column(d, "closed_on"), "required_when", "state ="), "closed_on: required_when: not SQL"),
    "derived from an unknown column": (
        lambda d: column(d, "closed_month").update(transformLogic="date_format(closed_at, 'yyyy')"),
        "closed_month: transformLogic: there is no column 'closed_at' here",
    ),
    "derived from itself": (
        lambda d: column(d, "closed_month").update(transformLogic="upper(closed_month)"),
        "transformLogic: there is no column 'closed_month' here",
    ),
    "derived from what a reference gives later": (
        lambda d: column(d, "closed_month").update(transformLogic="province_code"),
        "transformLogic: there is no column 'province_code' here",
    ),
    "derived from a dropped field": (
        lambda d: column(d, "closed_month").update(transformLogic="remark"),
        "transformLogic: there is no column 'remark' here",
    ),
    "derived by a query": (
        lambda d: column(d, "closed_month").update(transformLogic="(SELECT max(closed_on) FROM silver.thing)"),
        "expected one expression over the columns of the row, without a query",
    ),
    "check of an unknown column": (
        lambda d: word(table(d), "checks", {"known": "status = 1"}),
        "checks: known: there is no column 'status' here",
    ),
    "check of a column that is not stored": (
        lambda d: word(table(d), "checks", {"known": "level_of_secrecy = 'open'"}),
        "checks: known: there is no column 'level_of_secrecy' here",
    ),
    "rule over an unknown column": (
        lambda d: rule(d, "closed_before_opened").update(query="closed_on >= begun_on"),
        "closed_before_opened: there is no column 'begun_on' here",
    ),
    "rule over a technical column": (
        lambda d: rule(d, "closed_before_opened").update(query="row_hash <> ''"),
        "closed_before_opened: there is no column 'row_hash' here",
    ),
    "set rule over an unknown column": (
        lambda d: rule(d, "duplicate_key").update(query="SELECT thing_no FROM {batch}"),
        "duplicate_key: Column 'thing_no' could not be resolved",
    ),
    "set rule over another table": (
        lambda d: rule(d, "duplicate_key").update(query="SELECT file_id FROM {batch} JOIN silver.work_record"),
        "duplicate_key: it reads silver.work_record, which is not there for it",
    ),
    "set rule without its table": (
        lambda d: rule(d, "duplicate_key").update(query="SELECT thing_id FROM silver.thing"),
        "duplicate_key: the query does not read its own table, {batch}",
    ),
    # rules
    "rule without SQL": (lambda d: rule(d, "duplicate_key").update(type="text"), "duplicate_key: a rule has a name, type: sql and a query"),
    "row rule that must be nothing": (
        lambda d: without(rule(d, "closed_before_opened"), "mustBe"),
        "expected mustBe: true in a rule of scope row",
    ),
    "set rule that must be something": (
        lambda d: rule(d, "duplicate_key").update(mustBe=False),
        "expected mustBe: 0 in a rule of scope set",
    ),
    "rule without words": (lambda d: without(rule(d, "duplicate_key"), "description"), "duplicate_key: key 'description' is missing"),
    "rule twice": (lambda d: table(d)["quality"].append(rule(d, "duplicate_key")), "duplicate_key: the rule stands twice"),
    "row rule that warns": (
        lambda d: rule(d, "closed_before_opened").update(severity="warning"),
        "closed_before_opened: severity 'warning': a row is right or rejected",
    ),
    "unknown severity": (lambda d: rule(d, "duplicate_key").update(severity="fatal"), "severity 'fatal' is not one of error, warning"),
    "rule about an unknown field": (
        lambda d: word(rule(d, "closed_before_opened"), "field", "closed_on"),
        "field 'closed_on' is neither a source field nor a column without one",
    ),
    "settings in a set rule": (
        lambda d: word(rule(d, "duplicate_key"), "indicator", "work_records_online"),
        "indicator belongs to a rule across",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tables: Path, case: str) -> None:
    change, message = REFUSED[case]
    document = tiny()
    change(document)
    path = write(tables, document)
    with pytest.raises(ContractError) as refusal:
        load_contract(path)
    lines = str(refusal.value).splitlines()
    assert any(message in line for line in lines), str(refusal.value)
    assert all(line.startswith(f"{path}:") for line in lines)


def test_the_tiny_contract_itself_is_right(tables: Path) -> None:
    # Else each refusal could be another one's.
    load_contract(write(tables, TINY))
    document = tiny()
    not_landed(document)
    load_contract(write(tables, document))


def test_a_mistake_is_told_by_its_line(tables: Path) -> None:
    wrong = TINY.replace(
        "{property: required_when, value: \"state = 'closed'\"}", "{property: required_when, value: \"status = 'closed'\"}"
    )
    line = next(number for number, text in enumerate(wrong.splitlines(), 1) if "required_when" in text)
    path = write(tables, wrong)
    with pytest.raises(ContractError) as refusal:
        load_contract(path)
    assert str(refusal.value) == f"{path}:{line}: closed_on: required_when: there is no column 'status' here; did you mean 'state'?"


def test_all_mistakes_are_told_at_once(tables: Path) -> None:
    document = tiny()
    word(table(document), "version", "updated")
    word(table(document), "statistics", ["remark"])
    rule(document, "duplicate_key").update(query="SELECT thing_no FROM {batch}")
    with pytest.raises(ContractError) as refusal:
        load_contract(write(tables, document))
    assert len(str(refusal.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schema: [", "is not YAML"),
        ("- a\n- b\n", "a mapping of keys to values was expected"),
        (TINY.replace("status: active", "status: active\nstatus: draft"), "key 'status' stands twice"),
    ],
)
def test_a_file_that_is_no_contract_is_refused(tables: Path, text: str, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        load_contract(write(tables, text))


def test_a_contract_in_a_derived_layer_is_refused(tables: Path) -> None:
    text = TINY.replace("silver/thing", "bronze/thing").replace("ntm.silver", "ntm.bronze")
    with pytest.raises(ContractError, match="bronze and quarantine follow from a landed one"):
        load_contract(write(tables, text, "bronze/thing"))


def test_landed_records_belong_to_silver(tables: Path) -> None:
    shutil.copytree(tables / "silver", tables / "gold")
    text = TINY.replace("silver/thing", "gold/thing").replace("ntm.silver", "ntm.gold")
    with pytest.raises(ContractError, match="landed records are standardised in the layer silver"):
        load_contract(write(tables, text, "gold/thing"))


def test_a_fragment_is_checked_like_a_contract(tables: Path) -> None:
    fragment = tables / "silver" / "_technical.yaml"
    content = yaml.safe_load(fragment.read_text(encoding="utf-8"))
    del content["properties"][0]["businessName"]
    content["properties"][1]["requierd"] = True
    fragment.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ContractError, match=r"_technical.yaml:\d+: unknown key 'requierd'") as refusal:
        load_contract(write(tables, TINY))
    assert "object_id: key 'businessName' is missing" in str(refusal.value)


def test_the_json_schema_of_the_standard_is_held_against_a_contract(tables: Path) -> None:
    document = tiny()
    rule(document, "duplicate_key").update(dimension="goodness")
    column(document, "thing_id")["logicalTypeOptions"]["maxLength"] = "20"
    path = write(tables, document)
    with pytest.raises(ContractError) as refusal:
        validate_standard(path)
    assert "schema.0.quality.1.dimension: against ODCS: 'goodness' is not one of" in str(refusal.value)
    assert "maxLength: against ODCS: '20' is not of type 'integer'" in str(refusal.value)


def test_the_json_schema_of_the_standard_is_held_against_a_fragment(tables: Path) -> None:
    fragment = tables / "silver" / "_technical.yaml"
    fragment.write_text(fragment.read_text(encoding="utf-8").replace("logicalType: timestamp", "logicalType: instant"), encoding="utf-8")
    with pytest.raises(ContractError, match=r"properties.3.logicalType: against ODCS: 'instant' is not one of"):
        validate_standard(fragment)


# Contracts beside each other


def load_all(tables: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Contract]:
    monkeypatch.setattr(contracts_module, "TABLES", tables)
    loaded: dict[str, Contract] = contracts_module.load_contracts.__wrapped__()
    return loaded


def across(query: str, indicator: str | None = None) -> Document:
    document = tiny()
    entry = {**rule(document, "duplicate_key"), "name": "sums", "query": query, "customProperties": []}
    word(entry, "scope", "across")
    word(entry, "field", "ThingId")
    word(entry, "indicator", indicator)
    table(document)["quality"].append(entry)
    return document


def test_the_problems_of_all_files_are_told(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("this", "that"):
        write(tables, TINY.replace("silver/thing", f"silver/{name}"), f"silver/{name}")
    with pytest.raises(ContractError) as refusal:
        load_all(tables, monkeypatch)
    assert {Path(line.split(":")[0]).stem for line in str(refusal.value).splitlines()} == {"this", "that"}


def test_one_dataset_feeds_one_table(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tables, TINY)
    write(
        tables,
        TINY.replace("silver/thing", "silver/twin").replace("silver.thing", "silver.twin").replace("name: thing\n", "name: twin\n"),
        "silver/twin",
    )
    with pytest.raises(ContractError, match="landing: test/things feeds silver/thing already"):
        load_all(tables, monkeypatch)


@pytest.mark.parametrize(
    ("query", "indicator", "message"),
    [
        (
            "SELECT t.thing_id FROM {batch} AS t JOIN gold.sums AS s ON s.thing_id = t.thing_id",
            None,
            "it reads gold.sums, which is not there",
        ),
        ("SELECT t.thing_id FROM {batch} AS t CROSS JOIN parameters AS p", None, "it reads parameters, which is not there"),
        ("SELECT thing_id FROM {batch}", "work_records", "indicator 'work_records' is not in the catalogue"),
        (
            "SELECT t.thing_id FROM {batch} AS t CROSS JOIN parameters AS p WHERE p.include_paper_record",
            "work_records_online",
            "Unknown column: include_paper_record",
        ),
    ],
)
def test_a_rule_across_tables_that_reads_what_is_not_there_is_refused(
    tables: Path, monkeypatch: pytest.MonkeyPatch, query: str, indicator: str | None, message: str
) -> None:
    path = write(tables, across(query, indicator))
    with pytest.raises(ContractError) as refusal:
        load_all(tables, monkeypatch)
    line = next(number for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "name: sums" in text)
    assert str(refusal.value).startswith(f"{path}:{line}: sums: ")
    assert message in str(refusal.value)


def test_a_rule_across_tables_reads_other_tables_and_settings(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    query = (
        "WITH closed AS (SELECT thing_id FROM {batch} CROSS JOIN parameters WHERE include_paper_records) "
        "SELECT c.thing_id FROM closed AS c JOIN silver.thing AS t ON t.thing_id = c.thing_id"
    )
    write(tables, across(query, "work_records_online"))
    assert [rule.code for rule in load_all(tables, monkeypatch)["silver/thing"].across_rules] == ["sums"]


@pytest.mark.parametrize(
    "sql", ["true", "a = 1", "A IS NULL OR b > 0", "CASE WHEN a THEN b END", "errors[0].code = 'x'", "transform(b, x -> x + 1)"]
)
def test_expressions_over_known_columns_pass(sql: str) -> None:
    assert expression_problems(sql, ["a", "b", "errors"]) == []


@pytest.mark.parametrize("sql", ["a >", "a; b", "SELECT a", "a IN (SELECT b)", "DROP TABLE a", "'", "c"])
def test_other_expressions_have_one_problem(sql: str) -> None:
    assert len(expression_problems(sql, ["a", "b"])) == 1


@pytest.mark.parametrize("sql", ["{batch}", "DELETE FROM {batch}", "SELECT FROM WHERE {batch}"])
def test_what_is_no_query_has_one_problem(sql: str) -> None:
    assert len(query_problems(sql, "silver/thing", {"silver/thing": ["a"]})) == 1


# As ODCS has it: whole columns, landed fields apart, queries that give one number


def as_odcs(document: Document) -> Document:
    """The tiny contract with its unstored fields apart and its rules as queries of one number."""
    properties = table(document)["properties"]
    apart = []
    for index, prop in enumerate(properties):
        words = prop.get("customProperties", [])
        if {"property": "stored", "value": False} in words:
            words = [one for one in words if one["property"] != "stored"]
            apart.append({**prop, "after": properties[index - 1]["name"], "customProperties": words})
    table(document)["properties"] = [one for one in properties if one["name"] not in {other["name"] for other in apart}]
    word(table(document), "not_stored", apart)
    for one in table(document).get("quality", []):
        scope = next(item["value"] for item in one["customProperties"] if item["property"] == "scope")
        inner = one["query"].replace("{batch}", "${object}")
        form = "SELECT count(*) FROM ${{object}} WHERE NOT ({})" if scope == "row" else "SELECT count(*) FROM ({}) AS offenders"
        one |= {"query": form.format(inner), "mustBe": 0}
    table(document)["physicalName"] = "thing"
    return document


def test_the_form_that_odcs_tools_read_says_the_same(tables: Path) -> None:
    short = load_contract(write(tables, tiny()))
    whole = load_contract(write(tables, as_odcs(tiny())))
    assert [column.name for column in whole.columns if not column.stored] == ["level_of_secrecy", "remark"]
    assert whole == short


@pytest.mark.parametrize(
    "path", [path for path in sorted(TABLES.glob("*/*.yaml")) if not path.name.startswith("_")], ids=lambda path: path.stem
)
def test_a_contract_of_the_project_has_the_columns_of_its_table_and_no_others(path: Path) -> None:
    (described,) = yaml.safe_load(path.read_text(encoding="utf-8"))["schema"]
    contract = load_contract(path)
    assert [one["name"] for one in described["properties"]] == [column.name for column in contract.stored]
    keyed = sorted((one["primaryKeyPosition"], one["name"]) for one in described["properties"] if one.get("primaryKey"))
    assert tuple(name for _, name in keyed) == contract.key
    for rule in described.get("quality", []):
        assert rule["type"] == "custom" or rule["query"].startswith("SELECT count(*) FROM ")


def test_a_column_that_is_not_as_its_fragment_has_it_is_refused(tables: Path) -> None:
    document = tiny()
    shared = {"name": "run_id", "businessName": "Lần chạy", "logicalType": "string", "physicalType": "string", "description": "Another."}
    table(document)["properties"].append(shared)
    with pytest.raises(ContractError, match=r"run_id: is not as _technical\.yaml has it"):
        load_contract(write(tables, document))


def test_a_field_that_follows_no_column_is_refused(tables: Path) -> None:
    document = as_odcs(tiny())
    next(one for one in table(document)["customProperties"] if one["property"] == "not_stored")["value"][0]["after"] = "thing"
    with pytest.raises(ContractError, match="not_stored: after: there is no column 'thing'; did you mean 'thing_id'"):
        load_contract(write(tables, document))


def test_a_query_that_gives_no_number_of_offenders_is_refused(tables: Path) -> None:
    document = as_odcs(tiny())
    for one in table(document)["quality"]:
        one["query"] = "SELECT max(line) FROM ${object}"
    with pytest.raises(ContractError, match="expected the number of offenders, SELECT count"):
        load_contract(write(tables, document))
