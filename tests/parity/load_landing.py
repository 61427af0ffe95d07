"""One engine's part of the comparison, in a process of its own: load landing zones one after the other into one workspace.

What `ntm run` does, without Airflow. Usage: `python -m tests.parity.load_landing [--quick] <as-of day>=<landing folder or address> …`, with NTM_ENGINE and
NTM_HOME in the environment; with `--quick` Spark makes no bytecode of its plans, which costs more than it saves where there are some hundred records.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from jobs import steps
from jobs.engine.session import get_session
from jobs.errors import NtmError
from jobs.settings import get_settings

QUICK = "--quick"


def main(arguments: list[str]) -> int:
    """Load each landing folder as of its day; 1 and a sentence when a step fails."""
    if QUICK in arguments and get_settings().engine == "spark":
        from tests.conftest import FOR_SMALL_FRAMES

        session = get_session(get_settings())
        for name, value in FOR_SMALL_FRAMES.items():
            session.conf.set(name, value)
    for batch in arguments:
        if batch == QUICK:
            continue
        as_of, folder = batch.split("=", 1)
        os.environ["NTM_LANDING"] = folder if "://" in folder else Path(folder).absolute().as_uri()
        get_settings.cache_clear()
        try:
            steps.standardise(as_of)
            steps.indicators(as_of)
        except NtmError as error:
            sys.stderr.write(f"{error}\n")
            return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
