"""What a commune's page shows of the registers, and what maps show: titles, columns and words for each query of `queries/registers` and `queries/maps`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jobs.publish.site import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from jobs.publish.site.read import Row

Words = tuple[str, str]
"""Vietnamese, English."""


class Column(NamedTuple):
    """A column of a register's table: the field of its row, its header, how a value is written, and whether it is a number."""

    field: str
    header: Words
    written: Callable[[object], str]
    is_number: bool = False


class Register(NamedTuple):
    """A register: its title and columns."""

    title: Words
    columns: tuple[Column, ...]

    def table(self, rows: Iterable[Row]) -> list[list[tuple[str, bool]]]:
        """The cells of its rows, each with whether it is a number."""
        return [[(column.written(row[column.field]), column.is_number) for column in self.columns] for row in rows]


class MapWords(NamedTuple):
    """A map: its title, the unit of its values as the legend names it, and how a value is written."""

    title: Words
    unit: Words
    written: Callable[[float], str]


def _text(value: object) -> str:
    return wording.NOTHING if value in (None, "") else str(value)


def _number(value: object) -> str:
    return wording.NOTHING if value is None else wording.trimmed(float(str(value)))


def _day(value: object) -> str:
    return wording.day(value)  # type: ignore[arg-type]  # rows of DuckDB


def _yes(value: object) -> str:
    return {True: "có", False: "không"}.get(value, wording.NOTHING)  # type: ignore[call-overload,no-any-return]


def _one_of(words: Mapping[str, str]) -> Callable[[object], str]:
    return lambda value: wording.NOTHING if value is None else words.get(str(value), str(value))


STANDARDS = {
    "ntm": "nông thôn mới",
    "advanced": "nông thôn mới nâng cao",
    "exemplary": "nông thôn mới kiểu mẫu",
    "modern": "nông thôn mới hiện đại",
    "completed": "hoàn thành",
}
_STATES = {"not_met": "chưa đạt", "expired": "hết hiệu lực", "withdrawn": "đã thu hồi", "never_assessed": "chưa đánh giá"}
_GROUPS = {
    "food": "thực phẩm",
    "beverage": "đồ uống",
    "herbal": "dược liệu",
    "handicraft": "thủ công mỹ nghệ",
    "ornamental": "sinh vật cảnh",
    "tourism": "du lịch",
}
_FIELDS = {
    "y_te": "y tế",
    "giao_duc": "giáo dục",
    "van_hoa": "văn hóa",
    "giam_sat_cong_dong": "giám sát cộng đồng",
    "an_ninh_trat_tu": "an ninh trật tự",
    "moi_truong": "môi trường",
}

