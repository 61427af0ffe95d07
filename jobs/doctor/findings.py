"""What a check gives: how a part is, in one sentence that shows no secret, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Literal, ParamSpec

from jobs.errors import NtmError
from jobs.machine import full_disk

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
State = Literal["ok", "warning", "wrong", "not used", "not checked"]


@dataclass(frozen=True, slots=True)
class Finding:
    """How a part is.

    Attributes:
        name: the part, the same word in each examination.
        state: `not used`: the settings ask for none; `not checked`: what it rests on is wrong, or nobody asked for it.
        sentence: what was found.
        mend: what to do about it; None where there is nothing to do.
    """

    name: str
    state: State
    sentence: str
    mend: str | None = None

    @property
    def is_usable(self) -> bool:
        """Whether what rests on the part can be checked."""
        return self.state in ("ok", "warning")


def checks(name: str, mend: str) -> Callable[[Callable[P, Finding]], Callable[P, Finding]]:
    """Makes a check that never fails of one that may raise: then the part is wrong, and the error says why.

    Args:
        name: the part.
        mend: what to do where the check raises.
    """

    def decorated(check: Callable[P, Finding]) -> Callable[P, Finding]:
        @wraps(check)
        def checked(*arguments: P.args, **named: P.kwargs) -> Finding:
            try:
                return check(*arguments, **named)
            except NtmError as error:
                return Finding(name, "wrong", str(error), mend)
            except OSError as error:
                full = full_disk(error)
                return Finding(name, "wrong", full or _system_error(error), "make room there" if full else mend)
            except Exception as error:
                # Its text may quote anything, a secret too.
                return Finding(name, "wrong", f"the check broke off ({type(error).__name__})", mend)

        return checked

    return decorated


def _system_error(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror or type(error).__name__


def nearest_folder(path: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    return next(one for one in (path, *path.parents) if one.is_dir())
