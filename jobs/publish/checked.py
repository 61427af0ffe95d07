"""What was found in one file before it is sent, for a person: in English with the contract's names, or in Vietnamese with the sheet's headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.publish.officers_words import header_named, passed_over, sheet_title, told, told_of_file
from jobs.publish.site.wording import whole
from jobs.publish.terminal import say, say_table
from warehouse_schema.contracts import landed_contracts, load_contracts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobs.silver.check import FileCheck, SameKey
    from warehouse_schema.contracts import Contract

_SHOWN, _SHOWN_KEYS = 200, 20
_PLACES = {"row": "dòng", "line": "dòng", "column": "cột"}


def print_checked(name: str, found: FileCheck, *, in_vietnamese: bool = False) -> None:
    """The dataset, what would be accepted, each fault by its place, and which of several lines of one record would count."""
    (_print_in_vietnamese if in_vietnamese else _print_in_english)(name, found)


def _print_in_english(name: str, found: FileCheck) -> None:
    if found.failure is not None:
        say(f"{name}: cannot be read{f' as {found.dataset}' if found.dataset else ''}: {found.failure}")
        return
    say(f"{name}: {found.dataset}, {found.rows:,} rows: {found.rows - found.rejected:,} would be accepted, {found.rejected:,} rejected")
    rows = [(one.place, one.field, one.code, one.message) for one in found.faults[:_SHOWN]]
    _print_faults(
        ("place", "field", "reason", "message"), rows, f"and {len(found.faults) - _SHOWN:,} more" if len(found.faults) > _SHOWN else None
    )
    for one in found.same_keys[:_SHOWN_KEYS]:
        say(f"rows {_listed(one.lines, 'and')} have the same key ({', '.join(one.fields)}): {_which_holds(one)}")
    if len(found.same_keys) > _SHOWN_KEYS:
        say(f"and {len(found.same_keys) - _SHOWN_KEYS:,} keys more that stand in several rows")
    if found.passed_over:
        say(f"left aside: {found.passed_over}")
    for what in found.left_out:
        say(f"not looked at without a workspace: {what}")


def _which_holds(one: SameKey) -> str:
    return {
        "equal": "they say the same, and count once",
        "newer": f"row {one.holds} holds, with the later {one.version}",
        "withdrawn": f"row {one.holds} holds, which takes the record back in the same {one.version}",
        "conflict": f"they differ in the same {one.version}, so that nobody can say which is right: leave one, or give the right one a later {one.version}",
    }[one.verdict]


def _print_in_vietnamese(name: str, found: FileCheck) -> None:
    title = f"bảng {sheet_title(found.dataset)}" if found.dataset else None
    if found.failure is not None:
        failed = told_of_file(found.failure_code, found.failure, found.dataset)
        say(f"{name}: {f'không đọc được theo {title}. ' if title else ''}{failed.problem()}{failed.aside}")
        return
    contract = next(contract for contract in landed_contracts() if contract.landing == found.dataset)
    accepted, rejected = whole(found.rows - found.rejected), whole(found.rejected)
    say(f"{name}: {title}, {whole(found.rows)} dòng: {accepted} dòng sẽ được nhận, {rejected} dòng bị từ chối")
    more = f"và {whole(len(found.faults) - _SHOWN)} lỗi nữa" if len(found.faults) > _SHOWN else None
    _print_faults(("ô", "cột", "lỗi", "cần điền"), list(_faults_in_vietnamese(contract, found)), more)
    for one in found.same_keys[:_SHOWN_KEYS]:
        headers = ", ".join(f"«{header_named(contract, field)}»" for field in one.fields)
        say(f"các dòng {_listed(one.lines, 'và')} là một bản ghi (cùng {headers}): {_which_holds_in_vietnamese(contract, one)}")
    if len(found.same_keys) > _SHOWN_KEYS:
        say(f"và {whole(len(found.same_keys) - _SHOWN_KEYS)} bản ghi nữa có ở nhiều dòng")
    if found.passed_over:
        say(f"bỏ qua: {passed_over(found.passed_over, str(found.dataset))}")
    if contract.organisation:
        say("chỉ kho dữ liệu mới biết: cơ quan đã có trong danh mục hay chưa")
    for reference in contract.references:
        say(f"chỉ kho dữ liệu mới biết: dòng được nhắc tới đã có ở bảng «{load_contracts()[reference.table].title}» hay chưa")


def _faults_in_vietnamese(contract: Contract, found: FileCheck) -> Iterator[tuple[str, str | None, str, str]]:
    for one in found.faults[:_SHOWN]:
        place = " ".join(_PLACES.get(word, word) for word in one.place.split(" "))
        said = told(contract, one.code, one.field, one.message)
        yield place, one.header or header_named(contract, one.field), f"{said.problem()}{said.aside}", said.takes


def _which_holds_in_vietnamese(contract: Contract, one: SameKey) -> str:
    version = f"«{header_named(contract, one.version)}»"
    return {
        "equal": "nội dung giống nhau, chỉ tính một lần",
        "newer": f"dòng {one.holds} được dùng vì có {version} muộn hơn",
        "withdrawn": f"dòng {one.holds} được dùng: rút lại bản ghi, cùng {version}",
        "conflict": f"nội dung khác nhau mà cùng {version}, không biết dòng nào đúng: chỉ để lại một dòng, hoặc ghi {version} muộn hơn ở dòng đúng",
    }[one.verdict]


def _print_faults(header: tuple[str, ...], rows: Sequence[tuple[object, ...]], more: str | None) -> None:
    if rows:
        say()
        say_table(header, rows)
        if more:
            say(more)
        say()


def _listed(lines: Sequence[int], last: str) -> str:
    """Some lines in words: 3, 4 and 7."""
    return f"{', '.join(map(str, lines[:-1]))} {last} {lines[-1]}"
