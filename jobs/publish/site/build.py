"""`ntm site build`: the pages of the last release, into a folder that takes the place of the one before when all of it is written."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from jobs.errors import UsageError
from jobs.publish.report import provinces_with_plan
from jobs.publish.site import addresses, wording
from jobs.publish.site.charts import over_time
from jobs.publish.site.read import UnitKey, opened, read_province
from jobs.publish.targets import settings_shown
from warehouse_schema.flag_catalogue import load_flags
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.indicator_queries import tables_of
from warehouse_schema.plan_registry import load_plans

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date

    from jobs.engine.tables import Warehouse
    from jobs.publish.site.read import Province, Row, Snapshot, Unit
    from warehouse_schema.indicator_catalogue import Indicator
    from warehouse_schema.plan_registry import Plan

MARK = ".ntm-site"
"""Stands in a folder that a site was built in: nothing else is ever replaced."""
FIRST = "work_records_online"
"""What stands first on a province's page: the 90/80/60."""
_CHARTED = ("province", "district")
"""Levels of units whose flows and targets have a chart; all else has tables alone, since drawing some thousand charts takes minutes."""
_FEWEST_POINTS = 2
MOST_POINTS = 24
SHOWN_MONTHLY = timedelta(days=2 * 366)
_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Built:
    """What was written: pages, bytes, seconds; and provinces by code."""

    pages: int
    size: int
    seconds: float
    provinces: tuple[str, ...]


def build_site(warehouse: Warehouse, target: Path, provinces: Collection[str] | None = None) -> Built:
    """Write the site of the last release.

    Args:
        warehouse: whose release it is.
        target: the folder; one that a site was built in before is replaced, when the new one is whole.
        provinces: codes; None: all that have a plan and figures.

    Raises:
        NothingReleasedError: nothing was released yet.
        UsageError: the folder holds something else.
    """
    started = time.monotonic()
    if target.exists() and any(target.iterdir()) and not (target / MARK).exists():
        raise UsageError(f"{target} is not empty and holds no site of ours: choose another folder")
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    (part / MARK).touch()
    with opened(warehouse) as (connection, snapshot):
        site = _Site(part, snapshot)
        site.write_assets()
        read = [read_province(warehouse, connection, snapshot, code) for code in provinces or provinces_with_plan()]
        shown = [one for one in read if provinces or any(row["value"] is not None for row in one.targets)]
        for province in shown:
            site.write_province(province)
        site.write_methods()
        site.write(addresses.HOME, "provinces", provinces=shown)
    # What stood there before goes only when the new one is whole.
    shutil.rmtree(target, ignore_errors=True)
    part.replace(target)
    return Built(site.pages, site.size, time.monotonic() - started, tuple(one.code for one in shown))


