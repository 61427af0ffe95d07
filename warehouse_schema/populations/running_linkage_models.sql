-- Linkage models that run, on each day of "as_of_days", where they are located on that day. started_on is the first day that
-- counts, ended_on the first that does not.
--
-- model_level: whose model it is, of a commune or of a district. in_raw_material_zone: it is tied to a raw-material zone (empty: not
-- said, so it is not). digital: it uses digital technology on the day.
SELECT
  l.day, l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  m.model_id,
  m.level AS model_level,
  COALESCE(m.in_raw_material_zone, FALSE) AS in_raw_material_zone,
  COALESCE(m.digital_since <= l.day, FALSE) AS digital
FROM silver.linkage_model AS m
JOIN located AS l ON l.in_unit_code = m.unit_code AND l.in_unit_valid_from = m.unit_valid_from
WHERE NOT m.withdrawn AND m.started_on <= l.day AND (m.ended_on IS NULL OR l.day < m.ended_on)
