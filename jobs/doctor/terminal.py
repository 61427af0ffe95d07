"""What was found, for a person: what is well as it is found, then what is not, with how to mend it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from jobs.publish.terminal import GAP, say, say_folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobs.doctor.findings import Finding

_NAME, _STATE = 20, 11
_LATER = ("warning", "wrong")


def print_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Print them in three columns, warnings and then wrong ones last; returns them all."""
    _line("part", "state", "found")
    _line("─" * _NAME, "─" * _STATE, "─" * len("found"))
    found = []
    for finding in findings:
        found.append(finding)
        if finding.state not in _LATER:
            _line(finding.name, finding.state, finding.sentence)
    for state in _LATER:
        for finding in found:
            if finding.state == state:
                say()
                _line(finding.name, finding.state, finding.sentence)
                if finding.mend:
                    _line("", "mend it", finding.mend)
    say()
    say(_in_words(found))
    return found


def _line(name: str, state: str, sentence: str) -> None:
    say_folded(f"{name:{_NAME}}{GAP}{state:{_STATE}}{GAP}{sentence}", hanging=_NAME + _STATE + 2 * len(GAP))


def as_values(found: Iterable[Finding]) -> dict[str, Any]:
    """What was found, for a machine."""
    findings = list(found)
    return {"state": worst(findings), "findings": [asdict(finding) for finding in findings]}


def worst(found: Iterable[Finding]) -> str:
    """`wrong` where anything is, else `warning` where anything is that, else `ok`."""
    states = {finding.state for finding in found}
    return next((state for state in ("wrong", "warning") if state in states), "ok")


def _in_words(found: list[Finding]) -> str:
    counts = {state: sum(finding.state == state for finding in found) for state in ("ok", "warning", "wrong", "not used", "not checked")}
    return ", ".join(f"{count} {state}" for state, count in counts.items() if count)
