"""Definitions of a test's own: a copy of contracts, indicators and plans that it may add to and change, read in place of the project's."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from warehouse_schema import contracts, flag_catalogue, indicator_catalogue, plan_registry, reference_tables, released_views

if TYPE_CHECKING:
    from collections.abc import Iterator

SHIPPED = Path(contracts.__file__).parent
FOLDERS = ("tables", "indicators", "flags", "populations", "views", "plans", "reference")


@dataclass(frozen=True)
class Definitions:
    """The folder with the copies; what is written there holds from the next reading on."""

    root: Path

    def write(self, path: str, text: str) -> None:
        """Add a file, or replace it."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        forget()

    def replace(self, path: str, old: str, new: str) -> None:
        """Change a file's text."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text, f"{path} has no {old!r}"
        self.write(path, text.replace(old, new))

    def remove(self, path: str) -> None:
        """Remove a file."""
        (self.root / path).unlink()
        forget()

    def add_indicator(self, name: str, entry: dict[str, Any], sql: str) -> None:
        """Add an indicator: its SQL and its entry in the catalogue."""
        catalogue = self.root / "indicators" / "catalogue.yaml"
        text = catalogue.read_text(encoding="utf-8")
        self.write(f"indicators/{name}.sql", sql)
        self.write("indicators/catalogue.yaml", text + "\n" + yaml.safe_dump({name: entry}, allow_unicode=True, sort_keys=False))


def forget() -> None:
    """Forget what was read of definitions, wherever it is remembered."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("warehouse_schema.", "jobs.gold.", "jobs.silver.", "jobs.ops.", "expectations.")):
            for value in list(vars(module).values()):
                # Units are read from reference data, which stay as they are, in seconds.
                if hasattr(value, "cache_clear") and not value.__module__.startswith("jobs.reference."):
                    value.cache_clear()


@contextmanager
def own_definitions(root: Path) -> Iterator[Definitions]:
    """Definitions under `root`, which the project reads for the length of the block."""
    for folder in FOLDERS:
        shutil.copytree(SHIPPED / folder, root / folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contracts, "TABLES", root / "tables")
        patch.setattr(indicator_catalogue, "INDICATORS_FOLDER", root / "indicators")
        patch.setattr(indicator_catalogue, "CATALOGUE_FILE", root / "indicators" / "catalogue.yaml")
        patch.setattr(released_views, "VIEWS_FOLDER", root / "views")
        patch.setattr(flag_catalogue, "FLAGS_FOLDER", root / "flags")
        patch.setattr(plan_registry, "PLANS_FOLDER", root / "plans")
        patch.setattr(reference_tables, "REFERENCE_FOLDER", root / "reference")
        forget()
        yield Definitions(root)
    forget()
