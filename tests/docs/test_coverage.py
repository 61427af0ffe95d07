"""`docs/coverage.md`: the provincial plans clause by clause, and what serves each."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from jobs.publish.dictionary import PROJECT_ROOT
from warehouse_schema.plan_registry import Plan, load_plans

TEXT = (PROJECT_ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
STATUSES = ("served", "partly", "out of scope")
PLANS = load_plans()


class Clause(NamedTuple):
    """A row of a plan's table."""

    number: str
    asks: str
    served_by: str
    status: str


def heading(plan: Plan) -> str:
    return f"{plan.province_name}, {plan.document_number}" if plan.document_number else plan.province_name


def section(plan: Plan) -> str:
    return TEXT.split(f"\n## {heading(plan)}\n")[1].split("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """The cells of the tables of a text, without their heads."""
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for table in tables for line in table.splitlines()[2:]]


def clauses(plan: Plan) -> list[Clause]:
    return [Clause(*row) for row in rows(section(plan))]


def status_word(clause: Clause) -> str:
    return clause.status.split(":")[0]


each_plan = pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.plan_id)


def test_each_plan_has_a_section_by_its_name_and_number() -> None:
    assert re.findall(r"^## (.+)$", TEXT, re.MULTILINE) == ["How to read it", *map(heading, PLANS)]
    for plan in PLANS:
        assert f"**{plan.title}** ([{plan.plan_id}](dictionary/plans.md#{plan.plan_id}))" in section(plan)


@each_plan
def test_a_clause_is_served_by_something_or_says_why_not(plan: Plan) -> None:
    for clause in clauses(plan):
        assert re.fullmatch(r"served|(partly|out of scope): \S.*", clause.status), clause
        assert clause.number, clause
        assert clause.asks, clause
        assert ("](" in clause.served_by) == (status_word(clause) != "out of scope"), clause


@each_plan
def test_each_target_is_served_where_its_words_stand(plan: Plan) -> None:
    """The words of a clause are the plan's, shortened where … stands."""
    for target in plan.targets:
        link = f"[{target.indicator}](dictionary/indicators.md#{target.indicator})"
        assert any(
            link in clause.served_by
            and clause.status == "served"
            and clause.number.startswith(target.section or "")
            and re.search(".+".join(map(re.escape, clause.asks.split(" … "))), target.quote)
            for clause in clauses(plan)
        ), f"{target.section} {target.indicator} of {target.quote}"


def test_the_head_counts_the_clauses() -> None:
    counted = {f"[{heading(plan)}]": [status_word(clause) for clause in clauses(plan)] for plan in PLANS}
    counted["all"] = [word for words in counted.values() for word in words]
    head = TEXT.split("\n## How to read it\n")[1].split("\n## ")[0]
    told = {name.split("(")[0]: numbers for name, *numbers in rows(head) if len(numbers) == 4}
    assert told == {name: [str(len(words)), *(str(words.count(status)) for status in STATUSES)] for name, words in counted.items()}


def test_the_statuses_are_told() -> None:
    assert [row[0] for row in rows(TEXT) if len(row) == 2] == list(STATUSES)


def test_the_commands_are_those_of_the_readme() -> None:
    readme = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`ntm ([a-z]+)", TEXT))
    assert {"report", "sql"} <= named
    assert named <= set(re.findall(r"\bntm ([a-z]+)", readme))