class _Site:
    """The pages of a release."""

    def __init__(self, folder: Path, snapshot: Snapshot) -> None:
        self.pages = self.size = 0
        self._folder = folder
        self._snapshot = snapshot
        self._catalogue = load_catalogue()
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.globals.update(
            both=both,
            snapshot=snapshot,
            address=addresses,
            words=wording,
            home=addresses.HOME,
            style=addresses.STYLE,
            script=addresses.SCRIPT,
        )

    def write(self, page: str, template: str, **context: Any) -> None:
        """Write a page."""
        text = self._templates.get_template(f"{template}.html.j2").render(link=lambda to: addresses.relative(to, page), **context)
        path = self._folder / page
        path.parent.mkdir(parents=True, exist_ok=True)
        content = text.encode("utf-8")
        path.write_bytes(content)
        self.pages += 1
        self.size += len(content)

    def write_assets(self) -> None:
        """Write what all pages share."""
        for asset in (addresses.STYLE, addresses.SCRIPT):
            path = self._folder / asset
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_HERE / "assets" / path.name, path)

    def write_methods(self) -> None:
        """Write what each indicator counts and how."""
        for indicator in self._catalogue.values():
            self.write(
                addresses.method_page(indicator.id), "method", indicator=indicator, sql=indicator.sql, tables=sorted(tables_of(indicator))
            )
        self.write(addresses.METHODS, "methods", indicators=list(self._catalogue.values()))

    def write_province(self, province: Province) -> None:
        """Write all pages of a province."""
        plans = [plan for plan in load_plans() if plan.province_code == province.code]
        scorecard = [_Card(self, province, row).cells() for row in _in_order(plans, province.targets)]
        self.write(
            addresses.province_page(province.code),
            "province",
            province=province,
            scorecard=scorecard,
            answer=_answer(province.targets),
            charts=list(self._charts_of_the_first(province)),
        )
        self.write(addresses.units_page(province.code), "units", province=province)
        flags = [self._flag(province, row) for row in province.flags]
        self.write(addresses.quality_page(province.code), "quality", province=province, flags=flags)
        asked = {(row["indicator"], row["level"]): row for row in province.targets}
        for unit in province.units.values():
            self._write_unit(province, plans, unit, asked, [flag for flag in flags if flag["unit"] == unit.key])

    def label(self, indicator: str) -> tuple[str, str]:
        """What an indicator is called."""
        found = self._catalogue[indicator]
        return found.label_vi, found.label_en

    def shows_level(self, indicator: str) -> bool:
        """Whether an indicator is computed at several levels, so that each figure has to say which."""
        return len(self._catalogue[indicator].levels) > 1

    def _charts_of_the_first(self, province: Province) -> Iterator[dict[str, Any]]:
        asked = {row["level"]: row for row in province.targets if row["indicator"] == FIRST}
        for unit in province.itself[:1]:
            for level in (one for one in wording.LEVELS if one in asked):
                rows = province.values.get(unit.key, {}).get((FIRST, level))
                if rows and (svg := _chart(rows, asked[level])):
                    yield {"level": wording.LEVELS[level], "label": self.label(FIRST), "svg": svg}

    def _flag(self, province: Province, row: Row) -> dict[str, Any]:
        known = load_flags()[row["flag"]]
        unit = UnitKey(row["unit_code"], row["unit_valid_from"])
        page = addresses.unit_page(province.code, *unit) if unit in province.units else None
        return {**row, "unit": unit, "page": page, "vi": known.label_vi, "en": known.label_en}

    def _write_unit(
        self, province: Province, plans: Sequence[Plan], unit: Unit, asked: Mapping[tuple[str, str], Row], flags: Sequence[dict[str, Any]]
    ) -> None:
        found = province.values.get(unit.key, {})
        as_of = self._snapshot.release.as_of
        assert as_of is not None  # noqa: S101 - a release has its day
        self.write(
            addresses.unit_page(province.code, *unit.key),
            "unit",
            province=province,
            unit=unit,
            parents=_above(province, unit),
            figures=[
                self._figure(province, unit, _newest(rows), asked.get(key), as_of)
                for key, rows in found.items()
                if key[0] in self._catalogue
            ],
            flags=flags,
        )
        by_indicator: dict[str, list[list[Row]]] = {}
        for (indicator, _), rows in found.items():
            by_indicator.setdefault(indicator, []).append(rows)
        for name, of_levels in by_indicator.items():
            if name in self._catalogue:
                self._write_figure(province, plans, unit, self._catalogue[name], of_levels, asked, as_of)

    def _figure(self, province: Province, unit: Unit, row: Row, asked: Row | None, as_of: date) -> dict[str, Any]:
        """A line of a unit's table: the newest figure of an indicator at a level."""
        return {
            **_cells(row, as_of),
            "page": addresses.figure_page(province.code, *unit.key, row["indicator"]),
            "label": self.label(row["indicator"]),
            "level": wording.LEVELS[row["level"]],
            "shows_level": self.shows_level(row["indicator"]),
            # A share that is asked of the province is asked of nobody below it, but tells how far each is.
            "missing": wording.missing(asked, row["numerator"], row["denominator"])
            if asked and (wording.target_share(asked) is not None or unit.level == "province")
            else None,
        }

    def _write_figure(
        self,
        province: Province,
        plans: Sequence[Plan],
        unit: Unit,
        indicator: Indicator,
        of_levels: Sequence[Sequence[Row]],
        asked: Mapping[tuple[str, str], Row],
        as_of: date,
    ) -> None:
        parts = []
        for rows in of_levels:
            level = rows[0]["level"]
            target = asked.get((indicator.id, level))
            is_charted = unit.level in _CHARTED and (target is not None or indicator.kind == "flow")
            parts.append(
                {
                    "level": wording.LEVELS[level],
                    "formula": rows[0]["formula"],
                    "svg": _chart(rows, target) if is_charted else None,
                    "rows": [_cells(row, as_of) for row in reversed(rows) if _is_shown(row, as_of)],
                }
            )
        self.write(
            addresses.figure_page(province.code, *unit.key, indicator.id),
            "figure",
            province=province,
            unit=unit,
            indicator=indicator,
            parts=parts,
            settings=settings_shown(plans[0], indicator) if plans else [],
            sources=[row for row in self._snapshot.loads if row["dataset"] in indicator.datasets],
        )


@lru_cache(maxsize=1 << 12)
def both(vi: str, en: str) -> Markup:
    """Words in Vietnamese, with English beside them."""
    return Markup('{} <span class="en" lang="en">{}</span>').format(vi, en)


