"""Reference tables follow their files: a change writes that table again, revalidates nothing, and is released."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.ops import releases
from warehouse_schema.reference_tables import ReferenceFileError

if TYPE_CHECKING:
    from tests.support.definitions import Definitions
    from tests.support.workspace import Workspace

pytestmark = [pytest.mark.default_engine, pytest.mark.slow]

TABLES = ("code_list", "criteria_set", "criterion", "criterion_threshold", "organisation_level1")


def test_a_corrected_code_writes_its_table_and_revalidates_nothing(workspace: Workspace, definitions: Definitions) -> None:
    workspace.load()
    before = releases.last_release(workspace.warehouse)
    assert before is not None
    assert {f"reference/{table}" for table in TABLES} <= before.definitions.keys()
    assert not workspace.load()[0].changed

    definitions.replace("reference/code_list.csv", "Bưu chính công ích", "Bưu chính")
    summary, gold = workspace.load()

    assert (summary.changed, summary.redefined, gold.redefined) == (True, {}, {})
    after = releases.last_release(workspace.warehouse)
    assert after is not None
    assert {name for name, version in after.tables.items() if before.tables[name] != version and not name.startswith("ops/")} == {
        "silver/code_list"
    }
    posts = [row["label_vi"] for row in workspace.rows("silver/code_list") if (row["list"], row["code"]) == ("dossier.channel", "post")]
    assert posts == ["Bưu chính"]
    assert workspace.load() == (summary.__class__(), gold.__class__(as_of=gold.as_of)), "nothing is left to do"


def test_a_file_and_a_contract_add_a_table_and_a_column_that_goes_takes_nothing_along(
    workspace: Workspace, definitions: Definitions
) -> None:
    contract = (definitions.root / "tables/silver/organisation_level1.yaml").read_text(encoding="utf-8")
    made_up = contract.replace("organisation_level1", "ministry").replace("ntm.silver.organisation_level1", "ntm.silver.ministry")
    definitions.write("tables/silver/ministry.yaml", made_up)
    listed = (definitions.root / "reference/organisation_level1.csv").read_text(encoding="utf-8").splitlines()
    definitions.write("reference/ministry.csv", "\n".join([listed[0], *(line for line in listed if ",ministry," in line)]))
    workspace.load()
    assert len(workspace.rows("silver/ministry")) == 25

    seen_on = made_up[made_up.index("      - name: seen_on") : made_up.index("      - name: legal_source")]
    definitions.write("tables/silver/ministry.yaml", made_up.replace(seen_on, ""))
    definitions.write(
        "reference/ministry.csv", "code,kind,name_vi,province_code,legal_source,mark,source\nG22,ministry,Văn phòng,,,seen,x\n"
    )
    workspace.load()
    (row,) = workspace.rows("silver/ministry")
    assert row == {
        "code": "G22",
        "kind": "ministry",
        "name_vi": "Văn phòng",
        "province_code": None,
        "legal_source": None,
        "mark": "seen",
        "source": "x",
    }


def test_a_row_that_breaks_a_constraint_is_refused_by_its_line(workspace: Workspace, definitions: Definitions) -> None:
    definitions.replace("reference/criterion.csv", "Quy hoạch,,,seen", "Quy hoạch,,,sen")
    with pytest.raises(ReferenceFileError, match=r"criterion\.csv:2: known_mark: expected mark IN \('seen', "):
        workspace.load()
