"""The site of a generated province: whole, self-contained, and equal to what SQL says of the same release."""

from __future__ import annotations

import datetime as dt
import random
import re
import shutil
from fractions import Fraction
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from jobs.errors import UsageError
from jobs.publish.forecast import forecasts
from jobs.publish.released import require_release
from jobs.publish.site import addresses, wording
from jobs.publish.site.boundaries import Boundaries
from jobs.publish.site.build import _Site, build_site
from jobs.publish.site.read import VIEWS, opened, read_province
from jobs.publish.site.tables import released, released_views_of
from tests.jobs.publish.site.conftest import WITHOUT_BOUNDARY, beside
from tests.support.released import asked
from tests.support.workspace import Workspace
from warehouse_schema.contracts import landed_contracts
from warehouse_schema.plan_registry import load_plans

if TYPE_CHECKING:
    from pathlib import Path

LAST_DAY = dt.date(2025, 7, 20)
PAGES_READ = 50
LARGEST = 300_000
# What is shown is the same whatever engine made it.
pytestmark = pytest.mark.default_engine


class Page(HTMLParser):
    """Links, ids and the cells of tables; `tables`: the rows of those with a class, by it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.rows: list[list[str]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.text = ""
        self._table = ""
        self._hidden = 0
        self._cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.links += [value for name in ("href", "src") if (value := named.get(name)) is not None]
        self.ids += [value] if (value := named.get("id")) else []
        if tag == "table":
            self._table = named.get("class") or ""
        if tag == "tr":
            self.rows.append([])
            self.tables.setdefault(self._table, []).append(self.rows[-1])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        self._cell &= tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._cell:
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def pages(built: tuple[Workspace, Path]) -> dict[str, Page]:
    _, folder = built
    return {path.relative_to(folder).as_posix(): Page(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}


@pytest.mark.slow
def test_every_link_leads_to_a_file_of_the_site(built: tuple[Workspace, Path], pages: dict[str, Page]) -> None:
    _, folder = built
    assert len(pages) > 1_000
    reached = {addresses.HOME}
    for name, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme == "data" or (not parts.path and parts.fragment in page.ids):
                continue
            assert not parts.scheme, (name, link)
            assert not parts.netloc, (name, link)
            assert not parts.path.endswith("/"), "a folder has no first page where there is no server"
            to = (folder / name).parent / unquote(parts.path)
            assert to.is_file(), (name, link)
            reached.add(to.resolve().relative_to(folder.resolve()).as_posix())
    assert pages.keys() <= reached, "every page is linked from another"


@pytest.mark.slow
def test_pages_are_small_name_no_other_machine_and_say_that_they_are_generated(
    built: tuple[Workspace, Path], pages: dict[str, Page]
) -> None:
    _, folder = built
    for name, page in pages.items():
        text = (folder / name).read_text(encoding="utf-8")
        assert len(text.encode()) < LARGEST, name
        assert set(re.findall(r"https?://[^\s\"'<]+", text)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}, name
        assert "Dữ liệu sinh thử" in page.text, name
        assert text.count("<h1>") == 1, name


@pytest.mark.slow
def test_figures_of_fifty_pages_are_those_of_sql(built: tuple[Workspace, Path], pages: dict[str, Page]) -> None:
    workspace, _ = built
    passports = [name for name in pages if re.fullmatch(r"24/don-vi/\d+/[\d-]+/[a-z0-9_]+/index\.html", name)]
    chosen = random.Random(7).sample(passports, PAGES_READ)  # noqa: S311 - a test's choice
    compared = 0
    for name in chosen:
        _, _, code, valid_from, indicator, _ = name.split("/")
        _, rows = asked(
            workspace.warehouse,
            f"""SELECT v.period_type, v.period_start, v.period_end, v.numerator, v.denominator, v.value, v.unit
            FROM gold.indicator_value AS v JOIN silver.unit_name AS n USING (unit_code, unit_valid_from)
            WHERE v.indicator = '{indicator}' AND v.unit_code = '{code}' AND v.unit_valid_from = DATE '{valid_from}' AND v.breakdown = ''
              AND v.period_type IN ('month', 'year_to_date', 'as_of') AND v.period_start <= DATE '{LAST_DAY}'
              AND (v.period_type = 'month' OR v.period_end <= coalesce(n.unit_valid_to, DATE '9999-12-31'))
              AND (v.period_end > DATE '{LAST_DAY}' - INTERVAL 732 DAY OR (month(v.period_end) = 12 AND day(v.period_end) = 31))""",
        )
        known = sorted(
            (
                wording.period({"period_type": kind, "period_start": start, "period_end": end}),
                wording.whole(numerator),
                wording.whole(denominator),
                wording.figure(value, unit),
            )
            for kind, start, end, numerator, denominator, value, unit in rows
        )
        told = sorted(
            (cells[0].split(" tạm tính")[0].strip(), *(cell.strip() for cell in cells[1:4]))
            for cells in pages[name].tables["periods"]
            if not cells[0].startswith("Kỳ")
        )
        assert told == known, name
        compared += len(known)
    assert compared > PAGES_READ


def targets(page: Page) -> list[list[str]]:
    """The rows of the scorecard, by their results."""
    return [row for row in page.rows if len(row) == 8 and row[1].startswith(tuple(words for words, _ in wording.RESULTS.values()))]


@pytest.mark.slow
def test_the_files_behind_a_figure_hold_the_records_that_it_counts(built: tuple[Workspace, Path], pages: dict[str, Page]) -> None:
    workspace, _ = built
    of_file = (
        "FROM silver.work_record AS r JOIN ops.load AS l USING (object_id)"
        " WHERE concat(regexp_extract(l.path, '^(.*)/[^/]*$', 1), ', ', left(object_id, 12)) = '{}'"
        " AND r.status = 'closed' AND NOT r.withdrawn"
        " AND r.unit_code = '{}' AND r.unit_valid_from = DATE '{}' AND year(r.closed_on) = 2025 AND r.closed_on <= DATE '{}'"
    )
    is_online = "r.created_online AND r.processed_online AND r.signed_digitally"
    counted = 0
    for name in sorted(name for name in pages if re.fullmatch(r"24/don-vi/\d{5}/2025-07-01/work_records_online/index\.html", name))[:10]:
        _, _, code, valid_from, _, _ = name.split("/")
        for path, _, numerator, denominator in pages[name].tables["objects"][1:-1]:
            if not path.startswith("eoffice/"):
                continue
            text = of_file.format(path, code, valid_from, LAST_DAY)
            _, rows = asked(workspace.warehouse, f"SELECT count(*) FILTER (WHERE {is_online}), count(*) {text}")
            assert (numerator, denominator) == tuple(map(wording.whole, next(iter(rows)))), (name, path)
            counted += 1
    assert counted > 10


@pytest.mark.slow
def test_files_and_units_behind_a_figure_add_up_to_it(pages: dict[str, Page]) -> None:
    summed: dict[str, int] = {}
    for name, page in pages.items():
        for kind in ("objects", "members"):
            # A table of each level, each with its sum at its end.
            parts: list[list[int]] = []
            for row in page.tables.get(kind, []):
                if row[0].startswith(("Tệp", "Đơn vị")):
                    parts = []
                    continue
                sides = row[2:4] if kind == "objects" else row[1:3]
                numbers = [0 if side == wording.NOTHING else int(side.replace(".", "")) for side in sides]
                if row[0].startswith("Cộng"):
                    assert [sum(side) for side in zip(*parts, strict=True)] == numbers, (name, kind)
                    summed[kind] = summed.get(kind, 0) + 1
                parts.append(numbers)
    assert min(summed["objects"], summed["members"]) > 100
    assert not any("định nghĩa đã thay đổi sau khi tính" in page.text for page in pages.values())


@pytest.mark.slow
def test_an_indicator_of_units_names_the_files_that_it_reads(built: tuple[Workspace, Path], pages: dict[str, Page]) -> None:
    workspace, _ = built
    _, rows = asked(
        workspace.warehouse,
        "SELECT concat(regexp_extract(min(l.path), '^(.*)/[^/]*$', 1), ', ', left(object_id, 12)), count(DISTINCT r.cooperative_id)"
        " FROM silver.cooperative AS r JOIN ops.load AS l USING (object_id) WHERE NOT r.withdrawn AND r.province_code = '24' GROUP BY object_id",
    )
    files = {name: wording.whole(count) for name, count in rows}
    assert files
    # What was written for the old province lies in the new one; what has been written for the new one is none of the old one's.
    before = {name: count for name, count in files.items() if "dt=2025-07" not in name}
    assert len(before) < len(files)
    for since, known in (("2021-01-01", before), ("2025-07-01", files)):
        page = pages[f"24/don-vi/24/{since}/communes_with_cooperative/index.html"]
        assert {row[0]: row[3] for row in page.rows if row[0] in files} == known, since


@pytest.mark.slow
def test_the_scorecard_has_every_target_of_the_plan(built: tuple[Workspace, Path], pages: dict[str, Page]) -> None:
    workspace, _ = built
    _, rows = asked(
        workspace.warehouse,
        f"SELECT met, value, target_unit FROM gold.target_status WHERE province_code = '24' AND as_of = DATE '{LAST_DAY}'",
    )
    found = list(rows)
    cells = targets(pages["24/index.html"])
    assert len(cells) == len(found) == 17
    shown = [wording.figure(value, "count" if unit == "count" else "ratio") for _, value, unit in found]
    assert all(any(row[2].strip().startswith(value) for row in cells) for value in shown)
    met = sum(one is True for one, *_ in found)
    assert f"Đạt {met} trên 17 chỉ tiêu" in pages["24/index.html"].text


@pytest.mark.slow
def test_a_plan_is_shown_with_the_province_that_it_is_of(built: tuple[Workspace, Path], pages: dict[str, Page]) -> None:
    """The code 24 has been Bắc Ninh's since July 2025; the plan is Bắc Giang's, and was judged on the last day of that."""
    _, folder = built
    home = (folder / "24/index.html").read_text(encoding="utf-8")
    assert "<h1>Tỉnh Bắc Giang</h1>" in home
    assert not any("/don-vi/24/2025-07-01/work_records_online" in link for link in pages["24/index.html"].links)
    judged = {row[5].strip()[:10] for row in targets(pages["24/index.html"])}
    assert "30/06/2025" in judged
    settings = "Cơ quan cấp xã được tính"
    assert settings in pages["24/don-vi/24/2021-01-01/work_records_online/index.html"].text
    assert settings not in pages["24/don-vi/24/2025-07-01/work_records_online/index.html"].text


@pytest.mark.slow
def test_a_unit_that_ended_has_its_page_and_leads_to_what_it_became(pages: dict[str, Page]) -> None:
    communes = [name for name in pages if re.fullmatch(r"24/don-vi/\d{5}/[\d-]+/index\.html", name)]
    since = {name.split("/")[3] for name in communes}
    assert {"2021-01-01", "2025-07-01"} <= since
    ended = [name for name in communes if name.split("/")[3] < "2025-07-01" and "Nay thuộc" in pages[name].text]
    assert len(ended) > 150
    assert all(any("2025-07-01" in link for link in pages[name].links) for name in ended)


def cells(page: Page, columns: int) -> dict[str, list[str]]:
    """Rows of the tables with so many columns, by their first cell."""
    return {row[0].strip(): [cell.strip() for cell in row[1:]] for row in page.rows if len(row) == columns}


@pytest.mark.slow
def test_places_are_counted_among_units_of_the_day_that_have_a_figure(built: tuple[Workspace, Path], pages: dict[str, Page]) -> None:
    workspace, _ = built
    _, rows = asked(
        workspace.warehouse,
        f"""SELECT v.unit_code, v.unit_valid_from, v.numerator, v.denominator, n.unit_name
        FROM gold.indicator_value AS v JOIN silver.administrative_unit AS n USING (unit_code, unit_valid_from)
        WHERE v.indicator = 'work_records_online' AND v.level = 'commune' AND v.unit_level = 'commune' AND v.breakdown = '' AND v.denominator > 0
          AND v.province_code = '24' AND v.period_type = 'year_to_date' AND v.period_end = DATE '{LAST_DAY}'
          AND n.version_from <= DATE '{LAST_DAY}' AND coalesce(n.version_to, DATE '9999-12-31') >= DATE '{LAST_DAY}'""",
    )
    shares = {(code, since): (Fraction(numerator, denominator), name) for code, since, numerator, denominator, name in rows}
    assert len(shares) > 20
    members = cells(pages["24/don-vi/24/2025-07-01/index.html"], 5)
    for (code, since), (share, name) in shares.items():
        place = f"{1 + sum(other > share for other, _ in shares.values())}/{len(shares)}"
        page = pages[f"24/don-vi/{code}/{since}/index.html"]
        assert any(row[0].startswith("Tỷ lệ hồ sơ công việc") and row[-1].strip() == place for row in page.rows), (name, place)
        assert members[name][-1] == place or list(members).count(name) != 1


@pytest.mark.slow
def test_a_communes_page_shows_its_registers(built: tuple[Workspace, Path], pages: dict[str, Page]) -> None:
    workspace, _ = built
    headings = {
        "Sản phẩm OCOP": "gold.ocop_products",
        "Vùng trồng": "gold.growing_areas_of_communes",
        "Hợp tác xã": "gold.cooperatives_on_the_day",
        "Điểm du lịch nông thôn": "gold.tourism_sites_on_the_day",
        "Chuỗi cung ứng và sản phẩm": "gold.supply_chains_on_the_day",
        "Thôn đã đánh giá theo tiêu chí thôn thông minh": "gold.smart_villages_on_the_day",
    }
    for heading, view in headings.items():
        _, rows = asked(
            workspace.warehouse,
            f"SELECT unit_code, unit_valid_from, count(*) FROM {view} WHERE province_code = '24' AND unit_level = 'commune' GROUP BY ALL ORDER BY ALL",
        )
        found = list(rows)
        assert found, view
        for code, since, count in found:
            assert re.search(rf"{heading} [A-Za-z ]+ \({count}\)", pages[f"24/don-vi/{code}/{since}/index.html"].text), (view, code)


@pytest.mark.slow
def test_a_map_has_a_point_and_a_line_of_its_table_for_every_commune_of_the_day(
    built: tuple[Workspace, Path], pages: dict[str, Page]
) -> None:
    workspace, folder = built
    _, rows = asked(
        workspace.warehouse,
        f"""SELECT u.unit_name, v.value FROM silver.administrative_unit AS u
        LEFT JOIN gold.indicator_value AS v ON v.unit_code = u.unit_code AND v.unit_valid_from = u.unit_valid_from
          AND v.indicator = 'work_records_online' AND v.level = 'commune' AND v.breakdown = ''
          AND v.period_type = 'year_to_date' AND v.period_end = DATE '{LAST_DAY}'
        WHERE u.province_code = '24' AND u.level = 'commune' AND u.latitude IS NOT NULL
          AND u.version_from <= DATE '{LAST_DAY}' AND coalesce(u.version_to, DATE '9999-12-31') >= DATE '{LAST_DAY}'""",
    )
    known = sorted((name, wording.percent(value)) for name, value in rows)
    name = addresses.map_page("24", "online")
    assert sorted((row[0].strip(), row[1].strip()) for row in pages[name].rows[1:]) == known
    drawing = (folder / name).read_text(encoding="utf-8")
    assert drawing.count("</title></path></a>") == len(known)
    outlines = drawing.split('class="mark-symbol')[0].count("</title></path></a>")
    assert outlines == len(known) - WITHOUT_BOUNDARY
    assert f"{WITHOUT_BOUNDARY} xã chưa có ranh giới" in pages[name].text
    assert "Ranh giới theo tệp ranh-gioi.geojson." in pages[name].text
    assert "do tỉnh cung cấp" not in pages[name].text, "who gave the file nobody knows"
    tiles = (folder / addresses.tiles_page("24", "online")).read_text(encoding="utf-8").split('class="tiles"')[1].split("</ul>")[0]
    assert sorted(re.findall(r">([^<>]+) <b>([^<]+)</b></a></li>", tiles)) == known
    assert tiles.count("--tile:#") == sum(value != wording.NOTHING for _, value in known)


@pytest.mark.slow
def test_without_coordinates_and_boundaries_the_tiles_and_the_table_stay(built: tuple[Workspace, Path], tmp_path: Path) -> None:
    workspace, _ = built
    plan = next(plan for plan in load_plans() if plan.province_code == "24")
    with opened(workspace.warehouse, VIEWS) as (connection, snapshot):
        province = read_province(connection, snapshot, plan)
        province.places.clear()
        site = _Site(tmp_path, snapshot, Boundaries())
        site._write_maps(province)
    assert site.told == []
    page = (tmp_path / addresses.map_page("24", "online")).read_text(encoding="utf-8")
    assert "Không biết tọa độ, cũng không có ranh giới của xã nào" in page
    assert "<svg" not in page
    assert page.count("<tr>") > 90
    assert (tmp_path / addresses.tiles_page("24", "online")).read_text(encoding="utf-8").count("<b>") > 90


@pytest.mark.slow
def test_a_target_that_was_judged_for_good_has_no_forecast_and_says_so(built: tuple[Workspace, Path], pages: dict[str, Page]) -> None:
    """The province that the plan is of ended before the release's day."""
    assert forecasts(built[0].warehouse, "24") == []
    told = [(row[1].startswith("Chưa đạt"), "đã đánh giá lần cuối" in row[7]) for row in targets(pages["24/index.html"])]
    assert {unmet for unmet, _ in told} == {True, False}
    assert all(unmet == said for unmet, said in told)
    text = (built[1] / "24/index.html").read_text(encoding="utf-8")
    # What it means stands at the cell and below the table, in both languages.
    for means in wording.JUDGED_FOR_GOOD_MEANS:
        assert text.count(means) >= 2


