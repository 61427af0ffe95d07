-- Sites of rural tourism that are recognised on the day, with the OCOP product that they are. Grain: site_id.
SELECT
  p.day, p.province_code, p.district_code, p.unit_code, p.unit_valid_from, p.unit_level, p.commune_name, p.commune_type, p.is_rural,
  p.standard, p.area_i_ii_iii, p.mountainous, p.ethnic_minority, p.group_2026,
  t.site_id,
  t.name,
  t.kind,
  t.recognised_on,
  t.ocop_product_code,
  o.stars AS ocop_stars,
  o.recognised_until AS ocop_recognised_until,
  t.latitude,
  t.longitude
FROM silver.tourism_site AS t
JOIN places AS p ON p.in_unit_code = t.unit_code AND p.in_unit_valid_from = t.unit_valid_from
LEFT JOIN ocop_decisions AS o ON o.day = p.day AND o.product_code = t.ocop_product_code AND o.newest AND o.in_force
WHERE NOT t.withdrawn AND t.recognised_on <= p.day
