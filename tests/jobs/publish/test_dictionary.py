"""The data dictionary: what is committed is what its sources give, and it is whole."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from expectations.row_rules import CATALOGUE
from jobs.errors import UsageError
from jobs.publish import dictionary
from jobs.publish.dictionary import (
    DICTIONARY,
    OBJECT_HELP,
    PROJECT_ROOT,
    ROW_HELP,
    differences,
    error_meanings,
    main,
    render,
    write,
)
from jobs.sample.fates import ErrorCode
from jobs.silver.references import reference_checks
from tests.support.links import broken_links
from warehouse_schema.contract_vocabulary import PARSERS, PropertyTerms, QualityTerms, TableTerms
from warehouse_schema.contracts import TABLES, Contract, all_tables, landed_contracts, load_contracts
from warehouse_schema.ddl import create_table
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.plan_registry import load_plans

RENDERED = render()
VOCABULARY = (PROJECT_ROOT / "warehouse_schema" / "README.md").read_text(encoding="utf-8")
CODE_CELL = re.compile(r"^\| `([a-z0-9_]+)` \|", re.MULTILINE)


def test_what_is_committed_is_what_is_rendered() -> None:
    assert differences(DICTIONARY) == [], "run: python -m jobs.publish.dictionary"


def test_rendering_is_the_same_each_time() -> None:
    assert render() == RENDERED


@pytest.mark.parametrize("name", RENDERED)
def test_a_page_says_that_it_is_generated_and_names_no_machine(name: str) -> None:
    text = RENDERED[name]
    head = "\n".join(text.splitlines()[:3])
    assert "Generated from " in head
    assert "python -m jobs.publish.dictionary" in head
    assert str(PROJECT_ROOT) not in text
    assert not re.search(r"(^|[\s(`'\"])/(home|root|tmp|work|usr|var|opt|Users)/", text)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("name", [name for name in RENDERED if name.endswith(".md")])
def test_links_lead_somewhere(name: str) -> None:
    assert broken_links(DICTIONARY / name, RENDERED[name]) == []


@pytest.mark.parametrize("name", [name for name in RENDERED if name.endswith(".md")])
def test_the_rows_of_a_table_have_as_many_cells_as_its_head(name: str) -> None:
    cells = None
    for line in RENDERED[name].splitlines():
        if not line.startswith("|"):
            cells = None
            continue
        count = len(re.findall(r"(?<!\\)\|", line))
        cells = cells or count
        assert count == cells, line


# Tables


@pytest.mark.parametrize("contract", all_tables(), ids=lambda contract: contract.name)
def test_every_table_is_in_the_index_and_has_its_columns_on_a_page(contract: Contract) -> None:
    link = re.search(rf"\[{contract.layer}\.{contract.table}\]\(([^)#]+)(#[a-z]+)?\)", RENDERED["README.md"])
    assert link is not None
    section = contract.layer.capitalize() if link.group(2) else "Columns"
    part = RENDERED[link.group(1)].split(f"## {section}\n")[1].split("\n## ")[0]
    assert {column.name for column in contract.stored} <= set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE))
    for column in contract.stored:
        assert f"| {column.label_vi} |" in part
        assert column.description.replace("|", r"\|") in part


def test_every_landed_field_is_told_with_what_the_border_does_to_it() -> None:
    dossier = RENDERED["silver.dossier.md"]
    assert re.search(r"^\| `ChuHoSo` \| `applicant_token` \| keyed token \| no \| becomes a keyed token \|$", dossier, re.MULTILINE)
    assert re.search(r"^\| `TrichYeuHoSo` \| not kept \| .* \| dropped \|$", dossier, re.MULTILINE)
    assert "`4` = full, `3` = partial, `2` = information" in dossier
    product = RENDERED["silver.ocop_product.md"]
    passes = "`cooperative`, `cooperative_group`, `doanh nghiệp`, `enterprise`, `htx`, `hợp tác xã`, `tổ hợp tác`"
    assert f"passes where `producer_type` is {passes}" in product
    for contract in load_contracts().values():
        page = RENDERED[f"{contract.layer}.{contract.table}.md"]
        for column in contract.landed:
            assert f"| `{column.source}`" in page


# Errors


def emitted_codes() -> set[str]:
    """The codes in the source: of objects and lines that cannot be read, of the border, of row rules and of references."""
    found = {check.code for contract in landed_contracts() for check in reference_checks(contract)}
    makers = {"ObjectUnreadableError": 0, "BrokenLine": 0, "ObjectFailure": 0, "check": 0, "Check": 0, "_rejected": 2}
    files = [*(PROJECT_ROOT / "jobs").rglob("*.py"), PROJECT_ROOT / "expectations" / "row_rules.py"]
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            position = makers.get(name)
            if position is not None and len(node.args) > position:
                found |= texts(node.args[position])
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "_UNREADABLE" for target in node.targets):
            found |= {text for pair in ast.walk(node) if isinstance(pair, ast.Tuple) for text in texts(pair.elts[0])}
    return found


def texts(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.JoinedStr) and ast.unparse(node) == "f'{level}_secrecy_level'":
        return {"missing_secrecy_level", "unknown_secrecy_level"}
    return set()


def test_every_code_that_the_code_can_emit_is_in_the_catalogue_of_errors() -> None:
    codes = emitted_codes()
    # The search of the source finds codes of every kind, so that it cannot pass by finding none.
    kinds = {"missing_value", "invalid_date", "unknown_organisation", "unknown_unit", "broken_line", "unknown_secrecy_level", "too_large"}
    assert kinds <= codes
    assert codes | set(ErrorCode) <= set(CODE_CELL.findall(RENDERED["errors.md"]))


def test_every_code_has_a_meaning_and_something_to_do() -> None:
    assert ROW_HELP.keys().isdisjoint(OBJECT_HELP)
    assert ROW_HELP.keys() | OBJECT_HELP.keys() == error_meanings().keys()
    assert CATALOGUE.items() <= error_meanings().items()


def test_every_code_is_emitted() -> None:
    assert error_meanings().keys() - emitted_codes() == set()


def test_every_named_rule_is_among_the_errors() -> None:
    page = RENDERED["errors.md"]
    rules = [
        (contract, rule)
        for contract in load_contracts().values()
        for rule in (*contract.row_rules, *contract.set_rules, *contract.across_rules)
    ]
    assert rules
    for contract, rule in rules:
        assert f"| `{rule.code}` | `{contract.layer}.{contract.table}` |" in page


def test_a_rule_of_a_contract_has_no_code_of_the_catalogue() -> None:
    named = {rule.code for contract in load_contracts().values() for rule in contract.row_rules}
    assert named.isdisjoint(error_meanings())


# Indicators and plans


def test_every_indicator_is_told_with_its_formula() -> None:
    page = RENDERED["indicators.md"]
    for indicator in load_catalogue().values():
        part = page.split(f"\n## {indicator.id}\n")[1].split("\n## ")[0]
        wordings = [indicator.numerator, *([indicator.denominator] if indicator.denominator else [])]
        assert all(text in part for wording in wordings for text in (wording.vi, wording.en))
        assert indicator.formula_label is None or indicator.formula_label.vi in part
        assert all(source in part for source in indicator.sources)
        assert all(f"parameter `{name}`" in part for name in indicator.parameters)
        assert all(f"breakdown `{breakdown.dimension}`" in part for breakdown in indicator.breakdowns)
        assert (f"indicators/{indicator.id}.sql" in part) == indicator.computed


def test_every_target_stands_under_the_words_of_its_plan() -> None:
    page = RENDERED["plans.md"]
    count = 0
    for plan in load_plans():
        part = page.split(f"\n## {plan.plan_id}\n")[1].split("\n## ")[0]
        for target in plan.targets:
            words = part.split(target.quote)[1].split("\n> ")[0]
            sign = {"gte": "≥", "gt": ">"}[target.operator]
            assert f"(indicators.md#{target.indicator}) | {target.level} | {sign} {target.value}" in words
            count += 1
    assert count == 75


# DDL


def columns_in_sql(contract: Contract) -> list[tuple[str, bool, str]]:
    create = sqlglot.parse(create_table(contract), read="spark")[0]
    assert isinstance(create, exp.Create)
    return [
        (
            column.name,
            any(isinstance(one.kind, exp.NotNullColumnConstraint) for one in column.constraints),
            next(one.kind.this.this for one in column.constraints if isinstance(one.kind, exp.CommentColumnConstraint)),
        )
        for column in create.this.expressions
    ]


@pytest.mark.parametrize("contract", all_tables(), ids=lambda contract: contract.name)
def test_a_table_in_sql_is_that_of_its_contract(contract: Contract) -> None:
    assert columns_in_sql(contract) == [(column.name, not column.nullable, column.description) for column in contract.stored]
    text = create_table(contract)
    assert text in RENDERED["ddl.sql"]
    assert text.count(" ADD CONSTRAINT ") == len(contract.checks)
    assert ("PARTITIONED BY" in text) == bool(contract.partition_by)


def test_types_and_constraints_in_sql() -> None:
    assert "`tables` MAP<STRING, BIGINT> NOT NULL" in RENDERED["ddl.sql"]
    assert "`errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT " in RENDERED["ddl.sql"]
    assert "ALTER TABLE `silver`.`ocop_product` ADD CONSTRAINT stars_1_to_5 CHECK (stars BETWEEN 1 AND 5);" in RENDERED["ddl.sql"]
    assert r"COMMENT '\'\' for the total, else one dimension: stars=4, group=food.'" in RENDERED["ddl.sql"]


# The vocabulary document


@pytest.mark.parametrize("word", sorted({*TableTerms.model_fields, *PropertyTerms.model_fields, *QualityTerms.model_fields, *PARSERS}))
def test_every_word_is_in_the_vocabulary(word: str) -> None:
    assert re.search(rf"^\| `{word}` \|", VOCABULARY, re.MULTILINE)


@pytest.mark.parametrize("fragment", sorted(TABLES.glob("*/_*.yaml")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_fragment_is_in_the_vocabulary(fragment: Path) -> None:
    assert f"`{fragment.parent.name}/{fragment.name}`" in VOCABULARY


# The command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(dictionary, "DICTIONARY", tmp_path / "dictionary")
    return tmp_path / "dictionary"


def test_writing_makes_the_folder_what_is_rendered(folder: Path) -> None:
    folder.mkdir()
    (folder / "silver.gone.md").write_text("of a table that is no more")
    (folder / "errors.md").write_text("edited")
    assert write(folder) == sorted({*RENDERED, "silver.gone.md"})
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == RENDERED
    assert write(folder) == []


@pytest.mark.slow
def test_check_names_what_differs_and_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder)
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == ""
    (folder / "errors.md").write_text("edited")
    (folder / "plans.md").unlink()
    (folder / "left.md").write_text("over")
    assert main(["--check"]) == 1
    told = capsys.readouterr()
    assert told.out.splitlines() == [f"differs: docs/dictionary/{name}" for name in ("errors.md", "left.md", "plans.md")]
    assert "python -m jobs.publish.dictionary" in told.err
    assert (folder / "errors.md").read_text() == "edited"


@pytest.mark.slow
def test_the_command_writes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "written: docs/dictionary/ddl.sql" in capsys.readouterr().out
    assert differences(folder) == []


def test_a_wrong_source_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(path: Path) -> None:
        raise UsageError(f"{path.name}:1: wrong")

    monkeypatch.setattr(dictionary, "validate_standard", refuse)
    assert main(["--check"]) == 2
    assert capsys.readouterr().err == "_technical.yaml:1: wrong\n"
