"""The gate: Great Expectations judges a batch before anything of it is merged, and the tables together before they are released.

Of a batch it judges the columns of the new rows as received, valid or not, and facts of the set; of a table to be released its columns and key. Duplicate
keys and the share of rejected rows hold a batch. What is wrong with a column warns, unless the contract says otherwise: the row rules reject its rows one by
one, and the page shows how many. Facts of rules in SQL are counted where the sets are.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from expectations.batch import RECEIVED, as_received, broken_others
from expectations.facts import batch_facts
from expectations.findings import ERROR, Finding, Verdict
from expectations.suites import DUPLICATE_KEY, fact_limits, received_suite, rule_limits, table_suite
from expectations.validation import Outcome, validate
from jobs.engine.duckdb_sets import DuckdbSets
from jobs.engine.executors import open_sets
from jobs.errors import RunFailedError
from jobs.ops import ledger
from warehouse_schema.contracts import load_contracts
from warehouse_schema.sql_text import relations, sql_name, table_named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from expectations.batch import Batch
    from expectations.suites import Expected, FactLimit
    from jobs.engine.sets import Sets
    from jobs.reference.organisations import OrganisationPeriod
    from jobs.run import RunContext
    from warehouse_schema.contracts import Contract, Rule

MASKED = "***"
EXAMPLES = 5
_OWN_TABLE = "{batch}"
_PARAMETERS = "parameters"
_FACTS = "facts_of_the_set"
_RELEASED = "to_be_released"
_JUDGED_LAYERS = ("silver", "gold")
_ASK = "nothing is held; ask the sender whether the delivery is whole"
_BACK = "nothing is released; the tables go back to the last release"


def gate(ctx: RunContext, batch: Batch, periods: Collection[OrganisationPeriod]) -> Verdict:
    """Judge a staged batch; nothing of it is merged yet.

    Raises:
        RunFailedError: an expectation could not be evaluated.
    """
    contract = batch.contract
    facts = batch_facts(batch, ledger.entries(ctx.warehouse), periods, ctx.settings.hold_min_rows)
    rules = {rule: rule.sql.replace(_OWN_TABLE, batch.winners) for rule in contract.set_rules}
    counts, examples = _offenders(batch.sets, contract, rules)
    limits = [*rule_limits(contract.set_rules), *(limit for limit in fact_limits(ctx.settings) if limit.fact in facts.values)]
    silent = {"silent_organisations": list((facts.silent or ())[:EXAMPLES])}
    counted = {"read": batch.read, "rejected": batch.rejected, "broken_lines": batch.broken_lines}
    found = _judge_facts(ctx, contract, "batch", limits, {**counts, **facts.values}, {**examples, **silent}, counted)
    if batch.read > batch.broken_lines:
        found += _judge_columns(ctx, batch, counted)
    decide = f"let it through with `ntm held release {contract.table}`, or drop it with `ntm held discard {contract.table}`"
    failed = [replace(finding, how=decide) for finding in found if finding.severity == ERROR]
    warned = [replace(finding, how=finding.how or _ASK) for finding in found if finding.severity != ERROR]
    return Verdict(bool(failed), failed, warned, _summary(failed, warned))


def check_tables(ctx: RunContext, tables: Collection[str], parameters: Callable[[str], pa.Table]) -> list[Finding]:
    """Judge the changed tables as they are after the merges and gold; what fails. The caller rolls back.

    A changed table of silver or gold is judged by what its contract expects of its columns and key, and by the rules of its own set, whole. A rule across
    tables is judged when one of the tables that it reads has changed. `parameters` gives the relation `parameters` of an indicator.

    Raises:
        RunFailedError: an expectation could not be evaluated.
    """
    failed: list[Finding] = []
    # One for all of them: opening one costs as much as a question to a small table.
    with open_sets(ctx.warehouse) as sets:
        for contract in load_contracts().values():
            failed += _check_table(ctx, sets, contract, tables, parameters)
    return [replace(finding, how=_BACK) for finding in failed]


def _check_table(
    ctx: RunContext,
    sets: Sets,
    contract: Contract,
    tables: Collection[str],
    parameters: Callable[[str], pa.Table],
) -> list[Finding]:
    changed = contract.name in tables
    # That keys are unique is judged with the columns.
    own = [rule for rule in contract.set_rules if rule.code != DUPLICATE_KEY] if changed else []
    queries = {rule: rule.sql.replace(_OWN_TABLE, sql_name(contract.name)) for rule in (*own, *contract.across_rules)}
    read = {rule: set(map(table_named, relations(sql) - {_PARAMETERS})) for rule, sql in queries.items()}
    queries = {rule: sql for rule, sql in queries.items() if not read[rule].isdisjoint(tables)}
    # Of a table without a row nothing can be wrong, and most are so when a workspace begins.
    columns = changed and contract.layer in _JUDGED_LAYERS and not ctx.warehouse.is_empty(contract.name)
    needed = {contract.name} if columns else set[str]()
    sets.need(sorted(needed.union(*(read[rule] for rule in queries))))
    failed = _judge_table(ctx, sets, contract) if columns else []
    if queries:
        counts, examples = _offenders(sets, contract, queries, parameters)
        failed += _judge_facts(ctx, contract, "rules", rule_limits(queries), counts, examples)
    return failed


def _outcomes(
    ctx: RunContext,
    contract: Contract,
    what: str,
    expected: Sequence[Expected],
    sets: Sets,
    relation: str,
    counted: Mapping[str, Any] | None = None,
) -> dict[str, Outcome]:
    """What Great Expectations says of a relation, by expectation; kept for the pages as one suite of the table. `what`: which."""
    suite = f"{contract.layer}_{contract.table}_{what}"
    return validate(ctx.settings.home, ctx.run_id, suite, expected, sets, relation, {"table": contract.name, **(counted or {})})


def _judge_columns(ctx: RunContext, batch: Batch, counted: Mapping[str, Any]) -> list[Finding]:
    """What Great Expectations says of the new rows, column by column."""
    contract = batch.contract
    others = broken_others(batch)
    expected = received_suite(contract, others)
    batch.sets.view(RECEIVED, as_received(batch, others))
    outcomes = _outcomes(ctx, contract, "columns", expected, batch.sets, RECEIVED, counted)
    return [_of_column(contract, one, outcomes[one.code]) for one in expected if not outcomes[one.code].met]


def _judge_table(ctx: RunContext, sets: Sets, contract: Contract) -> list[Finding]:
    expected = table_suite(contract)
    sets.view(_RELEASED, f"SELECT * FROM {sql_name(contract.name)}")
    outcomes = _outcomes(ctx, contract, "table", expected, sets, _RELEASED)
    found = [_of_column(contract, one, outcomes[one.code]) for one in expected if not outcomes[one.code].met]
    return [replace(one, example=_twice(sets, contract)) if one.expectation == DUPLICATE_KEY else one for one in found]


def _twice(sets: Sets, contract: Contract) -> dict[str, Any]:
    """The first key that has more than one row."""
    key = ", ".join(f"`{name}`" for name in contract.key)
    (first,) = sets.rows(f"SELECT {key} FROM {_RELEASED} GROUP BY {key} HAVING count(*) > 1 ORDER BY {key} LIMIT 1")
    return {name: _shown(contract, name, value) for name, value in first.items()}


def _of_column(contract: Contract, expected: Expected, outcome: Outcome) -> Finding:
    at_least = f"at least {expected.mostly:.4g} of them" if expected.mostly is not None else "all of them"
    observed = f"{outcome.unexpected:,} of {outcome.rows:,} rows are not ({outcome.share:.2%})" if outcome.rows else str(outcome.observed)
    label = f"{expected.column} ({expected.label_vi}) " if expected.label_vi else ""
    code = f" --code {expected.error_code}" if expected.error_code else ""
    rows = f"the rows: `ntm quarantine list --table {contract.table}{code}`" if contract.landing and expected.mostly is not None else ""
    return Finding(
        table=contract.name,
        expectation=expected.code,
        message=f"{expected.code}: {label}{expected.en}: {observed} (expected: {at_least})",
        severity=expected.severity,
        observed=observed,
        expected=f"{expected.en}: {at_least}",
        how=rows,
    )


def _offenders(
    sets: Sets,
    contract: Contract,
    queries: Mapping[Rule, str],
    parameters: Callable[[str], pa.Table] | None = None,
) -> tuple[dict[str, int], dict[str, dict[str, Any]]]:
    """How many rows each rule's query returns, and the first of them, by the rule's code.

    Raises:
        RunFailedError: a query failed; its class is said and not its text, which can quote values of rows.
    """
    counts, examples = {}, {}
    for rule, sql in queries.items():
        if rule.indicator and parameters is not None:
            sets.rows_of(_PARAMETERS, parameters(rule.indicator))
        try:
            counts[rule.code] = sets.rows(f"SELECT count(*) AS count FROM ({sql}) AS r")[0]["count"]
            if counts[rule.code]:
                (first,) = sets.rows(f"SELECT * FROM ({sql}) AS r ORDER BY ALL LIMIT 1")
                examples[rule.code] = {name: _shown(contract, name, value) for name, value in first.items()}
        except sets.errors as error:
            raise RunFailedError(
                f"{contract.name}: the expectation {rule.code} could not be evaluated ({type(error).__name__}); this is an error of the run, "
                "not of the data"
            ) from None
    return counts, examples


def _shown(contract: Contract, name: str, value: Any) -> Any:
    """Numbers and dates, and text of a column that the contract neither tokenises nor calls free text; anything else is masked."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, Decimal):
        # A sum of whole numbers is wider than they are.
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    open_columns = {column.name for column in contract.columns if column.handling == "keep" and not column.free_text}
    return str(value) if name in open_columns else MASKED


