"""Which landed objects an indicator's numbers come from: its own query, with the object of each row carried through to the facts.

Nothing is written a second time: the text that makes a figure is the text that tells where it comes from, summed more finely.
"""

from __future__ import annotations

from sqlglot import exp

from warehouse_schema.contracts import load_contracts
from warehouse_schema.definitions import FACT_COLUMNS
from warehouse_schema.sql_text import parse_query, relation_name, table_named

_OBJECT = "object_id"
_FACTS = "fact"


def totals_by_object(sql: str) -> str | None:
    """The query of an indicator with its totals alone, and with the landed object (`object_id`) of their rows as `breakdown`: a fact is of one object.

    None where it counts units, in which the rows of several objects have come together, and not rows of landed tables.

    The object comes from what each SELECT is FROM, never from what is joined to it, and is one more column to group by: sums and counts stay the same, split.
    A query that takes the greatest of a group would not. So whoever uses it compares the sums with the figure.

    Raises:
        UsageError: the text is not one query in Spark's dialect.
    """
    query = parse_query(sql)
    carried: dict[str, bool] = {}
    for expression in query.ctes:
        carried[expression.alias] = _carry(expression.this, carried)
    if not _carry(query, carried):
        return None
    columns = [
        exp.alias_(exp.column(_OBJECT, table=_FACTS), name) if name == "breakdown" else exp.column(name, table=_FACTS)
        for name in FACT_COLUMNS
    ]
    is_total = exp.column("breakdown", table=_FACTS).eq("")
    return exp.select(*columns).from_(query.subquery(_FACTS)).where(is_total).sql(dialect="spark", comments=False)


def _carry(query: exp.Expr, carried: dict[str, bool]) -> bool:
    """Add the object to what a query gives, in place; whether it has one."""
    if isinstance(query, exp.SetOperation):
        # A list, so that both are looked at.
        return all([_carry(query.this, carried), _carry(query.expression, carried)])
    source = query.args.get("from_")
    if source is None or not isinstance(source.this, exp.Table) or query.args.get("distinct"):
        return False
    name = relation_name(source.this)
    if not (carried[name] if name in carried else _is_landed(name)):
        return False
    column = exp.column(_OBJECT, table=source.this.alias_or_name)
    if not any(one.is_star for one in query.expressions):
        query.append("expressions", column)
    if group := query.args.get("group"):
        group.append("expressions", column.copy())
        return True
    # A sum over all rows is of no one object; a window function leaves each row as it is.
    return not any(one.find_ancestor(exp.Window) is None for given in query.expressions for one in given.find_all(exp.AggFunc))


def _is_landed(relation: str) -> bool:
    contract = load_contracts().get(table_named(relation))
    return contract is not None and contract.landing is not None
