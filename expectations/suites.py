"""What is expected of a set of rows: the suites that Great Expectations judges, made from contracts and settings and from nothing else.

A suite has limits for the facts of a set, which are one row of numbers: how many rows break a rule of the contract, what share was rejected.
Row rules (`expectations/row_rules.py`) have judged each row before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobs.settings import Settings
    from warehouse_schema.contracts import Rule

ERROR, WARNING = "error", "warning"
"""Severities of a contract: an error holds the batch (or stops the run), a warning is told."""

VOLUME_LEAST, VOLUME_MOST = 1 / 3, 3.0

_GX_SEVERITY = {ERROR: "critical", WARNING: "warning"}


@dataclass(frozen=True, slots=True)
class FactLimit:
    """An expectation about one fact of a set: its least and its greatest value."""

    fact: str
    message: str
    severity: str
    least: float | None = None
    most: float | None = None

    @property
    def expected(self) -> str:
        """The limits in words."""
        bounds = [f"{word} {bound:g}" for word, bound in (("at least", self.least), ("at most", self.most)) if bound is not None]
        return " and ".join(bounds)


def fact_limits(settings: Settings) -> tuple[FactLimit, ...]:
    """What is expected of the facts of a batch (`expectations.facts.BatchFacts`).

    Only the share of rejected rows holds a batch (interfaces: holding a batch); volume and silent organisations warn.
    """
    return (
        FactLimit("rejected_share", "share of the rows read that were rejected", ERROR, most=settings.hold_rejected_share),
        FactLimit(
            "volume_ratio", "rows per object, compared with the median of earlier loads", WARNING, least=VOLUME_LEAST, most=VOLUME_MOST
        ),
        FactLimit("silent_organisations", "registered organisations that sent nothing", WARNING, most=0),
    )


def rule_limits(rules: Iterable[Rule]) -> tuple[FactLimit, ...]:
    """What is expected of the rules of a set, each by its code: that no row breaks it."""
    return tuple(FactLimit(rule.code, f"rows that break the rule ({rule.message})", rule.severity, most=0) for rule in rules)


def suite(name: str, limits: Iterable[FactLimit]) -> Any:
    """The suite of limits over a frame of one row with the facts as columns."""
    import great_expectations as gx
    import great_expectations.expectations as gxe

    return gx.ExpectationSuite(
        name=name,
        expectations=[
            gxe.ExpectColumnMaxToBeBetween(
                column=limit.fact,
                min_value=limit.least,
                max_value=limit.most,
                description=f"{limit.fact}: {limit.message}, {limit.expected}",
                severity=_GX_SEVERITY[limit.severity],
                meta={"code": limit.fact},
            )
            for limit in limits
        ],
    )
