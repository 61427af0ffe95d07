"""The worked questions of docs/questions.md: each is asked of the sample that the page names, and its answer is the one that stands there.

`NTM_WRITE_ANSWERS=1` writes the answers anew; look at what changed before you keep it.
"""

from __future__ import annotations

import os
import re
from contextlib import redirect_stdout
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from jobs.publish.released import query
from jobs.publish.results import ResultFormat, print_answer
from jobs.settings import PROJECT_ROOT
from tests.support.command import ntm
from tests.support.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.slow, pytest.mark.default_engine]

PAGE = PROJECT_ROOT / "docs" / "questions.md"
QUESTION = re.compile(r"(?P<before>^## .*?```sql\n(?P<sql>.*?)```\n\n)(?P<answer>(?:\|[^\n]*\n)+)", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"```sql\n(?P<sql>.*?)```\n(?:```sh\n[^`]*```\n)?```\n(?P<columns>[^\n]*)\n", re.DOTALL)
"""In the guides: a query, and the header of the answer that the demo gave."""
SAMPLE = re.compile(r"ntm (sample .*)\n.*ntm run --date (\d{4}-\d\d-\d\d)")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Workspace:
    """A workspace made by the two commands of the page."""
    made = Workspace(tmp_path_factory.mktemp("questions") / "home")
    found = SAMPLE.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    code, _, errors = ntm(made.home, *found[1].split(), "--quiet")
    assert code == 0, errors
    made.load(date.fromisoformat(found[2]))
    return made


def answered(workspace: Workspace, sql: str) -> str:
    with redirect_stdout(StringIO()) as out:
        print_answer(query(workspace.warehouse, sql), ResultFormat.MARKDOWN)
    return out.getvalue()


def test_every_question_has_the_answer_that_stands_there(workspace: Workspace) -> None:
    page = PAGE.read_text(encoding="utf-8")
    found = list(QUESTION.finditer(page))
    assert len(found) == page.count("\n## ") == 12
    answers = [answered(workspace, one["sql"]) for one in found]
    if os.environ.get("NTM_WRITE_ANSWERS"):
        given = iter(answers)
        PAGE.write_text(QUESTION.sub(lambda one: one["before"] + next(given), page), encoding="utf-8")
    for one, answer in zip(found, answers, strict=True):
        assert answer.count("\n") > 2, f"{one['sql']}: it has rows"
        assert one["answer"] == answer


@pytest.mark.parametrize("name", ["figure", "figure.vi", "tour", "tour.vi"])
def test_the_queries_of_the_guides_are_answered_with_the_columns_that_they_show(name: str, workspace: Workspace) -> None:
    """Their numbers are those of `make demo`, which takes too long here."""
    page = (PROJECT_ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    found = list(SHOWN.finditer(page))
    assert len(found) == page.count("```sql") > 0
    for one in found:
        header = answered(workspace, one["sql"]).splitlines()[0]
        assert header.strip("| ").split(" | ") == one["columns"].split(), one["sql"]
