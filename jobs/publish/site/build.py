"""`ntm site build`: the pages of the last release, into a folder that takes the place of the one before when all of it is written."""

from __future__ import annotations

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from jobs.errors import UsageError
from jobs.publish.forecast import FEWEST
from jobs.publish.freshness import last_records
from jobs.publish.site import addresses, maps, wording
from jobs.publish.site.boundaries import Boundaries, areas_of, read_boundaries, require_known, told_of_areas, told_of_file
from jobs.publish.site.charts import over_time
from jobs.publish.site.data_docs import copy_data_docs
from jobs.publish.site.downloads import copied, copy_files, read_folder, write_downloads
from jobs.publish.site.forecasts import by_target
from jobs.publish.site.mark import is_site, write_mark
from jobs.publish.site.origins import MOST_STATES, Origins, objects_of, read_origins
from jobs.publish.site.quality import write_quality
from jobs.publish.site.read import VIEWS, UnitKey, known_units, opened, read_province, with_units_alone
from jobs.publish.site.received import read_received
from jobs.publish.site.registers import MAPS
from jobs.publish.site.registers import tables_of as register_tables
from jobs.publish.site.tables import pages_of, write_tables
from jobs.publish.targets import settings_shown
from warehouse_schema.flag_catalogue import load_flags
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.indicator_queries import settings_of, tables_of
from warehouse_schema.plan_registry import load_plans

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from jobs.publish.site.data_docs import DataDocs
    from jobs.publish.site.downloads import OpenDataFolder
    from jobs.publish.site.origins import FigureKey, Origin
    from jobs.publish.site.read import Province, Row, Snapshot, Unit
    from jobs.publish.site.received import Received
    from warehouse_schema.indicator_catalogue import Indicator
    from warehouse_schema.plan_registry import Plan

FIRST = "work_records_online"
"""What stands first on a province's page: the 90/80/60."""
_CHARTED = ("province", "district")
"""Levels of units whose flows and targets have a chart; all else has tables alone, since drawing some thousand charts takes minutes."""
_FEWEST_POINTS = 2
MOST_POINTS = 24
MOST_NAMED = 50
"""Of units whose outlines were mended a map names so many; of more it says how many there are."""
SHOWN_MONTHLY = timedelta(days=2 * 366)
_WRITERS = 2
_HERE = Path(__file__).resolve().parent
STYLE_SHEET = _HERE / "assets" / "ntm.css"
"""What all pages look like; a page by itself has it inside."""


