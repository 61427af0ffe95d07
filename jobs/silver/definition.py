"""What a landed dataset is made by: the fingerprint of its standardisation, and what its border lets through.

A row in the tables is a function of what passed the border and of the contract. When the contract's standardisation changes, its rows are revalidated from
bronze; when the border lets more fields through, the objects that had these fields are read again.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from jobs.border.read import border_spec
from jobs.border.records import OTHER_FIELDS
from jobs.engine.sets import set_query
from jobs.errors import UsageError
from jobs.ops.definitions import fingerprint
from jobs.silver.judge import rules_of
from jobs.silver.references import sheet_rows
from jobs.silver.standardise import expressions, row_hash
from warehouse_schema.contracts import landed_contracts
from warehouse_schema.sql_text import canonical

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from warehouse_schema.contracts import Contract

_ALL_FIELDS = ""
_OVERDUE = "overdue"
"""Stands for the fingerprint of a dataset whose references changed while its rows could not be judged: they still have to be."""


def standardisation(contract: Contract) -> str:
    """The fingerprint of how a row is read, judged and placed, and of which version of a record wins."""
    # Which version wins, what is equal to what, what a code means: the same for all datasets, and part of what each is made by.
    decided = [canonical(set_query(name)) for name in ("order", "batch", "changes", "places_of_organisations", "places_of_units")]
    rules = [
        (check.code, check.field, check.message, check.rule, check.broken, *([check.detail] if check.detail else ()))
        for check in rules_of(contract)
    ]
    references: list[object] = [asdict(one) for one in (contract.organisation, contract.unit) if one is not None]
    references += [sheet_rows(contract, one) for one in contract.references]
    stored = [(column.name, column.type if isinstance(column.type, str) else "") for column in contract.stored]
    return fingerprint(
        expressions(contract), rules, row_hash(contract), references, stored, contract.key, contract.version, contract.withdrawn, decided
    )


def border(contract: Contract) -> str:
    """What passes the border and how, as JSON: a short fingerprint of each field, and of what holds for all of them under the name ''."""
    spec = border_spec(contract)
    fields = {
        field.name: fingerprint(
            sorted(field.aliases), field.handling, _sorted(field.keep_when), *(one for one in (field.kind, field.number) if one is not None)
        )[:8]
        for field in spec.fields
    }
    whole = [
        spec.key,
        spec.version,
        spec.secrecy_field,
        sorted(spec.open_values),
        sorted(spec.secret_values),
        spec.organisation_field,
        spec.day_fields,
    ]
    return json.dumps({**fields, _ALL_FIELDS: fingerprint(whole)[:8]}, sort_keys=True)


def _sorted(keep_when: tuple[str, frozenset[str]] | None) -> list[object]:
    return [keep_when[0], sorted(keep_when[1])] if keep_when else []


def silver_definitions() -> dict[str, str]:
    """By name: `contract/<table>` and `border/<table>` of every landed dataset."""
    return {
        name: value
        for contract in landed_contracts()
        for name, value in ((f"contract/{contract.name}", standardisation(contract)), (f"border/{contract.name}", border(contract)))
    }


@dataclass(frozen=True, slots=True)
class Redefinitions:
    """What changed in the definitions of landed datasets since the tables were made.

    Attributes:
        before: the fingerprints that the tables were made by.
        now: those of today.
        standardised: tables whose rows are revalidated from bronze.
        new_fields: by table the names (and aliases) of fields that pass the border now and did not before.
        everything: the rows of all tables are revalidated, since a list of units changed.
    """

    before: Mapping[str, str]
    now: Mapping[str, str]
    standardised: frozenset[str]
    new_fields: Mapping[str, frozenset[str]]
    everything: bool = False

    @property
    def any(self) -> bool:
        """Whether anything changed."""
        return any(self.before.get(name) != value for name, value in self.now.items())

    def of_all(self) -> Redefinitions:
        """The same, with the rows of all tables to be revalidated: a list of units changed."""
        return replace(self, standardised=frozenset(contract.name for contract in landed_contracts()), everything=True)

    def changed(self, table: str) -> bool:
        """Whether the standardisation of a table changed, not only a reference that it is judged by."""
        return table in self.standardised and self.before.get(f"contract/{table}") not in (self.now[f"contract/{table}"], _OVERDUE)

    def lets_in(self, table: str, unknown_fields: Collection[str]) -> bool:
        """Whether an object had fields that pass only now; one that had more than could be noted may have had them."""
        new = self.new_fields.get(table, frozenset())
        return bool(new) and not (new | {OTHER_FIELDS}).isdisjoint(unknown_fields)

    def after(self, unjudged: Collection[str], overdue: Collection[str] = ()) -> dict[str, str]:
        """The definitions that the tables are made by after a load.

        `unjudged` are tables that could not follow yet; `overdue`: those of them whose references changed, so that all of their rows have to be judged later.
        """
        left = {f"{kind}/{table}" for kind in ("contract", "border") for table in unjudged}
        kept = {name: value for name, value in self.before.items() if not name.startswith(("contract/", "border/")) or name in left}
        # One that was redefined too is found by its fingerprint of before.
        late = {f"contract/{table}": _OVERDUE for table in overdue if not self.changed(table)}
        return kept | {name: value for name, value in self.now.items() if name not in left} | late


def redefinitions(before: Mapping[str, str], rebuilt: Collection[str], *, loaded: bool) -> Redefinitions:
    """What changed since the tables were made by `before`; `rebuilt` are tables that are about to be rebuilt and follow any change.

    `loaded`: the tables were loaded before. Where it was by an edition that noted no definitions, all of them count as changed.

    Raises:
        UsageError: something passes the border otherwise than before, so that what bronze holds cannot be judged from: names the tables and the command.
    """
    now = silver_definitions()
    refused, new_fields = [], {}
    for contract in landed_contracts():
        name = f"border/{contract.name}"
        if name not in before or before[name] == now[name] or contract.name in rebuilt:
            continue
        old, new = json.loads(before[name]), json.loads(now[name])
        others = [
            "its key, version or secrecy" if field == _ALL_FIELDS else f"how {field} passes the border"
            for field, value in old.items()
            if field in new and new[field] != value
        ]
        if others:
            refused.append((contract, others))
        added = new.keys() - old.keys()
        new_fields[contract.name] = frozenset(
            spoken for field in border_spec(contract).fields if field.name in added for spoken in (field.name, *field.aliases)
        )
    if refused:
        what = "; ".join(f"{contract.name}: {', '.join(others)}" for contract, others in refused)
        commands = ", ".join(f"`ntm rebuild {contract.table}`" for contract, _ in refused)
        raise UsageError(
            f"contracts changed what passes the border: {what}; bronze holds it as it passed before, so rebuild the tables: {commands}"
        )
    standardised = frozenset(
        contract.name
        for contract in landed_contracts()
        if loaded and before.get(f"contract/{contract.name}") != now[f"contract/{contract.name}"] and contract.name not in rebuilt
    )
    return Redefinitions(before, now, standardised, new_fields)
