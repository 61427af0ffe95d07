"""Where pages lie. An address carries a unit's whole identity and stays the same from release to release."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

PAGE = "index.html"
HOME = PAGE
STYLE, SCRIPT = "tai-san/ntm.css", "tai-san/ntm.js"


def province_page(province: str) -> str:
    """The scorecard of a province."""
    return f"{province}/{PAGE}"


def unit_page(province: str, code: str, valid_from: date) -> str:
    """A unit of a province, by code and first day."""
    return f"{province}/don-vi/{code}/{valid_from.isoformat()}/{PAGE}"


def units_page(province: str) -> str:
    """All units of a province."""
    return f"{province}/don-vi/{PAGE}"


def figure_page(province: str, code: str, valid_from: date, indicator: str) -> str:
    """The passport of a unit's figures of an indicator."""
    return f"{province}/don-vi/{code}/{valid_from.isoformat()}/{indicator}/{PAGE}"


def quality_page(province: str) -> str:
    """The quality of a province's data."""
    return f"{province}/chat-luong/{PAGE}"


def senders_page(province: str, dataset: str, number: int = 1) -> str:
    """Who sent a dataset (`source/dataset`) in a province; from the second page on with its number."""
    folder = f"{province}/chat-luong/{dataset.replace('_', '-')}"
    return f"{folder}/{PAGE}" if number == 1 else f"{folder}/{number}/{PAGE}"


def table_page(name: str) -> str:
    """What a table or view (`layer/table`) is, in the dictionary."""
    return f"tu-dien/{name.replace('_', '-')}/{PAGE}"


def maps_page(province: str) -> str:
    """The maps of a province."""
    return f"{province}/ban-do/{PAGE}"


def map_page(province: str, name: str) -> str:
    """One map of a province, with its table."""
    return f"{province}/ban-do/{name.replace('_', '-')}/{PAGE}"


def tiles_page(province: str, name: str) -> str:
    """The same values as a grid of tiles, with their table."""
    return map_page(province, name).replace(PAGE, f"o-vuong/{PAGE}")


def method_page(indicator: str) -> str:
    """What an indicator counts and how."""
    return f"phuong-phap/{indicator}/{PAGE}"


SEARCH, SEARCHED, FINDER = f"tim-kiem/{PAGE}", "tai-san/don-vi.js", "tai-san/tim-kiem.js"
METHODS = f"phuong-phap/{PAGE}"
DICTIONARY = f"tu-dien/{PAGE}"
DOWNLOADS = f"du-lieu-mo/{PAGE}"
OPEN_DATA = "du-lieu-mo/tep"
"""The folder of the open data's files, where they are part of the site."""
DATA_DOCS = "kiem-tra-du-lieu"
"""The folder of the copy of Great Expectations' pages."""


def relative(to: str, page: str) -> str:
    """The link from a page to another file of the site, by way of the first folder: it works from a folder as from a server."""
    return "../" * page.count("/") + to
