-- Communes and districts counted together, on each day of "as_of_days": the two populations, one below the other.
SELECT
  day, unit_code, unit_valid_from, unit_level, district_code, district_valid_from, province_code, province_valid_from
FROM rural_communes
UNION ALL
SELECT
  day, unit_code, unit_valid_from, unit_level, district_code, district_valid_from, province_code, province_valid_from
FROM districts
