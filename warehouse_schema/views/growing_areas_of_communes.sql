-- Which communes have growing areas, and for which crops. Grain: commune (or province, where the commune cannot be told) and crop.
--
-- Of the areas issued by the day: those in use, and beside them those that are paused or cancelled.
SELECT
  p.day, p.province_code, p.district_code, p.unit_code, p.unit_valid_from, p.unit_level, p.commune_name, p.commune_type, p.is_rural,
  p.standard, p.area_i_ii_iii, p.mountainous, p.ethnic_minority, p.group_2026,
  t.crop,
  COUNT(CASE WHEN t.status = 'in_use' THEN 1 END) AS in_force,
  SUM(CASE WHEN t.status = 'in_use' THEN t.area_ha END) AS in_force_ha,
  COUNT(CASE WHEN t.status = 'paused' THEN 1 END) AS paused,
  COUNT(CASE WHEN t.status = 'cancelled' THEN 1 END) AS cancelled
FROM silver.growing_area AS t
JOIN places AS p ON p.in_unit_code = t.unit_code AND p.in_unit_valid_from = t.unit_valid_from
WHERE NOT t.withdrawn AND t.issued_on <= p.day
GROUP BY
  p.day, p.province_code, p.district_code, p.unit_code, p.unit_valid_from, p.unit_level, p.commune_name, p.commune_type, p.is_rural,
  p.standard, p.area_i_ii_iii, p.mountainous, p.ethnic_minority, p.group_2026,
  t.crop
