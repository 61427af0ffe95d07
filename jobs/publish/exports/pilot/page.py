"""The sections as one page that needs nothing beside it: no server, no network, no other file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from jobs.publish.exports.pilot.sections import archived, facts_of
from jobs.publish.site import addresses, wording
from jobs.publish.site.build import STYLE_SHEET, both

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.publish.exports.pilot.figures import Pilot
    from jobs.publish.exports.pilot.sections import Section
    from jobs.publish.exports.report.sheets import Column


def page_of(pilot: Pilot, sections: Sequence[Section], others: Sequence[str]) -> str:
    """The page; `others`: names of files beside it that it offers."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.globals.update(both=both, cell=cell, is_number=is_number, words=wording, address=addresses)
    return templates.get_template("page.html.j2").render(
        pilot=pilot,
        sections=sections,
        facts=[(name, value if isinstance(value, str) else wording.day(value)) for name, value in facts_of(pilot)],
        archived=archived(pilot) if pilot.is_archived else None,
        others=others,
        # Our own file, which holds no markup.
        style=Markup(STYLE_SHEET.read_text(encoding="utf-8")),  # noqa: S704
    )


def is_number(column: Column) -> bool:
    """Whether a column's cells stand at the right."""
    return column.kind in ("whole", "share")


def cell(column: Column, value: Any) -> str:
    """What a cell says; a dash where there is nothing: missing is never 0."""
    kind = column.kind
    if isinstance(value, tuple):
        value, kind = value
    if value is None or value == "":
        return wording.NOTHING
    if kind == "day":
        return wording.day(value)
    if kind == "whole":
        return wording.whole(value)
    return wording.percent(value) if kind == "share" else str(value)
