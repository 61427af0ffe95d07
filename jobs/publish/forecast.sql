-- The targets of a province's plans that are not met on the release's day, each with its ends of months up to that day. What was judged for good on an
-- earlier day moves no more. Of a target that is judged on the year to date none: its figure begins anew each January.
SELECT
  t.plan_id, t.indicator, t.level, t.op, t.target_value, t.target_unit, t.target_of, t.due, t.period_type, t.value AS value_now,
  h.as_of, h.value
FROM gold.target_status AS t
LEFT JOIN gold.target_status AS h
  ON h.plan_id = t.plan_id AND h.indicator = t.indicator AND h.level = t.level
  AND h.as_of <= t.as_of AND h.as_of = last_day(h.as_of) AND h.value IS NOT NULL
  AND t.period_type = 'as_of'
WHERE t.as_of = $as_of AND t.met = false AND t.judged_on = t.as_of AND t.due > t.as_of
  AND ($province IS NULL OR t.province_code = $province)
ORDER BY t.plan_id, t.indicator, t.level, h.as_of