def _judge_facts(
    ctx: RunContext,
    contract: Contract,
    what: str,
    limits: Sequence[FactLimit],
    facts: Mapping[str, float],
    examples: Mapping[str, Any],
    counted: Mapping[str, Any] | None = None,
) -> list[Finding]:
    """What Great Expectations says of the facts of a set: those that are outside their limits."""
    if not limits:
        return []
    # One row, which is here: a cluster would take seconds for it.
    with DuckdbSets.open(ctx.warehouse) as sets:
        sets.rows_of(_FACTS, pa.table({limit.fact: pa.array([float(facts[limit.fact])]) for limit in limits}))
        outcomes = _outcomes(ctx, contract, what, [limit.as_expected() for limit in limits], sets, _FACTS, counted)
    return [_of_fact(contract, limit, facts[limit.fact], examples.get(limit.fact)) for limit in limits if not outcomes[limit.fact].met]


def _of_fact(contract: Contract, limit: FactLimit, seen: float, example: Any) -> Finding:
    observed = f"{limit.message}: {seen:.4g}"
    return Finding(
        table=contract.name,
        expectation=limit.fact,
        message=f"{limit.fact}: {observed} (expected: {limit.expected})",
        severity=limit.severity,
        observed=observed,
        expected=limit.expected,
        example=example,
    )


def _summary(failed: Sequence[Finding], warned: Sequence[Finding]) -> str:
    if failed:
        return "held: " + "; ".join(one.message for one in failed)
    if warned:
        return f"passed with {len(warned)} warning{'s' if len(warned) > 1 else ''}"
    return "passed"
