"""The report's blocks as a page, and the page printed as PDF by Chromium, where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jobs.publish.exports.report.document import SIGNER, STATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.publish.exports.report.document import Block

_SECONDS = 120


def page_of(blocks: Sequence[Block], mark: str | None) -> str:
    """The blocks as HTML; `mark`, a sentence of ours without quotation marks, stands at the foot of every printed page."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    named = [(type(block).__name__, block) for block in blocks]
    return templates.get_template("page.html.j2").render(blocks=named, mark=mark, state=STATE, signer=SIGNER)


def print_pdf(page: str, target: Path) -> str | None:
    """Print a page as PDF; gives None, or why there is none in one sentence."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return "no PDF was written: Chromium is not on this machine (make setup-browser brings it)"
    with TemporaryDirectory() as folder:
        source = Path(folder) / "report.html"
        source.write_text(page, encoding="utf-8")
        command = [chromium, "--headless", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={folder}/profile"]
        # As root there is no sandbox to be had, and nothing of another's is opened: a page without scripts and addresses.
        command += ["--no-sandbox"] if os.geteuid() == 0 else []
        try:
            subprocess.run(  # noqa: S603 - Chromium as it is installed
                [*command, f"--print-to-pdf={target}", source.as_uri()], capture_output=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return f"no PDF was written: Chromium took more than {_SECONDS} s"
    return None if target.exists() else "no PDF was written: Chromium could not print the page"
