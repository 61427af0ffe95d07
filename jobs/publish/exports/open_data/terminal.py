"""What `ntm export open-data` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.publish.terminal import say, say_table, warn

if TYPE_CHECKING:
    from jobs.publish.exports.open_data.build import Exported

_MEGABYTE = 1e6


def print_exported(done: Exported) -> None:
    """The folder, its tables, what is hidden, its size; generated records are called so."""
    if done.is_generated:
        warn("the records are generated ones: the folder says so in its README, data package and catalogue")
    say_table(("table", "rows"), ([name, f"{rows:,}"] for name, rows in done.rows.items()), right={1})
    say()
    say_table(
        ("figures that count people", "figures", "small", "hidden"),
        ([name, f"{one.figures:,}", f"{one.small:,}", f"{one.hidden:,}"] for name, one in done.suppressed.items()),
        right={1, 2, 3},
    )
    say()
    hidden, figures = (sum(getattr(one, name) for one in done.suppressed.values()) for name in ("hidden", "figures"))
    say(f"{hidden:,} of {figures:,} figures that count people are hidden; all others are published")
    there = "was there already, with the same content" if done.was_there else "written"
    say(f"{done.folder}: {len(done.rows)} tables, {sum(done.rows.values()):,} rows, {done.size / _MEGABYTE:.0f} MB, {there}")
