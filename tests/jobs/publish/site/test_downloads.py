"""The page of open data and the copy of Great Expectations' pages: what is taken into the site, and what is refused."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from expectations import data_docs as great_expectations
from jobs.cli import app
from jobs.errors import UsageError
from jobs.ops.releases import Release
from jobs.publish.exports.open_data import build, descriptions
from jobs.publish.site import addresses, downloads
from jobs.publish.site.build import Beside, Built, _open_data
from jobs.publish.site.data_docs import copy_data_docs
from jobs.publish.site.downloads import PACKAGE, copied, copy_files, read_folder
from jobs.settings import get_settings
from tests.jobs.publish.site.conftest import open_data_folder

if TYPE_CHECKING:
    from pathlib import Path

RELEASE = Release(3, "run", datetime(2025, 7, 1, tzinfo=UTC), date(2025, 6, 30), "released", {}, "r")


def test_names_of_the_folder_are_those_that_the_export_writes() -> None:
    assert (downloads.PACKAGE, downloads.SUMS) == (descriptions.PACKAGE, build.SUMS)


def test_small_files_become_part_of_the_site_and_all_where_that_is_asked_for(tmp_path: Path) -> None:
    folder = read_folder(open_data_folder(tmp_path / "data", 3, "2025-06-30"), RELEASE)
    assert copied(folder, everything=False) == {"unit.csv", "unit.parquet", "datapackage.json"}
    copy_files(folder, copied(folder, everything=True), tmp_path / "site")
    target = tmp_path / "site" / addresses.OPEN_DATA
    files = {path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*") if path.is_file()}
    assert files.keys() == {*folder.files, "SHA256SUMS"}
    assert all(content == (tmp_path / "data" / name).read_bytes() for name, content in files.items())


def test_a_folder_of_another_release_is_refused(tmp_path: Path) -> None:
    for number, day in ((2, "2025-06-30"), (3, "2025-07-31")):
        with pytest.raises(UsageError, match=f"is of release {number} as of {day}, and the site of release 3 as of 2025-06-30"):
            read_folder(open_data_folder(tmp_path / f"{number}-{day}", number, day), RELEASE)


def test_a_folder_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no open data"):
        read_folder(tmp_path, RELEASE)
    path = open_data_folder(tmp_path / "data", 3, "2025-06-30")
    folder = read_folder(path, RELEASE)
    (path / "unit.csv").write_bytes(b"unit_code\r\n41\r\n")
    with pytest.raises(UsageError, match=r"unit\.csv is not what SHA256SUMS says"):
        copy_files(folder, ["unit.csv"], tmp_path / "site")
    with pytest.raises(UsageError, match=r"unit\.csv is not what SHA256SUMS says"):
        read_folder(path, RELEASE)
    (path / "unit.csv").unlink()
    with pytest.raises(UsageError, match=r"lacks unit\.csv"):
        read_folder(path, RELEASE)
    (path / "SHA256SUMS").write_text("0  ../letter.docx\n", encoding="utf-8")
    (tmp_path / "letter.docx").touch()
    with pytest.raises(UsageError, match="outside of the folder"):
        read_folder(path, RELEASE)


def test_a_large_file_is_held_against_its_sum_where_it_is_asked_for(tmp_path: Path) -> None:
    path = open_data_folder(tmp_path / "data", 3, "2025-06-30")
    (path / "large.csv").write_bytes(bytes(2_999_999) + b"1")
    read_folder(path, RELEASE)
    with pytest.raises(UsageError, match=r"large\.csv is not what SHA256SUMS says"):
        read_folder(path, RELEASE, everything=True)


def summed(path: Path) -> Path:
    """The folder with the list of sums as it would be for what is in it."""
    names = [line.split("  ", 1)[1] for line in (path / "SHA256SUMS").read_text(encoding="utf-8").splitlines()]
    lines = [f"{hashlib.sha256((path / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (path / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    return path


def places_in(value: Any, so_far: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value of some JSON."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way for key, child in children for way in [(*so_far, key), *places_in(child, (*so_far, key))]]


def test_a_package_that_lacks_or_has_wrong_what_the_page_reads_is_refused_in_words(tmp_path: Path) -> None:
    path = open_data_folder(tmp_path / "data", 3, "2025-06-30")
    whole = (path / "datapackage.json").read_text(encoding="utf-8")
    ways = [way for way in places_in(json.loads(whole)) if "fields" not in way[:-1]]
    assert ("resources",) in ways
    assert ("resources", 0, "schema", "fields") in ways
    for way, change in product(ways, ("gone", None, 5.5)):
        package = json.loads(whole)
        at = package
        for key in way[:-1]:
            at = at[key]
        if change == "gone":
            del at[way[-1]]
        else:
            at[way[-1]] = change
        (path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
        summed(path)
        if change == "gone" and way in (("resources", 0), ("licenses", 0)):
            # Without a table or a licence it is a package all the same.
            assert downloads._shown(read_folder(path, RELEASE))["package"].id == "release-00003-2025-06-30"
            continue
        with pytest.raises(UsageError, match=r"datapackage\.json is none that the export wrote"):
            read_folder(path, RELEASE)


@pytest.mark.parametrize("text", ["", "[]", "null", '{"ntm": []}', "[" * 100_000, "\ufeff{}"])
def test_what_is_no_package_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = open_data_folder(tmp_path / "data", 3, "2025-06-30")
    (path / "datapackage.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"datapackage\.json is none that the export wrote"):
        read_folder(summed(path), RELEASE)


def test_a_list_of_sums_without_the_package_is_refused(tmp_path: Path) -> None:
    path = open_data_folder(tmp_path / "data", 3, "2025-06-30")
    lines = (path / "SHA256SUMS").read_text(encoding="utf-8").splitlines(keepends=True)
    (path / "SHA256SUMS").write_text("".join(line for line in lines if PACKAGE not in line), encoding="utf-8")
    with pytest.raises(UsageError, match=r"SHA256SUMS does not name datapackage\.json"):
        read_folder(path, RELEASE)


def test_a_folder_that_nobody_asked_for_is_left_out_with_the_reason_and_one_that_is_asked_for_is_refused(tmp_path: Path) -> None:
    path = open_data_folder(tmp_path / "data", 3, "2025-06-30")
    (path / "unit.csv").write_bytes(b"unit_code\r\n41\r\n")
    with pytest.raises(UsageError, match=r"unit\.csv is not what"):
        _open_data(Beside(open_data=path), RELEASE)
    folder, why = _open_data(Beside(open_data=path, is_open_data_asked=False), RELEASE)
    assert folder is None
    assert "unit.csv is not what SHA256SUMS says" in why
    assert str(tmp_path) not in why, "a page tells it"
    assert _open_data(Beside(), RELEASE) == (None, "")


@pytest.mark.parametrize(
    ("options", "is_asked"), [([], False), (["--open-data", "data"], True), (["--with-open-data"], True), (["--quiet"], False)]
)
def test_open_data_is_asked_for_by_an_option(options: list[str], is_asked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Beside] = []

    def build_site(warehouse: object, target: Path, provinces: object, beside: Beside) -> Built:
        taken.append(beside)
        return Built(1, 1, 1.0, (), ("the site shows no open data: unit.csv",))

    monkeypatch.setattr("jobs.publish.site.build.build_site", build_site)
    monkeypatch.setattr("jobs.cli._warehouse", lambda: None)
    monkeypatch.setattr("jobs.publish.released.require_release", lambda _: RELEASE)
    monkeypatch.setenv("NTM_HOME", str(tmp_path))
    (tmp_path / "exports" / "open-data" / build.release_name(RELEASE)).mkdir(parents=True)
    get_settings.cache_clear()
    try:
        ended = CliRunner().invoke(app, ["site", "build", *options])
    finally:
        get_settings.cache_clear()
    assert ended.exit_code == 0, ended.output
    assert "the site shows no open data: unit.csv" in ended.stderr
    (beside,) = taken
    assert beside.open_data is not None
    assert beside.is_open_data_asked is is_asked


def pages(folder: Path, text: str) -> Path:
    (folder / "runs").mkdir(parents=True)
    (folder / "index.html").write_text(text, encoding="utf-8")
    return folder


def test_data_docs_are_copied_with_a_way_back_and_the_mark(tmp_path: Path) -> None:
    # As the project's own templates make them.
    text = great_expectations._rendered("index.html", runs={}, home="index.html")
    found = copy_data_docs(pages(tmp_path / "data_docs", text), tmp_path / "site", is_generated=True)
    assert found.page == "kiem-tra-du-lieu/index.html"
    copy = (tmp_path / "site" / found.page).read_text(encoding="utf-8")
    assert 'href="../index.html"' in copy
    assert "Dữ liệu sinh thử" in copy
    again = copy_data_docs(tmp_path / "data_docs", tmp_path / "site", is_generated=False)
    assert "Dữ liệu sinh thử" not in (tmp_path / "site" / str(again.page)).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "asks",
    [
        '<script src="//cdn.example/a.js"></script>',
        "<link href='https://cdn.example/a.css'>",
        "<style>@import 'a.css'</style>",
        "<style>a { background: url( 'http://cdn.example/a.png') }</style>",
        "<img src=//cdn.example/a.png>",
    ],
)
def test_pages_that_ask_another_machine_are_not_copied_and_that_is_said(tmp_path: Path, asks: str) -> None:
    found = copy_data_docs(pages(tmp_path / "data_docs", f"<main></main>{asks}"), tmp_path / "site", is_generated=False)
    assert found.page is None
    assert "data_docs" in found.reason[0]
    assert not (tmp_path / "site").exists()


def test_where_there_are_none_it_is_said_how_to_make_them(tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        found = copy_data_docs(folder, tmp_path / "site", is_generated=False)
        assert found.page is None
        assert "ntm run" in found.reason[1]
