-- Communes that are, or were selected to become, smart communes (kind = 'smart') or e-commerce communes ('ecommerce'), on each day of
-- "as_of_days", where they are located on that day.
--
-- One row for each kind and commune as its decisions name it, of whatever type it is or was, and however many fields they name:
-- two of them that were merged stay two, both in the commune of the day.
--
-- selected, recognised: selected_on, recognised_on of one of its rows lies on the day or before it.
WITH model AS (
  SELECT
    s.kind, s.unit_code, s.unit_valid_from,
    MIN(s.selected_on) AS selected_on,
    MIN(s.recognised_on) AS recognised_on
  FROM silver.smart_commune AS s
  WHERE NOT s.withdrawn
  GROUP BY s.kind, s.unit_code, s.unit_valid_from
)
SELECT
  l.day, l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  m.kind,
  COALESCE(m.selected_on <= l.day, FALSE) AS selected,
  COALESCE(m.recognised_on <= l.day, FALSE) AS recognised
FROM model AS m
JOIN located AS l ON l.in_unit_code = m.unit_code AND l.in_unit_valid_from = m.unit_valid_from
