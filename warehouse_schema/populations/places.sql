-- Where what is located in a unit is on each day of "as_of_days" (located), with what its commune is called and which class and standard it
-- has (communes); these are NULL where the commune of the day cannot be told.
SELECT
  l.day, l.in_unit_code, l.in_unit_valid_from,
  l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  c.unit_name AS commune_name, c.unit_type AS commune_type, c.is_rural, c.standard,
  c.area_i_ii_iii, c.mountainous, c.ethnic_minority, c.group_2026
FROM located AS l
LEFT JOIN communes AS c ON c.day = l.day AND c.unit_code = l.unit_code AND c.unit_valid_from = l.unit_valid_from
