-- The place of each unit among units of its level that there are on the release's day, by the year to date; equal ones share a place. Of the indicators that
-- plans set a target for, so that more is better. A unit with nothing to measure has no place.
SELECT
  v.indicator, v.level, v.unit_code, v.unit_valid_from,
  rank() OVER (PARTITION BY v.indicator, v.level, v.unit_level ORDER BY v.value DESC) AS place,
  count(*) OVER (PARTITION BY v.indicator, v.level, v.unit_level) AS units
FROM gold.indicator_value AS v
JOIN silver.unit_name AS n USING (unit_code, unit_valid_from)
WHERE v.province_code = $province AND v.breakdown = '' AND v.unit = 'ratio' AND v.value IS NOT NULL
  AND v.period_type = 'year_to_date' AND v.period_end = $as_of AND v.unit_level IN ('district', 'commune')
  AND (n.unit_valid_to IS NULL OR n.unit_valid_to >= $as_of)
  AND v.indicator IN (SELECT t.indicator FROM gold.target_status AS t WHERE t.province_code = $province AND t.op IN ('gte', 'gt'))
