-- Households with clean water by each commune's newest count up to the day. Grain: commune; one that was never counted is there with NULLs.
SELECT
  c.day, c.province_code, c.district_code, c.unit_code, c.unit_valid_from, c.unit_level,
  c.unit_name AS commune_name, c.unit_type AS commune_type, c.is_rural,
  c.standard, c.area_i_ii_iii, c.mountainous, c.ethnic_minority, c.group_2026,
  w.measured_on,
  w.households,
  w.households_with_clean_water,
  CASE WHEN w.households_with_clean_water <= w.households THEN CAST(w.households_with_clean_water AS DOUBLE) / NULLIF(w.households, 0) END AS share
FROM communes AS c
LEFT JOIN clean_water_counts AS w ON w.day = c.day AND w.unit_code = c.unit_code AND w.unit_valid_from = c.unit_valid_from
