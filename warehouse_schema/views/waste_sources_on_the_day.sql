-- Sources of waste that are registered and not closed, and whether they are treated. Grain: source_id.
--
-- treatment: 'treated', 'untreated', or 'not_said' where the cell is empty; the indicator waste_sources_untreated counts the last two.
SELECT
  p.day, p.province_code, p.district_code, p.unit_code, p.unit_valid_from, p.unit_level, p.commune_name, p.commune_type, p.is_rural,
  p.standard, p.area_i_ii_iii, p.mountainous, p.ethnic_minority, p.group_2026,
  t.source_id,
  t.kind,
  t.pollutant,
  t.registered_on,
  CASE WHEN t.treated THEN 'treated' WHEN NOT t.treated THEN 'untreated' ELSE 'not_said' END AS treatment
FROM silver.waste_source AS t
JOIN places AS p ON p.in_unit_code = t.unit_code AND p.in_unit_valid_from = t.unit_valid_from
WHERE NOT t.withdrawn AND t.registered_on <= p.day AND (t.closed_on IS NULL OR p.day < t.closed_on)
