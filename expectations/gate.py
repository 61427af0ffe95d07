"""The gate: Great Expectations judges a batch as a set before anything of it is merged, and the tables together before they are released.

Row rules have judged each row; on rows that passed them an expectation about single rows could not fail. So the set is judged: duplicate
keys and the share of rejected rows hold a batch, its volume and organisations that sent nothing warn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from expectations.facts import batch_facts
from expectations.suites import ERROR, fact_limits, fact_suite, rule_suite
from expectations.validation import validate
from warehouse_schema.contracts import load_contracts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pyspark.sql import DataFrame

    from jobs.run import RunContext
    from jobs.silver.load import Staged
    from jobs.silver.organisations import OrganisationPeriod
    from warehouse_schema.contracts import Contract, Rule

MASKED = "***"
EXAMPLES = 5
_ROWS_VIEW = "gate_rows"
_OWN_TABLE = "{batch}"
_PARAMETERS = "parameters"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a batch. A failure and a warning have the same keys: see `gate`."""

    held: bool
    failed: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    summary: str


def gate(ctx: RunContext, staged: Staged, periods: Collection[OrganisationPeriod]) -> Verdict:
    """Judge a staged batch as a set; nothing of it is merged yet.

    Each failure and warning tells `expectation`, `table`, `observed`, `expected`, `example` (None, the key of a row, or codes of
    organisations), `how` (what a person can do) and `message` (all of it in a sentence). No value of a personal, secret or free-text field
    is among them.

    Raises:
        RunFailedError: an expectation could not be evaluated.
    """
    from jobs.silver.load import winners

    findings = _judge_rules(ctx, staged.contract, "batch", staged.contract.set_rules, winners(ctx, staged))
    findings += _judge_facts(ctx, staged, periods)
    table = staged.contract.table
    decide = f"let it through with `ntm held release {table}`, or drop it with `ntm held discard {table}`"
    ask = "nothing is held; ask the sender whether the delivery is whole"
    failed = [_told(staged.contract, finding, decide) for finding in findings if finding.severity == ERROR]
    warned = [_told(staged.contract, finding, ask) for finding in findings if finding.severity != ERROR]
    return Verdict(bool(failed), failed, warned, _summary(failed, warned))


def check_tables(ctx: RunContext, tables: Collection[str]) -> list[dict[str, Any]]:
    """Judge the changed tables as they are after the merges and gold; what fails, told as `gate` tells it. The caller rolls back.

    A changed table is judged by the rules of its own set, whole. A rule across tables is judged when one of the tables that it reads has
    changed.

    Raises:
        RunFailedError: an expectation could not be evaluated.
    """
    from jobs.gold.sql import relations

    failed: list[dict[str, Any]] = []
    for contract in load_contracts().values():
        if contract.name in tables and contract.set_rules:
            failed += _check(ctx, contract, "table", contract.set_rules)
        across = [
            rule
            for rule in contract.across_rules
            if not {name.replace(".", "/") for name in relations(_with_own_name(contract, rule))}.isdisjoint(tables)
        ]
        if across:
            failed += _check(ctx, contract, "across", [_bound(ctx, contract, rule) for rule in across])
    return failed


@dataclass(frozen=True, slots=True)
class _Finding:
    """An expectation that is not met."""

    expectation: str
    severity: str
    observed: str
    expected: str
    example: Any


def _check(ctx: RunContext, contract: Contract, what: str, rules: Sequence[Rule]) -> list[dict[str, Any]]:
    from jobs.silver.load import read_table

    findings = _judge_rules(ctx, contract, what, rules, read_table(ctx.spark, ctx.warehouse, contract.name))
    return [_told(contract, finding, "nothing is released; the tables go back to the last release") for finding in findings]


def _judge_rules(ctx: RunContext, contract: Contract, what: str, rules: Sequence[Rule], rows: DataFrame) -> list[_Finding]:
    if not rules:
        return []
    suite = rule_suite(f"{contract.layer}_{contract.table}_{what}", rules)
    outcomes = validate(ctx.settings.home, ctx.run_id, suite, rows, "spark")
    return [
        _Finding(rule.code, rule.severity, f"{outcomes[rule.code].observed} offenders", rule.message, _example(contract, rule, rows))
        for rule in rules
        if not outcomes[rule.code].met
    ]