@pytest.mark.slow
def test_who_has_sent_nothing_about_the_last_month_is_listed(built: tuple[Workspace, Path], pages: dict[str, Page]) -> None:
    workspace, _ = built
    _, rows = asked(
        workspace.warehouse,
        """SELECT p.organ_id, max(o.organ_name) AS name, count(DISTINCT w.file_id) AS records
        FROM silver.organisation_period AS p JOIN silver.organisation AS o USING (organ_id)
        LEFT JOIN silver.work_record AS w ON w.organ_id = p.organ_id AND NOT w.withdrawn AND w.closed_on BETWEEN DATE '2025-06-01' AND DATE '2025-06-30'
        WHERE p.province_code = '24' AND p.province_valid_from = DATE '2021-01-01'
          AND p.from_day <= DATE '2025-06-30' AND coalesce(p.to_day, DATE '9999-12-31') >= DATE '2025-06-01'
        GROUP BY p.organ_id""",
    )
    silent = [name for _, name, records in rows if not records]
    assert 0 < len(silent) < len(rows)
    page = pages["24/chat-luong/index.html"]
    told = next(row for row in page.rows if row[0].startswith("Hồ sơ công việc"))
    assert [cell.strip() for cell in told[1:3]] == [wording.whole(len(rows)), wording.whole(len(rows) - len(silent))]
    assert all(name in told[3] for name in silent)


