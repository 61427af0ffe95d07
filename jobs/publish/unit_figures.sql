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
  SELECT province_code, indicator, level, op, CASE target_unit WHEN 'fraction' THEN round(100 * target_value / target_of, 10) ELSE target_value END AS plan_target,
    target_unit = 'count' AS is_count
  FROM gold.target_status
  WHERE as_of = $day
  QUALIFY row_number() OVER (PARTITION BY province_code, indicator, level ORDER BY due, plan_id) = 1
) AS t
  ON t.province_code = v.province_code AND t.indicator = v.indicator AND t.level = v.level AND (NOT t.is_count OR v.unit_level = 'province')
WHERE v.unit_code = $unit AND v.breakdown = '' AND v.period_type IN ('year_to_date', 'as_of') AND v.period_end = $day
  AND n.version_from <= $day AND (n.version_to IS NULL OR n.version_to >= $day)
ORDER BY v.indicator, v.level
