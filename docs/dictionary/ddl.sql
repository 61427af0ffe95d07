-- Generated from warehouse_schema/tables; do not edit. Change a contract, then run: python -m jobs.publish.dictionary
-- Spark's SQL. For reading and for tools: the pipeline makes its tables from the same contracts (jobs/engine/tables.py), and adds
-- retention, which is a setting, and the columns with statistics.

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
  `reason` STRING NOT NULL COMMENT '\'\' or why it is as it is: nothing_to_measure, not_reported, units_changed, paper_files_unknown.',
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
  `definitions` MAP<STRING, STRING> COMMENT 'Fingerprint of each definition that the tables were made by, by its name (indicator/<id>, plan/<id>, contract/<table>).'
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
  `unit_valid_from` STRING COMMENT 'First day of the unit, where the sender says it outright.'
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