@dataclass(frozen=True, slots=True)
class Built:
    """What was written: pages, bytes, seconds; the names of the provinces; and what a person has to know of the boundaries, a sentence each."""

    pages: int
    size: int
    seconds: float
    provinces: tuple[str, ...]
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the tables and is shown too: Great Expectations' pages, and the folder of open data of the release; None: there is none.

    `with_open_data`: all of its files become part of the site, and not the small ones alone. `is_open_data_asked`: whether somebody named the folder or asked
    for its files, so that one that cannot be used is refused; else it is left out, which page and terminal say. `boundaries`: a file, or a folder of files,
    with outlines of communes for the maps.
    """

    data_docs: Path | None = None
    open_data: Path | None = None
    with_open_data: bool = False
    is_open_data_asked: bool = True
    boundaries: Path | None = None


def build_site(warehouse: Warehouse, target: Path, provinces: Collection[str] | None = None, beside: Beside | None = None) -> Built:
    """Write the site of the last release.

    Args:
        warehouse: whose release it is.
        target: the folder; one that a site was built in before is replaced, when the new one is whole.
        provinces: codes; None: all that have a plan.
        beside: what else is shown.

    Raises:
        NothingReleasedError: nothing was released yet.
        UsageError: the folder holds something else, that of open data was asked for and is not whole or of another release, or the boundaries are wrong.
    """
    started = time.monotonic()
    if target.exists() and not (target.is_dir() and (is_site(target) or not any(target.iterdir()))):
        raise UsageError(f"{target} is not empty and holds no site of ours: choose another folder")
    beside = beside or Beside()
    outlines = read_boundaries(beside.boundaries)
    target.parent.mkdir(parents=True, exist_ok=True)
    # In a folder of its own: another build beside this one writes into another.
    with TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as made:
        part = Path(made) / "new"
        part.mkdir()
        site, shown = _written(warehouse, part, provinces, beside, outlines)
        before = Path(made) / "before"
        if target.exists():
            target.replace(before)
        part.replace(target)
    return Built(site.pages, site.size, time.monotonic() - started, tuple(one.name for one in shown), tuple(site.told))


def _written(
    warehouse: Warehouse, folder: Path, provinces: Collection[str] | None, beside: Beside, boundaries: Boundaries
) -> tuple[_Site, list[Province]]:
    with opened(warehouse, VIEWS) as (connection, snapshot):
        open_data, left_out = _open_data(beside, snapshot.release)
        require_known(boundaries, known_units(connection))
        site = _Site(folder, snapshot, boundaries)
        site.told += [f"the site shows no open data: {left_out}"] if left_out else []
        site.write_assets()
        plans = [plan for plan in load_plans() if provinces is None or plan.province_code in provinces]
        # Before the figures of all provinces are in memory: it takes as much again for a moment.
        received = read_received(warehouse, snapshot.release, [with_units_alone(connection, snapshot, plan) for plan in plans])
        read = [(plan, read_province(connection, snapshot, plan)) for plan in plans]
        shown = [(plan, one) for plan, one in read if any(row["value"] is not None for row in one.targets)]
        data_docs = copy_data_docs(beside.data_docs, folder, is_generated=snapshot.is_generated)
        newest = [row for _, province in shown for row in _newest_of(province)]
        site.origins = read_origins(warehouse, snapshot.release, newest, site.as_of - SHOWN_MONTHLY)
        for plan, province in shown:
            site.objects = objects_of(site.origins, province.code, _newest_of(province))
            site.write_province(plan, province, last_records(warehouse, snapshot.release, province.targets))
            site.write_quality(province, received, data_docs)
        site.write_methods()
        write_tables(site.write, warehouse, snapshot)
        names = copied(open_data, everything=beside.with_open_data) if open_data else set()
        if open_data:
            copy_files(open_data, names, folder)
        write_downloads(site.write, open_data, names, left_out)
        silent = [plan.province_name for plan in plans if plan not in [one for one, _ in shown]]
        site.write_search([province for _, province in shown])
        write_mark(folder, snapshot.release.sequence)
        site.write(addresses.HOME, "provinces", provinces=[(one, _in_order(plan, one.targets)) for plan, one in shown], silent=silent)
        return site, [one for _, one in shown]


def _open_data(beside: Beside, release: Release) -> tuple[OpenDataFolder | None, str]:
    """The open data, held against its sums; else None, and why what is there is left out, where nobody asked for it."""
    if beside.open_data is None:
        return None, ""
    try:
        return read_folder(beside.open_data, release, everything=beside.with_open_data), ""
    except UsageError as error:
        if beside.is_open_data_asked:
            raise
        return None, str(error)


class _Site:
    """The pages of a release."""

    def __init__(self, folder: Path, snapshot: Snapshot, boundaries: Boundaries) -> None:
        self.pages = self.size = 0
        self._counting = Lock()
        self.told = told_of_file(boundaries)
        self._boundaries = boundaries
        self._folder = folder
        self._snapshot = snapshot
        self._catalogue = load_catalogue()
        assert snapshot.release.as_of is not None  # noqa: S101 - a release has its day
        self.as_of = snapshot.release.as_of
        self._received = {row["dataset"] for row in snapshot.loads if row["rows_accepted"]}
        self.origins = Origins()
        self.objects: dict[FigureKey, Origin] = {}
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
            tables=pages_of(snapshot.release),
            as_of=self.as_of,
        )

    def write(self, page: str, template: str, **context: Any) -> None:
        """Write a page."""
        text = self._templates.get_template(f"{template}.html.j2").render(link=lambda to: addresses.relative(to, page), **context)
        path = self._folder / page
        path.parent.mkdir(parents=True, exist_ok=True)
        content = text.encode("utf-8")
        path.write_bytes(content)
        with self._counting:
            self.pages += 1
            self.size += len(content)

    def write_assets(self) -> None:
        """Write what all pages share."""
        for asset in (addresses.STYLE, addresses.SCRIPT, addresses.FINDER):
            path = self._folder / asset
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_HERE / "assets" / path.name, path)

    def write_methods(self) -> None:
        """Write what each indicator counts and how."""
        for indicator in self._catalogue.values():
            self.write(
                addresses.method_page(indicator.id), "method", indicator=indicator, sql=indicator.sql, read=sorted(tables_of(indicator))
            )
        self.write(addresses.METHODS, "methods", indicators=list(self._catalogue.values()))

    def write_province(self, plan: Plan, province: Province, last: Sequence[date | None]) -> None:
        """Write all pages of a province; `last`: for each target the day of its last record, where that is long past."""
        rows = _in_order(plan, province.targets)
        before = {_key(row): row for row in province.targets_before}
        foretold = by_target(province.forecasts)
        stale = {_key(row): day for row, day in zip(province.targets, last, strict=True)}
        self.write(
            addresses.province_page(province.code),
            "province",
            province=province,
            plan=plan,
            scorecard=[
                self._card(province, row, stale[_key(row)], before.get(_key(row))) | {"foretold": foretold.get(_key(row))} for row in rows
            ],
            forecast_needs=FEWEST,
            changes=self._changes(rows),
            answer=_answer(rows),
            charts=list(self._charts_of_the_first(province, rows)),
        )
        self.write(addresses.units_page(province.code), "units", province=province)
        flags = [self._flag(province, row) for row in province.flags]
        self._write_maps(province)

        def write_unit(unit: Unit) -> None:
            self._write_unit(province, plan, unit, [flag for flag in flags if flag["unit"] == unit.key])

        # Charts are drawn without Python, and beside that pages are written. The first mistake ends it.
        with ThreadPoolExecutor(_WRITERS) as writers:
            for _ in writers.map(write_unit, province.units.values()):
                pass

    def write_quality(self, province: Province, received: Received, data_docs: DataDocs) -> None:
        """Write the pages of the quality of a province's data."""
        flags = [self._flag(province, row) for row in province.flags]
        write_quality(self.write, province, received, self.as_of, flags=flags, senders=_by_dataset(province.senders), data_docs=data_docs)

    def write_search(self, provinces: Sequence[Province]) -> None:
        """Write the page that finds units of all provinces, those of earlier lists with what they became, and the list that it searches."""
        units = [
            {
                "name": unit.name,
                "bare": f"{wording.without_marks(unit.name)} {unit.key.code}",
                "code": unit.key.code,
                "until": wording.day(unit.valid_to) if unit.valid_to else "",
                "in": province.units[unit.province].name if unit.province in province.units else province.name,
                "page": addresses.unit_page(province.code, *unit.key),
                "now": [name for _, name in province.successors.get(unit.key, [])],
            }
            for province in provinces
            for unit in province.units.values()
        ]
        # A script, since a page from a folder can read no other file.
        listed = json.dumps(units, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        (self._folder / addresses.SEARCHED).write_text(f'"use strict";\nconst UNITS = {listed};\n', encoding="utf-8")
        self.write(addresses.SEARCH, "search", provinces=provinces)

    def _write_maps(self, province: Province) -> None:
        shown = [name for name in MAPS if province.maps[name]]
        self.write(
            addresses.maps_page(province.code),
            "maps",
            province=province,
            maps=[(name, MAPS[name], len(province.maps[name])) for name in shown],
        )
        units = maps.communes(province, self.as_of)
        areas = areas_of(self._boundaries, [unit.key for unit in units])
        self.told += told_of_areas(province.on(self.as_of).name, areas, len(units), self._boundaries)
        mended = [unit for unit in units if unit.key in self._boundaries.mended]
        for name in shown:
            words, values = MAPS[name], province.maps[name]
            page = addresses.map_page(province.code, name)
            on_page = maps.lines(province, units, values, words, page)
            svg, unplaced = maps.drawing(province, on_page, areas, words.unit[0])
            shared = {"province": province, "map": words, "name": name}
            drawn = {
                "svg": svg,
                "unplaced": unplaced,
                "areas": areas,
                "files": self._boundaries.names,
                "mended": mended,
                "most_named": MOST_NAMED,
            }
            self.write(page, "map", **shared, lines=on_page, **drawn)
            page = addresses.tiles_page(province.code, name)
            on_page = maps.lines(province, units, values, words, page)
            ends = [words.written(end) for end in maps.reach(on_page)]
            self.write(page, "tiles", **shared, lines=on_page, groups=maps.tiles(province, units, on_page), ends=ends)

    def label(self, indicator: str) -> tuple[str, str]:
        """What an indicator is called."""
        found = self._catalogue[indicator]
        return found.label_vi, found.label_en

    def shows_level(self, indicator: str) -> bool:
        """Whether an indicator is computed at several levels, so that each figure has to say which."""
        return len(self._catalogue[indicator].levels) > 1

    def _charts_of_the_first(self, province: Province, rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
        """The months of the 90/80/60, of what the plan is of: its total is what the target is judged by, for the year to date."""
        found = province.values.get(province.planned, {})
        for row in rows:
            values = found.get((FIRST, row["level"]))
            if row["indicator"] == FIRST and values and (svg := self._chart(values, wording.target_share(row))):
                yield {"level": wording.LEVELS[row["level"]], "label": self.label(FIRST), "svg": svg}

    def _chart(self, rows: Sequence[Row], target: float | None) -> str | None:
        """A line over the months that are over, with the one that runs as provisional, of a stock over its days; None where too few are over, or there is more
        than one formula.
        """
        points = [row for row in rows if row["period_type"] == "as_of" or (row["period_type"] == "month" and self._is_over(row))]
        running = next((row for row in rows if row["period_type"] == "month" and not self._is_over(row) and row["value"] is not None), None)
        # A month without a row between the last one and the running one is a gap as well.
        points = [row for row in _with_gaps([*points, *([running] if running else [])]) if row is not running][-MOST_POINTS:]
        if (
            sum(row["value"] is not None for row in points) < _FEWEST_POINTS
            or len({row["formula"] for row in points if row["value"] is not None}) > 1
        ):
            return None
        return over_time(points, target, running)

    def _is_over(self, row: Row) -> bool:
        return wording.is_over(row["period_end"], self.as_of)

    def _flag(self, province: Province, row: Row) -> dict[str, Any]:
        known = load_flags().get(row["flag"])
        unit = UnitKey(row["unit_code"], row["unit_valid_from"])
        page = addresses.unit_page(province.code, *unit) if unit in province.units else None
        labels = (known.label_vi, known.label_en) if known else (row["flag"], "")
        return {**row, "unit": unit, "page": page, "vi": labels[0], "en": labels[1]}

    def _write_unit(self, province: Province, plan: Plan, unit: Unit, flags: Sequence[dict[str, Any]]) -> None:
        found = {key: rows for key, rows in province.values.get(unit.key, {}).items() if key[0] in self._catalogue}
        self.write(
            addresses.unit_page(province.code, *unit.key),
            "unit",
            province=province,
            unit=unit,
            parents=_above(province, unit),
            figures=[self._figure(province, unit, _newest(rows)) for rows in found.values()],
            members=list(self._members(province, unit)),
            registers=register_tables(province.registers.get(unit.key, {})),
            flags=flags,
        )
        by_indicator: dict[str, list[list[Row]]] = {}
        for (indicator, _), rows in found.items():
            by_indicator.setdefault(indicator, []).append(rows)
        for name, of_levels in by_indicator.items():
            self._write_figure(province, plan, unit, self._catalogue[name], of_levels)

    def _members(self, province: Province, unit: Unit) -> Iterator[dict[str, Any]]:
        """The units of the release's day that lie in a unit, each with the first figure of its own level and its place by it."""
        for one in province.members.get(unit.key, []):
            if not one.is_alive(self.as_of):
                continue
            rows = province.values.get(one.key, {}).get((FIRST, one.level))
            newest = _newest(rows) if rows else None
            yield {
                "unit": one,
                "cells": self._cells(newest) if newest else None,
                "place": _place(province, one, FIRST, one.level) if newest and newest["period_end"] == self.as_of else None,
            }

    def _figure(self, province: Province, unit: Unit, row: Row) -> dict[str, Any]:
        """A line of a unit's table: the newest figure of an indicator at a level."""
        return {
            **self._cells(row),
            "page": addresses.figure_page(province.code, *unit.key, row["indicator"]),
            "label": self.label(row["indicator"]),
            "level": wording.LEVELS[row["level"]],
            "shows_level": self.shows_level(row["indicator"]),
            "place": _place(province, unit, row["indicator"], row["level"]) if row["period_end"] == self.as_of else None,
        }

    def _write_figure(self, province: Province, plan: Plan, unit: Unit, indicator: Indicator, of_levels: Sequence[Sequence[Row]]) -> None:
        is_charted = unit.level in _CHARTED and (indicator.target or indicator.kind == "flow")
        parts = [
            {
                "level": wording.LEVELS[rows[0]["level"]],
                # No target: it is asked of the province, of a breakdown or of named units, and never of this unit by itself.
                "svg": self._chart(rows, None) if is_charted else None,
                "rows": [(self._cells(row), row["formula"]) for row in reversed(rows) if _is_shown(row, self.as_of)],
                **self._made_of(province, unit, _newest(rows)),
            }
            for rows in of_levels
        ]
        keys = [(indicator.id, rows[0]["level"], unit.key) for rows in of_levels]
        named = dict.fromkeys(formula for part in parts for _, formula in part["rows"] if formula)
        self.write(
            addresses.figure_page(province.code, *unit.key, indicator.id),
            "figure",
            province=province,
            unit=unit,
            indicator=indicator,
            parts=parts,
            formulas={formula: indicator.formula_words(formula) for formula in named},
            # The plan's settings made the figures of the identity that it is of.
            settings=settings_shown(plan, indicator) if unit.province == province.planned else [],
            sources=[row for row in self._snapshot.loads if row["dataset"] in indicator.datasets],
            absent=[name for name in indicator.datasets if name not in self._received],
            deciding=indicator.deciding(settings_of(indicator, unit.province)) if indicator.decided_by else (),
            read_rows=None if any(key in self.objects for key in keys) else self.origins.rows_read.get((indicator.id, unit.province), []),
            is_redefined=f"indicator/{indicator.id}" in self._snapshot.redefined,
            compared=self.origins.compared,
            withdrawn=self.origins.withdrawn,
            most_states=MOST_STATES,
            history=[(wording.LEVELS[key[1]], row, self._cells(row)) for key in keys for row in self.origins.history.get(key, [])],
        )

    def _made_of(self, province: Province, unit: Unit, newest: Row) -> dict[str, Any]:
        """What a unit's newest figure is made of: the objects that its records came in, and the figures of the units in it, with what is left beside them."""
        indicator, level = newest["indicator"], newest["level"]
        found = []
        for member in province.members.get(unit.key, []):
            rows = province.values.get(member.key, {}).get((indicator, level), [])
            found += [
                (member, row) for row in rows if all(row[name] == newest[name] for name in ("period_type", "period_start", "period_end"))
            ]
        rest = [
            None if newest[side] is None else newest[side] - sum(row[side] or 0 for _, row in found)
            for side in ("numerator", "denominator")
        ]
        return {
            "newest": self._cells(newest),
            "origin": self.objects.get((indicator, level, unit.key)),
            "members": [(member, self._cells(row)) for member, row in found],
            "rest": [wording.whole(side) for side in rest] if any(rest) else None,
        }

    def _cells(self, row: Row) -> dict[str, Any]:
        return {
            "period": wording.period(row),
            "is_provisional": not self._is_over(row) and row["period_type"] != "as_of",
            "value": wording.figure(row["value"], row["unit"]),
            "numerator": wording.whole(row["numerator"]),
            "denominator": wording.whole(row["denominator"]),
        }

    def _changes(self, rows: Sequence[Row]) -> list[dict[str, Any]] | None:
        """The targets that stand otherwise than in the release before; None where there is none to compare with."""
        if self._snapshot.previous is None:
            return None
        before = {_key(row): row for row in self._snapshot.previous[1]}
        moved = [
            (then, row) for row in rows if (then := before.get(_key(row))) and (then["value"], then["met"]) != (row["value"], row["met"])
        ]
        return [
            {
                "label": self.label(row["indicator"]),
                "level": wording.LEVELS[row["level"]],
                "shows_level": self.shows_level(row["indicator"]),
                "then": _reached(then),
                "now": _reached(row),
                "result_then": wording.RESULTS[then["met"]],
                "result": wording.RESULTS[row["met"]],
            }
            for then, row in moved
        ]

    def _card(self, province: Province, row: Row, last_record: date | None, before: Row | None) -> dict[str, Any]:
        """One target as the scorecard shows it; `before`: the same on the stored day before."""
        name, share = row["indicator"], wording.target_share(row)
        is_measured = any(indicator == name for indicator, _ in province.values.get(province.planned, {}))
        page = addresses.figure_page(province.code, *province.planned, name) if is_measured else addresses.method_page(name)
        reached = row["value"] if share is not None or row["value"] is None else row["value"] / row["target_value"]
        places = wording.places_for(row["value"], share)
        # A new record of a flow raises both sides, and what was judged on an earlier day changes no more.
        can_grow = self._catalogue[name].kind == "stock" and row["judged_on"] == self.as_of and row["met"] is False
        more = wording.missing(row, row["numerator"], row["denominator"]) if can_grow else None
        return {
            "first": name == FIRST,
            "label": self.label(name),
            "level": wording.LEVELS[row["level"]],
            "shows_level": self.shows_level(name),
            "page": page,
            "css": {True: "good", False: "bad", None: "unknown"}[row["met"]],
            "result": wording.RESULTS[row["met"]],
            "reason": wording.REASONS.get(row["reason"], (row["reason"], "")) if row["reason"] else None,
            "binding": wording.BINDINGS[row["binding"]] if row["binding"] != "binding" else None,
            "value": _reached(row, places),
            "counted": f"{wording.whole(row['numerator'])} / {wording.whole(row['denominator'])}"
            if row["denominator"] is not None
            else None,
            "target": wording.target(row),
            "gap": wording.gap(row, places),
            "before": None if before is None else f"{wording.day(before['as_of'])}: {_reached(before)}",
            "bar": None if reached is None else round(min(reached, 1.0) * 100, 1),
            "mark": round(min(share if share is not None else 1.0, 1.0) * 100, 1),
            "missing": wording.whole(more) if more else None,
            "judged_on": wording.day(row["judged_on"]),
            "is_earlier": row["judged_on"] != self.as_of,
            "last_record": wording.day(last_record) if last_record else None,
        }


def _reached(row: Row, places: int = 2) -> str:
    """What a target's row says was reached."""
    return wording.whole(row["value"]) if row["target_unit"] == "count" else wording.percent(row["value"], places)


def _by_dataset(senders: Sequence[Row]) -> list[dict[str, Any]]:
    """What organisations of the registry have sent about a month, by dataset: how many there are, and who has sent nothing."""
    return [
        {
            "label": label,
            "expected": len(rows),
            "silent": [row["organ_name"] or row["organ_id"] for row in rows if not row["row_count"]],
        }
        for name, label in wording.DATASETS.items()
        if (rows := [row for row in senders if row["dataset"] == name])
    ]


def _place(province: Province, unit: Unit, indicator: str, level: str) -> str | None:
    """A unit's place among those of its level: 12/130."""
    rank = province.ranks.get(unit.key, {}).get((indicator, level))
    return f"{rank.place}/{rank.units}" if rank else None


@lru_cache(maxsize=1 << 12)
def both(vi: str, en: str) -> Markup:
    """Words in Vietnamese, with English beside them."""
    return Markup('{} <span class="en" lang="en">{}</span>').format(vi, en)


def _key(row: Row) -> tuple[str, str, str]:
    return row["plan_id"], row["indicator"], row["level"]


def _in_order(plan: Plan, rows: Sequence[Row]) -> list[Row]:
    """The targets of a plan in its order, what stands first before the others; those that it has no more are left out."""
    order: dict[tuple[str, str, str], int] = {(plan.plan_id, one.indicator, one.level): number for number, one in enumerate(plan.targets)}
    return sorted((row for row in rows if _key(row) in order), key=lambda row: (row["indicator"] != FIRST, order[_key(row)]))


def _with_gaps(points: Sequence[Row]) -> list[Row]:
    """Months in their order, with a row without a value for each between them that has none: a line would join what is apart."""
    filled: list[Row] = []
    for row in points:
        while filled and row["period_type"] == "month" and (start := filled[-1]["period_end"] + timedelta(days=1)) < row["period_start"]:
            end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
            filled.append({**row, "period_start": start, "period_end": end, "numerator": None, "denominator": None, "value": None})
        filled.append(row)
    return filled


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


def _newest_of(province: Province) -> Iterator[Row]:
    """The newest figure of each of a province's units, by indicator and level."""
    return (_newest(rows) for of_unit in province.values.values() for rows in of_unit.values())


def _newest(rows: Sequence[Row]) -> Row:
    """The figure that tells where a unit stands: of a flow the year to date, of a stock its newest day."""
    preferred = [row for row in rows if row["period_type"] in ("year_to_date", "as_of")] or rows
    return max(preferred, key=lambda row: row["period_end"])


def _is_shown(row: Row, as_of: date) -> bool:
    """Of what is long past only the ends of years: a commune's stocks alone have a figure for each month since 2021."""
    end: date = row["period_end"]
    return end > as_of - SHOWN_MONTHLY or (end.month, end.day) == (12, 31)
