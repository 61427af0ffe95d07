-- Figures by unit and month, with names: of a flow the month's own records, of a stock its newest state in the month. Totals alone, no breakdowns.
-- Grain: indicator, level, unit and month.
WITH stored AS (
  SELECT
    v.*, d.day,
    CAST(DATE_TRUNC('month', v.period_end) AS DATE) AS month,
    CASE v.period_type WHEN 'month' THEN 'flow' ELSE 'stock' END AS kind,
    ROW_NUMBER() OVER (
      PARTITION BY v.indicator, v.level, v.unit_code, v.unit_valid_from, v.period_type, CAST(DATE_TRUNC('month', v.period_end) AS DATE)
      ORDER BY v.period_end DESC
    ) AS newest
  FROM gold.indicator_value AS v
  CROSS JOIN as_of_days AS d
  WHERE v.breakdown = '' AND v.period_type IN ('month', 'as_of') AND v.period_start <= d.day
), asked AS (
  SELECT
    t.province_code, k.province_valid_from, t.indicator, t.level, t.op, t.target_unit,
    CASE WHEN t.judged_on < d.day THEN t.judged_on ELSE DATE'9999-12-31' END AS judged_until,
    t.shown_target AS plan_target,
    ROW_NUMBER() OVER (PARTITION BY t.province_code, k.province_valid_from, t.indicator, t.level ORDER BY t.due, t.plan_id) AS first_due
  FROM shown_targets AS t
  JOIN as_of_days AS d ON d.day = t.as_of
  JOIN plan_targets AS k ON k.plan_id = t.plan_id AND k.indicator = t.indicator AND k.level = t.level
  WHERE k.breakdown = ''
), named AS (
  -- A unit that has ended keeps its last name: of a period that it does not see the end of.
  SELECT
    a.*,
    CASE
      WHEN a.version_to IS NULL OR a.version_to = a.unit_valid_to THEN DATE'9999-12-31'
      ELSE a.version_to
    END AS version_until
  FROM silver.administrative_unit AS a
)
SELECT
  s.day, s.month, s.kind,
  s.indicator, n.label_vi AS indicator_vi, n.label_en AS indicator_en, s.level,
  s.unit_code, s.unit_valid_from, s.unit_level, u.unit_name, u.unit_type,
  d.unit_code AS district_code, d.unit_valid_from AS district_valid_from, d.unit_name AS district_name,
  s.province_code, p.unit_name AS province_name,
  s.period_start, s.period_end,
  s.numerator, s.denominator,
  CASE WHEN s.unit = 'count' THEN 'count' ELSE 'percent' END AS unit,
  CASE WHEN s.unit = 'count' THEN s.value ELSE 100 * s.value END AS value,
  t.op AS plan_op,
  CASE WHEN t.target_unit <> 'count' OR s.unit_level = 'province' THEN t.plan_target END AS plan_target,
  s.kind = 'flow' AND s.period_end >= s.day AS is_provisional,
  s.formula
FROM stored AS s
LEFT JOIN indicator_names AS n ON n.indicator = s.indicator
LEFT JOIN named AS u
  ON u.unit_code = s.unit_code AND u.unit_valid_from = s.unit_valid_from AND u.version_from <= s.period_end AND s.period_end <= u.version_until
LEFT JOIN named AS d
  ON s.unit_level = 'commune' AND d.level = 'district' AND d.unit_code = u.parent_code AND d.unit_valid_from = u.parent_valid_from
  AND d.version_from <= s.period_end AND s.period_end <= d.version_until
LEFT JOIN named AS p
  ON p.unit_code = u.province_code AND p.unit_valid_from = u.province_valid_from AND p.version_from <= s.period_end AND s.period_end <= p.version_until
LEFT JOIN asked AS t
  ON t.province_code = s.province_code AND t.province_valid_from = u.province_valid_from AND t.indicator = s.indicator AND t.level = s.level
  AND t.first_due = 1 AND s.period_end <= t.judged_until
WHERE s.newest = 1
