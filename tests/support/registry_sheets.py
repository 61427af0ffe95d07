"""A small sheet of each kind in the registry, as an officer writes it: headers in Vietnamese, one row that is right and one that is not."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.landing.formats.sheet import columns_of
from warehouse_schema.names import folded

if TYPE_CHECKING:
    from warehouse_schema.contracts import Contract

COMMUNE = {"unit_code": "17386", "unit_valid_from": dt.date(2021, 1, 1), "province_code": "40"}
DISTRICT = {**COMMUNE, "unit_code": "424"}
PROVINCE = {**COMMUNE, "unit_code": "40"}


@dataclass(frozen=True, slots=True)
class RegistrySheet:
    """A sheet of two rows.

    Attributes:
        table: the silver table that it feeds.
        text: the CSV, separated by semicolons as a Vietnamese Excel saves it.
        stored: columns of the first row in silver.
        rejected: code and field of the error of the second row.
    """

    table: str
    text: str
    stored: dict[str, Any]
    rejected: tuple[str, str]

    def right(self, contract: Contract) -> dict[str, str]:
        """The first row by the fields of the contract, all of which it has."""
        by_header = columns_of(contract).by_header
        header, right, _ = csv.reader(io.StringIO(self.text), delimiter=";")
        told = {by_header.get(folded(name)): value for name, value in zip(header, right, strict=True)}
        return {str(column.source): told.get(str(column.source), "") for column in contract.landed}


REGISTRY_SHEETS = {
    "commune_status": RegistrySheet(
        "commune_status",
        "Mã xã;Trạng thái;Có hiệu lực từ;Có hiệu lực đến;Số quyết định;Quyết định thu hồi;Cập nhật lúc\n"
        "17386;Nông thôn mới nâng cao;31/12/2023;;12/QĐ-UBND;;10/01/2025 08:00\n"
        "17386;Rất nâng cao;01/01/2024;;13/QĐ-UBND;;10/01/2025 08:00\n",
        {**COMMUNE, "status": "advanced", "valid_from": dt.date(2023, 12, 31), "valid_to": None, "decision_number": "12/QĐ-UBND"},
        ("invalid_value", "status"),
    ),
    "district_status": RegistrySheet(
        "district_status",
        "Mã huyện;Trạng thái;Từ ngày;Đến ngày;Quyết định công nhận;Cập nhật lúc\n"
        "424;Hoàn thành nhiệm vụ;1/2/2024;;14/QĐ-TTg;10/01/2025\n"
        "999;NTM;1/2/2024;;15/QĐ-TTg;10/01/2025\n",
        {**DISTRICT, "status": "completed", "valid_from": dt.date(2024, 2, 1), "district_code": "424"},
        ("unknown_unit", "district_code"),
    ),
    "commune_classification": RegistrySheet(
        "commune_classification",
        "Mã xã;Cách phân loại;Loại;Từ ngày;Đến ngày;Cập nhật lúc\n"
        "17386;Khu vực I, II, III;III;04/06/2021;31/12/2025;10/01/2025\n"
        "17386;Miền núi;1;04/06/2021;03/06/2021;10/01/2025\n",
        {**COMMUNE, "scheme": "area_i_ii_iii", "class": "III", "valid_to": dt.date(2025, 12, 31)},
        ("ends_before_it_starts", "valid_to"),
    ),
    "criterion_assessments": RegistrySheet(
        "criterion_assessment",
        "Mã đơn vị;Tiêu chí;Mức chuẩn;Kết quả;Ngày đánh giá;Có hiệu lực đến;Số quyết định;Cập nhật lúc;Đã xóa\n"
        "17386;8.4;Nâng cao;Không đạt;15/10/2024;;20/QĐ-UBND;10/01/2025;không\n"
        "17386;8,4;Nâng cao;Đạt;15/10/2024;;21/QĐ-UBND;10/01/2025;\n",
        {
            **COMMUNE,
            "criterion": "8.4",
            "standard": "advanced",
            "result": "not_met",
            "assessed_on": dt.date(2024, 10, 15),
            "withdrawn": False,
        },
        ("invalid_pattern", "criterion"),
    ),
    "recognition_cases": RegistrySheet(
        "recognition_case",
        "Mã đơn vị;Mức chuẩn;Bước;Ngày thực hiện;Số văn bản;Cập nhật lúc\n"
        "40;Hoàn thành nhiệm vụ xây dựng nông thôn mới;Thẩm tra;02/12/2024;;10/01/2025\n"
        "40;Kiểu mẫu;Đang chờ;02/12/2024;;10/01/2025\n",
        {**PROVINCE, "standard": "completed", "stage": "appraised", "stage_on": dt.date(2024, 12, 2), "decision_number": None},
        ("invalid_value", "stage"),
    ),
    "officials_training": RegistrySheet(
        "official_training",
        "STT;Mã cán bộ;Mã đơn vị;Cấp;Chức vụ;Giữ chức từ ngày;Giữ chức đến ngày;Khóa tập huấn;Ngày tập huấn;Cập nhật lúc\n"
        "1;CB-001;17386;Xã;Phó Chủ tịch;01/07/2021;;Chuyển đổi số;20/11/2024;10/01/2025\n"
        "2;CB-002;17386;Cấp huyện;Công chức;01/07/2021;;Chuyển đổi số;;10/01/2025\n",
        {**COMMUNE, "level": "commune", "role": "Phó Chủ tịch", "course": "Chuyển đổi số", "trained_on": dt.date(2024, 11, 20)},
        ("level_does_not_fit_code", "unit_code"),
    ),
    "cooperatives": RegistrySheet(
        "cooperative",
        "STT;Mã số HTX;Tên HTX (đầy đủ);Mã xã;Xã/Phường;Ngày thành lập;Ngày giải thể;Nông sản chủ lực;Liên kết từ ngày;Liên kết đến ngày;"
        "Người đại diện;Giám đốc;Giới tính;Dân tộc;Số điện thoại;Vĩ độ;Kinh độ;Cập nhật lúc;Ghi chú\n"
        "1;2900000001;Hợp tác xã Chè Mẫu;17386;Xã Mẫu;15/03/2019;;Chè;01/01/2023;;"
        "Nguyễn Văn Thử;Nguyễn Văn Thử;Nam;Thái;0900000001;18,97;105,06;10/01/2025;\n"
        "2;2900000002;Hợp tác xã Cam Mẫu;17386;Xã Mẫu;15/03/2019;14/03/2019;Cam;;;Trần Thị Mẫu;;Nữ;Kinh;0900000002;;;10/01/2025;\n",
        {**COMMUNE, "cooperative_id": "2900000001", "key_product": "Chè", "linkage_from": dt.date(2023, 1, 1), "latitude": 18.97},
        ("dissolved_before_registered", "dissolved_on"),
    ),
    "linkage_models": RegistrySheet(
        "linkage_model",
        "Mã mô hình;Tên mô hình;Mã đơn vị;Cấp;Nông sản chủ lực;Gắn với vùng nguyên liệu;Ứng dụng công nghệ số từ;Ngày bắt đầu;Ngày kết thúc;"
        "Cập nhật lúc\n"
        "MH1;Liên kết chè;424;Huyện;Chè;x;01/06/2023;01/01/2022;;10/01/2025\n"
        "MH2;Liên kết cam;424;Tỉnh;Cam;;;01/01/2022;;10/01/2025\n",
        {**DISTRICT, "level": "district", "in_raw_material_zone": True, "digital_since": dt.date(2023, 6, 1), "ended_on": None},
        ("invalid_value", "level"),
    ),
    "essential_services": RegistrySheet(
        "essential_service",
        "Mã đơn vị;Cấp;Dịch vụ;Trực tuyến từ ngày;Trực tuyến đến ngày;Cập nhật lúc\n"
        "17386;xã;Văn hoá;01/03/2024;;10/01/2025\n"
        "17386;xã;Giao thông;01/03/2024;;10/01/2025\n",
        {**COMMUNE, "level": "commune", "service": "culture", "online_since": dt.date(2024, 3, 1)},
        ("invalid_value", "service"),
    ),
    "satisfaction_surveys": RegistrySheet(
        "satisfaction_survey",
        "Mã đơn vị;Mã khảo sát;Nội dung;Hình thức;Ngày mở;Ngày đóng;Số phiếu trả lời;Số phiếu hài lòng;Cập nhật lúc\n"
        "17386;KS1;Kết quả xây dựng NTM;Trực tuyến;01/11/2024;01/12/2024;1.250;1.200;10/01/2025\n"
        "17386;KS2;Dịch vụ công;Phiếu giấy;01/11/2024;01/12/2024;100;101;10/01/2025\n",
        {**COMMUNE, "subject": "ntm_results", "channel": "online", "responses": 1250, "satisfied": 1200},
        ("more_satisfied_than_responses", "satisfied"),
    ),
    "villages": RegistrySheet(
        "village",
        "Mã thôn;Mã xã;Tên thôn;Số hộ;Số nhân khẩu;Quyết định thành lập tổ công nghệ số;Tổ hoạt động từ ngày;Tổ hoạt động đến ngày;Trưởng thôn;"
        "Điện thoại trưởng thôn;Cập nhật lúc\n"
        "T1;17386;Thôn Một;120;480;5/QĐ-UBND;01/09/2022;;Lê Văn Mẫu;0900000003;10/01/2025\n"
        "T2;00000;Thôn Hai;90;350;;;;;;10/01/2025\n",
        {**COMMUNE, "village_id": "T1", "households": 120, "residents": 480, "team_active_from": dt.date(2022, 9, 1)},
        ("unknown_unit", "commune_code"),
    ),
    "smart_village_assessments": RegistrySheet(
        "smart_village_assessment",
        'Mã thôn;Bộ tiêu chí;Ngày đánh giá;Lĩnh vực;Có tổ công nghệ số;Truy xuất nguồn gốc;Số hộ có Internet cáp quang;"Số tin, bài trong tháng";'
        "Quyết định công nhận;Công nhận từ ngày;Công nhận đến ngày;Cập nhật lúc\n"
        "T1;BTC-1;05/12/2024;Du lịch;có;chưa;120;2;30/QĐ-UBND;10/12/2024;;10/01/2025\n"
        "T1;BTC-1;06/12/2024;Du lịch;có;;121;;;;;10/01/2025\n",
        {**COMMUNE, "households": 120, "digital_team": True, "traceability": False, "ecommerce": None, "fibre_households": 120},
        ("more_fibre_than_households", "fibre_households"),
    ),
    "smart_communes": RegistrySheet(
        "smart_commune",
        "Mã xã;Mô hình;Lĩnh vực;Ngày lựa chọn;Ngày công nhận;Số quyết định;Cập nhật lúc\n"
        "17386;Thương mại điện tử;Nông sản;01/04/2023;;8/QĐ-UBND;10/01/2025\n"
        "17386;Thông minh;;01/04/2023;;9/QĐ-UBND;10/01/2025\n",
        {**COMMUNE, "kind": "ecommerce", "field": "Nông sản", "selected_on": dt.date(2023, 4, 1), "recognised_on": None},
        ("missing_value", "field"),
    ),
    "data_standardisation_pilots": RegistrySheet(
        "data_standardisation_pilot",
        "Mã huyện;Ngày lựa chọn;Ngày nghiệm thu;Số quyết định;Cập nhật lúc\n"
        "424;01/04/2023;01/12/2024;11/QĐ-UBND;10/01/2025\n"
        "424;;01/12/2024;11/QĐ-UBND;10/01/2025\n",
        {**DISTRICT, "selected_on": dt.date(2023, 4, 1), "accepted_on": dt.date(2024, 12, 1)},
        ("missing_value", "selected_on"),
    ),
    "supply_chains": RegistrySheet(
        "supply_chain",
        "Mã chuỗi;Tên chuỗi;Loại;Mã xã;Tham gia hệ thống truy xuất từ;Ngày rời hệ thống;Cập nhật lúc\n"
        "C1;Chuỗi chè;Chuỗi;17386;01/05/2022;;10/01/2025\n"
        "C2;Cam Mẫu;Sản phẩm;17386;01/05/2022;30/04/2022;10/01/2025\n",
        {**COMMUNE, "kind": "chain", "on_traceability_system_since": dt.date(2022, 5, 1), "left_on": None},
        ("left_before_joined", "left_on"),
    ),
    "growing_areas": RegistrySheet(
        "growing_area",
        "STT;MSVT;Tên vùng trồng;Mã xã;Loại cây trồng;Diện tích (ha);Ngày cấp;Trạng thái;Đại diện;Mã số DN/CCCD;Điện thoại;Email;"
        "Danh sách các hộ nông dân;Thị trường xuất khẩu;Cập nhật lúc\n"
        "1;VN-NAOR-0001;Vùng chè;17386;Chè;12,5;01/08/2023;Đang sử dụng;Nguyễn Văn Thử;099000000001;0900000004;a@example.vn;Hộ A, Hộ B;EU;10/01/2025\n"
        "2;VN-NAOR-0002;Vùng cam;17386;Cam;8;01/08/2023;Hết hạn;Trần Thị Mẫu;099000000002;0900000005;;Hộ C;;10/01/2025\n",
        {**COMMUNE, "growing_area_code": "VN-NAOR-0001", "area_ha": 12.5, "status": "in_use", "issued_on": dt.date(2023, 8, 1)},
        ("invalid_value", "status"),
    ),
    "raw_material_areas": RegistrySheet(
        "raw_material_area",
        "Mã vùng nguyên liệu;Mã xã;Sản phẩm;Diện tích;Ngày đăng ký;Cập nhật lúc\n"
        "V1;17386;Chè;1.250,5;01/08/2023;10/01/2025\n"
        "V2;17386;Cam;-1;01/08/2023;10/01/2025\n",
        {**COMMUNE, "product": "Chè", "area_ha": 1250.5, "registered_on": dt.date(2023, 8, 1)},
        ("out_of_range", "area_ha"),
    ),
    "environment_measurements": RegistrySheet(
        "environment_measurement",
        "Mã trạm;Mã xã;Thông số;Thời điểm đo;Giá trị;Đơn vị đo;Giá trị giới hạn;Cập nhật lúc\n"
        "TR1;17386;PM2.5;09/01/2025 07:30;48,2;µg/m³;50;10/01/2025\n"
        "TR1;17386;PM2.5;09/01/2025 08:30;cao;µg/m³;50;10/01/2025\n",
        {**COMMUNE, "parameter": "PM2.5", "measured_at": dt.datetime(2025, 1, 9, 0, 30, tzinfo=dt.UTC), "value": 48.2, "unit": "µg/m³"},
        ("invalid_number", "value"),
    ),
    "waste_sources": RegistrySheet(
        "waste_source",
        "Mã nguồn thải;Mã xã;Loại nguồn thải;Chất thải;Ngày đăng ký;Ngày đóng;Đã xử lý;Cập nhật lúc\n"
        "N1;17386;Chăn nuôi;Nước thải;01/02/2023;;có;10/01/2025\n"
        "N2;17386;Chăn nuôi;Nước thải;01/02/2023;;một phần;10/01/2025\n",
        {**COMMUNE, "kind": "Chăn nuôi", "treated": True, "closed_on": None},
        ("invalid_boolean", "treated"),
    ),
    "clean_water": RegistrySheet(
        "clean_water",
        "Mã xã;Ngày thống kê;Số hộ;Số hộ có nước sạch;Cập nhật lúc\n"
        "17386;31/12/2024;1.000;1.001;10/01/2025\n"
        "17386;31/12/2023;1.000;-1;10/01/2025\n",
        {**COMMUNE, "measured_on": dt.date(2024, 12, 31), "households": 1000, "households_with_clean_water": 1001},
        ("out_of_range", "households_with_clean_water"),
    ),
    "tourism_sites": RegistrySheet(
        "tourism_site",
        "Mã điểm du lịch;Tên điểm du lịch;Mã xã;Loại hình;Mã sản phẩm OCOP;Ngày công nhận;Cập nhật lúc\n"
        "D1;Thác Mẫu;17386;Sinh thái;;01/06/2024;10/01/2025\n"
        "D2;Bản Mẫu;99999;Cộng đồng;;01/06/2024;10/01/2025\n",
        {**COMMUNE, "site_id": "D1", "kind": "Sinh thái", "ocop_product_code": None, "recognised_on": dt.date(2024, 6, 1)},
        ("unknown_unit", "commune_code"),
    ),
    "technologies": RegistrySheet(
        "technology",
        "Mã công nghệ;Tên công nghệ;Lĩnh vực;Đơn vị cung cấp;Mã xã;Ngày ứng dụng;Cập nhật lúc\n"
        "CN1;Tưới nhỏ giọt;Trồng trọt;Công ty Mẫu;17386;45444;10/01/2025\n"
        "CN2;Tưới nhỏ giọt;Trồng trọt;Công ty Mẫu;17386;31/06/2024;10/01/2025\n",
        {**COMMUNE, "technology_id": "CN1", "provider": "Công ty Mẫu", "applied_on": dt.date(2024, 6, 1)},
        ("invalid_date", "applied_on"),
    ),
    "paper_documents": RegistrySheet(
        "paper_document",
        "Mã định danh;Tháng;Số văn bản giấy đã gửi;Cập nhật lúc\nH41.2.3;12/2024;35;10/01/2025\nH41.99;12/2024;12;10/01/2025\n",
        {"organ_id": "H41.2.3", "month": dt.date(2024, 12, 1), "sent_count": 35, "unit_code": "17386", "province_code": "40"},
        ("unknown_organisation", "organ_id"),
    ),
}
"""By the name of the sheet."""