@pytest.mark.slow
def test_rejected_rows_add_up_to_those_in_quarantine(built: tuple[Workspace, Path], pages: dict[str, Page]) -> None:
    workspace, _ = built
    page = pages["24/chat-luong/index.html"]
    lines = [[cell.strip() for cell in row] for row in page.rows if len(row) == 7 and re.fullmatch(r"[\d.]+", row[1].strip())]
    counted = [[int(cell.replace(".", "")) for cell in row[1:]] for row in lines]
    assert len(counted) > 5
    assert all(everything == own + others + untold for everything, own, _, others, untold, _ in counted)
    assert counted[-1] == [sum(column) for column in zip(*counted[:-1], strict=True)]
    tables = [contract.table for contract in landed_contracts()]
    _, rows = asked(workspace.warehouse, " UNION ALL ".join(f"SELECT count(*) FROM quarantine.{table}" for table in tables))
    assert counted[-1][0] == sum(count for (count,) in rows)
    assert 0 < counted[-1][1] < counted[-1][0]


@pytest.mark.slow
def test_every_sender_has_a_line_with_what_it_sent_and_what_was_rejected(built: tuple[Workspace, Path], pages: dict[str, Page]) -> None:
    workspace, _ = built
    name = addresses.senders_page("24", "eoffice/work_records")
    lines = {row[0].split()[-1]: [cell.strip() for cell in row[1:]] for row in pages[name].rows[1:]}
    # May is due by the release's day, 20 July; June by 15 July.
    _, rows = asked(
        workspace.warehouse,
        """SELECT p.organ_id, (SELECT count(*) FROM silver.work_record AS r
            WHERE r.organ_id = p.organ_id AND NOT r.withdrawn AND r.closed_on BETWEEN DATE '2025-05-01' AND DATE '2025-06-30')
        FROM silver.organisation_period AS p
        WHERE p.province_code = '24' AND p.province_valid_from = DATE '2021-01-01' AND p.organ_id IS NOT NULL AND p.from_day <= DATE '2025-06-30'
        GROUP BY p.organ_id""",
    )
    known = {organ: wording.whole(count) for organ, count in rows}
    assert len(known) > 50
    assert {organ: line[1] for organ, line in lines.items() if organ in known} == known
    _, rows = asked(workspace.warehouse, "SELECT upper(fields['OrganId']), count(*) FROM quarantine.work_record GROUP BY ALL")
    rejected = {organ: count for organ, count in rows if organ in known}
    assert rejected
    assert all(int(lines[organ][4]) >= count for organ, count in rejected.items()), "the other order of a code counts too"


