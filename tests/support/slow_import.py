"""A module that is still being imported when its process is told to stop, at a place where Python makes an error of every exception."""

from __future__ import annotations

import time
from typing import Any

from jobs.settings import get_settings


class _Slow:
    def __set_name__(self, owner: Any, name: str) -> None:
        (get_settings().home / "importing").touch()
        time.sleep(60)


class Named:
    """`RuntimeError: Error calling __set_name__` is what an interrupt becomes here, as in any enum."""

    attribute = _Slow()
