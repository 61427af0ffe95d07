"""One engine in a process of its own: a SQL statement a line on standard input, as JSON; its rows, or the error, as a line of JSON on standard output.

Usage: `python -m tests.parity.sql_worker`, with NTM_ENGINE and NTM_HOME in the environment.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from jobs.engine.session import get_session
from jobs.settings import get_settings


def main() -> None:
    """Answer until standard input ends."""
    session = get_session(get_settings())
    for line in sys.stdin:
        answer: dict[str, Any]
        try:
            answer = {"rows": [row.asDict() for row in session.sql(json.loads(line)).collect()]}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer, default=str, ensure_ascii=False) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
