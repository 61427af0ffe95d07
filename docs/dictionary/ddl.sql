-- Generated from warehouse_schema/tables; do not edit. Change a contract, then run: python -m jobs.publish.dictionary
-- Spark's SQL. For reading and for tools: the pipeline makes its tables from the same contracts (jobs/engine/tables.py), and adds
-- retention, which is a setting, and the columns with statistics.

-- gold.flag: Mâu thuẫn giữa các bản ghi
CREATE TABLE `gold`.`flag` (
  `flag` STRING NOT NULL COMMENT 'Flag (warehouse_schema/flags).',
  `unit_code` STRING NOT NULL COMMENT 'Unit that the records are of, as they name it.',
  `unit_valid_from` DATE NOT NULL COMMENT 'First day of that unit\'s identity.',
  `unit_level` STRING NOT NULL COMMENT 'Level of that unit.',
  `district_code` STRING COMMENT 'District in which the unit counts on the release\'s day; empty where there is none.',
  `district_valid_from` DATE COMMENT 'First day of that district\'s identity.',
  `province_code` STRING NOT NULL COMMENT 'Province in which the unit counts on the release\'s day.',
  `province_valid_from` DATE NOT NULL COMMENT 'First day of that province\'s identity.',
  `day` DATE NOT NULL COMMENT 'Day from which the records contradict each other, such as that of the decision or of the measurement.',
  `subject` STRING NOT NULL COMMENT 'What of the unit it is about, such as a product and its decision, a village or a standard; \'\' the unit itself.',
  `reason` STRING NOT NULL COMMENT 'One of the flag\'s reasons (warehouse_schema/flags).',
  `detail` STRING NOT NULL COMMENT 'The values that contradict each other, as name=value.',
  `rows_behind` ARRAY<STRUCT<`table_name`: STRING NOT NULL COMMENT 'Table of the row.', `record_key`: STRING NOT NULL COMMENT 'Its key in that table, the parts apart by spaces.', `object_id`: STRING NOT NULL COMMENT 'Landed object that the row came from.', `line`: BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.'>> NOT NULL COMMENT 'The rows that contradict each other; none where what contradicts is that there is no row.',
  `run_id` STRING NOT NULL COMMENT 'Run that found the contradiction.'
)
USING DELTA
COMMENT 'Contradictions between records, as of the day of the release. A flag changes no figure; what it means is in warehouse_schema/flags.';

-- gold.indicator_value: Giá trị chỉ tiêu
CREATE TABLE `gold`.`indicator_value` (
  `indicator` STRING NOT NULL COMMENT 'Indicator (warehouse_schema/indicators).',
  `breakdown` STRING NOT NULL COMMENT '\'\' for the total, else one dimension: stars=4, group=food.',
  `level` STRING NOT NULL COMMENT 'Level of the agency or population: province, district, commune, village, mixed or all.',
  `unit_code` STRING NOT NULL COMMENT 'Unit that the figures are summed to.',
  `unit_valid_from` DATE NOT NULL COMMENT 'First day of that unit\'s identity.',
  `unit_level` STRING NOT NULL COMMENT 'Level of that unit.',
  `province_code` STRING NOT NULL COMMENT 'Province of the unit.',
  `period_type` STRING NOT NULL COMMENT 'month, quarter, half_year, year, year_to_date or as_of.',
  `period_start` DATE NOT NULL COMMENT 'First day of the period.',
  `period_end` DATE NOT NULL COMMENT 'Last day of the period.',
  `numerator` BIGINT NOT NULL COMMENT 'Numerator, or the count.',
  `denominator` BIGINT COMMENT 'Denominator; empty for a count.',
  `value` DOUBLE COMMENT 'Share from 0 to 1, or the count; empty where the denominator is 0.',
  `unit` STRING NOT NULL COMMENT 'ratio or count.',
  `formula` STRING COMMENT 'Name and version of the formula, where an indicator of the same records has another one beside it; empty where there is one only. Values of different formulas make no trend.',
  `run_id` STRING NOT NULL COMMENT 'Run that computed the row.',
  `computed_at` TIMESTAMP NOT NULL COMMENT 'When the row was computed.'
)
USING DELTA
COMMENT 'Every indicator for every unit, its district and its province, for every period. Ratios are never averaged: numerators and denominators are summed and divided once.';
ALTER TABLE `gold`.`indicator_value` ADD CONSTRAINT share_from_0_to_1 CHECK (unit <> 'ratio' OR value IS NULL OR (value >= 0 AND value <= 1));
ALTER TABLE `gold`.`indicator_value` ADD CONSTRAINT not_negative CHECK (numerator >= 0);

-- gold.target_status: Tình hình thực hiện mục tiêu
CREATE TABLE `gold`.`target_status` (
  `plan_id` STRING NOT NULL COMMENT 'Plan (warehouse_schema/plans).',
  `indicator` STRING NOT NULL COMMENT 'Indicator.',
  `level` STRING NOT NULL COMMENT 'Level of the target.',
  `as_of` DATE NOT NULL COMMENT 'Day that the status is as of.',
  `province_code` STRING NOT NULL COMMENT 'Province of the plan.',
  `judged_on` DATE NOT NULL COMMENT 'Earliest of as_of, due and the last day of the population.',
  `period_type` STRING NOT NULL COMMENT 'Period that is judged.',
  `period_start` DATE COMMENT 'First day of that period.',
  `period_end` DATE COMMENT 'Last day of that period.',
  `op` STRING NOT NULL COMMENT 'gte or gt.',
  `target_value` DOUBLE NOT NULL COMMENT 'Target: percent, count, or the numerator of a fraction.',
  `target_unit` STRING NOT NULL COMMENT 'percent, count or fraction.',
  `target_of` BIGINT COMMENT 'Denominator of a fraction.',
  `binding` STRING NOT NULL COMMENT 'binding, striven (phấn đấu) or encouraged (khuyến khích).',
  `numerator` BIGINT COMMENT 'Numerator, or the count.',
  `denominator` BIGINT COMMENT 'Denominator; empty for a count.',
  `value` DOUBLE COMMENT 'Share from 0 to 1, or the count.',
  `met` BOOLEAN COMMENT 'Whether the target is met; empty when it cannot be judged.',
  `reason` STRING NOT NULL COMMENT '\'\' or why it is as it is: nothing_to_measure, not_reported, partly_not_reported, units_changed, paper_files_unknown, paper_documents_unknown.',
  `gap` DOUBLE COMMENT 'Value less target, in percentage points or units; negative is short.',
  `due` DATE NOT NULL COMMENT 'When the target is due.',
  `run_id` STRING NOT NULL COMMENT 'Run that computed the row.'
)
USING DELTA
COMMENT 'The targets of the provincial plans against what was reached, as of a day.';

-- ops.checkpoint: Điểm kiểm soát
CREATE TABLE `ops`.`checkpoint` (
  `sequence` BIGINT NOT NULL COMMENT 'Number of the release, from 1.',
  `run_id` STRING NOT NULL COMMENT 'Run that made it.',
  `created_at` TIMESTAMP NOT NULL COMMENT 'When it was made.',
  `as_of` DATE COMMENT 'Day that it is as of.',
  `state` STRING NOT NULL COMMENT 'released; withdrawn: held a record that must not be read; purged: its own files are deleted too.',
  `tables` MAP<STRING, BIGINT> NOT NULL COMMENT 'Version of each table that belongs together.',
  `reference` STRING NOT NULL COMMENT 'Fingerprint of the reference data of units.',
  `definitions` MAP<STRING, STRING> COMMENT 'Fingerprint of each definition that the tables were made by, by its name (indicator/<id>, plan/<id>, contract/<table>).'
)
USING DELTA
COMMENT 'The end of a finished standardise that no release has published yet; where a killed run is rolled back to.';

-- ops.load: Sổ nạp dữ liệu
CREATE TABLE `ops`.`load` (
  `path` STRING NOT NULL COMMENT 'Where the object lies, relative to the landing zone.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of its bytes.',
  `dataset` STRING NOT NULL COMMENT 'Source and dataset.',
  `table` STRING NOT NULL COMMENT 'Silver table that it feeds.',
  `size` BIGINT NOT NULL COMMENT 'Bytes as stored.',
  `storage_version` STRING NOT NULL COMMENT 'What the storage says of the bytes (modification time, ETag).',
  `state` STRING NOT NULL COMMENT 'loaded, failed, duplicate, held, approved, discarded, replay or settled (could not be read; gone or mended since).',
  `failure` STRING COMMENT 'Error code of an object that cannot be read whole.',
  `message` STRING COMMENT 'What was expected of an object that cannot be read, or what of one that can is neither a record nor a rejected line.',
  `rows_read` BIGINT NOT NULL COMMENT 'Lines read.',
  `rows_accepted` BIGINT NOT NULL COMMENT 'Valid rows, newest or not.',
  `rows_rejected` BIGINT NOT NULL COMMENT 'Rows with an error.',
  `rows_duplicate` BIGINT NOT NULL COMMENT 'Rows equal to an accepted one.',
  `rows_withheld` BIGINT NOT NULL COMMENT 'State secrets and erased records.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that loaded or refused it.',
  `unknown_fields` ARRAY<STRING> COMMENT 'Names of the fields of its records that the contract did not know and that did not pass; read again when the contract takes one of them in.'
)
USING DELTA
COMMENT 'The ledger: what was read of each landed object and what became of it. read = accepted + rejected + duplicate + withheld, always.';

-- ops.release: Bản phát hành
CREATE TABLE `ops`.`release` (
  `sequence` BIGINT NOT NULL COMMENT 'Number of the release, from 1.',
  `run_id` STRING NOT NULL COMMENT 'Run that made it.',
  `created_at` TIMESTAMP NOT NULL COMMENT 'When it was made.',
  `as_of` DATE COMMENT 'Day that it is as of.',
  `state` STRING NOT NULL COMMENT 'released; withdrawn: held a record that must not be read; purged: its own files are deleted too.',
  `tables` MAP<STRING, BIGINT> NOT NULL COMMENT 'Version of each table that belongs together.',
  `reference` STRING NOT NULL COMMENT 'Fingerprint of the reference data of units.',
  `definitions` MAP<STRING, STRING> COMMENT 'Fingerprint of each definition that the tables were made by, by its name (indicator/<id>, plan/<id>, contract/<table>).',
  `approved` STRING COMMENT 'Which published figures changed definitions moved with a person\'s approval, where the run would have waited without it; empty, no approval was needed.',
  `approved_by` STRING COMMENT 'Who approved it, by the name of the user of Airflow who triggered the run, else of the machine; empty too in releases from before it was noted.'
)
USING DELTA
COMMENT 'Which version of each table belongs together; the only commit point for readers.';

-- ops.token_key: Khóa của mã thay thế
CREATE TABLE `ops`.`token_key` (
  `fingerprint` STRING NOT NULL COMMENT 'HMAC-SHA256 of a fixed text under the key, 32 hex digits.',
  `written_at` TIMESTAMP NOT NULL COMMENT 'When the key was first used here.',
  `run_id` STRING NOT NULL COMMENT 'Run that used it first.'
)
USING DELTA
COMMENT 'Which key the tokens and key hashes of the warehouse are made with: its fingerprint, from which the key cannot be found.';

-- ops.tombstone: Bia mộ
CREATE TABLE `ops`.`tombstone` (
  `dataset` STRING NOT NULL COMMENT 'Source and dataset.',
  `key_hash` STRING NOT NULL COMMENT 'Keyed hash of the record\'s key.',
  `version` TIMESTAMP NOT NULL COMMENT 'Newest version that must not enter; older ones must not either.',
  `reason` STRING NOT NULL COMMENT 'secret or erased.',
  `held_since` TIMESTAMP COMMENT 'When the earliest version that was taken out of the tables had been received; empty when none was there.',
  `written_at` TIMESTAMP NOT NULL COMMENT 'When the tombstone was written: releases made between held_since and this day held the record.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote it.'
)
USING DELTA
COMMENT 'Versions of records that must not enter: state secrets and erasures. Applied at the border to every load.';

-- ops.touched: Kỳ cần tính lại
CREATE TABLE `ops`.`touched` (
  `table` STRING NOT NULL COMMENT 'Silver table.',
  `column` STRING NOT NULL COMMENT 'Its date column.',
  `month` DATE NOT NULL COMMENT 'First day of the month.',
  `run_id` STRING NOT NULL COMMENT 'Run that touched it.'
)
USING DELTA
COMMENT 'Months in which rows lie or lay that changed since the last release, by the date columns that indicators count by; cleared by a release.';

-- ops.withheld: Hồ sơ giữ lại
CREATE TABLE `ops`.`withheld` (
  `dataset` STRING NOT NULL COMMENT 'Source and dataset.',
  `unit_code` STRING NOT NULL COMMENT 'Unit of the agency on that day; \'\' where the organisation is not known.',
  `unit_valid_from` DATE COMMENT 'First day of that unit\'s identity.',
  `day` DATE COMMENT 'Day of closing, else of the version; empty where neither can be read.',
  `rows` BIGINT NOT NULL COMMENT 'Rows withheld.'
)
USING DELTA
COMMENT 'State secrets that were counted and nothing else.';

