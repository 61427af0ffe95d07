"""What changed since the open data of an earlier release in the same folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jobs.publish.exports.open_data.descriptions import PACKAGE

if TYPE_CHECKING:
    from pathlib import Path


def read_before(target: Path, sequence: int) -> dict[str, Any] | None:
    """The data package of the newest release before this one that lies beside the target; None where there is none."""
    found = [
        package for path in sorted(target.parent.glob(f"*/{PACKAGE}")) if (package := _read(path)) and package["ntm"]["release"] < sequence
    ]
    return max(found, key=lambda package: package["ntm"]["release"], default=None)


def changes_of(before: dict[str, Any], now: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The tables whose columns or number of rows changed, in words, and the names of the definitions that changed, came or went."""
    old, new = ({one["name"]: one for one in package["resources"]} for package in (before, now))
    tables = [f"`{name}`: mới / new" for name in new if name not in old]
    tables += [f"`{name}`: không còn / gone" for name in old if name not in new]
    for name in (name for name in new if name in old):
        if old[name]["schema"] != new[name]["schema"]:
            tables.append(f"`{name}`: đổi cột / columns changed{_columns(old[name], new[name])}")
        if old[name]["rows"] != new[name]["rows"]:
            tables.append(f"`{name}`: {old[name]['rows']} → {new[name]['rows']} dòng / rows")
    was, is_now = before["ntm"]["definitions"], now["ntm"]["definitions"]
    return tables, sorted(name for name in was.keys() | is_now.keys() if was.get(name) != is_now.get(name))


def _columns(old: dict[str, Any], new: dict[str, Any]) -> str:
    before, now = ([field["name"] for field in one["schema"]["fields"]] for one in (old, new))
    parts = [f"+{name}" for name in now if name not in before] + [f"-{name}" for name in before if name not in now]
    return f" ({', '.join(parts)})" if parts else ""


def _read(path: Path) -> dict[str, Any] | None:
    """A data package of ours; None where the file is another's."""
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
        return package if isinstance(package["ntm"]["release"], int) and isinstance(package["resources"], list) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
