"""The page of open data and the copy of Great Expectations' pages: what is taken into the site, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from expectations import data_docs as great_expectations
from jobs.errors import UsageError
from jobs.ops.releases import Release
from jobs.publish.exports.open_data import build, descriptions
from jobs.publish.site import addresses, downloads
from jobs.publish.site.data_docs import copy_data_docs
from jobs.publish.site.downloads import copied, copy_files, read_folder
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
    (path / "unit.csv").write_bytes(b"unit_code\r\n41\r\n")
    folder = read_folder(path, RELEASE)
    with pytest.raises(UsageError, match="is not what SHA256SUMS says"):
        copy_files(folder, ["unit.csv"], tmp_path / "site")
    (path / "unit.csv").unlink()
    with pytest.raises(UsageError, match=r"lacks unit\.csv"):
        read_folder(path, RELEASE)
    (path / "SHA256SUMS").write_text("0  ../letter.docx\n", encoding="utf-8")
    (tmp_path / "letter.docx").touch()
    with pytest.raises(UsageError, match="outside of the folder"):
        read_folder(path, RELEASE)


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
