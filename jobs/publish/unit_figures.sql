-- The figures of a unit on a stored day: of flows the year to date, of stocks the day's state. What the province's plan asks of all agencies of the level
-- together stands beside each, in the same unit: percent or count (of a count only beside the province).
SELECT
  v.indicator, v.level, v.unit_code, v.unit_valid_from, n.unit_name, v.unit_level, v.province_code,
  v.period_start, v.period_end, v.numerator, v.denominator,
  CASE WHEN v.unit = 'count' THEN 'count' ELSE 'percent' END AS unit,
  CASE WHEN v.unit = 'count' THEN v.value ELSE 100 * v.value END AS value,
  t.op AS plan_op, t.plan_target, v.formula
FROM gold.indicator_value AS v
JOIN silver.administrative_unit AS n USING (unit_code, unit_valid_from)
LEFT JOIN (
  -- What is judged on the total and still open on the day; frozen targets, and those of a province that the code has passed on from, ask nothing of it.
  SELECT
    t.province_code, k.province_valid_from, t.indicator, t.level, t.op,
    t.shown_target AS plan_target,
    t.target_unit = 'count' AS is_count
  FROM shown_targets AS t
  JOIN plan_targets AS k ON k.plan_id = t.plan_id AND k.indicator = t.indicator AND k.level = t.level
  WHERE t.as_of = $day AND t.judged_on = $day AND k.breakdown = ''
  QUALIFY row_number() OVER (PARTITION BY t.province_code, k.province_valid_from, t.indicator, t.level ORDER BY t.due, t.plan_id) = 1
) AS t
  ON t.province_code = v.province_code AND t.province_valid_from = n.province_valid_from AND t.indicator = v.indicator AND t.level = v.level
  AND (NOT t.is_count OR v.unit_level = 'province')
WHERE v.unit_code = $unit AND v.breakdown = '' AND v.period_type IN ('year_to_date', 'as_of') AND v.period_end = $day
  AND n.version_from <= $day AND (n.version_to IS NULL OR n.version_to >= $day)
ORDER BY v.indicator, v.level
