"""What the project adds to Great Expectations: an expectation that counts offending rows once, and pages that need no network.

Importing this module imports Great Expectations, which costs seconds: it is imported when the first suite is made, and by Great
Expectations itself, which finds the views by their names.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from great_expectations.expectations import UnexpectedRowsExpectation
from great_expectations.render.view import DefaultJinjaIndexPageView, DefaultJinjaPageView
from jinja2 import ChoiceLoader, FileSystemLoader

if TYPE_CHECKING:
    from jinja2 import BaseLoader

TEMPLATES = Path(__file__).parent / "templates"

_ROW_COUNT = "unexpected_rows_query.row_count"


class NoOffendingRows(UnexpectedRowsExpectation):  # type: ignore[misc]
    """The query returns the rows that break a rule; none are expected.

    `UnexpectedRowsExpectation` runs its query twice, once to count and once to collect up to 200 rows to the driver, whatever the result
    format. This one counts only, so it costs half, and no value of a row can get into a result.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = (_ROW_COUNT,)

    def _validate(self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None) -> dict[str, Any]:  # noqa: ARG002
        offending = metrics[_ROW_COUNT]
        return {"success": offending == 0, "result": {"observed_value": offending}}


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
