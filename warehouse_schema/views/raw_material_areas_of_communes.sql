-- Which communes have areas of raw material, and for which products. Grain: commune (or province, where the commune cannot be told) and product.
SELECT
  p.day, p.province_code, p.district_code, p.unit_code, p.unit_valid_from, p.unit_level, p.commune_name, p.commune_type, p.is_rural,
  p.standard, p.area_i_ii_iii, p.mountainous, p.ethnic_minority, p.group_2026,
  t.product,
  COUNT(*) AS areas,
  SUM(t.area_ha) AS area_ha
FROM silver.raw_material_area AS t
JOIN places AS p ON p.in_unit_code = t.unit_code AND p.in_unit_valid_from = t.unit_valid_from
WHERE NOT t.withdrawn AND t.registered_on <= p.day
GROUP BY
  p.day, p.province_code, p.district_code, p.unit_code, p.unit_valid_from, p.unit_level, p.commune_name, p.commune_type, p.is_rural,
  p.standard, p.area_i_ii_iii, p.mountainous, p.ethnic_minority, p.group_2026,
  t.product
