-- Cooperatives that are registered and not dissolved on the day, and whether each takes part in a linkage to sell key produce. Grain: cooperative_id.
SELECT
  p.day, p.province_code, p.district_code, p.unit_code, p.unit_valid_from, p.unit_level, p.commune_name, p.commune_type, p.is_rural,
  p.standard, p.area_i_ii_iii, p.mountainous, p.ethnic_minority, p.group_2026,
  t.cooperative_id,
  t.name,
  t.key_product,
  t.registered_on,
  t.linkage_from,
  t.linkage_to,
  COALESCE(t.linkage_from <= p.day AND (t.linkage_to IS NULL OR p.day <= t.linkage_to), FALSE) AS in_linkage
FROM silver.cooperative AS t
JOIN places AS p ON p.in_unit_code = t.unit_code AND p.in_unit_valid_from = t.unit_valid_from
WHERE NOT t.withdrawn AND t.registered_on <= p.day AND (t.dissolved_on IS NULL OR p.day < t.dissolved_on)