def _example(contract: Contract, rule: Rule, rows: DataFrame) -> dict[str, Any]:
    """The first row that a broken rule returns: asked for only when the rule is broken."""
    view = f"{_ROWS_VIEW}_{contract.layer}_{contract.table}"  # datasets are judged side by side
    rows.createOrReplaceTempView(view)
    offenders = rows.sparkSession.sql(rule.sql.replace(_OWN_TABLE, view))
    first = offenders.orderBy(*offenders.columns).limit(1).collect()[0]
    return {name: _shown(contract, name, value) for name, value in first.asDict().items()}


def _shown(contract: Contract, name: str, value: Any) -> Any:
    """Numbers and dates, and text of a column that the contract neither tokenises nor calls free text; anything else is masked."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    open_columns = {column.name for column in contract.columns if column.handling == "keep" and not column.free_text}
    return str(value) if name in open_columns else MASKED


def _judge_facts(ctx: RunContext, staged: Staged, periods: Collection[OrganisationPeriod]) -> list[_Finding]:
    facts = batch_facts(ctx, staged, periods)
    limits = [limit for limit in fact_limits(ctx.settings) if limit.fact in facts.values]
    if not limits:
        return []
    import pyarrow as pa

    suite = fact_suite(f"{staged.contract.layer}_{staged.contract.table}_facts", limits)
    outcomes = validate(ctx.settings.home, ctx.run_id, suite, pa.Table.from_pylist([facts.values]).to_pandas(), "pandas")
    examples = {"silent_organisations": list((facts.silent or ())[:EXAMPLES])}
    return [
        _Finding(limit.fact, limit.severity, f"{limit.message}: {facts.values[limit.fact]:.4g}", limit.expected, examples.get(limit.fact))
        for limit in limits
        if not outcomes[limit.fact].met
    ]


def _told(contract: Contract, finding: _Finding, how: str) -> dict[str, Any]:
    return {
        "expectation": finding.expectation,
        "table": contract.name,
        "observed": finding.observed,
        "expected": finding.expected,
        "example": finding.example,
        "how": how,
        "message": f"{finding.expectation}: {finding.observed} (expected: {finding.expected})",
    }


def _summary(failed: Sequence[dict[str, Any]], warned: Sequence[dict[str, Any]]) -> str:
    if failed:
        return "held: " + "; ".join(str(one["message"]) for one in failed)
    if warned:
        return f"passed with {len(warned)} warning{'s' if len(warned) > 1 else ''}"
    return "passed"


def _with_own_name(contract: Contract, rule: Rule) -> str:
    return rule.sql.replace(_OWN_TABLE, contract.name.replace("/", "."))


def _bound(ctx: RunContext, contract: Contract, rule: Rule) -> Rule:
    """The rule with the tables that it reads as views of the session, and its own table as `{batch}` again."""
    from jobs.gold.sql import bind, relations
    from jobs.silver.load import read_table

    own = contract.name.replace("/", ".")
    sql = _with_own_name(contract, rule)
    views = {own: _ROWS_VIEW}
    for name in relations(sql) - {own}:
        views[name] = f"check_{name.replace('.', '_')}"
        frame = _parameters(ctx, rule.indicator) if name == _PARAMETERS else read_table(ctx.spark, ctx.warehouse, name.replace(".", "/"))
        frame.createOrReplaceTempView(views[name])
    return replace(rule, sql=bind(sql, views).replace(_ROWS_VIEW, _OWN_TABLE))


def _parameters(ctx: RunContext, indicator: str) -> DataFrame:
    """The settings of an indicator as one row: the relation `parameters` of its SQL."""
    import pyarrow as pa

    from warehouse_schema.indicator_catalogue import load_catalogue

    parameters = load_catalogue()[indicator].parameters
    return ctx.spark.createDataFrame(pa.table({name: [parameter.default] for name, parameter in parameters.items()}))
