-- The targets. Of an indicator that counts people the figure is there only where the province's own is published: it is the same one.
WITH shown AS (
  SELECT DISTINCT v.indicator, v.level, v.unit_code, v.period_type, v.period_end
  FROM gold.indicator_value AS v
  WHERE v.unit_level = 'province' AND v.breakdown = '' AND v.period_type NOT IN (SELECT period_type FROM left_out)
    AND v.indicator IN (SELECT indicator FROM protected)
  EXCEPT
  SELECT h.indicator, h.level, h.unit_code, h.period_type, h.period_end FROM hidden AS h
),
judged AS (
  SELECT
    t.*,
    t.numerator IS NOT NULL AND t.indicator IN (SELECT indicator FROM protected) AND s.indicator IS NULL AS suppressed
  FROM gold.target_status AS t
  LEFT JOIN shown AS s
    ON s.indicator = t.indicator AND s.level = t.level AND s.unit_code = t.province_code AND s.period_type = t.period_type AND s.period_end = t.period_end
)
SELECT
  plan_id, indicator, level, as_of, province_code, judged_on, period_type, period_start, period_end, op, target_value, target_unit, target_of, binding,
  CASE WHEN NOT suppressed THEN numerator END AS numerator,
  CASE WHEN NOT suppressed THEN denominator END AS denominator,
  CASE WHEN NOT suppressed THEN value END AS value,
  met,
  nullif(reason, '') AS reason,
  CASE WHEN NOT suppressed THEN gap END AS gap,
  due,
  suppressed
FROM judged
