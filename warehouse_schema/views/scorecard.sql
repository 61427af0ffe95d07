-- Every target of the plans as of the release's day, with names, and with value, target and gap in one unit. Grain: plan, indicator, level.
WITH judged AS (
  SELECT
    d.day, t.*,
    CASE WHEN t.target_unit = 'count' THEN t.value ELSE 100 * t.value END AS shown_value
  FROM shown_targets AS t
  JOIN as_of_days AS d ON d.day = t.as_of
)
SELECT
  j.day, j.plan_id, p.title AS plan_title, j.province_code, p.province_name,
  j.indicator, n.label_vi AS indicator_vi, n.label_en AS indicator_en, j.level,
  j.judged_on, j.period_type, j.period_start, j.period_end,
  j.numerator, j.denominator,
  j.shown_unit AS unit,
  j.shown_value AS value,
  j.op,
  j.shown_target AS target,
  j.gap,
  j.met, j.reason, j.binding, j.due
FROM judged AS j
LEFT JOIN plan_names AS p ON p.plan_id = j.plan_id
LEFT JOIN indicator_names AS n ON n.indicator = j.indicator
