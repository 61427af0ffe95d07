-- Share of the running linkage models tied to a raw-material zone that use digital technology (QĐ 924/QĐ-TTg), on each day of
-- "as_of_days".
--
--   numerator    models that run, are tied to a raw-material zone and use digital technology (running_linkage_models)
--   denominator  models that run and are tied to a raw-material zone
--
-- A model counts where it is located on the day: in the commune or the district it was written for, in a successor that took the whole
-- of it over, or for the province. The level is 'all'; whose model it is, is told apart.
-- Breakdowns: '' total; 'model_level=district|commune'.
WITH dimension AS (
  SELECT name FROM VALUES ('total'), ('model_level') AS dimension_name(name)
)
SELECT /*+ BROADCAST(b) */
  m.unit_code, m.unit_valid_from, m.unit_level, m.district_code, m.district_valid_from, m.province_code, m.province_valid_from,
  'all' AS level,
  m.day,
  CASE b.name WHEN 'model_level' THEN CONCAT('model_level=', m.model_level) ELSE '' END AS breakdown,
  COUNT(CASE WHEN m.digital THEN 1 END) AS numerator,
  COUNT(*) AS denominator
FROM running_linkage_models AS m
CROSS JOIN dimension AS b
WHERE m.in_raw_material_zone AND (b.name = 'total' OR m.model_level IS NOT NULL)
GROUP BY
  m.unit_code, m.unit_valid_from, m.unit_level, m.district_code, m.district_valid_from, m.province_code, m.province_valid_from,
  m.day,
  CASE b.name WHEN 'model_level' THEN CONCAT('model_level=', m.model_level) ELSE '' END
