-- Technologies that are applied on the day, and where. Grain: technology_id.
SELECT
  p.day, p.province_code, p.district_code, p.unit_code, p.unit_valid_from, p.unit_level, p.commune_name, p.commune_type, p.is_rural,
  p.standard, p.area_i_ii_iii, p.mountainous, p.ethnic_minority, p.group_2026,
  t.technology_id,
  t.name,
  t.field,
  t.provider,
  t.applied_on
FROM silver.technology AS t
JOIN places AS p ON p.in_unit_code = t.unit_code AND p.in_unit_valid_from = t.unit_valid_from
WHERE NOT t.withdrawn AND t.applied_on <= p.day
