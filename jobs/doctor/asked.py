"""What the examination asks for in a process of its own, as a run does: it may hang or break down, and what it prints goes to a log."""

from __future__ import annotations

from jobs.errors import RunFailedError
from jobs.settings import get_settings


def ask_engine() -> bool:
    """Have the engine answer the smallest query; returns whether other users of the machine are kept out of it.

    Raises:
        RunFailedError: it does not; names the kind of failure, and no address with what it may hold.
    """
    from jobs.engine.session import get_session, sail_is_private

    settings = get_settings()
    try:
        rows = get_session(settings).sql("SELECT 1 + 1 AS two").collect()
    except Exception as error:
        condition = getattr(error, "getCondition", lambda: None)()
        raise RunFailedError(f"the engine failed ({condition or type(error).__name__})") from error
    if [tuple(row) for row in rows] != [(2,)]:
        raise RunFailedError("the engine reckons wrongly")
    return settings.engine != "sail" or bool(settings.spark_remote) or sail_is_private()


def read_dags() -> int:
    """Have Airflow read `dags/` as a run does; returns how many DAGs there are.

    Raises:
        RunFailedError: a file cannot be read, or Airflow cannot be prepared.
    """
    from jobs.runtime.airflow import load_dags

    return len(load_dags(get_settings()))