@pytest.mark.slow
def test_the_dictionary_has_every_table_and_view_of_the_release(built: tuple[Workspace, Path], pages: dict[str, Page]) -> None:
    workspace, _ = built
    release = require_release(workspace.warehouse)
    known = released(release) | {view.name for view in released_views_of(release)}
    assert len(known) > 100
    assert {name for name in pages if name.startswith("tu-dien/")} == {addresses.DICTIONARY, *map(addresses.table_page, known)}
    linked = {link.removeprefix("../") for link in pages[addresses.DICTIONARY].links if link.startswith("../tu-dien/")}
    assert {addresses.table_page(name) for name in known} <= linked
    for contract in landed_contracts():
        page = pages[addresses.table_page(contract.name)]
        # A column's Vietnamese label follows on a line of its own.
        named = {found[0] for row in page.rows if row and (found := re.match("[a-z0-9_]+", row[0]))}
        assert {column.name for column in contract.stored} <= named, contract.name
        assert "Giá trị ví dụ do chương trình tạo ra" in page.text
        assert re.search(r"nhận lần cuối|chưa nhận tệp nào", page.text), contract.name
    work = pages[addresses.table_page("silver/work_record")]
    assert any(addresses.method_page("work_records_online") in link for link in work.links), "which indicators read it"
    assert any(addresses.table_page("bronze/work_record") in link for link in work.links), "what it is made of"
    method = pages[addresses.method_page("work_records_online")]
    assert any(addresses.table_page("silver/work_record") in link for link in method.links)


