-- For each unit that has coordinates the newest total of each indicator, of a year to date or of a day; a hidden one is NULL and said to be suppressed.
-- Reads the published tables. Grain: unit, indicator, level.
SELECT
  u.unit_code, u.unit_valid_from, u.unit_name, u.unit_type, u.level AS unit_level, u.province_code, u.latitude, u.longitude,
  v.indicator, v.level, v.value, v.period_end, v.suppressed
FROM indicator_value AS v
JOIN unit AS u USING (unit_code, unit_valid_from)
WHERE v.breakdown = '_T' AND v.period_type IN ('as_of', 'year_to_date') AND v.period_end <= $as_of
  AND u.latitude IS NOT NULL AND u.longitude IS NOT NULL AND (u.unit_valid_to IS NULL OR u.unit_valid_to >= v.period_end)
QUALIFY row_number() OVER (PARTITION BY v.unit_code, v.unit_valid_from, v.indicator, v.level ORDER BY v.period_end DESC) = 1
ORDER BY u.unit_code, u.unit_valid_from, v.indicator, v.level