REGISTERS = {
    "criteria": Register(
        ("Tiêu chí còn thiếu", "Criteria still lacking"),
        (
            Column("criterion", ("Tiêu chí", "Criterion"), _text),
            Column("name_vi", ("Tên", "Name"), _text),
            Column("criteria_standard", ("Chuẩn", "Standard"), _one_of(STANDARDS)),
            Column("threshold", ("Ngưỡng", "Threshold"), _text),
            Column("state", ("Tình trạng", "State"), _one_of(_STATES)),
            Column("assessed_on", ("Đánh giá ngày", "Assessed on"), _day),
        ),
    ),
    "villages": Register(
        ("Thôn đã đánh giá theo tiêu chí thôn thông minh", "Villages assessed as smart villages"),
        (
            Column("village_name", ("Thôn", "Village"), _text),
            Column("field", ("Lĩnh vực", "Field"), _one_of(_FIELDS)),
            Column("assessed_on", ("Đánh giá ngày", "Assessed on"), _day),
            Column("digital_team", ("Tổ công nghệ số cộng đồng", "Community digital team"), _yes),
            Column("recognised", ("Được công nhận", "Recognised"), _yes),
        ),
    ),
    "ocop": Register(
        ("Sản phẩm OCOP", "OCOP products"),
        (
            Column("product_name", ("Sản phẩm", "Product"), _text),
            Column("product_group", ("Nhóm", "Group"), _one_of(_GROUPS)),
            Column("stars", ("Hạng sao", "Stars"), _number, is_number=True),
            Column("recognised", ("Còn được công nhận", "Recognised"), _yes),
            Column("recognised_until", ("Đến ngày", "Until"), _day),
            Column("decision_number", ("Quyết định", "Decision"), _text),
        ),
    ),
    "growing_areas": Register(
        ("Vùng trồng", "Growing areas"),
        (
            Column("crop", ("Cây trồng", "Crop"), _text),
            Column("in_force", ("Mã đang sử dụng", "Codes in use"), _number, is_number=True),
            Column("in_force_ha", ("Diện tích, ha", "Area, ha"), _number, is_number=True),
            Column("paused", ("Tạm dừng", "Paused"), _number, is_number=True),
            Column("cancelled", ("Đã hủy", "Cancelled"), _number, is_number=True),
        ),
    ),
    "cooperatives": Register(
        ("Hợp tác xã", "Cooperatives"),
        (
            Column("name", ("Tên", "Name"), _text),
            Column("key_product", ("Nông sản chủ lực", "Key produce"), _text),
            Column("registered_on", ("Đăng ký ngày", "Registered on"), _day),
            Column("in_linkage", ("Tham gia liên kết tiêu thụ", "In a linkage to sell"), _yes),
        ),
    ),
    "chains": Register(
        ("Chuỗi cung ứng và sản phẩm", "Supply chains and products"),
        (
            Column("name", ("Tên", "Name"), _text),
            Column("kind", ("Loại", "Kind"), _one_of({"chain": "chuỗi", "product": "sản phẩm"})),
            Column("on_system", ("Trên hệ thống truy xuất nguồn gốc", "On the traceability system"), _yes),
            Column("on_traceability_system_since", ("Từ ngày", "Since"), _day),
        ),
    ),
    "tourism": Register(
        ("Điểm du lịch nông thôn", "Sites of rural tourism"),
        (
            Column("name", ("Tên", "Name"), _text),
            Column("kind", ("Loại hình", "Kind"), _text),
            Column("recognised_on", ("Công nhận ngày", "Recognised on"), _day),
            Column("ocop_stars", ("Hạng sao OCOP", "OCOP stars"), _number, is_number=True),
        ),
    ),
}
"""In the order of a page."""

MAPS = {
    "online": MapWords(
        ("Hồ sơ công việc xử lý trực tuyến của xã, từ đầu năm", "Communes' work records processed online, year to date"),
        ("%", "%"),
        lambda value: wording.percent(value / 100),
    ),
    "clean_water": MapWords(
        ("Hộ sử dụng nước sạch", "Households with clean water"), ("%", "%"), lambda value: wording.percent(value / 100)
    ),
    "growing_areas": MapWords(("Diện tích vùng trồng đang sử dụng", "Growing areas in use"), ("ha", "ha"), wording.trimmed),
    "chains": MapWords(
        ("Chuỗi và sản phẩm trên hệ thống truy xuất nguồn gốc", "Chains and products on the traceability system"),
        ("chuỗi, sản phẩm", "chains, products"),
        wording.whole,
    ),
    "ocop": MapWords(("Sản phẩm OCOP được công nhận", "Recognised OCOP products"), ("sản phẩm", "products"), wording.whole),
    "tourism": MapWords(("Điểm du lịch nông thôn", "Sites of rural tourism"), ("điểm", "sites"), wording.whole),
}
"""Agriculture and rural life first, then tourism with OCOP."""


def tables_of(registers: Mapping[str, Sequence[Row]]) -> list[tuple[str, Register, list[list[tuple[str, bool]]]]]:
    """The registers that a unit has something in, in the order of a page: name, register, cells."""
    return [(name, register, register.table(rows)) for name, register in REGISTERS.items() if (rows := registers.get(name))]