-- silver.administrative_unit: Đơn vị hành chính
CREATE TABLE `silver`.`administrative_unit` (
  `unit_code` STRING NOT NULL COMMENT 'GSO code, with leading zeros.',
  `unit_valid_from` DATE NOT NULL COMMENT 'First day of the identity.',
  `unit_valid_to` DATE COMMENT 'Last day of the identity; empty while it lives.',
  `version_from` DATE NOT NULL COMMENT 'First day of these attributes.',
  `version_to` DATE COMMENT 'Last day of these attributes; empty while they hold.',
  `level` STRING NOT NULL COMMENT 'province, district or commune.',
  `unit_name` STRING NOT NULL COMMENT 'Name.',
  `unit_type` STRING NOT NULL COMMENT 'Type, in Vietnamese (Xã, Phường, Thị trấn, Huyện …).',
  `parent_code` STRING COMMENT 'Code of the parent; empty for a province.',
  `parent_valid_from` DATE COMMENT 'First day of the parent\'s identity.',
  `province_code` STRING NOT NULL COMMENT 'Code of the province.',
  `province_valid_from` DATE NOT NULL COMMENT 'First day of the province\'s identity.',
  `is_rural` BOOLEAN NOT NULL COMMENT 'A rural commune (xã): what the NTM criteria count.',
  `latitude` DOUBLE COMMENT 'Latitude, degrees, where known.',
  `longitude` DOUBLE COMMENT 'Longitude, degrees, where known.'
)
USING DELTA
COMMENT 'Administrative units as SCD type 2: each version of the attributes of each identity, from the three lists and the succession of 1 July 2025 (domain §7). An identity has several rows: for a name join unit_name.';
ALTER TABLE `silver`.`administrative_unit` ADD CONSTRAINT known_level CHECK (level IN ('province', 'district', 'commune'));

