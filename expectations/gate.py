"""The gate: Great Expectations judges a batch as a set before anything of it is merged, and the tables together before they are released.

Row rules have judged each row; on rows that passed them an expectation about single rows could not fail. So the set is judged: duplicate
keys and the share of rejected rows hold a batch, its volume and organisations that sent nothing warn. What is judged are numbers. Those of
rules in SQL are counted by DuckDB on the driver: a rule takes it some milliseconds, and Spark most of a second whatever the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb

from expectations.facts import batch_facts
from expectations.suites import ERROR, FactLimit, fact_limits, rule_limits, suite
from expectations.validation import validate
from jobs.engine.dialect import to_duckdb
from jobs.engine.views import connect
from jobs.errors import RunFailedError
from warehouse_schema.contracts import load_contracts
from warehouse_schema.sql_text import relations

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import pyarrow as pa

    from jobs.reference.organisations import OrganisationPeriod
    from jobs.run import RunContext
    from jobs.silver.load import Staged
    from warehouse_schema.contracts import Contract, Rule

MASKED = "***"
EXAMPLES = 5
_OWN_TABLE = "{batch}"
_PARAMETERS = "parameters"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a batch. A failure and a warning have the same keys: see `gate`."""

    held: bool
    failed: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    summary: str


@dataclass(frozen=True, slots=True)
class _Finding:
    """An expectation that is not met."""

    limit: FactLimit
    observed: float
    example: Any


def gate(ctx: RunContext, staged: Staged, periods: Collection[OrganisationPeriod]) -> Verdict:
    """Judge a staged batch as a set; nothing of it is merged yet.

    Each failure and warning tells `expectation`, `table`, `observed`, `expected`, `example` (None, the key of a row, or codes of
    organisations), `how` (what a person can do) and `message` (all of it in a sentence). No value of a personal, secret or free-text field
    is among them.

    Raises:
        RunFailedError: an expectation could not be evaluated.
    """
    from jobs.silver.load import WINNERS

    contract = staged.contract
    facts = batch_facts(ctx, staged, periods)
    counts, examples = _offenders(staged.connection, contract, {rule: rule.sql.replace(_OWN_TABLE, WINNERS) for rule in contract.set_rules})
    limits = [*rule_limits(contract.set_rules), *(limit for limit in fact_limits(ctx.settings) if limit.fact in facts.values)]
    silent = {"silent_organisations": list((facts.silent or ())[:EXAMPLES])}
    findings = _judge(ctx, contract, "batch", limits, {**counts, **facts.values}, {**examples, **silent})
    decide = f"let it through with `ntm held release {contract.table}`, or drop it with `ntm held discard {contract.table}`"
    ask = "nothing is held; ask the sender whether the delivery is whole"
    failed = [_told(contract, finding, decide) for finding in findings if finding.limit.severity == ERROR]
    warned = [_told(contract, finding, ask) for finding in findings if finding.limit.severity != ERROR]
    return Verdict(bool(failed), failed, warned, _summary(failed, warned))


def check_tables(ctx: RunContext, tables: Collection[str], settings: Callable[[str], pa.Table]) -> list[dict[str, Any]]:
    """Judge the changed tables as they are after the merges and gold; what fails, told as `gate` tells it. The caller rolls back.

    `settings` gives for an indicator the relation `parameters` of the rules that name it: a row for each province.

    A changed table is judged by the rules of its own set, whole. A rule across tables is judged when one of the tables that it reads has
    changed.

    Raises:
        RunFailedError: an expectation could not be evaluated.
    """
    failed: list[dict[str, Any]] = []
    for contract in load_contracts().values():
        rules = [*(contract.set_rules if contract.name in tables else ()), *contract.across_rules]
        queries = {rule: rule.sql.replace(_OWN_TABLE, contract.name.replace("/", ".")) for rule in rules}
        read = {rule: {name.replace(".", "/") for name in relations(sql)} - {_PARAMETERS} for rule, sql in queries.items()}
        queries = {rule: sql for rule, sql in queries.items() if not read[rule].isdisjoint(tables)}
        if not queries:
            continue
        with connect(ctx.warehouse, dict.fromkeys(set().union(*(read[rule] for rule in queries)))) as connection:
            counts, examples = _offenders(connection, contract, queries, settings)
        findings = _judge(ctx, contract, "table", rule_limits(queries), counts, examples)
        failed += [_told(contract, finding, "nothing is released; the tables go back to the last release") for finding in findings]
    return failed


def _offenders(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    queries: Mapping[Rule, str],
    settings: Callable[[str], pa.Table] | None = None,
) -> tuple[dict[str, int], dict[str, dict[str, Any]]]:
    """How many rows each rule's query returns, and the first of them, by the rule's code.

    Raises:
        RunFailedError: a query failed; its class is told and not its text, which can quote values of rows.
    """
    counts, examples = {}, {}
    for rule, sql in queries.items():
        offenders = to_duckdb(sql)
        if rule.indicator and settings:
            connection.register(_PARAMETERS, settings(rule.indicator))
        try:
            ((counts[rule.code],),) = connection.execute(f"SELECT count(*) FROM ({offenders})").fetchall()
            if counts[rule.code]:
                (first,) = connection.execute(f"SELECT * FROM ({offenders}) ORDER BY ALL LIMIT 1").fetchall()
                names = [column[0] for column in connection.description or ()]
                examples[rule.code] = {name: _shown(contract, name, value) for name, value in zip(names, first, strict=True)}
        except duckdb.Error as error:
            raise RunFailedError(
                f"{contract.name}: the expectation {rule.code} could not be evaluated ({type(error).__name__}); this is an error of the run, "
                "not of the data"
            ) from None
    return counts, examples


def _shown(contract: Contract, name: str, value: Any) -> Any:
    """Numbers and dates, and text of a column that the contract neither tokenises nor calls free text; anything else is masked."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    open_columns = {column.name for column in contract.columns if column.handling == "keep" and not column.free_text}
    return str(value) if name in open_columns else MASKED


def _judge(
    ctx: RunContext,
    contract: Contract,
    what: str,
    limits: Sequence[FactLimit],
    facts: Mapping[str, float],
    examples: Mapping[str, Any],
) -> list[_Finding]:
    """What Great Expectations says of the facts: those that are outside their limits."""
    if not limits:
        return []
    outcomes = validate(ctx.settings.home, ctx.run_id, suite(f"{contract.layer}_{contract.table}_{what}", limits), facts)
    return [_Finding(limit, facts[limit.fact], examples.get(limit.fact)) for limit in limits if not outcomes[limit.fact].met]


def _told(contract: Contract, finding: _Finding, how: str) -> dict[str, Any]:
    limit = finding.limit
    observed = f"{limit.message}: {finding.observed:.4g}"
    return {
        "expectation": limit.fact,
        "table": contract.name,
        "observed": observed,
        "expected": limit.expected,
        "example": finding.example,
        "how": how,
        "message": f"{limit.fact}: {observed} (expected: {limit.expected})",
    }


def _summary(failed: Sequence[dict[str, Any]], warned: Sequence[dict[str, Any]]) -> str:
    if failed:
        return "held: " + "; ".join(str(one["message"]) for one in failed)
    if warned:
        return f"passed with {len(warned)} warning{'s' if len(warned) > 1 else ''}"
    return "passed"