@pytest.mark.slow
def test_a_formula_is_told_in_both_languages_and_by_no_name_of_a_program(pages: dict[str, Page]) -> None:
    told = "của QĐ 766/QĐ-TTg, bản 1; chưa có dữ liệu nên không xét"
    named = [name for name in pages if "dossiers_online_qd766" in name]
    assert addresses.method_page("dossiers_online_qd766") in named
    assert len(named) > 1, "figures too"
    assert all(told in pages[name].text and "that of QĐ 766/QĐ-TTg, version 1" in pages[name].text for name in named)
    assert not [name for name, page in pages.items() if "ntm-1" in page.text.split("SQL")[0]]


@pytest.mark.slow
def test_open_data_of_the_release_is_listed_and_its_small_files_are_there(built: tuple[Workspace, Path], pages: dict[str, Page]) -> None:
    page = pages[addresses.DOWNLOADS]
    assert "Cơ quan mẫu / Agency" in page.text
    assert "Giấy phép mẫu" in page.text
    taken = {link.rsplit("/", 1)[1] for link in page.links if addresses.OPEN_DATA in link}
    assert taken == {"unit.csv", "unit.parquet", "datapackage.json", "SHA256SUMS"}
    assert "large.csv" in page.text


@pytest.mark.slow
def test_building_again_replaces_the_site_and_nothing_else(built: tuple[Workspace, Path], tmp_path: Path) -> None:
    workspace, site = built
    folder = tmp_path / "site"
    shutil.copytree(site, folder)
    before = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (folder / "left over").touch()
    build_site(workspace.warehouse, folder, beside=beside(workspace))
    assert {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="choose another folder"):
        build_site(Workspace(tmp_path / "home").warehouse, tmp_path / "file")
    workspace = Workspace(tmp_path / "home")
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "letter.docx").touch()
    with pytest.raises(UsageError, match="choose another folder"):
        build_site(workspace.warehouse, tmp_path / "papers")
    assert [path.name for path in (tmp_path / "papers").iterdir()] == ["letter.docx"]
