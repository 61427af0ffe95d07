"""The generator as `ntm sample` and `ntm demo` show it: bars on the terminal, files in the landing zone of the settings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse
from urllib.request import url2pathname

from rich.console import Console
from rich.progress import Progress, TaskID

from jobs.errors import UsageError
from jobs.sample.generator import generate
from jobs.settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.sample.plan import SamplePlan, SampleSummary


def generate_all_shown(plans: Sequence[SamplePlan], *, quiet: bool) -> None:
    """Write the records of several plans; see `generate_shown`."""
    for plan in plans:
        generate_shown(plan, quiet=quiet)


def generate_shown(plan: SamplePlan, *, quiet: bool) -> SampleSummary:
    """Write the plan's records into the landing zone and the truth about them into the workspace.

    Raises:
        UsageError: the landing zone is not a folder.
    """
    settings = get_settings()
    address = urlparse(settings.landing_url)
    if address.scheme != "file":
        raise UsageError("ntm sample writes to a directory: NTM_LANDING is not a file:/// address")
    with Progress(console=Console(file=sys.__stderr__), disable=quiet, transient=True) as progress:
        bars: dict[str, TaskID] = {}

        def tell(name: str, done: int, total: int) -> None:
            if name not in bars:
                bars[name] = progress.add_task(name, total=total)
            progress.update(bars[name], completed=done, total=total)

        return generate(plan, Path(url2pathname(address.path)), settings.home / "truth", tell)