class _Card:
    """One target as the scorecard shows it."""

    def __init__(self, site: _Site, province: Province, row: Row) -> None:
        self._site, self._province, self._row = site, province, row

    def cells(self) -> dict[str, Any]:
        """What the template reads."""
        row, site, province = self._row, self._site, self._province
        unit = province.itself[0].key
        page = addresses.figure_page(province.code, *unit, row["indicator"])
        share = wording.target_share(row)
        of_target = share if share is not None else 1.0
        reached = row["value"] if share is not None or row["value"] is None else row["value"] / row["target_value"]
        return {
            "first": row["indicator"] == FIRST,
            "label": site.label(row["indicator"]),
            "level": wording.LEVELS[row["level"]],
            "shows_level": site.shows_level(row["indicator"]),
            "page": page
            if any(name == row["indicator"] for name, _ in province.values.get(unit, {}))
            else addresses.method_page(row["indicator"]),
            "css": {True: "good", False: "bad", None: "unknown"}[row["met"]],
            "result": wording.RESULTS[row["met"]],
            "reason": wording.REASONS.get(row["reason"]) if row["reason"] else None,
            "binding": wording.BINDINGS[row["binding"]] if row["binding"] != "binding" else None,
            "value": wording.figure(row["value"], "count" if row["target_unit"] == "count" else "ratio"),
            "target": wording.target(row),
            "gap": wording.gap(row),
            "bar": None if reached is None else round(min(reached, 1.0) * 100, 1),
            "mark": round(min(of_target, 1.0) * 100, 1),
            "missing": wording.missing(row, row["numerator"], row["denominator"]) if row["met"] is False else None,
            "change": self._change(),
        }

    def _change(self) -> str:
        """How much the value differs from the release before."""
        row = self._row
        before = self._province.before.get((row["plan_id"], row["indicator"], row["level"]))
        if before is None or before["value"] is None or row["value"] is None:
            return wording.NOTHING
        difference = row["value"] - before["value"]
        if row["target_unit"] == "count":
            return f"{difference:+.0f}".replace("-", "−")
        return f"{'+' if difference > 0 else '−' if difference < 0 else '±'}{wording.decimal(abs(difference) * 100)} điểm %"


def _in_order(plans: Sequence[Plan], rows: Sequence[Row]) -> list[Row]:
    """Targets in their plan's order, what stands first before the others."""
    order = {(plan.plan_id, one.indicator, one.level): number for plan in plans for number, one in enumerate(plan.targets)}
    known = [row for row in rows if (row["plan_id"], row["indicator"], row["level"]) in order]
    return sorted(known, key=lambda row: (row["indicator"] != FIRST, order[row["plan_id"], row["indicator"], row["level"]]))


def _answer(rows: Sequence[Row]) -> dict[str, str]:
    met, unmet, unknown = (sum(row["met"] is result for row in rows) for result in (True, False, None))
    unknown_vi = f", {unknown} chỉ tiêu chưa thể đánh giá" if unknown else ""
    unknown_en = f", {unknown} cannot be judged" if unknown else ""
    return {
        "vi": f"Đạt {met} trên {len(rows)} chỉ tiêu, {unmet} chưa đạt{unknown_vi}.",
        "en": f"{met} of {len(rows)} targets are met, {unmet} are not{unknown_en}.",
    }


def _above(province: Province, unit: Unit) -> list[Unit]:
    """What a unit lies in, the nearest first."""
    above: list[Unit] = []
    key: UnitKey | None = unit.parent
    while key is not None and key in province.units and len(above) < len(wording.LEVELS):
        above.append(province.units[key])
        key = province.units[key].parent
    return above


def _newest(rows: Sequence[Row]) -> Row:
    """The figure that tells where a unit stands: of a flow the year to date, of a stock its newest day."""
    preferred = [row for row in rows if row["period_type"] in ("year_to_date", "as_of")] or rows
    return max(preferred, key=lambda row: row["period_end"])


def _is_shown(row: Row, as_of: date) -> bool:
    """Of what is long past only the ends of years: a commune's stocks alone have a figure for each month since 2021."""
    end: date = row["period_end"]
    return end > as_of - SHOWN_MONTHLY or (end.month, end.day) == (12, 31)


def _cells(row: Row, as_of: date) -> dict[str, Any]:
    rank = f"{row['place']} / {row['among']}" if row["place"] and row["among"] > 1 else wording.NOTHING
    return {
        "period": wording.period(row),
        "is_provisional": row["period_type"] != "as_of" and not wording.is_over(row["period_end"], as_of),
        "value": wording.figure(row["value"], row["unit"]),
        "numerator": wording.whole(row["numerator"]),
        "denominator": wording.whole(row["denominator"]),
        "rank": rank,
    }


def _chart(rows: Sequence[Row], asked: Row | None) -> str | None:
    """A line over the months (of a stock: over its days); None where there are too few, or more than one formula."""
    points = [row for row in rows if row["period_type"] != "year_to_date"][-MOST_POINTS:]
    if sum(row["value"] is not None for row in points) < _FEWEST_POINTS or len({row["formula"] for row in points}) > 1:
        return None
    target = None
    if asked is not None:
        share = wording.target_share(asked)
        target = share if share is not None else float(asked["target_value"]) if points[0]["unit"] == "count" else None
    return over_time(points, target)
