"""`ntm export open-data`: the open-data folder of a release, whole or not at all, and the same bytes each time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pyarrow import parquet

from jobs.errors import UsageError
from jobs.publish.exports.open_data import descriptions, sdmx_messages
from jobs.publish.exports.open_data.changes import changes_of, read_before
from jobs.publish.exports.open_data.tables import Suppressed, read_published
from jobs.publish.released import require_release
from jobs.publish.site import wording
from jobs.publish.values import write_csv
from warehouse_schema.open_data import load_open_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from jobs.publish.exports.open_data.tables import Published
    from warehouse_schema.open_data import OpenData

SUMS = "SHA256SUMS"
MAP = "units.geojson"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BATCH = 50_000


@dataclass(frozen=True, slots=True)
class Exported:
    """What the folder has: rows by table, figures that count people by indicator, bytes; whether the records are generated; whether it was there already."""

    folder: Path
    rows: dict[str, int]
    suppressed: dict[str, Suppressed]
    size: int
    is_generated: bool
    was_there: bool


def release_name(release: Release) -> str:
    """What a release is called: its number and its day."""
    return f"release-{release.sequence:05d}-{release.as_of}"


def export_open_data(warehouse: Warehouse, parent: Path, folder: Path | None = None, *, force: bool = False) -> Exported:
    """Write the open-data folder of the last release.

    Args:
        warehouse: whose release it is.
        parent: where folders of releases stand, each under its release's name.
        folder: another folder in place of that.
        force: replace a folder that has another content, where it is one of ours.

    Raises:
        NothingReleasedError: nothing was released yet, or the release is older than one of the tables.
        UsageError: the folder is there with another content.
    """
    open_data, release = load_open_data(), require_release(warehouse)
    target = folder or parent / release_name(release)
    _require_ours(target)
    published = read_published(warehouse, release, open_data)
    target.parent.mkdir(parents=True, exist_ok=True)
    # A folder beside it: a rename is whole or not at all.
    with TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as made:
        part = Path(made) / "new"
        part.mkdir()
        _write(part, release, open_data, published, target)
        was_there = target.exists()
        if was_there and _sums(target) != _sums(part):
            if not force:
                raise UsageError(f"{target} is there with another content: --force replaces it, --output names another folder")
            target.replace(Path(made) / "before")
            was_there = False
        if not was_there:
            part.replace(target)
    rows = {name: table.num_rows for name, table in published.tables.items()}
    size = sum(file.stat().st_size for file in _files(target))
    return Exported(target, rows, published.suppressed, size, published.is_generated, was_there)


def _require_ours(target: Path) -> None:
    if target.exists() and not (target / SUMS).is_file():
        raise UsageError(f"{target} is there and holds no open data of ours: choose another folder")


def _write(part: Path, release: Release, open_data: OpenData, published: Published, target: Path) -> None:
    name, generated = release_name(release), published.is_generated
    for table, rows in published.tables.items():
        _write_parquet(part / f"{table}.parquet", rows)
        _write_csv(part / f"{table}.csv", rows)
        _write_json(part / f"{table}.csv-metadata.json", descriptions.csv_on_the_web(open_data.tables[table], open_data))
    _write_json(part / MAP, _map(published.map_rows))
    (part / "sdmx").mkdir()
    for file, content in sdmx_messages.messages(release, published.tables["indicator_value"], published.tables["unit"]):
        (part / "sdmx" / file).write_bytes(content)
    counts = {table: rows.num_rows for table, rows in published.tables.items()}
    files = {path.relative_to(part).as_posix(): (path.stat().st_size, _digest(path)) for path in _files(part)}
    package = descriptions.package(release, open_data, counts, files, name=name, is_generated=generated)
    _write_json(part / descriptions.PACKAGE, package)
    _write_json(part / descriptions.CATALOGUE, descriptions.catalogue(release, open_data, files, name=name, is_generated=generated))
    small = open_data.small_cells
    texts = _templates()
    readme = texts.get_template("README.md.j2").render(
        name=name,
        as_of=wording.day(release.as_of),
        created=wording.moment(release.created_at),
        generated=generated,
        open_data=open_data,
        rows=counts,
        suppressed=published.suppressed,
        below=small.below,
        left_out=", ".join(f"`{one}`" for one in small.left_out) or "–",
        whole=wording.whole,
    )
    (part / descriptions.README).write_text(readme, encoding="utf-8")
    before = read_before(target, release.sequence)
    changes = changes_of(before, package) if before else ([], [])
    changelog = texts.get_template("CHANGELOG.md.j2").render(
        name=name, before=before["id"] if before else None, tables=changes[0], definitions=changes[1]
    )
    (part / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
    (part / SUMS).write_text("".join(f"{digest}  {file}\n" for file, digest in _sums(part).items()), encoding="utf-8")


def _templates() -> Environment:
    # Plain text, of the project's own words and of numbers alone: nothing to escape.
    return Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=False,  # noqa: S701
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _write_parquet(path: Path, rows: pa.Table) -> None:
    parquet.write_table(rows, path, version="2.6", compression="zstd", compression_level=9, row_group_size=1 << 17, write_statistics=True)


def _write_csv(path: Path, rows: pa.Table) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(file, rows.column_names, _no_formulas(rows))


def _no_formulas(rows: pa.Table) -> Iterator[Sequence[object]]:
    for batch in rows.to_batches(_BATCH):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield [f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value for value in row]


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _map(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """GeoJSON (RFC 7946): units as points, with the newest value of each indicator as `<indicator>.<level>`, a share from 0 to 1 or a count."""
    features: dict[tuple[str, Any], dict[str, Any]] = {}
    for row in rows:
        unit = (row["unit_code"], row["unit_valid_from"])
        feature = features.setdefault(
            unit,
            {
                "type": "Feature",
                "id": sdmx_messages.area_id(*unit),
                "geometry": {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]},
                "properties": {
                    "unit_code": row["unit_code"],
                    "unit_valid_from": str(row["unit_valid_from"]),
                    "unit_name": row["unit_name"],
                    "unit_type": row["unit_type"],
                    "unit_level": row["unit_level"],
                    "province_code": row["province_code"],
                    "suppressed": [],
                },
            },
        )
        name = f"{row['indicator']}.{row['level']}"
        feature["properties"][name] = row["value"]
        feature["properties"][f"{name}.day"] = str(row["period_end"])
        if row["suppressed"]:
            feature["properties"]["suppressed"].append(name)
    return {"type": "FeatureCollection", "features": list(features.values())}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sums(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file but the list of them."""
    return {path.relative_to(folder).as_posix(): _digest(path) for path in _files(folder) if path.name != SUMS}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
