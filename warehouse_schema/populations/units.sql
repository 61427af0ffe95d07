-- All administrative units, on each day of "as_of_days", with the name and type that they have on that day.
SELECT
  d.day,
  u.unit_code, u.unit_valid_from, u.level AS unit_level,
  CASE u.level
    WHEN 'district' THEN u.unit_code
    -- Since 1 July 2025 there is no district between a commune and its province.
    WHEN 'commune' THEN CASE WHEN u.parent_code <> u.province_code THEN u.parent_code END
  END AS district_code,
  CASE u.level
    WHEN 'district' THEN u.unit_valid_from
    WHEN 'commune' THEN CASE WHEN u.parent_code <> u.province_code THEN u.parent_valid_from END
  END AS district_valid_from,
  u.province_code, u.province_valid_from,
  u.unit_name,
  u.unit_type,
  u.is_rural
FROM silver.administrative_unit AS u
JOIN as_of_days AS d ON u.version_from <= d.day AND (u.version_to IS NULL OR d.day <= u.version_to)
