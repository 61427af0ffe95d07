"""The open-data folder as others read it: by Frictionless, rdflib, pysdmx, DuckDB and csv, and not by our own code."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from typing import TYPE_CHECKING

import duckdb
import frictionless
import pytest
import rdflib
from pysdmx.io import get_datasets, read_sdmx

from jobs.errors import UsageError
from jobs.publish.exports.open_data.build import SUMS, export_open_data
from tests.jobs.publish.exports.open_data.conftest import APPLICANT, HOUSEHOLD
from tests.support.workspace import Workspace
from warehouse_schema.open_data import load_open_data

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from jobs.publish.exports.open_data.build import Exported

pytestmark = [pytest.mark.slow, pytest.mark.default_engine]


DCAT, DCT, FOAF = (
    rdflib.Namespace(one) for one in ("http://www.w3.org/ns/dcat#", "http://purl.org/dc/terms/", "http://xmlns.com/foaf/0.1/")
)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows_of(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_frictionless_finds_nothing_wrong(folder: Path) -> None:
    report = frictionless.Package(str(folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "fieldName", "message"])
    assert report.stats["tasks"] == len(load_open_data().tables)


def test_frictionless_finds_a_wrong_value(folder: Path, tmp_path: Path) -> None:
    for name, content in contents(folder).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content.replace(b"17386", b"99999") if name == "clean_water.csv" else content)
    assert not frictionless.Package(str(tmp_path / "datapackage.json")).validate().valid


def test_the_catalogue_is_dcat(folder: Path) -> None:
    graph = rdflib.Graph().parse(data=(folder / "catalog.jsonld").read_text(encoding="utf-8"), format="json-ld", publicID="urn:here/")
    datasets = set(graph.subjects(rdflib.RDF.type, DCAT.Dataset))
    assert len(datasets) == len(load_open_data().tables)
    (catalogue,) = graph.subjects(rdflib.RDF.type, DCAT.Catalog)
    assert set(graph.objects(catalogue, DCAT.dataset)) == datasets
    for one in datasets:
        assert {title.language for title in graph.objects(one, DCT.title)} == {"vi", "en"}
        assert all("SAMPLE" in str(title) or "MẪU" in str(title) for title in graph.objects(one, DCT.title))
        assert list(graph.objects(one, DCT.modified))
        (publisher,) = graph.objects(one, DCT.publisher)
        assert {name.language for name in graph.objects(publisher, FOAF.name)} == {"vi", "en"}
        distributions = list(graph.objects(one, DCAT.distribution))
        assert len(distributions) == 2
        for distribution in distributions:
            assert list(graph.objects(distribution, DCT.license))
            (address,) = graph.objects(distribution, DCAT.downloadURL)
            assert (folder / str(address).removeprefix("urn:here/")).is_file()


def test_no_address_of_a_host_is_made_up(folder: Path) -> None:
    found = {host for content in contents(folder).values() for host in re.findall(rb"https?://([^/\"]+)", content)}
    assert found <= {b"www.w3.org", b"purl.org", b"xmlns.com", b"spdx.org", b"www.iana.org", b"www.sdmx.org"}


def test_another_library_reads_the_same_values_from_sdmx(folder: Path) -> None:
    structure = folder / "sdmx" / "structure.xml"
    read_sdmx(structure, validate=True)
    published = rows_of(folder, "indicator_value")
    seen = 0
    for file in sorted((folder / "sdmx").glob("data-*.xml")):
        (dataset,) = get_datasets(file, structure)
        indicator = file.stem.removeprefix("data-")
        wanted = [row for row in published if row["indicator"] == indicator]
        read = dataset.data.to_dict("records")
        assert len(read) == len(wanted)
        numbers = sorted(float(row["OBS_VALUE"]) for row in read if row["OBS_VALUE"] == row["OBS_VALUE"])
        assert numbers == sorted(float(row["value"]) for row in wanted if row["value"])
        assert sum(row.get("OBS_STATUS") == "C" for row in read) == sum(row["suppressed"] == "true" for row in wanted)
        seen += len(read)
    assert seen == len(published)


def test_parquet_and_csv_have_the_same_rows_in_the_order_of_the_key(folder: Path) -> None:
    for table in load_open_data().tables.values():
        names = [column.name for column in table.columns]
        relation = duckdb.read_parquet(str(folder / f"{table.name}.parquet"))
        assert relation.columns == names
        rows = rows_of(folder, table.name)
        assert list(rows[0]) == names
        keys = [tuple(map(str, row)) for row in relation.select(*table.key).fetchall()]
        assert keys == sorted(keys)
        assert keys == [tuple(row[name] for name in table.key) for row in rows]
    assert b"\r\n" in (folder / "unit.csv").read_bytes()


def test_small_figures_are_hidden_and_others_are_not(folder: Path, exported: Exported) -> None:
    found = {
        (row["unit_code"], row["period_type"], row["period_end"]): row
        for row in rows_of(folder, "indicator_value")
        if row["indicator"] == "dossiers_received_online" and row["breakdown"] == "_T" and row["level"] == "commune"
    }
    february = found["17386", "month", "2025-02-28"]
    assert (february["numerator"], february["denominator"], february["value"], february["suppressed"]) == ("", "", "", "true")
    # January tells February by the quarter: one of both has to go.
    assert "true" in {found["17386", "month", "2025-01-31"]["suppressed"], found["17386", "quarter", "2025-03-31"]["suppressed"]}
    province = next(
        row
        for row in rows_of(folder, "indicator_value")
        if row["indicator"] == "dossiers_received_online"
        and row["level"] == "province"
        and row["breakdown"] == "_T"
        and row["period_type"] == "quarter"
    )
    assert (province["denominator"], province["suppressed"]) == ("80", "false")
    assert not [
        row
        for row in rows_of(folder, "indicator_value")
        if row["indicator"].startswith("dossiers") and row["period_type"] == "year_to_date"
    ]
    counted = exported.suppressed["dossiers_received_online"]
    assert 0 < counted.small <= counted.hidden < counted.figures
    assert f"{counted.hidden}" in (folder / "README.md").read_text(encoding="utf-8")


def test_no_person_is_named_and_no_text_is_a_formula(folder: Path, released: Workspace) -> None:
    everything = b"".join(contents(folder).values())
    assert HOUSEHOLD.encode() not in everything
    assert APPLICANT.encode() not in everything
    assert b"token" not in everything
    assert released.rows("silver/ocop_product")[0]["object_id"].encode() not in everything
    (household,) = [row for row in rows_of(folder, "ocop_product") if row["producer_type"] == "household"]
    assert household["product_name"] == "'=1+1"
    (stored,) = duckdb.sql(f"SELECT product_name FROM '{folder}/ocop_product.parquet' WHERE producer_type = 'household'").fetchall()
    assert stored == ("=1+1",)


def test_the_map_has_points(folder: Path) -> None:
    found = json.loads((folder / "units.geojson").read_text(encoding="utf-8"))
    commune = next(one for one in found["features"] if one["properties"]["unit_code"] == "17386")
    longitude, latitude = commune["geometry"]["coordinates"]
    assert 103 < longitude < 106
    assert 18 < latitude < 20
    assert commune["properties"]["households_with_clean_water.all"] == pytest.approx(700 / 900)
    assert commune["properties"]["suppressed"] == []


def test_csv_on_the_web_names_the_columns_as_the_file_does(folder: Path) -> None:
    described = json.loads((folder / "target_status.csv-metadata.json").read_text(encoding="utf-8"))
    assert [one["titles"] for one in described["tableSchema"]["columns"]] == list(rows_of(folder, "target_status")[0])
    assert described["tableSchema"]["primaryKey"] == ["plan_id", "indicator", "level", "as_of"]


def test_generated_records_are_called_so(folder: Path, exported: Exported) -> None:
    assert exported.is_generated
    assert "DỮ LIỆU MẪU" in (folder / "README.md").read_text(encoding="utf-8")
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["ntm"]["generated"] is True
    assert "SAMPLE DATA" in package["title"]
    assert "194/2025" in package["licenses"][0]["title"]


def test_built_twice_it_is_the_same_bytes(released: Workspace, exported: Exported, tmp_path: Path) -> None:
    again = export_open_data(released.warehouse, tmp_path)
    assert contents(again.folder) == contents(exported.folder)
    assert not again.was_there
    assert export_open_data(released.warehouse, tmp_path).was_there
    assert [path.name for path in tmp_path.iterdir()] == [again.folder.name]


def test_the_sums_are_those_of_all_files(folder: Path) -> None:
    lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    assert {file: digest for digest, file in (line.split("  ") for line in lines)} == {
        name: hashlib.sha256(content).hexdigest() for name, content in contents(folder).items() if name != SUMS
    }


def test_a_folder_with_another_content_is_replaced_only_when_asked(released: Workspace, tmp_path: Path) -> None:
    done = export_open_data(released.warehouse, tmp_path)
    right = (done.folder / "README.md").read_bytes()
    (done.folder / "README.md").write_text("changed", encoding="utf-8")
    with pytest.raises(UsageError, match="--force"):
        export_open_data(released.warehouse, tmp_path)
    assert (done.folder / "README.md").read_text(encoding="utf-8") == "changed"
    export_open_data(released.warehouse, tmp_path, force=True)
    assert (done.folder / "README.md").read_bytes() == right


def test_a_folder_of_others_is_left_alone(released: Workspace, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    with pytest.raises(UsageError, match="no open data of ours"):
        export_open_data(released.warehouse, tmp_path, tmp_path / "mine", force=True)
    assert (tmp_path / "mine" / "letter.txt").exists()


def test_what_fails_leaves_nothing(released: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr("jobs.publish.exports.open_data.build._write_json", broken)
    with pytest.raises(OSError, match="no space"):
        export_open_data(released.warehouse, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_changelog_tells_what_changed_since_the_release_before(
    released: Workspace, exported: Exported, tmp_path: Path, spark: SparkSession
) -> None:
    workspace = released.copy(tmp_path / "home")
    parent = tmp_path / "exports"
    export_open_data(workspace.warehouse, parent)
    columns = "commune_code,measured_on,households,households_with_clean_water,updated_at,deleted"
    row = "17386,2025-03-01,900,800,2025-03-11T08:00:00+07:00,"
    workspace.land("registry/clean_water/dt=2025-03-11/b.csv", f"{columns}\n{row}\n")
    workspace.load()
    after = export_open_data(workspace.warehouse, parent)
    text = (after.folder / "CHANGELOG.md").read_text(encoding="utf-8")
    assert exported.folder.name in text
    assert "`clean_water`: 1 → 2" in text
    assert "`unit`" not in text
    assert "no earlier release" in (exported.folder / "CHANGELOG.md").read_text(encoding="utf-8")
