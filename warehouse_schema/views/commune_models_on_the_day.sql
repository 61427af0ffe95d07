-- Communes that were selected as, or recognised as, smart or e-commerce communes by the day, field by field. Grain: the commune that the decision names
-- (named_unit_code, named_unit_valid_from), kind and field; the other columns of the commune say where that is on the day.
SELECT
  p.day, p.province_code, p.district_code, p.unit_code, p.unit_valid_from, p.unit_level, p.commune_name, p.commune_type, p.is_rural,
  p.standard, p.area_i_ii_iii, p.mountainous, p.ethnic_minority, p.group_2026,
  t.unit_code AS named_unit_code,
  t.unit_valid_from AS named_unit_valid_from,
  t.kind,
  t.field,
  t.selected_on,
  t.recognised_on,
  t.decision_number,
  CASE WHEN t.recognised_on <= p.day THEN 'recognised' ELSE 'selected' END AS stage
FROM silver.smart_commune AS t
JOIN places AS p ON p.in_unit_code = t.unit_code AND p.in_unit_valid_from = t.unit_valid_from
WHERE NOT t.withdrawn AND (t.selected_on <= p.day OR t.recognised_on <= p.day)
