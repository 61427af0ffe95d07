"""Python's cyclic garbage collector in processes that import a lot: it looks through everything imported, again and again, and finds next to nothing."""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """Let the collector run after 50,000 new objects and not after 700: of some 11 s that Airflow takes to be ready, that saves 2."""
    gc.set_threshold(50_000, 20, 100)


def leave_memory_to_the_system() -> None:
    """Before a process ends: what it holds is not looked through once more (Airflow: 2 s)."""
    gc.freeze()
