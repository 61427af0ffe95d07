"""The mark in the folder of a site: that one was built there, and of which release. A small file, so that asking for it costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_MARK = ".ntm-site"
"""Stands in a folder that a site was built in: nothing else is ever replaced."""


def default_folder(home: Path) -> Path:
    """Where the site of a workspace stands, where nobody names another folder."""
    return (home / "site").resolve()


def write_mark(folder: Path, release: int) -> None:
    """Note that the site of a release stands in a folder."""
    (folder / _MARK).write_text(f"{release}\n", encoding="utf-8")


def is_site(folder: Path) -> bool:
    """Whether a site was built in a folder."""
    return (folder / _MARK).is_file()


def site_state(home: Path) -> dict[str, Any] | None:
    """The folder of the workspace's site and the release that it shows; None: it has none. release None: the site does not say it."""
    folder = default_folder(home)
    try:
        noted = (folder / _MARK).read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return {"folder": str(folder), "release": int(noted) if noted.isdecimal() else None}


def staleness(site: dict[str, Any] | None, newest: int | None) -> str | None:
    """The sentence that says that the site shows another release than the newest one; None where it does not, or there is no site."""
    if site is None or newest is None or site["release"] == newest:
        return None
    shown = "an unknown release" if site["release"] is None else f"release {site['release']}"
    return f"the site shows {shown}, the newest is {newest}: `ntm site build` (or `make site`) builds it again"
