-- Supply chains and products, and whether each is on the traceability system on the day (TCVN 12850:2019). Grain: chain_id.
SELECT
  p.day, p.province_code, p.district_code, p.unit_code, p.unit_valid_from, p.unit_level, p.commune_name, p.commune_type, p.is_rural,
  p.standard, p.area_i_ii_iii, p.mountainous, p.ethnic_minority, p.group_2026,
  t.chain_id,
  t.name,
  t.kind,
  t.on_traceability_system_since,
  t.left_on,
  COALESCE(t.on_traceability_system_since <= p.day AND (t.left_on IS NULL OR p.day < t.left_on), FALSE) AS on_system
FROM silver.supply_chain AS t
JOIN places AS p ON p.in_unit_code = t.unit_code AND p.in_unit_valid_from = t.unit_valid_from
WHERE NOT t.withdrawn
