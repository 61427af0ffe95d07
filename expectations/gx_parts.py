"""What the project adds to Great Expectations: pages of Data Docs that need no network. Great Expectations imports them by their names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from great_expectations.render.view import DefaultJinjaIndexPageView, DefaultJinjaPageView
from jinja2 import ChoiceLoader, FileSystemLoader

if TYPE_CHECKING:
    from jinja2 import BaseLoader

TEMPLATES = Path(__file__).parent / "templates"


def _offline_first(loader: BaseLoader) -> BaseLoader:
    return ChoiceLoader([FileSystemLoader(TEMPLATES), loader])


class OfflinePage(DefaultJinjaPageView):  # type: ignore[misc]
    """A page of Data Docs with its style in it; the original loads Bootstrap, jQuery, Vega and its logo from other hosts."""

    def __init__(self, custom_styles_directory: str | None = None, custom_views_directory: str | None = None) -> None:
        super().__init__(custom_styles_directory, custom_views_directory)
        self.env.loader = _offline_first(self.env.loader)


class OfflineIndex(DefaultJinjaIndexPageView):  # type: ignore[misc]
    """The index of Data Docs; its tables are plain HTML, where the original builds them in the browser."""

    _template = OfflinePage._template

    def __init__(self, custom_styles_directory: str | None = None, custom_views_directory: str | None = None) -> None:
        super().__init__(custom_styles_directory, custom_views_directory)
        self.env.loader = _offline_first(self.env.loader)
