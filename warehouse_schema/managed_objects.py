"""The kinds of managed objects: SQL files, one a kind, that tell the versions of each object from the tables of its source.

`managed_objects/<kind>.sql`, in Spark's dialect, gives columns of `COLUMNS`, those of `ALWAYS` among them; what it does not give is NULL. Grain: an object, a
version and an object that landed with it; of an object's versions one `holds`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from warehouse_schema.sql_text import parse_query, relations, table_named

ALWAYS = ("source_code", "version_at", "tie", "holds", "unit_code_sent", "unit_code", "unit_valid_from", "province_code", "withdrawn")
COLUMNS = {
    **dict.fromkeys(ALWAYS),
    **dict.fromkeys(("name", "relation", "related_kind", "related_code"), "STRING"),
    **dict.fromkeys(("exists_from", "exists_to"), "DATE"),
}
"""The columns of a version, with the type of those that a kind may leave out."""
KINDS_FOLDER = Path(__file__).resolve().parent / "managed_objects"


@cache
def kinds() -> dict[str, str]:
    """The SQL of each kind by name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(KINDS_FOLDER.glob("*.sql"))}


def versions_of_all() -> str:
    """The query for the versions of all kinds: `kind` and `COLUMNS`."""
    return " UNION ALL ".join(_versions_of(kind, sql) for kind, sql in kinds().items())


def _versions_of(kind: str, sql: str) -> str:
    given = parse_query(sql).named_selects
    columns = [f"v.{name}" if name in given else f"CAST(NULL AS {type_}) AS {name}" for name, type_ in COLUMNS.items()]
    return f"SELECT '{kind}' AS kind, {', '.join(columns)} FROM ({sql}\n) AS v"


@cache
def tables_of_kinds() -> tuple[str, ...]:
    """The tables (`layer/table`) that the kinds read."""
    return tuple(sorted({table_named(name) for sql in kinds().values() for name in relations(sql)}))
