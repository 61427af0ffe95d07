-- The sets of criteria that are for each unit, in force or not, on each day of "as_of_days": national ones, and those of its own province. One row
-- for each day, unit, set and standard. Of communes the rural ones (xã) have criteria.
--
--   is_in_force  the one that holds for the unit, the standard and the day: of the sets whose days hold it the one whose valid_from is the latest;
--                on the same day the province's own. So a national set that is newer than the province's takes its place. A set whose first day is
--                not known is never in force
WITH fitting AS (
  SELECT
    u.day, u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
    s.set_id, s.standard, s.valid_from, s.province_code AS issued_by,
    COALESCE(s.valid_from <= u.day, FALSE) AND (s.valid_to IS NULL OR u.day <= s.valid_to) AS holds
  FROM units AS u
  JOIN silver.criteria_set AS s
    ON s.unit_level = u.unit_level
    AND (s.unit_types IS NULL OR CONCAT('; ', s.unit_types, ';') LIKE CONCAT('%; ', u.unit_type, ';%'))
    AND (s.province_code IS NULL OR (s.province_code = u.province_code AND s.province_valid_from = u.province_valid_from))
  WHERE u.unit_level <> 'commune' OR u.is_rural
)
SELECT
  day, unit_code, unit_valid_from, unit_level, district_code, district_valid_from, province_code, province_valid_from, set_id, standard,
  holds AND ROW_NUMBER() OVER (
    PARTITION BY day, unit_code, unit_valid_from, standard
    ORDER BY CASE WHEN holds THEN 0 ELSE 1 END, valid_from DESC NULLS LAST, issued_by NULLS LAST, set_id
  ) = 1 AS is_in_force
FROM fitting
