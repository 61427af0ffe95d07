-- The communes that the criteria of new rural areas count, on each day of "as_of_days": communes of type xã.
--
-- Settings of the plan: commune_population = 'all_communes' takes wards and townships in too; special_zones = 'included' takes
-- special zones (đặc khu) in.
SELECT
  u.day, u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from
FROM units AS u
CROSS JOIN parameters AS p
WHERE
  u.unit_level = 'commune'
  AND (
    u.is_rural
    OR (u.unit_type = 'Đặc khu' AND p.special_zones = 'included')
    OR (u.unit_type <> 'Đặc khu' AND p.commune_population = 'all_communes')
  )
