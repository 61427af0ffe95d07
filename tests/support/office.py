"""LibreOffice without its window: files opened and saved by it, as officers' are."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

XLSX, TEXT = "xlsx", "txt:Text (encoded):UTF8"
_CSV = "csv:Text - txt - csv (StarCalc):{},34,{},1"
CSV_UTF8, CSV_UTF16, CSV_WINDOWS_1258 = _CSV.format(59, 76), _CSV.format(9, 65535), _CSV.format(59, 40)
"""As LibreOffice is told to save a sheet: by semicolons or tabs, in an encoding by its number."""
SECONDS = 120

needs_office = pytest.mark.skipif(
    shutil.which("soffice") is None and not os.environ.get("CI"), reason="LibreOffice is not on this machine: make setup-office"
)
"""Skips where LibreOffice is missing; in continuous integration it must be there, and the test fails."""


def saved_by_office(folder: Path, files: Mapping[str, bytes], form: str = XLSX) -> dict[str, bytes]:
    """Files opened and saved in another form, by name, with the ending of that form; all in one start of the program.

    Args:
        folder: an empty one, for the files and the program's own settings.
        files: by name.
        form: what `--convert-to` takes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    command = ["soffice", "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--convert-to", form, "--outdir", "saved"]
    done = subprocess.run([*command, *files], cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
    saved = {file.name: file.read_bytes() for file in (folder / "saved").glob("*")}
    assert len(saved) == len(files), f"{done.stdout}{done.stderr}"
    return saved
