-- The communes that the criteria of new rural areas count, on each day of "as_of_days": communes of type xã.
--
-- Settings of the plan: commune_population = 'all_communes' takes wards and townships in too; special_zones = 'included' takes
-- special zones (đặc khu) in.
SELECT
  d.day,
  u.unit_code, u.unit_valid_from, u.level AS unit_level,
  -- Since 1 July 2025 there is no district between a commune and its province.
  CASE WHEN u.parent_code <> u.province_code THEN u.parent_code END AS district_code,
  CASE WHEN u.parent_code <> u.province_code THEN u.parent_valid_from END AS district_valid_from,
  u.province_code, u.province_valid_from
FROM silver.administrative_unit AS u
JOIN as_of_days AS d ON u.version_from <= d.day AND (u.version_to IS NULL OR d.day <= u.version_to)
CROSS JOIN parameters AS p
WHERE
  u.level = 'commune'
  AND (
    u.is_rural
    OR (u.unit_type = 'Đặc khu' AND p.special_zones = 'included')
    OR (u.unit_type <> 'Đặc khu' AND p.commune_population = 'all_communes')
  )