-- silver.clean_water: Nước sạch nông thôn
CREATE TABLE `silver`.`clean_water` (
  `commune_code` STRING NOT NULL COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `measured_on` DATE NOT NULL COMMENT 'Day that the numbers are of.',
  `households` BIGINT NOT NULL COMMENT 'Number of households. No commune has two hundred thousand; a greater number is a slip of the pen.',
  `households_with_clean_water` BIGINT NOT NULL COMMENT 'Number of households with clean water. No commune has two hundred thousand; a greater number is a slip of the pen.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Commune whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that commune when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Households of a commune that have clean water. More of them than households is no reason to reject a row: the flag of contradictions tells it. The newest valid version of each row.';
ALTER TABLE `silver`.`clean_water` ADD CONSTRAINT not_negative CHECK (households >= 0 AND households_with_clean_water >= 0);

-- silver.code_list: Danh mục mã
CREATE TABLE `silver`.`code_list` (
  `list` STRING NOT NULL COMMENT 'Name of the list: <table>.<column> where it is that of a column, else a name of its own.',
  `code` STRING NOT NULL COMMENT 'Code as the warehouse has it.',
  `parent` STRING COMMENT 'Code of the same list that it lies below; empty at the top.',
  `sent` STRING COMMENT 'Code that the source system sends for it, where that is another; empty in lists of sheets, where many spellings are read.',
  `label_vi` STRING COMMENT 'Vietnamese label; empty where it is not known.',
  `label_en` STRING COMMENT 'English label; of the warehouse\'s own codes the code in words.',
  `definition_vi` STRING COMMENT 'What it means by the law\'s own words.',
  `valid_from` DATE COMMENT 'First day on which the code is used; empty where it is not known.',
  `valid_to` DATE COMMENT 'Last day on which the code is used; empty while it is, or where it is not known.',
  `legal_source` STRING COMMENT 'Decision, decree or standard that gives the code; empty where none was seen.',
  `mark` STRING NOT NULL COMMENT 'How sure the row is: seen in a source, seen_second_hand, inferred, from memory; contract where the code is one of the warehouse\'s own.',
  `source` STRING COMMENT 'Where it was seen.',
  `note` STRING COMMENT 'What a reader has to know besides: which part of the row is less sure, what was not found.'
)
USING DELTA
COMMENT 'Codes of closed sets with their labels in both languages. Those of the warehouse\'s own columns come from the contracts; what no contract has (codes of sources, labels of codes that people do not write, classes of communes, types of OCOP products) from warehouse_schema/reference.';
ALTER TABLE `silver`.`code_list` ADD CONSTRAINT known_mark CHECK (mark IN ('seen', 'seen_second_hand', 'inferred', 'memory', 'contract'));

-- silver.commune_classification: Phân loại xã
CREATE TABLE `silver`.`commune_classification` (
  `commune_code` STRING NOT NULL COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `scheme` STRING NOT NULL COMMENT 'By what the commune is classed: area_i_ii_iii, mountainous, ethnic_minority or group_2026 (three groups for the criteria of 2026-2030).',
  `class` STRING NOT NULL COMMENT 'Class within the scheme, as the decision writes it (I, II, III; 1, 2, 3).',
  `valid_from` DATE NOT NULL COMMENT 'First day that counts.',
  `valid_to` DATE COMMENT 'Last day that counts; empty while valid.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Commune whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that commune when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Classes of communes that criteria and their thresholds hang on: areas I, II and III, mountainous communes, communes of ethnic minorities, and the groups of QĐ 51/2025/QĐ-TTg. The newest valid version of each row.';
ALTER TABLE `silver`.`commune_classification` ADD CONSTRAINT known_scheme CHECK (scheme IN ('area_i_ii_iii', 'mountainous', 'ethnic_minority', 'group_2026'));

-- silver.commune_status: Trạng thái nông thôn mới của xã
CREATE TABLE `silver`.`commune_status` (
  `commune_code` STRING NOT NULL COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `status` STRING NOT NULL COMMENT 'none, ntm, advanced, exemplary or modern.',
  `valid_from` DATE NOT NULL COMMENT 'First day that counts.',
  `valid_to` DATE COMMENT 'Last day that counts; empty while valid.',
  `decision_number` STRING COMMENT 'Number of the decision that recognised the commune.',
  `withdrawal_decision` STRING COMMENT 'Number of the decision that withdrew it in law; the row then counts until valid_to, and on no day where that is empty.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Commune whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that commune when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Standard of new rural areas that a commune has reached (QĐ 318/QĐ-TTg, QĐ 319/QĐ-TTg of 2022; QĐ 51/2025/QĐ-TTg). It belongs to the commune\'s identity and does not pass to a successor. The newest valid version of each row.';
ALTER TABLE `silver`.`commune_status` ADD CONSTRAINT known_status CHECK (status IN ('none', 'ntm', 'advanced', 'exemplary', 'modern'));

-- silver.cooperative: Hợp tác xã
CREATE TABLE `silver`.`cooperative` (
  `cooperative_id` STRING NOT NULL COMMENT 'Code of the cooperative; mostly its tax code.',
  `name` STRING NOT NULL COMMENT 'Name of the cooperative.',
  `commune_code` STRING NOT NULL COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `registered_on` DATE COMMENT 'Day from which it is registered.',
  `dissolved_on` DATE COMMENT 'First day on which it is there no more; empty while it is.',
  `key_product` STRING COMMENT 'Key agricultural product that it is about.',
  `linkage_from` DATE COMMENT 'First day of its linkage; empty while it has none.',
  `linkage_to` DATE COMMENT 'Last day of its linkage; empty while it goes on.',
  `latitude` DOUBLE COMMENT 'Latitude, degrees.',
  `longitude` DOUBLE COMMENT 'Longitude, degrees.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Commune whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that commune when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Cooperatives, where they are, and from when to when they take part in a linkage for the commune\'s key product. What the sheet says of persons is dropped at the border. The newest valid version of each row.';

-- silver.criteria_set: Bộ tiêu chí nông thôn mới
CREATE TABLE `silver`.`criteria_set` (
  `set_id` STRING NOT NULL COMMENT 'Code of the set, as the sheet criterion_assessments names it.',
  `standard` STRING NOT NULL COMMENT 'Standard: ntm, advanced, exemplary, modern or completed.',
  `name_vi` STRING NOT NULL COMMENT 'Name of the set.',
  `decision` STRING NOT NULL COMMENT 'Number of the decision that issued it.',
  `unit_level` STRING NOT NULL COMMENT 'Level of the units that it is for: commune, district or province.',
  `unit_types` STRING COMMENT 'Types of units that it is for, separated by a semicolon; empty for all of the level (of communes, xã only).',
  `province_code` STRING COMMENT 'Province that issued it; empty for a national set.',
  `province_valid_from` DATE COMMENT 'First day of that province\'s identity.',
  `issued_on` DATE COMMENT 'Day of the decision.',
  `valid_from` DATE COMMENT 'First day on which it is in force; empty where it is not known, and then it is taken to be in force on no day.',
  `valid_to` DATE COMMENT 'Last day on which it is in force; empty where none is known.',
  `criteria` INT COMMENT 'Number of its criteria; empty where it is not known.',
  `sub_criteria` INT COMMENT 'Number of its sub-criteria; empty where it is not known.',
  `mark` STRING NOT NULL COMMENT 'How sure the row is: seen in a source, seen_second_hand, inferred, or from memory, which a province may correct.',
  `source` STRING COMMENT 'Where it was seen.',
  `note` STRING COMMENT 'What a reader has to know besides: which part of the row is less sure, what was not found.'
)
USING DELTA
COMMENT 'Sets of criteria by which communes, districts and provinces are assessed (QĐ 318, 319, 320 and 321/QĐ-TTg of 2022; QĐ 51/2025/QĐ-TTg), and those that provinces issued. From warehouse_schema/reference.';
ALTER TABLE `silver`.`criteria_set` ADD CONSTRAINT known_standard CHECK (standard IN ('ntm', 'advanced', 'exemplary', 'modern', 'completed'));
ALTER TABLE `silver`.`criteria_set` ADD CONSTRAINT known_level CHECK (unit_level IN ('commune', 'district', 'province'));
ALTER TABLE `silver`.`criteria_set` ADD CONSTRAINT known_mark CHECK (mark IN ('seen', 'seen_second_hand', 'inferred', 'memory'));
ALTER TABLE `silver`.`criteria_set` ADD CONSTRAINT whole_province CHECK ((province_code IS NULL) = (province_valid_from IS NULL));

-- silver.criterion: Tiêu chí, chỉ tiêu
CREATE TABLE `silver`.`criterion` (
  `set_id` STRING NOT NULL COMMENT 'Set that it belongs to.',
  `code` STRING NOT NULL COMMENT 'Code within the set: 8 of a criterion, 8.4 of a sub-criterion.',
  `parent` STRING COMMENT 'Code of the criterion that a sub-criterion belongs to; empty for a criterion.',
  `group_vi` STRING COMMENT 'Group of criteria that the set puts it under.',
  `name_vi` STRING COMMENT 'Wording; empty where it is not known.',
  `threshold` STRING COMMENT 'What has to be reached in every commune; empty where it is not known or hangs on the class of the commune.',
  `threshold_scheme` STRING COMMENT 'Scheme of commune_classification whose class decides what has to be reached (criterion_threshold); empty where none does.',
  `mark` STRING NOT NULL COMMENT 'How sure the row is: seen in a source, seen_second_hand, inferred, or from memory, which a province may correct.',
  `source` STRING COMMENT 'Where it was seen.',
  `note` STRING COMMENT 'What a reader has to know besides: which part of the row is less sure, what was not found.'
)
USING DELTA
COMMENT 'Criteria and sub-criteria of the sets, as far as they are known: a set of which fewer are listed than criteria_set counts is not complete. From warehouse_schema/reference.';
ALTER TABLE `silver`.`criterion` ADD CONSTRAINT known_mark CHECK (mark IN ('seen', 'seen_second_hand', 'inferred', 'memory'));

-- silver.criterion_assessment: Đánh giá tiêu chí
CREATE TABLE `silver`.`criterion_assessment` (
  `unit_code_sent` STRING NOT NULL COMMENT 'Administrative unit as the officer wrote it: the unit valid on the day of writing.',
  `criterion` STRING NOT NULL COMMENT 'Code of the criterion or sub-criterion, such as 8.4; with the set it is the criterion\'s identity.',
  `standard` STRING NOT NULL COMMENT 'Standard that is meant: ntm, advanced, exemplary, modern (pilot communes from 2026) or completed (towns, cities, provinces).',
  `result` STRING NOT NULL COMMENT 'met or not_met.',
  `assessed_on` DATE NOT NULL COMMENT 'Day of the assessment, from which it counts.',
  `valid_to` DATE COMMENT 'Last day that counts; empty while valid.',
  `decision_number` STRING COMMENT 'Number of the decision that carries the assessment.',
  `withdrawal_decision` STRING COMMENT 'Number of the decision that withdrew it in law; the row then counts until valid_to, and on no day where that is empty.',
  `criteria_set` STRING COMMENT 'Set of criteria; where it is empty, the national one of that standard and day.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Unit whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that unit when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Assessments of communes, districts and provinces by single criteria (QĐ 318, 320 and 321/QĐ-TTg of 2022; QĐ 51/2025/QĐ-TTg): passed or not, as decided, never computed here. The newest valid version of each row.';
ALTER TABLE `silver`.`criterion_assessment` ADD CONSTRAINT known_result CHECK (result IN ('met', 'not_met'));
ALTER TABLE `silver`.`criterion_assessment` ADD CONSTRAINT known_standard CHECK (standard IN ('ntm', 'advanced', 'exemplary', 'modern', 'completed'));

-- silver.criterion_threshold: Mức phải đạt theo loại xã
CREATE TABLE `silver`.`criterion_threshold` (
  `set_id` STRING NOT NULL COMMENT 'Set of the criterion.',
  `code` STRING NOT NULL COMMENT 'Code of the criterion in that set.',
  `scheme` STRING NOT NULL COMMENT 'Scheme of commune_classification.',
  `class` STRING NOT NULL COMMENT 'Class within the scheme.',
  `threshold` STRING NOT NULL COMMENT 'What has to be reached by communes of the class.',
  `mark` STRING NOT NULL COMMENT 'How sure the row is: seen in a source, seen_second_hand, inferred, or from memory, which a province may correct.',
  `source` STRING COMMENT 'Where it was seen.',
  `note` STRING COMMENT 'What a reader has to know besides: which part of the row is less sure, what was not found.'
)
USING DELTA
COMMENT 'What a criterion asks of communes of one class, where that differs by class (QĐ 51/2025/QĐ-TTg: three groups). From warehouse_schema/reference; without a row as shipped, since no threshold by class is known.';
ALTER TABLE `silver`.`criterion_threshold` ADD CONSTRAINT known_mark CHECK (mark IN ('seen', 'seen_second_hand', 'inferred', 'memory'));

-- silver.data_standardisation_pilot: Mô hình thí điểm chuẩn hóa dữ liệu
CREATE TABLE `silver`.`data_standardisation_pilot` (
  `district_code` STRING NOT NULL COMMENT 'District as the officer wrote it: the unit valid on the day of writing.',
  `selected_on` DATE NOT NULL COMMENT 'Day of the selection.',
  `accepted_on` DATE COMMENT 'Day on which the pilot was accepted; empty before it.',
  `decision_number` STRING COMMENT 'Number of the decision that selected or accepted it.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'District whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that district when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Districts that pilot standardised data on a big-data platform (QĐ 924/QĐ-TTg). The newest valid version of each row.';

-- silver.district_status: Trạng thái nông thôn mới của huyện
CREATE TABLE `silver`.`district_status` (
  `district_code` STRING NOT NULL COMMENT 'District as the officer wrote it: the unit valid on the day of writing.',
  `status` STRING NOT NULL COMMENT 'none, ntm, advanced, or completed (towns and cities, which complete the task).',
  `valid_from` DATE NOT NULL COMMENT 'First day that counts.',
  `valid_to` DATE COMMENT 'Last day that counts; empty while valid.',
  `decision_number` STRING COMMENT 'Number of the decision that recognised the district.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'District whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that district when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Standard of new rural areas that a district has reached (QĐ 320/QĐ-TTg of 2022); districts ended on 30 June 2025. The newest valid version of each row.';
ALTER TABLE `silver`.`district_status` ADD CONSTRAINT known_status CHECK (status IN ('none', 'ntm', 'advanced', 'completed'));

-- silver.document: Văn bản điện tử
CREATE TABLE `silver`.`document` (
  `document_key` STRING NOT NULL COMMENT 'Day and code of the document that the message is about, from its DocumentId (OrganId,yyyy/MM/dd,Code) without the organisation, or from its date and code where it has none: with the organisation its identity.',
  `document_id` STRING COMMENT 'DocumentId of the message as sent; of a document that was replaced, as the message that replaces it names it.',
  `organ_code` STRING NOT NULL COMMENT 'Organisation that sends (From), as written in the message, in either order.',
  `code_number` STRING COMMENT 'Number of the document (CodeNumber).',
  `code_notation` STRING COMMENT 'Notation of the document (CodeNotation).',
  `promulgated_on` DATE NOT NULL COMMENT 'Day on which the document was promulgated: it belongs to the period of this day, whatever message came last.',
  `document_type` STRING COMMENT 'Kind of document by its code.',
  `document_type_name` STRING COMMENT 'Kind of document in words.',
  `subject` STRING COMMENT 'What the document is about, in the sender\'s words.',
  `priority` INT COMMENT 'Urgency, from 0 (normal) to 4 (express, at a set time).',
  `steering_type` INT COMMENT 'Kind of steering, 1 to 3.',
  `action` STRING COMMENT 'What the message does: new, recall, update or replace (BussinessDocType 0 to 3; new where it says nothing). Of a document that was replaced: replace, with withdrawn.',
  `sent_at` TIMESTAMP NOT NULL COMMENT 'Version: the time of the message, as its sender traced it (TraceHeader).',
  `withdrawn` BOOLEAN COMMENT 'The document was recalled, or replaced by another; it counts nowhere.',
  `replaced_by` STRING COMMENT 'DocumentId of the document that replaces this one.',
  `response_for` STRING COMMENT 'DocumentId of each document that this one answers, separated by a semicolon.',
  `status_code` STRING COMMENT 'Status that the message tells (01 arrived … 16 recall refused). A row with one is no document that was sent and counts nowhere.',
  `recipients` INT COMMENT 'Number of organisations that it was sent to. The whole country has some tens of thousands; over a million are a damaged message.',
  `attachments` INT COMMENT 'Number of attachments; over a million are a damaged message.',
  `attachment_characters` BIGINT COMMENT 'Characters of the encoded attachments, without white space: four for each three bytes. A message has at most 1 GiB (jobs/landing/formats/edxml.py).',
  `promulgated_month` STRING COMMENT 'Month of promulgation, YYYY-MM.',
  `organ_id` STRING COMMENT 'Code of the organisation in the registry (whichever order the sender used).',
  `level` STRING COMMENT 'Level of the agency: province, district or commune.',
  `unit_code` STRING COMMENT 'Code of the administrative unit that the row counts for on its day; the province where nothing below it is known.',
  `unit_valid_from` DATE COMMENT 'First day of the identity of that unit; a code alone does not name a unit.',
  `unit_level` STRING COMMENT 'Level of that unit: province, district or commune.',
  `district_code` STRING COMMENT 'District of the unit on that day; empty from 1 July 2025.',
  `district_valid_from` DATE COMMENT 'First day of the identity of the district.',
  `province_code` STRING COMMENT 'Province of the unit on that day.',
  `province_valid_from` DATE COMMENT 'First day of the identity of the province.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
PARTITIONED BY (`promulgated_month`)
COMMENT 'Documents that agencies send each other as edXML (QCVN 102:2016/BTTTT), each as the newest valid message about it says. Attachments are counted and never kept; signers, staff and addresses are not read. State secrets may not be sent by edXML: what is marked as one never enters.';
ALTER TABLE `silver`.`document` ADD CONSTRAINT known_action CHECK (action IN ('new', 'recall', 'update', 'replace'));
ALTER TABLE `silver`.`document` ADD CONSTRAINT recall_withdraws CHECK (action <> 'recall' OR withdrawn);

-- silver.dossier: Hồ sơ thủ tục hành chính
CREATE TABLE `silver`.`dossier` (
  `dossier_id` STRING NOT NULL COMMENT 'Code of the dossier.',
  `procedure_code` STRING NOT NULL COMMENT 'Code of the procedure as sent.',
  `procedure_name` STRING COMMENT 'Name of the procedure.',
  `field_code` STRING COMMENT 'Code of the field.',
  `field_name` STRING COMMENT 'Name of the field.',
  `service_level` STRING NOT NULL COMMENT 'full (toàn trình), partial (một phần) or information.',
  `channel` STRING NOT NULL COMMENT 'in_person, online or post.',
  `organ_code` STRING NOT NULL COMMENT 'Organisation as the sender wrote it, in either order.',
  `applicant_token` STRING COMMENT 'Keyed token of the applicant\'s name (NĐ 13/2023).',
  `applicant_id_token` STRING COMMENT 'Keyed token of the applicant\'s ID number.',
  `applicant_type` STRING COMMENT 'citizen, business, state_agency or other.',
  `applicant_code_token` STRING COMMENT 'Keyed token of the applicant\'s code.',
  `handler_token` STRING COMMENT 'Keyed token of the official who handles the dossier.',
  `submitted_at` TIMESTAMP COMMENT 'When the dossier was submitted.',
  `reception_at` TIMESTAMP COMMENT 'When the dossier was received.',
  `due_at` TIMESTAMP COMMENT 'When the result is due; empty where none was set.',
  `finished_at` TIMESTAMP COMMENT 'When processing ended.',
  `returned_at` TIMESTAMP COMMENT 'When the result was returned.',
  `refused_at` TIMESTAMP COMMENT 'When reception was refused.',
  `state` STRING NOT NULL COMMENT 'State of the dossier.',
  `reception_form` STRING COMMENT 'Form of reception as sent.',
  `submission_place` STRING COMMENT 'Place of submission as sent.',
  `has_digitised_parts` STRING COMMENT 'Whether parts of the dossier were digitised, as sent.',
  `paid_online` STRING COMMENT 'Whether fees were paid online, as sent.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the sender last changed the record.',
  `procedure_code_national` STRING COMMENT 'National part of the procedure\'s code; joins local and national codes.',
  `submitted_on` DATE COMMENT 'Vietnam\'s date of submission.',
  `received_on` DATE COMMENT 'Vietnam\'s date of reception.',
  `due_on` DATE COMMENT 'Vietnam\'s date on which the result is due.',
  `finished_on` DATE COMMENT 'Vietnam\'s date on which processing ended.',
  `received_month` STRING COMMENT 'Month of reception (else of submission), YYYY-MM.',
  `organ_id` STRING COMMENT 'Code of the organisation in the registry (whichever order the sender used).',
  `level` STRING COMMENT 'Level of the agency: province, district or commune.',
  `unit_code` STRING COMMENT 'Code of the administrative unit that the row counts for on its day; the province where nothing below it is known.',
  `unit_valid_from` DATE COMMENT 'First day of the identity of that unit; a code alone does not name a unit.',
  `unit_level` STRING COMMENT 'Level of that unit: province, district or commune.',
  `district_code` STRING COMMENT 'District of the unit on that day; empty from 1 July 2025.',
  `district_valid_from` DATE COMMENT 'First day of the identity of the district.',
  `province_code` STRING COMMENT 'Province of the unit on that day.',
  `province_valid_from` DATE COMMENT 'First day of the identity of the province.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
PARTITIONED BY (`received_month`)
COMMENT 'Dossiers of public services (TT 01/2018/TT-VPCP, NĐ 61/2018, NĐ 42/2022): one citizen\'s or firm\'s application for one procedure. The newest valid version of each.';
ALTER TABLE `silver`.`dossier` ADD CONSTRAINT known_channel CHECK (channel IN ('in_person', 'online', 'post'));
ALTER TABLE `silver`.`dossier` ADD CONSTRAINT known_service_level CHECK (service_level IN ('full', 'partial', 'information'));

-- silver.environment_measurement: Quan trắc môi trường
CREATE TABLE `silver`.`environment_measurement` (
  `station_id` STRING NOT NULL COMMENT 'Code of the station.',
  `commune_code` STRING NOT NULL COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `parameter` STRING NOT NULL COMMENT 'What is measured, such as PM2.5 or pH.',
  `measured_at` TIMESTAMP NOT NULL COMMENT 'Moment of the measurement.',
  `value` DOUBLE NOT NULL COMMENT 'Measured value. Bacteria in 100 ml of waste water are counted in hundreds of millions, and nothing is colder than -100 degrees; beyond that it is a slip of the pen.',
  `unit` STRING NOT NULL COMMENT 'Unit of the value, as written.',
  `limit_value` DOUBLE COMMENT 'Greatest value that is allowed, in the same unit; within the bounds of the value.',
  `latitude` DOUBLE COMMENT 'Latitude, degrees.',
  `longitude` DOUBLE COMMENT 'Longitude, degrees.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `measured_on` DATE COMMENT 'Vietnam\'s date of the measurement.',
  `unit_code` STRING COMMENT 'Commune whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that commune when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Measurements of stations for air, water and soil, with the limit that holds for them. The newest valid version of each row.';

-- silver.essential_service: Dịch vụ thiết yếu trực tuyến
CREATE TABLE `silver`.`essential_service` (
  `unit_code_sent` STRING NOT NULL COMMENT 'Administrative unit as the officer wrote it: the unit valid on the day of writing.',
  `level` STRING NOT NULL COMMENT 'Level of the unit: commune or district.',
  `service` STRING NOT NULL COMMENT 'health, education, community_supervision, security, environment or culture.',
  `online_since` DATE COMMENT 'First day online; empty while it is not.',
  `online_until` DATE COMMENT 'Last day online; empty while it goes on.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Unit whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that unit when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Essential services that communes and districts give online (QĐ 924/QĐ-TTg): health, education, community supervision, security, environment, culture. The newest valid version of each row.';
ALTER TABLE `silver`.`essential_service` ADD CONSTRAINT known_level CHECK (level IN ('commune', 'district'));
ALTER TABLE `silver`.`essential_service` ADD CONSTRAINT known_service CHECK (service IN ('health', 'education', 'community_supervision', 'security', 'environment', 'culture'));

-- silver.growing_area: Vùng trồng
CREATE TABLE `silver`.`growing_area` (
  `growing_area_code` STRING NOT NULL COMMENT 'Code of the growing area; its form is not checked.',
  `commune_code` STRING NOT NULL COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `crop` STRING NOT NULL COMMENT 'Crop.',
  `area_ha` DOUBLE COMMENT 'Area, hectares. No commune has two hundred thousand; a greater number is a slip of the pen.',
  `issued_on` DATE COMMENT 'Day from which the code is issued; empty before it.',
  `status` STRING COMMENT 'in_use, paused or cancelled.',
  `latitude` DOUBLE COMMENT 'Latitude, degrees.',
  `longitude` DOUBLE COMMENT 'Longitude, degrees.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Commune whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that commune when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Growing areas with a code (mã số vùng trồng). What the sheet says of persons is dropped at the border. The newest valid version of each row.';
ALTER TABLE `silver`.`growing_area` ADD CONSTRAINT known_status CHECK (status IS NULL OR status IN ('in_use', 'paused', 'cancelled'));
ALTER TABLE `silver`.`growing_area` ADD CONSTRAINT not_negative CHECK (area_ha IS NULL OR area_ha >= 0);

-- silver.linkage_model: Mô hình liên kết
CREATE TABLE `silver`.`linkage_model` (
  `model_id` STRING NOT NULL COMMENT 'Code of the model.',
  `name` STRING NOT NULL COMMENT 'Name of the model.',
  `unit_code_sent` STRING NOT NULL COMMENT 'Administrative unit as the officer wrote it: the unit valid on the day of writing.',
  `level` STRING NOT NULL COMMENT 'Level of the model: commune or district.',
  `key_product` STRING COMMENT 'Key agricultural product that it is about.',
  `in_raw_material_zone` BOOLEAN COMMENT 'Whether it belongs to a raw-material zone; empty where nothing is said.',
  `digital_since` DATE COMMENT 'First day on which it uses digital technology; empty while it does not.',
  `started_on` DATE COMMENT 'First day of the model.',
  `ended_on` DATE COMMENT 'First day on which it runs no more; empty while it does.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Unit whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that unit when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Models of linkage for the key products of a commune or district, and whether they belong to a raw-material zone and use digital technology. The newest valid version of each row.';
ALTER TABLE `silver`.`linkage_model` ADD CONSTRAINT known_level CHECK (level IN ('commune', 'district'));

-- silver.managed_object: Định danh đối tượng quản lý
CREATE TABLE `silver`.`managed_object` (
  `object_key` STRING NOT NULL COMMENT 'The identifier: the kind, and 16 hexadecimal digits of SHA-256 over kind and source code.',
  `kind` STRING NOT NULL COMMENT 'unit, village, cooperative, producer, product, growing_area, chain or station.',
  `source_code` STRING NOT NULL COMMENT 'The code by which the source knows it; of a unit its code and first day, of a producer (who has none) type, unit and name, in one text.',
  `name` STRING COMMENT 'What it is called now; empty where the source tells no name, or the name is a household\'s.',
  `unit_code` STRING COMMENT 'Unit that the newest row was written for; of a unit its own code.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that unit.',
  `exists_from` DATE COMMENT 'First day, where the source tells it.',
  `exists_to` DATE COMMENT 'Last day, where the source tells it; empty while it exists.',
  `withdrawn` BOOLEAN NOT NULL COMMENT 'All that the source said of it was a mistake (deleted).',
  `relation` STRING COMMENT 'What ties it to related_key: \'became\' (a unit went into it as a whole) or \'is\' (a producer is that cooperative, by its name).',
  `related_key` STRING COMMENT 'The other thing.',
  `history` ARRAY<STRUCT<`since`: TIMESTAMP NOT NULL COMMENT 'Version from which on it was so (of a product and its producer the decision, of a station the measurement, of a unit the day).', `name`: STRING COMMENT 'What it was called.', `unit_code`: STRING COMMENT 'Code of the unit as it was sent; of a unit that of its parent.'>> NOT NULL COMMENT 'What the source called it, and which unit it named, from when on; a row for each change, in order.'
)
USING DELTA
COMMENT 'One identifier of the warehouse for each thing that is managed, whatever its source calls it: units, villages, cooperatives, producers, products, growing areas, chains, stations. It is made of the kind and the source\'s code alone, so that it is the same in every warehouse and after every rebuild.';
ALTER TABLE `silver`.`managed_object` ADD CONSTRAINT known_relation CHECK (relation IS NULL OR relation IN ('became', 'is'));

-- silver.ocop_product: Sản phẩm OCOP
CREATE TABLE `silver`.`ocop_product` (
  `product_code` STRING NOT NULL COMMENT 'Code of the product; its parts are not checked.',
  `product_name` STRING NOT NULL COMMENT 'Name of the product.',
  `product_group` STRING NOT NULL COMMENT 'One of the six groups.',
  `product_subgroup` STRING COMMENT 'One of the 26 sub-types, as sent.',
  `producer_name` STRING NOT NULL COMMENT 'Name of the producer; a household\'s is a person\'s and becomes a keyed token.',
  `producer_type` STRING NOT NULL COMMENT 'cooperative, cooperative_group, enterprise or household.',
  `commune_code` STRING NOT NULL COMMENT 'Commune as the sender wrote it: the unit valid on the day of writing.',
  `decision_number` STRING NOT NULL COMMENT 'Number of the decision.',
  `decision_date` DATE NOT NULL COMMENT 'Date of the decision.',
  `recognised_by` STRING NOT NULL COMMENT 'Level that recognised: district, province or national.',
  `score_a` DOUBLE NOT NULL COMMENT 'Points of part A.',
  `score_b` DOUBLE NOT NULL COMMENT 'Points of part B.',
  `score_c` DOUBLE NOT NULL COMMENT 'Points of part C.',
  `stars` INT NOT NULL COMMENT 'Stars, 1 to 5.',
  `gtin` STRING COMMENT 'GTIN of the article (GS1; TCVN 12850:2019).',
  `growing_area_code` STRING COMMENT 'Code of the growing area.',
  `ecommerce_url` STRING COMMENT 'Page on an e-commerce platform.',
  `latitude` DOUBLE COMMENT 'Latitude, degrees.',
  `longitude` DOUBLE COMMENT 'Longitude, degrees.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `recognised_until` DATE COMMENT 'Last day of the recognition: 36 months less a day after the decision.',
  `unit_code` STRING COMMENT 'Commune whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that commune when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Recognitions of products under One Commune One Product (QĐ 148/QĐ-TTg). The newest valid version of each decision on a product.';
ALTER TABLE `silver`.`ocop_product` ADD CONSTRAINT known_group CHECK (product_group IN ('food', 'beverage', 'herbal', 'handicraft', 'ornamental', 'tourism'));
ALTER TABLE `silver`.`ocop_product` ADD CONSTRAINT stars_1_to_5 CHECK (stars BETWEEN 1 AND 5);

-- silver.official_training: Đào tạo, tập huấn cán bộ
CREATE TABLE `silver`.`official_training` (
  `official_id` STRING NOT NULL COMMENT 'Keyed token of the official.',
  `unit_code_sent` STRING NOT NULL COMMENT 'Administrative unit as the officer wrote it: the unit valid on the day of writing.',
  `level` STRING NOT NULL COMMENT 'Level of the office: province, district or commune.',
  `role` STRING COMMENT 'Role of the official.',
  `in_role_from` DATE COMMENT 'First day in the role; empty before it.',
  `in_role_to` DATE COMMENT 'Last day in the role; empty while in it.',
  `course` STRING NOT NULL COMMENT 'Course.',
  `trained_on` DATE COMMENT 'Day of the training; empty while it has not been taken.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Unit whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that unit when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Officials who build new rural areas, and the courses on digital transformation that they took (QĐ 924/QĐ-TTg). A person is a keyed token. The newest valid version of each row.';
ALTER TABLE `silver`.`official_training` ADD CONSTRAINT known_level CHECK (level IN ('province', 'district', 'commune'));

-- silver.organisation: Cơ quan, đơn vị
CREATE TABLE `silver`.`organisation` (
  `organ_id` STRING NOT NULL COMMENT 'Code of the organisation (QĐ 20/2020/QĐ-TTg).',
  `organ_name` STRING NOT NULL COMMENT 'Name of the organisation.',
  `level` STRING NOT NULL COMMENT 'Level of the agency: province, district or commune.',
  `unit_code` STRING NOT NULL COMMENT 'Administrative unit as the officer wrote it: the unit valid on the day of writing.',
  `old_organ_id` STRING COMMENT 'Code in the older order (QCVN 102:2016), where there is one.',
  `valid_from` DATE NOT NULL COMMENT 'First day of validity.',
  `valid_to` DATE COMMENT 'Last day of validity; empty while valid.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` DATE COMMENT 'First day of the unit, where the officer says it outright.',
  `written_on` DATE COMMENT 'Vietnam\'s date of writing: the day on which the unit\'s code is read.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Registry of the organisations that send records, filled in by officers. The newest valid version of each row.';

-- silver.organisation_level1: Mã định danh cấp 1
CREATE TABLE `silver`.`organisation_level1` (
  `code` STRING NOT NULL COMMENT 'Code of level 1: H41, G22.',
  `kind` STRING NOT NULL COMMENT 'province or ministry.',
  `name_vi` STRING NOT NULL COMMENT 'Name of the organisation.',
  `province_code` STRING COMMENT 'GSO code of the province since 2025-07-01; empty for a ministry.',
  `seen_on` DATE COMMENT 'Day on which the source had it so; empty where the source is a decision.',
  `legal_source` STRING COMMENT 'Decision that gives the code; empty where none was seen.',
  `mark` STRING NOT NULL COMMENT 'How sure the row is: seen in a source, seen_second_hand, inferred, or from memory, which a province may correct.',
  `source` STRING COMMENT 'Where it was seen.'
)
USING DELTA
COMMENT 'Identifier codes of level 1 (QĐ 20/2020/QĐ-TTg, QĐ 09/2025/QĐ-TTg): provinces as they are called since 1 July 2025, ministries. An H code and the GSO code of a merged province come from different ones of its parts. From warehouse_schema/reference.';
ALTER TABLE `silver`.`organisation_level1` ADD CONSTRAINT known_kind CHECK (kind IN ('province', 'ministry'));
ALTER TABLE `silver`.`organisation_level1` ADD CONSTRAINT known_mark CHECK (mark IN ('seen', 'seen_second_hand', 'inferred', 'memory'));

-- silver.organisation_period: Cơ quan theo thời gian
CREATE TABLE `silver`.`organisation_period` (
  `organ_code` STRING NOT NULL COMMENT 'Code in either order.',
  `from_day` DATE NOT NULL COMMENT 'First day of the interval.',
  `to_day` DATE COMMENT 'Last day of the interval; empty when open.',
  `organ_id` STRING NOT NULL COMMENT 'Organisation in the registry.',
  `level` STRING NOT NULL COMMENT 'Level of the agency.',
  `ambiguous` BOOLEAN NOT NULL COMMENT 'The unit cannot be decided on these days.',
  `unit_code` STRING COMMENT 'Code of the administrative unit that the row counts for on its day; the province where nothing below it is known.',
  `unit_valid_from` DATE COMMENT 'First day of the identity of that unit; a code alone does not name a unit.',
  `unit_level` STRING COMMENT 'Level of that unit: province, district or commune.',
  `district_code` STRING COMMENT 'District of the unit on that day; empty from 1 July 2025.',
  `district_valid_from` DATE COMMENT 'First day of the identity of the district.',
  `province_code` STRING COMMENT 'Province of the unit on that day.',
  `province_valid_from` DATE COMMENT 'First day of the identity of the province.'
)
USING DELTA
COMMENT 'What an organisation\'s code means on a day, in either order of the code: organisation, level, unit and its parents; composed of the registry and the lineage of units.';

-- silver.paper_document: Văn bản giấy khai báo
CREATE TABLE `silver`.`paper_document` (
  `organ_code` STRING NOT NULL COMMENT 'Organisation as the officer wrote it, in either order.',
  `month` DATE NOT NULL COMMENT 'First day of the month.',
  `sent_count` BIGINT NOT NULL COMMENT 'Number of paper documents sent in the month. No agency sends two million in a month; a greater number is a slip of the pen.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `declared_on` DATE COMMENT 'Last day of the month: the day that the count belongs to.',
  `organ_id` STRING COMMENT 'Code of the organisation in the registry (whichever order the sender used).',
  `level` STRING COMMENT 'Level of the agency: province, district or commune.',
  `unit_code` STRING COMMENT 'Code of the administrative unit that the row counts for on its day; the province where nothing below it is known.',
  `unit_valid_from` DATE COMMENT 'First day of the identity of that unit; a code alone does not name a unit.',
  `unit_level` STRING COMMENT 'Level of that unit: province, district or commune.',
  `district_code` STRING COMMENT 'District of the unit on that day; empty from 1 July 2025.',
  `district_valid_from` DATE COMMENT 'First day of the identity of the district.',
  `province_code` STRING COMMENT 'Province of the unit on that day.',
  `province_valid_from` DATE COMMENT 'First day of the identity of the province.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Documents on paper that an agency declares for a month, beside those sent by edXML (QCVN 102:2016/BTTTT): part of the denominator of documents_exchanged_electronically.';
ALTER TABLE `silver`.`paper_document` ADD CONSTRAINT not_negative CHECK (sent_count >= 0);

-- silver.paper_work_record: Hồ sơ giấy khai báo
CREATE TABLE `silver`.`paper_work_record` (
  `organ_code` STRING NOT NULL COMMENT 'Organisation as the officer wrote it, in either order.',
  `month` DATE NOT NULL COMMENT 'First day of the month.',
  `closed_count` BIGINT NOT NULL COMMENT 'Number of paper records closed in the month. No agency closes two million in a month; a greater number is a slip of the pen.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `declared_on` DATE COMMENT 'Last day of the month: the day that the count belongs to.',
  `organ_id` STRING COMMENT 'Code of the organisation in the registry (whichever order the sender used).',
  `level` STRING COMMENT 'Level of the agency: province, district or commune.',
  `unit_code` STRING COMMENT 'Code of the administrative unit that the row counts for on its day; the province where nothing below it is known.',
  `unit_valid_from` DATE COMMENT 'First day of the identity of that unit; a code alone does not name a unit.',
  `unit_level` STRING COMMENT 'Level of that unit: province, district or commune.',
  `district_code` STRING COMMENT 'District of the unit on that day; empty from 1 July 2025.',
  `district_valid_from` DATE COMMENT 'First day of the identity of the district.',
  `province_code` STRING COMMENT 'Province of the unit on that day.',
  `province_valid_from` DATE COMMENT 'First day of the identity of the province.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Work records on paper that an agency declares for a month: part of the denominator of work_records_online.';
ALTER TABLE `silver`.`paper_work_record` ADD CONSTRAINT not_negative CHECK (closed_count >= 0);

-- silver.raw_material_area: Vùng nguyên liệu
CREATE TABLE `silver`.`raw_material_area` (
  `area_code` STRING NOT NULL COMMENT 'Code of the area.',
  `commune_code` STRING NOT NULL COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `product` STRING NOT NULL COMMENT 'Product of the area.',
  `area_ha` DOUBLE COMMENT 'Area, hectares. No province has two million; a greater number is a slip of the pen.',
  `registered_on` DATE COMMENT 'Day of the registration; empty before it.',
  `latitude` DOUBLE COMMENT 'Latitude, degrees.',
  `longitude` DOUBLE COMMENT 'Longitude, degrees.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Commune whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that commune when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Raw-material areas: where a product is grown or raised for processing. The newest valid version of each row.';
ALTER TABLE `silver`.`raw_material_area` ADD CONSTRAINT not_negative CHECK (area_ha IS NULL OR area_ha >= 0);

-- silver.recognition_case: Hồ sơ xét công nhận
CREATE TABLE `silver`.`recognition_case` (
  `unit_code_sent` STRING NOT NULL COMMENT 'Administrative unit as the officer wrote it: the unit valid on the day of writing.',
  `standard` STRING NOT NULL COMMENT 'Standard that is meant: ntm, advanced, exemplary, modern (pilot communes from 2026) or completed (towns, cities, provinces).',
  `stage` STRING NOT NULL COMMENT 'registered, self_assessed, appraised, surveyed, council, recognised, refused or withdrawn.',
  `stage_on` DATE NOT NULL COMMENT 'Day on which the stage was reached.',
  `decision_number` STRING COMMENT 'Number of the decision or paper of the stage, where there is one.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Unit whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that unit when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Stages of a unit\'s way to recognition for a standard, from registration to the decision (procedure of the programme of new rural areas). The newest valid version of each row.';
ALTER TABLE `silver`.`recognition_case` ADD CONSTRAINT known_stage CHECK (stage IN ('registered', 'self_assessed', 'appraised', 'surveyed', 'council', 'recognised', 'refused', 'withdrawn'));
ALTER TABLE `silver`.`recognition_case` ADD CONSTRAINT known_standard CHECK (standard IN ('ntm', 'advanced', 'exemplary', 'modern', 'completed'));

-- silver.satisfaction_survey: Lấy ý kiến hài lòng của người dân
CREATE TABLE `silver`.`satisfaction_survey` (
  `unit_code_sent` STRING NOT NULL COMMENT 'Administrative unit as the officer wrote it: the unit valid on the day of writing.',
  `survey_id` STRING NOT NULL COMMENT 'Code of the survey.',
  `subject` STRING NOT NULL COMMENT 'ntm_results, public_service or other.',
  `channel` STRING NOT NULL COMMENT 'online or paper.',
  `opened_on` DATE COMMENT 'First day of the survey; empty before it.',
  `closed_on` DATE COMMENT 'First day after the survey; empty while it is open.',
  `responses` BIGINT COMMENT 'Number of answers. No province has ten million households; a greater number is a slip of the pen.',
  `satisfied` BIGINT COMMENT 'How many of the answers are satisfied; at most as many as there are answers.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Unit whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that unit when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Surveys of how satisfied people are with the results of new rural areas or with public services. The newest valid version of each row.';
ALTER TABLE `silver`.`satisfaction_survey` ADD CONSTRAINT known_subject CHECK (subject IN ('ntm_results', 'public_service', 'other'));
ALTER TABLE `silver`.`satisfaction_survey` ADD CONSTRAINT known_channel CHECK (channel IN ('online', 'paper'));
ALTER TABLE `silver`.`satisfaction_survey` ADD CONSTRAINT not_negative CHECK ((responses IS NULL OR responses >= 0) AND (satisfied IS NULL OR satisfied >= 0));

-- silver.smart_commune: Xã thông minh, xã thương mại điện tử
CREATE TABLE `silver`.`smart_commune` (
  `commune_code` STRING NOT NULL COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `kind` STRING NOT NULL COMMENT 'smart or ecommerce.',
  `field` STRING NOT NULL COMMENT 'Field in which the commune stands out.',
  `selected_on` DATE COMMENT 'Day of the selection; empty before it.',
  `recognised_on` DATE COMMENT 'Day of the recognition; empty before it.',
  `decision_number` STRING COMMENT 'Number of the decision that selected or recognised it.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Commune whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that commune when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Communes that were selected or recognised as models of a smart commune or of an e-commerce commune (QĐ 924/QĐ-TTg). The newest valid version of each row.';
ALTER TABLE `silver`.`smart_commune` ADD CONSTRAINT known_kind CHECK (kind IN ('smart', 'ecommerce'));

-- silver.smart_village_assessment: Đánh giá thôn thông minh
CREATE TABLE `silver`.`smart_village_assessment` (
  `village_id` STRING NOT NULL COMMENT 'Code of the village.',
  `criteria_set` STRING NOT NULL COMMENT 'Set of criteria that the village was assessed by.',
  `assessed_on` DATE NOT NULL COMMENT 'Day of the assessment.',
  `field` STRING COMMENT 'Field in which the village is smart.',
  `digital_team` BOOLEAN COMMENT 'Whether the village has a community digital team; empty where nothing is said.',
  `communication_channel` BOOLEAN COMMENT 'Whether head and residents have a channel on a social network; empty where nothing is said.',
  `ecommerce` BOOLEAN COMMENT 'Whether producing households are on an e-commerce platform; empty where nothing is said.',
  `culture_house_wifi` BOOLEAN COMMENT 'Whether the culture house has Wi-Fi; empty where nothing is said.',
  `digital_address_households` BIGINT COMMENT 'Number of households with an address on a digital map; at most those that the village has.',
  `fibre_households` BIGINT COMMENT 'Number of households with fibre; at most those that the village has.',
  `smartphone_households` BIGINT COMMENT 'Number of households with a smartphone; at most those that the village has.',
  `residents_guided_health_app` BIGINT COMMENT 'Number of residents who were shown how to use a health application; at most those that the village has.',
  `traceability` BOOLEAN COMMENT 'Whether producing households use traceability; empty where nothing is said.',
  `news_last_month` BIGINT COMMENT 'Number of articles about the village in the month before. No village has ten thousand; a greater number is a slip of the pen.',
  `recognised_by_decision` STRING COMMENT 'Number of the decision that recognised the village; empty while there is none.',
  `recognised_from` DATE COMMENT 'First day of the recognition; empty while there is none.',
  `recognised_to` DATE COMMENT 'Last day of the recognition; empty while it goes on.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `households` BIGINT COMMENT 'Households of the village, as its row in silver.village says.',
  `residents` BIGINT COMMENT 'Residents of the village, as its row in silver.village says.',
  `unit_code` STRING COMMENT 'Commune of the village, as its row in silver.village says.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that commune when the village\'s row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'What a village has of the parts of a smart village, by a province\'s set of criteria, and the decision that recognised it. The newest valid version of each row.';
ALTER TABLE `silver`.`smart_village_assessment` ADD CONSTRAINT not_negative CHECK ((digital_address_households IS NULL OR digital_address_households >= 0) AND (fibre_households IS NULL OR fibre_households >= 0) AND (smartphone_households IS NULL OR smartphone_households >= 0) AND (residents_guided_health_app IS NULL OR residents_guided_health_app >= 0) AND (news_last_month IS NULL OR news_last_month >= 0));

-- silver.supply_chain: Chuỗi cung ứng, sản phẩm truy xuất nguồn gốc
CREATE TABLE `silver`.`supply_chain` (
  `chain_id` STRING NOT NULL COMMENT 'Code of the chain or product.',
  `name` STRING NOT NULL COMMENT 'Name of the chain or product.',
  `kind` STRING NOT NULL COMMENT 'chain or product.',
  `commune_code` STRING NOT NULL COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `on_traceability_system_since` DATE COMMENT 'First day on the traceability system; empty while it is not there.',
  `left_on` DATE COMMENT 'First day on which it is not on the system any more; empty while it is.',
  `latitude` DOUBLE COMMENT 'Latitude, degrees.',
  `longitude` DOUBLE COMMENT 'Longitude, degrees.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Commune whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that commune when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Supply chains and products, and from when to when they are on the traceability system (TCVN 12850:2019). The newest valid version of each row.';
ALTER TABLE `silver`.`supply_chain` ADD CONSTRAINT known_kind CHECK (kind IN ('chain', 'product'));

-- silver.technology: Công nghệ ứng dụng
CREATE TABLE `silver`.`technology` (
  `technology_id` STRING NOT NULL COMMENT 'Code of the technology.',
  `name` STRING NOT NULL COMMENT 'Name of the technology.',
  `field` STRING COMMENT 'Field that it is applied in.',
  `provider` STRING COMMENT 'Who provides it; may be a person, so it is masked in quarantine.',
  `commune_code` STRING NOT NULL COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `applied_on` DATE COMMENT 'Day from which it is applied; empty before it.',
  `latitude` DOUBLE COMMENT 'Latitude, degrees.',
  `longitude` DOUBLE COMMENT 'Longitude, degrees.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Commune whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that commune when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Technologies that are applied in new rural areas, and where. The newest valid version of each row.';

-- silver.tourism_site: Điểm du lịch nông thôn
CREATE TABLE `silver`.`tourism_site` (
  `site_id` STRING NOT NULL COMMENT 'Code of the site.',
  `name` STRING NOT NULL COMMENT 'Name of the site.',
  `commune_code` STRING NOT NULL COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `kind` STRING COMMENT 'Kind of site, as written.',
  `ocop_product_code` STRING COMMENT 'Code of its OCOP product, where it has one.',
  `recognised_on` DATE COMMENT 'Day of the recognition; empty before it.',
  `latitude` DOUBLE COMMENT 'Latitude, degrees.',
  `longitude` DOUBLE COMMENT 'Longitude, degrees.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Commune whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that commune when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Sites of rural tourism, for the digital map (QĐ 924/QĐ-TTg). The newest valid version of each row.';

-- silver.unit_lineage: Kế thừa đơn vị hành chính
CREATE TABLE `silver`.`unit_lineage` (
  `unit_code` STRING NOT NULL COMMENT 'Code of the identity that the fact was written for.',
  `unit_valid_from` DATE NOT NULL COMMENT 'First day of that identity.',
  `from_day` DATE NOT NULL COMMENT 'First day of the interval.',
  `to_day` DATE COMMENT 'Last day of the interval; empty when open.',
  `at_unit_code` STRING NOT NULL COMMENT 'Unit that the fact counts for on these days.',
  `at_unit_valid_from` DATE NOT NULL COMMENT 'First day of that unit\'s identity.',
  `at_unit_level` STRING NOT NULL COMMENT 'Level of that unit.',
  `district_code` STRING COMMENT 'District of the unit on that day; empty from 1 July 2025.',
  `district_valid_from` DATE COMMENT 'First day of the identity of the district.',
  `province_code` STRING COMMENT 'Province of the unit on that day.',
  `province_valid_from` DATE COMMENT 'First day of the identity of the province.'
)
USING DELTA
COMMENT 'Which unit a fact of an identity counts for on a day, with the parents of that day: itself while it lives, its successor where succession is whole, otherwise only the province. Days without a row cannot be decided.';

-- silver.unit_name: Tên đơn vị hành chính
CREATE TABLE `silver`.`unit_name` (
  `unit_code` STRING NOT NULL COMMENT 'GSO code, with leading zeros.',
  `unit_valid_from` DATE NOT NULL COMMENT 'First day of the identity.',
  `unit_valid_to` DATE COMMENT 'Last day of the identity; empty while it lives.',
  `level` STRING NOT NULL COMMENT 'province, district or commune.',
  `unit_name` STRING NOT NULL COMMENT 'Name as it was last.',
  `unit_type` STRING NOT NULL COMMENT 'Type as it was last, in Vietnamese (Xã, Phường, Thị trấn, Huyện …).',
  `province_code` STRING NOT NULL COMMENT 'Code of the province.',
  `province_valid_from` DATE NOT NULL COMMENT 'First day of the province\'s identity.'
)
USING DELTA
COMMENT 'What each administrative unit is called: join on unit_code and unit_valid_from for a name, and no row is counted twice. administrative_unit has a row for each version of a unit\'s attributes, so that a join on the identity alone multiplies.';
ALTER TABLE `silver`.`unit_name` ADD CONSTRAINT known_level CHECK (level IN ('province', 'district', 'commune'));

-- silver.unit_successor: Đơn vị hành chính kế tiếp
CREATE TABLE `silver`.`unit_successor` (
  `unit_code` STRING NOT NULL COMMENT 'GSO code of the unit that ended, with leading zeros.',
  `unit_valid_from` DATE NOT NULL COMMENT 'First day of its identity.',
  `successor_code` STRING NOT NULL COMMENT 'GSO code of a unit that took up some of it.',
  `successor_valid_from` DATE NOT NULL COMMENT 'First day of that identity.'
)
USING DELTA
COMMENT 'Into which units each unit that ended went, wholly or in part, as far as any list knows; by one change or by several after each other. Whether it went wholly into one says unit_lineage. Two units of different days that stand in one row share some of their territory.';

-- silver.village: Thôn
CREATE TABLE `silver`.`village` (
  `village_id` STRING NOT NULL COMMENT 'Code of the village.',
  `commune_code` STRING NOT NULL COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `name` STRING NOT NULL COMMENT 'Name of the village.',
  `households` BIGINT COMMENT 'Number of households. No village has twenty thousand; a greater number is a slip of the pen.',
  `residents` BIGINT COMMENT 'Number of residents. No village has a hundred thousand; a greater number is a slip of the pen.',
  `digital_team_decision` STRING COMMENT 'Number of the decision that set up the community digital team.',
  `team_active_from` DATE COMMENT 'First day of the team; empty while there is none.',
  `team_active_to` DATE COMMENT 'Last day of the team; empty while it goes on.',
  `latitude` DOUBLE COMMENT 'Latitude, degrees.',
  `longitude` DOUBLE COMMENT 'Longitude, degrees.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Commune whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that commune when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Villages, with their households and residents and their community digital team (QĐ 924/QĐ-TTg). What the sheet says of persons is dropped at the border. The newest valid version of each row.';
ALTER TABLE `silver`.`village` ADD CONSTRAINT not_negative CHECK ((households IS NULL OR households >= 0) AND (residents IS NULL OR residents >= 0));

-- silver.waste_source: Nguồn thải
CREATE TABLE `silver`.`waste_source` (
  `source_id` STRING NOT NULL COMMENT 'Code of the source.',
  `commune_code` STRING NOT NULL COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `kind` STRING COMMENT 'Kind of source, as written.',
  `pollutant` STRING COMMENT 'What it gives off, as written.',
  `registered_on` DATE COMMENT 'Day of the registration; empty before it.',
  `closed_on` DATE COMMENT 'First day on which it is there no more; empty while it is.',
  `treated` BOOLEAN COMMENT 'Whether its waste is treated; empty where nothing is said.',
  `latitude` DOUBLE COMMENT 'Latitude, degrees.',
  `longitude` DOUBLE COMMENT 'Longitude, degrees.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the row was last written.',
  `withdrawn` BOOLEAN COMMENT 'The row was a mistake (deleted).',
  `unit_code` STRING COMMENT 'Commune whose identity the row was written for.',
  `unit_valid_from` DATE COMMENT 'First day of that identity.',
  `province_code` STRING COMMENT 'Province of that commune when the row was written.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
COMMENT 'Sources of waste, and whether their waste is treated. The newest valid version of each row.';

-- silver.work_record: Hồ sơ công việc
CREATE TABLE `silver`.`work_record` (
  `file_id` STRING NOT NULL COMMENT 'Identifier of the work record in the e-office.',
  `file_code` STRING COMMENT 'Code of the file as the agency writes it.',
  `organ_code` STRING NOT NULL COMMENT 'Organisation as the sender wrote it, in either order.',
  `title` STRING COMMENT 'Title of the file.',
  `opened_at` TIMESTAMP NOT NULL COMMENT 'When the file was opened.',
  `due_date` DATE COMMENT 'When the work is due.',
  `closed_at` TIMESTAMP COMMENT 'When the file was closed.',
  `status` STRING NOT NULL COMMENT 'open, closed or cancelled.',
  `created_online` BOOLEAN NOT NULL COMMENT 'The file was made on the network.',
  `processed_online` BOOLEAN NOT NULL COMMENT 'The file was processed on the network.',
  `signed_digitally` BOOLEAN NOT NULL COMMENT 'Its documents were signed digitally.',
  `total_documents` INT COMMENT 'Number of documents in the file. One file holds some hundreds; over a million are another number in the wrong field.',
  `updated_at` TIMESTAMP NOT NULL COMMENT 'Version: when the sender last changed the record.',
  `withdrawn` BOOLEAN COMMENT 'The sender withdrew the record (Deleted); it counts nowhere.',
  `opened_on` DATE COMMENT 'Vietnam\'s date of opening.',
  `closed_on` DATE COMMENT 'Vietnam\'s date of closing: a record belongs to the period of this day.',
  `closed_month` STRING COMMENT 'Month of closing, YYYY-MM; empty while open.',
  `organ_id` STRING COMMENT 'Code of the organisation in the registry (whichever order the sender used).',
  `level` STRING COMMENT 'Level of the agency: province, district or commune.',
  `unit_code` STRING COMMENT 'Code of the administrative unit that the row counts for on its day; the province where nothing below it is known.',
  `unit_valid_from` DATE COMMENT 'First day of the identity of that unit; a code alone does not name a unit.',
  `unit_level` STRING COMMENT 'Level of that unit: province, district or commune.',
  `district_code` STRING COMMENT 'District of the unit on that day; empty from 1 July 2025.',
  `district_valid_from` DATE COMMENT 'First day of the identity of the district.',
  `province_code` STRING COMMENT 'Province of the unit on that day.',
  `province_valid_from` DATE COMMENT 'First day of the identity of the province.',
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object that the row came from (of equal rows the smallest is named).',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields; settles ties between equal versions.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.'
)
USING DELTA
PARTITIONED BY (`closed_month`)
COMMENT 'Work records of the e-office: the linked documents of one piece of an agency\'s work (NĐ 30/2020). The newest valid version of each. State secrets never enter.';
ALTER TABLE `silver`.`work_record` ADD CONSTRAINT closed_has_day CHECK (status <> 'closed' OR closed_on IS NOT NULL);
ALTER TABLE `silver`.`work_record` ADD CONSTRAINT known_status CHECK (status IN ('open', 'closed', 'cancelled'));

-- bronze.organisation: Cơ quan, đơn vị
CREATE TABLE `bronze`.`organisation` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `organ_id` STRING COMMENT 'Code of the organisation (QĐ 20/2020/QĐ-TTg).',
  `organ_name` STRING COMMENT 'Name of the organisation.',
  `level` STRING COMMENT 'Level of the agency: province, district or commune.',
  `unit_code` STRING COMMENT 'Administrative unit as the officer wrote it: the unit valid on the day of writing.',
  `old_organ_id` STRING COMMENT 'Code in the older order (QCVN 102:2016), where there is one.',
  `valid_from` STRING COMMENT 'First day of validity.',
  `valid_to` STRING COMMENT 'Last day of validity; empty while valid.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Cơ quan, đơn vị: as received from registry/organisations, every version that passed the border.';

-- quarantine.organisation: Cơ quan, đơn vị
CREATE TABLE `quarantine`.`organisation` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/organisations, with reasons; personal and secret fields are masked.';

-- bronze.clean_water: Nước sạch nông thôn
CREATE TABLE `bronze`.`clean_water` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `commune_code` STRING COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `measured_on` STRING COMMENT 'Day that the numbers are of.',
  `households` STRING COMMENT 'Number of households. No commune has two hundred thousand; a greater number is a slip of the pen.',
  `households_with_clean_water` STRING COMMENT 'Number of households with clean water. No commune has two hundred thousand; a greater number is a slip of the pen.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Nước sạch nông thôn: as received from registry/clean_water, every version that passed the border.';

-- quarantine.clean_water: Nước sạch nông thôn
CREATE TABLE `quarantine`.`clean_water` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/clean_water, with reasons; personal and secret fields are masked.';

-- bronze.commune_classification: Phân loại xã
CREATE TABLE `bronze`.`commune_classification` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `commune_code` STRING COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `scheme` STRING COMMENT 'By what the commune is classed: area_i_ii_iii, mountainous, ethnic_minority or group_2026 (three groups for the criteria of 2026-2030).',
  `class` STRING COMMENT 'Class within the scheme, as the decision writes it (I, II, III; 1, 2, 3).',
  `valid_from` STRING COMMENT 'First day that counts.',
  `valid_to` STRING COMMENT 'Last day that counts; empty while valid.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Phân loại xã: as received from registry/commune_classification, every version that passed the border.';

-- quarantine.commune_classification: Phân loại xã
CREATE TABLE `quarantine`.`commune_classification` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/commune_classification, with reasons; personal and secret fields are masked.';

-- bronze.commune_status: Trạng thái nông thôn mới của xã
CREATE TABLE `bronze`.`commune_status` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `commune_code` STRING COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `status` STRING COMMENT 'none, ntm, advanced, exemplary or modern.',
  `valid_from` STRING COMMENT 'First day that counts.',
  `valid_to` STRING COMMENT 'Last day that counts; empty while valid.',
  `decision_number` STRING COMMENT 'Number of the decision that recognised the commune.',
  `withdrawal_decision` STRING COMMENT 'Number of the decision that withdrew it in law; the row then counts until valid_to, and on no day where that is empty.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Trạng thái nông thôn mới của xã: as received from registry/commune_status, every version that passed the border.';

-- quarantine.commune_status: Trạng thái nông thôn mới của xã
CREATE TABLE `quarantine`.`commune_status` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/commune_status, with reasons; personal and secret fields are masked.';

-- bronze.cooperative: Hợp tác xã
CREATE TABLE `bronze`.`cooperative` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `cooperative_id` STRING COMMENT 'Code of the cooperative; mostly its tax code.',
  `name` STRING COMMENT 'Name of the cooperative.',
  `commune_code` STRING COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `registered_on` STRING COMMENT 'Day from which it is registered.',
  `dissolved_on` STRING COMMENT 'First day on which it is there no more; empty while it is.',
  `key_product` STRING COMMENT 'Key agricultural product that it is about.',
  `linkage_from` STRING COMMENT 'First day of its linkage; empty while it has none.',
  `linkage_to` STRING COMMENT 'Last day of its linkage; empty while it goes on.',
  `latitude` STRING COMMENT 'Latitude, degrees.',
  `longitude` STRING COMMENT 'Longitude, degrees.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Hợp tác xã: as received from registry/cooperatives, every version that passed the border.';

-- quarantine.cooperative: Hợp tác xã
CREATE TABLE `quarantine`.`cooperative` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/cooperatives, with reasons; personal and secret fields are masked.';

-- bronze.criterion_assessment: Đánh giá tiêu chí
CREATE TABLE `bronze`.`criterion_assessment` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `unit_code` STRING COMMENT 'Administrative unit as the officer wrote it: the unit valid on the day of writing.',
  `criterion` STRING COMMENT 'Code of the criterion or sub-criterion, such as 8.4; with the set it is the criterion\'s identity.',
  `standard` STRING COMMENT 'Standard that is meant: ntm, advanced, exemplary, modern (pilot communes from 2026) or completed (towns, cities, provinces).',
  `result` STRING COMMENT 'met or not_met.',
  `assessed_on` STRING COMMENT 'Day of the assessment, from which it counts.',
  `valid_to` STRING COMMENT 'Last day that counts; empty while valid.',
  `decision_number` STRING COMMENT 'Number of the decision that carries the assessment.',
  `withdrawal_decision` STRING COMMENT 'Number of the decision that withdrew it in law; the row then counts until valid_to, and on no day where that is empty.',
  `criteria_set` STRING COMMENT 'Set of criteria; where it is empty, the national one of that standard and day.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Đánh giá tiêu chí: as received from registry/criterion_assessments, every version that passed the border.';

-- quarantine.criterion_assessment: Đánh giá tiêu chí
CREATE TABLE `quarantine`.`criterion_assessment` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/criterion_assessments, with reasons; personal and secret fields are masked.';

-- bronze.data_standardisation_pilot: Mô hình thí điểm chuẩn hóa dữ liệu
CREATE TABLE `bronze`.`data_standardisation_pilot` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `district_code` STRING COMMENT 'District as the officer wrote it: the unit valid on the day of writing.',
  `selected_on` STRING COMMENT 'Day of the selection.',
  `accepted_on` STRING COMMENT 'Day on which the pilot was accepted; empty before it.',
  `decision_number` STRING COMMENT 'Number of the decision that selected or accepted it.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Mô hình thí điểm chuẩn hóa dữ liệu: as received from registry/data_standardisation_pilots, every version that passed the border.';

-- quarantine.data_standardisation_pilot: Mô hình thí điểm chuẩn hóa dữ liệu
CREATE TABLE `quarantine`.`data_standardisation_pilot` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/data_standardisation_pilots, with reasons; personal and secret fields are masked.';

-- bronze.district_status: Trạng thái nông thôn mới của huyện
CREATE TABLE `bronze`.`district_status` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `district_code` STRING COMMENT 'District as the officer wrote it: the unit valid on the day of writing.',
  `status` STRING COMMENT 'none, ntm, advanced, or completed (towns and cities, which complete the task).',
  `valid_from` STRING COMMENT 'First day that counts.',
  `valid_to` STRING COMMENT 'Last day that counts; empty while valid.',
  `decision_number` STRING COMMENT 'Number of the decision that recognised the district.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Trạng thái nông thôn mới của huyện: as received from registry/district_status, every version that passed the border.';

-- quarantine.district_status: Trạng thái nông thôn mới của huyện
CREATE TABLE `quarantine`.`district_status` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/district_status, with reasons; personal and secret fields are masked.';

-- bronze.environment_measurement: Quan trắc môi trường
CREATE TABLE `bronze`.`environment_measurement` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `station_id` STRING COMMENT 'Code of the station.',
  `commune_code` STRING COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `parameter` STRING COMMENT 'What is measured, such as PM2.5 or pH.',
  `measured_at` STRING COMMENT 'Moment of the measurement.',
  `value` STRING COMMENT 'Measured value. Bacteria in 100 ml of waste water are counted in hundreds of millions, and nothing is colder than -100 degrees; beyond that it is a slip of the pen.',
  `unit` STRING COMMENT 'Unit of the value, as written.',
  `limit_value` STRING COMMENT 'Greatest value that is allowed, in the same unit; within the bounds of the value.',
  `latitude` STRING COMMENT 'Latitude, degrees.',
  `longitude` STRING COMMENT 'Longitude, degrees.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Quan trắc môi trường: as received from registry/environment_measurements, every version that passed the border.';

-- quarantine.environment_measurement: Quan trắc môi trường
CREATE TABLE `quarantine`.`environment_measurement` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/environment_measurements, with reasons; personal and secret fields are masked.';

-- bronze.essential_service: Dịch vụ thiết yếu trực tuyến
CREATE TABLE `bronze`.`essential_service` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `unit_code` STRING COMMENT 'Administrative unit as the officer wrote it: the unit valid on the day of writing.',
  `level` STRING COMMENT 'Level of the unit: commune or district.',
  `service` STRING COMMENT 'health, education, community_supervision, security, environment or culture.',
  `online_since` STRING COMMENT 'First day online; empty while it is not.',
  `online_until` STRING COMMENT 'Last day online; empty while it goes on.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Dịch vụ thiết yếu trực tuyến: as received from registry/essential_services, every version that passed the border.';

-- quarantine.essential_service: Dịch vụ thiết yếu trực tuyến
CREATE TABLE `quarantine`.`essential_service` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/essential_services, with reasons; personal and secret fields are masked.';

-- bronze.growing_area: Vùng trồng
CREATE TABLE `bronze`.`growing_area` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `growing_area_code` STRING COMMENT 'Code of the growing area; its form is not checked.',
  `commune_code` STRING COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `crop` STRING COMMENT 'Crop.',
  `area_ha` STRING COMMENT 'Area, hectares. No commune has two hundred thousand; a greater number is a slip of the pen.',
  `issued_on` STRING COMMENT 'Day from which the code is issued; empty before it.',
  `status` STRING COMMENT 'in_use, paused or cancelled.',
  `latitude` STRING COMMENT 'Latitude, degrees.',
  `longitude` STRING COMMENT 'Longitude, degrees.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Vùng trồng: as received from registry/growing_areas, every version that passed the border.';

-- quarantine.growing_area: Vùng trồng
CREATE TABLE `quarantine`.`growing_area` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/growing_areas, with reasons; personal and secret fields are masked.';

-- bronze.linkage_model: Mô hình liên kết
CREATE TABLE `bronze`.`linkage_model` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `model_id` STRING COMMENT 'Code of the model.',
  `name` STRING COMMENT 'Name of the model.',
  `unit_code` STRING COMMENT 'Administrative unit as the officer wrote it: the unit valid on the day of writing.',
  `level` STRING COMMENT 'Level of the model: commune or district.',
  `key_product` STRING COMMENT 'Key agricultural product that it is about.',
  `in_raw_material_zone` STRING COMMENT 'Whether it belongs to a raw-material zone; empty where nothing is said.',
  `digital_since` STRING COMMENT 'First day on which it uses digital technology; empty while it does not.',
  `started_on` STRING COMMENT 'First day of the model.',
  `ended_on` STRING COMMENT 'First day on which it runs no more; empty while it does.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Mô hình liên kết: as received from registry/linkage_models, every version that passed the border.';

-- quarantine.linkage_model: Mô hình liên kết
CREATE TABLE `quarantine`.`linkage_model` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/linkage_models, with reasons; personal and secret fields are masked.';

-- bronze.ocop_product: Sản phẩm OCOP
CREATE TABLE `bronze`.`ocop_product` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `product_code` STRING COMMENT 'Code of the product; its parts are not checked.',
  `product_name` STRING COMMENT 'Name of the product.',
  `product_group` STRING COMMENT 'One of the six groups.',
  `product_subgroup` STRING COMMENT 'One of the 26 sub-types, as sent.',
  `producer_name` STRING COMMENT 'Name of the producer; a household\'s is a person\'s and becomes a keyed token.',
  `producer_type` STRING COMMENT 'cooperative, cooperative_group, enterprise or household.',
  `commune_code` STRING COMMENT 'Commune as the sender wrote it: the unit valid on the day of writing.',
  `decision_number` STRING COMMENT 'Number of the decision.',
  `decision_date` STRING COMMENT 'Date of the decision.',
  `recognised_by` STRING COMMENT 'Level that recognised: district, province or national.',
  `score_a` STRING COMMENT 'Points of part A.',
  `score_b` STRING COMMENT 'Points of part B.',
  `score_c` STRING COMMENT 'Points of part C.',
  `stars` STRING COMMENT 'Stars, 1 to 5.',
  `gtin` STRING COMMENT 'GTIN of the article (GS1; TCVN 12850:2019).',
  `growing_area_code` STRING COMMENT 'Code of the growing area.',
  `ecommerce_url` STRING COMMENT 'Page on an e-commerce platform.',
  `latitude` STRING COMMENT 'Latitude, degrees.',
  `longitude` STRING COMMENT 'Longitude, degrees.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the sender says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Sản phẩm OCOP: as received from ocop/products, every version that passed the border.';

-- quarantine.ocop_product: Sản phẩm OCOP
CREATE TABLE `quarantine`.`ocop_product` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of ocop/products, with reasons; personal and secret fields are masked.';

-- bronze.official_training: Đào tạo, tập huấn cán bộ
CREATE TABLE `bronze`.`official_training` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `official_id` STRING COMMENT 'Keyed token of the official.',
  `unit_code` STRING COMMENT 'Administrative unit as the officer wrote it: the unit valid on the day of writing.',
  `level` STRING COMMENT 'Level of the office: province, district or commune.',
  `role` STRING COMMENT 'Role of the official.',
  `in_role_from` STRING COMMENT 'First day in the role; empty before it.',
  `in_role_to` STRING COMMENT 'Last day in the role; empty while in it.',
  `course` STRING COMMENT 'Course.',
  `trained_on` STRING COMMENT 'Day of the training; empty while it has not been taken.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Đào tạo, tập huấn cán bộ: as received from registry/officials_training, every version that passed the border.';

-- quarantine.official_training: Đào tạo, tập huấn cán bộ
CREATE TABLE `quarantine`.`official_training` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/officials_training, with reasons; personal and secret fields are masked.';

-- bronze.raw_material_area: Vùng nguyên liệu
CREATE TABLE `bronze`.`raw_material_area` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `area_code` STRING COMMENT 'Code of the area.',
  `commune_code` STRING COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `product` STRING COMMENT 'Product of the area.',
  `area_ha` STRING COMMENT 'Area, hectares. No province has two million; a greater number is a slip of the pen.',
  `registered_on` STRING COMMENT 'Day of the registration; empty before it.',
  `latitude` STRING COMMENT 'Latitude, degrees.',
  `longitude` STRING COMMENT 'Longitude, degrees.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Vùng nguyên liệu: as received from registry/raw_material_areas, every version that passed the border.';

-- quarantine.raw_material_area: Vùng nguyên liệu
CREATE TABLE `quarantine`.`raw_material_area` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/raw_material_areas, with reasons; personal and secret fields are masked.';

-- bronze.recognition_case: Hồ sơ xét công nhận
CREATE TABLE `bronze`.`recognition_case` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `unit_code` STRING COMMENT 'Administrative unit as the officer wrote it: the unit valid on the day of writing.',
  `standard` STRING COMMENT 'Standard that is meant: ntm, advanced, exemplary, modern (pilot communes from 2026) or completed (towns, cities, provinces).',
  `stage` STRING COMMENT 'registered, self_assessed, appraised, surveyed, council, recognised, refused or withdrawn.',
  `stage_on` STRING COMMENT 'Day on which the stage was reached.',
  `decision_number` STRING COMMENT 'Number of the decision or paper of the stage, where there is one.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Hồ sơ xét công nhận: as received from registry/recognition_cases, every version that passed the border.';

-- quarantine.recognition_case: Hồ sơ xét công nhận
CREATE TABLE `quarantine`.`recognition_case` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/recognition_cases, with reasons; personal and secret fields are masked.';

-- bronze.satisfaction_survey: Lấy ý kiến hài lòng của người dân
CREATE TABLE `bronze`.`satisfaction_survey` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `unit_code` STRING COMMENT 'Administrative unit as the officer wrote it: the unit valid on the day of writing.',
  `survey_id` STRING COMMENT 'Code of the survey.',
  `subject` STRING COMMENT 'ntm_results, public_service or other.',
  `channel` STRING COMMENT 'online or paper.',
  `opened_on` STRING COMMENT 'First day of the survey; empty before it.',
  `closed_on` STRING COMMENT 'First day after the survey; empty while it is open.',
  `responses` STRING COMMENT 'Number of answers. No province has ten million households; a greater number is a slip of the pen.',
  `satisfied` STRING COMMENT 'How many of the answers are satisfied; at most as many as there are answers.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Lấy ý kiến hài lòng của người dân: as received from registry/satisfaction_surveys, every version that passed the border.';

-- quarantine.satisfaction_survey: Lấy ý kiến hài lòng của người dân
CREATE TABLE `quarantine`.`satisfaction_survey` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/satisfaction_surveys, with reasons; personal and secret fields are masked.';

-- bronze.smart_commune: Xã thông minh, xã thương mại điện tử
CREATE TABLE `bronze`.`smart_commune` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `commune_code` STRING COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `kind` STRING COMMENT 'smart or ecommerce.',
  `field` STRING COMMENT 'Field in which the commune stands out.',
  `selected_on` STRING COMMENT 'Day of the selection; empty before it.',
  `recognised_on` STRING COMMENT 'Day of the recognition; empty before it.',
  `decision_number` STRING COMMENT 'Number of the decision that selected or recognised it.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Xã thông minh, xã thương mại điện tử: as received from registry/smart_communes, every version that passed the border.';

-- quarantine.smart_commune: Xã thông minh, xã thương mại điện tử
CREATE TABLE `quarantine`.`smart_commune` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/smart_communes, with reasons; personal and secret fields are masked.';

-- bronze.supply_chain: Chuỗi cung ứng, sản phẩm truy xuất nguồn gốc
CREATE TABLE `bronze`.`supply_chain` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `chain_id` STRING COMMENT 'Code of the chain or product.',
  `name` STRING COMMENT 'Name of the chain or product.',
  `kind` STRING COMMENT 'chain or product.',
  `commune_code` STRING COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `on_traceability_system_since` STRING COMMENT 'First day on the traceability system; empty while it is not there.',
  `left_on` STRING COMMENT 'First day on which it is not on the system any more; empty while it is.',
  `latitude` STRING COMMENT 'Latitude, degrees.',
  `longitude` STRING COMMENT 'Longitude, degrees.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Chuỗi cung ứng, sản phẩm truy xuất nguồn gốc: as received from registry/supply_chains, every version that passed the border.';

-- quarantine.supply_chain: Chuỗi cung ứng, sản phẩm truy xuất nguồn gốc
CREATE TABLE `quarantine`.`supply_chain` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/supply_chains, with reasons; personal and secret fields are masked.';

-- bronze.technology: Công nghệ ứng dụng
CREATE TABLE `bronze`.`technology` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `technology_id` STRING COMMENT 'Code of the technology.',
  `name` STRING COMMENT 'Name of the technology.',
  `field` STRING COMMENT 'Field that it is applied in.',
  `provider` STRING COMMENT 'Who provides it; may be a person, so it is masked in quarantine.',
  `commune_code` STRING COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `applied_on` STRING COMMENT 'Day from which it is applied; empty before it.',
  `latitude` STRING COMMENT 'Latitude, degrees.',
  `longitude` STRING COMMENT 'Longitude, degrees.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Công nghệ ứng dụng: as received from registry/technologies, every version that passed the border.';

-- quarantine.technology: Công nghệ ứng dụng
CREATE TABLE `quarantine`.`technology` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/technologies, with reasons; personal and secret fields are masked.';

-- bronze.tourism_site: Điểm du lịch nông thôn
CREATE TABLE `bronze`.`tourism_site` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `site_id` STRING COMMENT 'Code of the site.',
  `name` STRING COMMENT 'Name of the site.',
  `commune_code` STRING COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `kind` STRING COMMENT 'Kind of site, as written.',
  `ocop_product_code` STRING COMMENT 'Code of its OCOP product, where it has one.',
  `recognised_on` STRING COMMENT 'Day of the recognition; empty before it.',
  `latitude` STRING COMMENT 'Latitude, degrees.',
  `longitude` STRING COMMENT 'Longitude, degrees.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Điểm du lịch nông thôn: as received from registry/tourism_sites, every version that passed the border.';

-- quarantine.tourism_site: Điểm du lịch nông thôn
CREATE TABLE `quarantine`.`tourism_site` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/tourism_sites, with reasons; personal and secret fields are masked.';

-- bronze.village: Thôn
CREATE TABLE `bronze`.`village` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `village_id` STRING COMMENT 'Code of the village.',
  `commune_code` STRING COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `name` STRING COMMENT 'Name of the village.',
  `households` STRING COMMENT 'Number of households. No village has twenty thousand; a greater number is a slip of the pen.',
  `residents` STRING COMMENT 'Number of residents. No village has a hundred thousand; a greater number is a slip of the pen.',
  `digital_team_decision` STRING COMMENT 'Number of the decision that set up the community digital team.',
  `team_active_from` STRING COMMENT 'First day of the team; empty while there is none.',
  `team_active_to` STRING COMMENT 'Last day of the team; empty while it goes on.',
  `latitude` STRING COMMENT 'Latitude, degrees.',
  `longitude` STRING COMMENT 'Longitude, degrees.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Thôn: as received from registry/villages, every version that passed the border.';

-- quarantine.village: Thôn
CREATE TABLE `quarantine`.`village` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/villages, with reasons; personal and secret fields are masked.';

-- bronze.waste_source: Nguồn thải
CREATE TABLE `bronze`.`waste_source` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `source_id` STRING COMMENT 'Code of the source.',
  `commune_code` STRING COMMENT 'Commune as the officer wrote it: the unit valid on the day of writing.',
  `kind` STRING COMMENT 'Kind of source, as written.',
  `pollutant` STRING COMMENT 'What it gives off, as written.',
  `registered_on` STRING COMMENT 'Day of the registration; empty before it.',
  `closed_on` STRING COMMENT 'First day on which it is there no more; empty while it is.',
  `treated` STRING COMMENT 'Whether its waste is treated; empty where nothing is said.',
  `latitude` STRING COMMENT 'Latitude, degrees.',
  `longitude` STRING COMMENT 'Longitude, degrees.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the officer says it outright.',
  `unit_name` STRING COMMENT 'Name of the unit, with or without its type (xã, phường, huyện, …); as it was called on the day of writing.',
  `in_district` STRING COMMENT 'Name of the district of the unit; of the unit itself in a sheet of districts alone.',
  `in_province` STRING COMMENT 'Name of the province of the unit.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Nguồn thải: as received from registry/waste_sources, every version that passed the border.';

-- quarantine.waste_source: Nguồn thải
CREATE TABLE `quarantine`.`waste_source` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/waste_sources, with reasons; personal and secret fields are masked.';

-- bronze.document: Văn bản điện tử
CREATE TABLE `bronze`.`document` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `DocumentKey` STRING COMMENT 'Day and code of the document that the message is about, from its DocumentId (OrganId,yyyy/MM/dd,Code) without the organisation, or from its date and code where it has none: with the organisation its identity.',
  `DocumentId` STRING COMMENT 'DocumentId of the message as sent; of a document that was replaced, as the message that replaces it names it.',
  `FromOrganId` STRING COMMENT 'Organisation that sends (From), as written in the message, in either order.',
  `CodeNumber` STRING COMMENT 'Number of the document (CodeNumber).',
  `CodeNotation` STRING COMMENT 'Notation of the document (CodeNotation).',
  `PromulgationDate` STRING COMMENT 'Day on which the document was promulgated: it belongs to the period of this day, whatever message came last.',
  `DocumentType` STRING COMMENT 'Kind of document by its code.',
  `DocumentTypeName` STRING COMMENT 'Kind of document in words.',
  `Subject` STRING COMMENT 'What the document is about, in the sender\'s words.',
  `SecrecyMark` STRING COMMENT 'Made by the reader of the format, since the standard has no such field: mat where any part of the message says that the document is secret (docs/landing.md), else thuong.',
  `Priority` STRING COMMENT 'Urgency, from 0 (normal) to 4 (express, at a set time).',
  `SteeringType` STRING COMMENT 'Kind of steering, 1 to 3.',
  `BussinessDocType` STRING COMMENT 'What the message does: new, recall, update or replace (BussinessDocType 0 to 3; new where it says nothing). Of a document that was replaced: replace, with withdrawn.',
  `Timestamp` STRING COMMENT 'Version: the time of the message, as its sender traced it (TraceHeader).',
  `Recalled` STRING COMMENT 'The document was recalled, or replaced by another; it counts nowhere.',
  `ReplacedBy` STRING COMMENT 'DocumentId of the document that replaces this one.',
  `ResponseForDocumentId` STRING COMMENT 'DocumentId of each document that this one answers, separated by a semicolon.',
  `StatusCode` STRING COMMENT 'Status that the message tells (01 arrived … 16 recall refused). A row with one is no document that was sent and counts nowhere.',
  `RecipientCount` STRING COMMENT 'Number of organisations that it was sent to. The whole country has some tens of thousands; over a million are a damaged message.',
  `AttachmentCount` STRING COMMENT 'Number of attachments; over a million are a damaged message.',
  `AttachmentCharacters` STRING COMMENT 'Characters of the encoded attachments, without white space: four for each three bytes. A message has at most 1 GiB (jobs/landing/formats/edxml.py).'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Văn bản điện tử: as received from eoffice/documents, every version that passed the border.';

-- quarantine.document: Văn bản điện tử
CREATE TABLE `quarantine`.`document` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of eoffice/documents, with reasons; personal and secret fields are masked.';

-- bronze.dossier: Hồ sơ thủ tục hành chính
CREATE TABLE `bronze`.`dossier` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `MaHoSo` STRING COMMENT 'Code of the dossier.',
  `MaTTHC` STRING COMMENT 'Code of the procedure as sent.',
  `TenTTHC` STRING COMMENT 'Name of the procedure.',
  `MaLinhVuc` STRING COMMENT 'Code of the field.',
  `TenLinhVuc` STRING COMMENT 'Name of the field.',
  `MucDo` STRING COMMENT 'full (toàn trình), partial (một phần) or information.',
  `KenhThucHien` STRING COMMENT 'in_person, online or post.',
  `DonViXuLy` STRING COMMENT 'Organisation as the sender wrote it, in either order.',
  `ChuHoSo` STRING COMMENT 'Keyed token of the applicant\'s name (NĐ 13/2023).',
  `SoGiayToChuHoSo` STRING COMMENT 'Keyed token of the applicant\'s ID number.',
  `LoaiDoiTuong` STRING COMMENT 'citizen, business, state_agency or other.',
  `MaDoiTuong` STRING COMMENT 'Keyed token of the applicant\'s code.',
  `NguoiXuLy` STRING COMMENT 'Keyed token of the official who handles the dossier.',
  `NgayNopHoSo` STRING COMMENT 'When the dossier was submitted.',
  `NgayTiepNhan` STRING COMMENT 'When the dossier was received.',
  `NgayHenTra` STRING COMMENT 'When the result is due; empty where none was set.',
  `NgayKetThucXuLy` STRING COMMENT 'When processing ended.',
  `NgayTra` STRING COMMENT 'When the result was returned.',
  `NgayTuChoi` STRING COMMENT 'When reception was refused.',
  `TrangThaiHoSo` STRING COMMENT 'State of the dossier.',
  `HinhThuc` STRING COMMENT 'Form of reception as sent.',
  `NoiNopHoSo` STRING COMMENT 'Place of submission as sent.',
  `HoSoCoThanhPhanSoHoa` STRING COMMENT 'Whether parts of the dossier were digitised, as sent.',
  `DuocThanhToanTrucTuyen` STRING COMMENT 'Whether fees were paid online, as sent.',
  `NgayCapNhat` STRING COMMENT 'Version: when the sender last changed the record.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Hồ sơ thủ tục hành chính: as received from portal/dossiers, every version that passed the border.';

-- quarantine.dossier: Hồ sơ thủ tục hành chính
CREATE TABLE `quarantine`.`dossier` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of portal/dossiers, with reasons; personal and secret fields are masked.';

-- bronze.paper_document: Văn bản giấy khai báo
CREATE TABLE `bronze`.`paper_document` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `organ_id` STRING COMMENT 'Organisation as the officer wrote it, in either order.',
  `month` STRING COMMENT 'First day of the month.',
  `sent_count` STRING COMMENT 'Number of paper documents sent in the month. No agency sends two million in a month; a greater number is a slip of the pen.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'Optional in every sheet; not used here: the unit is the organisation\'s.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Văn bản giấy khai báo: as received from registry/paper_documents, every version that passed the border.';

-- quarantine.paper_document: Văn bản giấy khai báo
CREATE TABLE `quarantine`.`paper_document` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/paper_documents, with reasons; personal and secret fields are masked.';

-- bronze.paper_work_record: Hồ sơ giấy khai báo
CREATE TABLE `bronze`.`paper_work_record` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `organ_id` STRING COMMENT 'Organisation as the officer wrote it, in either order.',
  `month` STRING COMMENT 'First day of the month.',
  `closed_count` STRING COMMENT 'Number of paper records closed in the month. No agency closes two million in a month; a greater number is a slip of the pen.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'Optional in every sheet; not used here: the unit is the organisation\'s.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Hồ sơ giấy khai báo: as received from registry/paper_work_records, every version that passed the border.';

-- quarantine.paper_work_record: Hồ sơ giấy khai báo
CREATE TABLE `quarantine`.`paper_work_record` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/paper_work_records, with reasons; personal and secret fields are masked.';

-- bronze.smart_village_assessment: Đánh giá thôn thông minh
CREATE TABLE `bronze`.`smart_village_assessment` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `village_id` STRING COMMENT 'Code of the village.',
  `criteria_set` STRING COMMENT 'Set of criteria that the village was assessed by.',
  `assessed_on` STRING COMMENT 'Day of the assessment.',
  `field` STRING COMMENT 'Field in which the village is smart.',
  `digital_team` STRING COMMENT 'Whether the village has a community digital team; empty where nothing is said.',
  `communication_channel` STRING COMMENT 'Whether head and residents have a channel on a social network; empty where nothing is said.',
  `ecommerce` STRING COMMENT 'Whether producing households are on an e-commerce platform; empty where nothing is said.',
  `culture_house_wifi` STRING COMMENT 'Whether the culture house has Wi-Fi; empty where nothing is said.',
  `digital_address_households` STRING COMMENT 'Number of households with an address on a digital map; at most those that the village has.',
  `fibre_households` STRING COMMENT 'Number of households with fibre; at most those that the village has.',
  `smartphone_households` STRING COMMENT 'Number of households with a smartphone; at most those that the village has.',
  `residents_guided_health_app` STRING COMMENT 'Number of residents who were shown how to use a health application; at most those that the village has.',
  `traceability` STRING COMMENT 'Whether producing households use traceability; empty where nothing is said.',
  `news_last_month` STRING COMMENT 'Number of articles about the village in the month before. No village has ten thousand; a greater number is a slip of the pen.',
  `recognised_by_decision` STRING COMMENT 'Number of the decision that recognised the village; empty while there is none.',
  `recognised_from` STRING COMMENT 'First day of the recognition; empty while there is none.',
  `recognised_to` STRING COMMENT 'Last day of the recognition; empty while it goes on.',
  `updated_at` STRING COMMENT 'Version: when the row was last written.',
  `deleted` STRING COMMENT 'The row was a mistake (deleted).',
  `unit_valid_from` STRING COMMENT 'Optional in every sheet; not used here: the unit is the village\'s.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Đánh giá thôn thông minh: as received from registry/smart_village_assessments, every version that passed the border.';

-- quarantine.smart_village_assessment: Đánh giá thôn thông minh
CREATE TABLE `quarantine`.`smart_village_assessment` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of registry/smart_village_assessments, with reasons; personal and secret fields are masked.';

-- bronze.work_record: Hồ sơ công việc
CREATE TABLE `bronze`.`work_record` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `line` BIGINT NOT NULL COMMENT 'Line (or sheet row) in that object.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that wrote the row.',
  `record_key` STRING COMMENT 'Business key, standardised; parts joined by U+001F. Empty where a part is missing.',
  `record_version` TIMESTAMP COMMENT 'Version of the record; empty where it cannot be read.',
  `row_hash` STRING NOT NULL COMMENT 'First 32 hex digits of SHA-256 over the standardised fields.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `copy` BOOLEAN NOT NULL COMMENT 'An equal row was there before: counted as duplicate when it is valid.',
  `version_month` STRING COMMENT 'Month of the version (YYYY-MM, Vietnam); bounds the look-up of equal rows.',
  `FileId` STRING COMMENT 'Identifier of the work record in the e-office.',
  `FileCode` STRING COMMENT 'Code of the file as the agency writes it.',
  `OrganId` STRING COMMENT 'Organisation as the sender wrote it, in either order.',
  `Title` STRING COMMENT 'Title of the file.',
  `ConfidenceLevel` STRING COMMENT 'Level of secrecy; only open records (thường) are kept.',
  `OpenedAt` STRING COMMENT 'When the file was opened.',
  `DueDate` STRING COMMENT 'When the work is due.',
  `ClosedAt` STRING COMMENT 'When the file was closed.',
  `Status` STRING COMMENT 'open, closed or cancelled.',
  `CreatedOnline` STRING COMMENT 'The file was made on the network.',
  `ProcessedOnline` STRING COMMENT 'The file was processed on the network.',
  `SignedDigitally` STRING COMMENT 'Its documents were signed digitally.',
  `TotalDocuments` STRING COMMENT 'Number of documents in the file. One file holds some hundreds; over a million are another number in the wrong field.',
  `UpdatedAt` STRING COMMENT 'Version: when the sender last changed the record.',
  `Deleted` STRING COMMENT 'The sender withdrew the record (Deleted); it counts nowhere.'
)
USING DELTA
PARTITIONED BY (`version_month`)
COMMENT 'Hồ sơ công việc: as received from eoffice/work_records, every version that passed the border.';

-- quarantine.work_record: Hồ sơ công việc
CREATE TABLE `quarantine`.`work_record` (
  `object_id` STRING NOT NULL COMMENT 'SHA-256 of the landed object.',
  `path` STRING NOT NULL COMMENT 'Where the object lies in the landing zone.',
  `line` BIGINT COMMENT 'Line (or sheet row) in the object; empty where the whole object cannot be read.',
  `row_hash` STRING COMMENT 'Hash of the standardised row; empty where there is none.',
  `key_hash` STRING COMMENT 'Keyed hash of the business key; lets a tombstone find the row.',
  `errors` ARRAY<STRUCT<`code`: STRING NOT NULL COMMENT 'Code of the error (docs/dictionary/errors.md).', `field`: STRING COMMENT 'Field, by the name that the sender uses.', `message`: STRING COMMENT 'What was expected.', `rule`: STRING COMMENT 'The rule that was broken.'>> NOT NULL COMMENT 'Why the row was rejected.',
  `fields` MAP<STRING, STRING> COMMENT 'The fields as received; personal, secret and free-text ones are masked. Empty for a line that is not a record.',
  `received_at` TIMESTAMP NOT NULL COMMENT 'When the object was first seen.',
  `run_id` STRING NOT NULL COMMENT 'Run that rejected the row.'
)
USING DELTA
COMMENT 'Rejected rows of eoffice/work_records, with reasons; personal and secret fields are masked.';
