-- Which targets of the plans are met: the rows of gold/target_status for each day of "as_of_days".
--
-- Reads
--   target                plan_id, province_code, province_valid_from, indicator, level, op ('gte' at least, 'gt' more than),
--                         target_value, target_unit ('percent', 'count' or 'fraction': target_value of target_of),
--                         target_of, binding, due, judged_until (last day of the population or of the province; NULL = none),
--                         period_kind ('year_to_date' for flows, 'as_of' for stocks)
--                         breakdown ('' the total; else the breakdown that the plan's reading takes: 'model_level=district')
--   named_unit            plan_id, indicator, level, unit_code, unit_valid_from: the units that a target names; then only those count
--   gold.indicator_value  with rows for each day of as_of_days, each due day and each judged_until that comes before it; those of
--                         provinces, and those of the units that are named
--   as_of_days            day
--   caveat                indicator, breakdown, reason: a breakdown that, when it has anything in it, is a reservation about
--                         the total (work records of agencies whose paper files are unknown)
--   undecided             plan_id, indicator: those of which a dataset that decides what counts by the plan (decided_by) has no row yet, so that nothing
--                         can count
--
-- The numerator of a target that names its units is how many of them have something in theirs: their identity counts, whatever their later type or
-- successor. A breakdown of which there is no row, beside a total, has nothing in it.
--
-- A target is judged on the earliest of the as-of day, the day it is due and the last day of its population, by the
-- province's own row for that level. Numbers are compared exactly and before any rounding:
--   percent   numerator × 100          with  target × denominator
--   fraction  numerator × target_of    with  target × denominator: "12/20 districts" is 12 districts while there are 20,
--                                            and the same share when there are more or fewer
--   count     numerator                with  target
--
-- reason: 'not_reported' there is no row (met is NULL); 'nothing_to_measure' the denominator is 0 (met is NULL); the
-- reason of a caveat, or 'partly_not_reported' of what is undecided (met is judged all the same); '' none.
-- gap: how far the value is above the target, negative when it falls short: percentage points for percent and fraction, units for count.
WITH judged AS (
  SELECT /*+ BROADCAST(d) */
    t.plan_id, t.indicator, t.level, t.province_code, t.province_valid_from,
    t.op, t.target_value, t.target_unit, t.target_of, t.binding, t.due,
    t.period_kind AS period_type,
    t.breakdown,
    d.day AS as_of,
    LEAST(d.day, t.due, COALESCE(t.judged_until, d.day)) AS judged_on
  FROM target AS t
  CROSS JOIN as_of_days AS d
),
reservation AS (
  SELECT /*+ BROADCAST(c) */
    v.indicator, v.level, v.unit_code, v.unit_valid_from, v.period_type, v.period_end,
    MIN(c.reason) AS reason
  FROM gold.indicator_value AS v
  JOIN caveat AS c ON c.indicator = v.indicator AND c.breakdown = v.breakdown
  WHERE v.denominator > 0
  GROUP BY v.indicator, v.level, v.unit_code, v.unit_valid_from, v.period_type, v.period_end
),
named AS (
  SELECT j.plan_id, j.indicator, j.level, j.as_of, COUNT(v.unit_code) AS reached
  FROM judged AS j
  JOIN named_unit AS n ON n.plan_id = j.plan_id AND n.indicator = j.indicator AND n.level = j.level
  LEFT JOIN gold.indicator_value AS v
    ON v.indicator = j.indicator
    AND v.level = j.level
    AND v.unit_code = n.unit_code
    AND v.unit_valid_from = n.unit_valid_from
    AND v.breakdown = j.breakdown
    AND v.period_type = j.period_type
    AND v.period_end = j.judged_on
    AND v.numerator > 0
  GROUP BY j.plan_id, j.indicator, j.level, j.as_of
),
counted AS (
  SELECT
    j.*,
    v.unit_code,
    CASE
      WHEN v.unit_code IS NULL THEN NULL
      WHEN n.plan_id IS NOT NULL THEN n.reached
      WHEN j.breakdown = '' THEN v.numerator
      ELSE COALESCE(b.numerator, 0)
    END AS numerator,
    CASE WHEN j.breakdown = '' OR v.denominator IS NULL THEN v.denominator ELSE COALESCE(b.denominator, 0) END AS denominator,
    COALESCE(r.reason, CASE WHEN u.indicator IS NOT NULL THEN 'partly_not_reported' END) AS reservation
  FROM judged AS j
  LEFT JOIN undecided AS u ON u.plan_id = j.plan_id AND u.indicator = j.indicator
  LEFT JOIN gold.indicator_value AS v
    ON v.indicator = j.indicator
    AND v.level = j.level
    AND v.unit_code = j.province_code
    AND v.unit_valid_from = j.province_valid_from
    AND v.breakdown = ''
    AND v.period_type = j.period_type
    AND v.period_end = j.judged_on
  LEFT JOIN gold.indicator_value AS b
    ON b.indicator = v.indicator
    AND b.level = v.level
    AND b.unit_code = v.unit_code
    AND b.unit_valid_from = v.unit_valid_from
    AND b.breakdown = j.breakdown
    AND b.period_type = v.period_type
    AND b.period_end = v.period_end
    AND j.breakdown <> ''
  LEFT JOIN named AS n ON n.plan_id = j.plan_id AND n.indicator = j.indicator AND n.level = j.level AND n.as_of = j.as_of
  LEFT JOIN reservation AS r
    ON r.indicator = v.indicator
    AND r.level = v.level
    AND r.unit_code = v.unit_code
    AND r.unit_valid_from = v.unit_valid_from
    AND r.period_type = v.period_type
    AND r.period_end = v.period_end
),
measured AS (
  SELECT
    j.*,
    CASE
      WHEN j.denominator IS NULL THEN CAST(j.numerator AS DOUBLE)
      ELSE CAST(j.numerator AS DOUBLE) / NULLIF(j.denominator, 0)
    END AS value,
    CASE
      WHEN j.unit_code IS NULL THEN 'not_reported'
      WHEN j.denominator = 0 THEN 'nothing_to_measure'
      ELSE COALESCE(j.reservation, '')
    END AS reason,
    -- Both sides of the comparison, NULL where nothing can be judged.
    CASE
      WHEN j.denominator = 0 THEN NULL
      WHEN j.target_unit = 'percent' THEN CAST(CAST(j.numerator AS DECIMAL(19, 0)) * 100 AS DECIMAL(38, 4))
      WHEN j.target_unit = 'fraction' THEN CAST(CAST(j.numerator AS DECIMAL(19, 0)) * j.target_of AS DECIMAL(38, 4))
      ELSE CAST(j.numerator AS DECIMAL(38, 4))
    END AS reached,
    CASE
      WHEN j.target_unit = 'count' THEN CAST(j.target_value AS DECIMAL(38, 4))
      ELSE CAST(j.target_value * CAST(j.denominator AS DECIMAL(19, 0)) AS DECIMAL(38, 4))
    END AS needed,
    -- What one unit of the difference of the two sides is worth, in the unit of gap.
    CASE
      WHEN j.target_unit = 'percent' THEN CAST(j.denominator AS DOUBLE)
      WHEN j.target_unit = 'fraction' THEN CAST(j.denominator AS DOUBLE) * j.target_of / 100
      ELSE CAST(1 AS DOUBLE)
    END AS scale
  FROM counted AS j
)
SELECT
  plan_id,
  indicator,
  level,
  as_of,
  province_code,
  judged_on,
  period_type,
  CASE WHEN period_type = 'year_to_date' THEN MAKE_DATE(YEAR(judged_on), 1, 1) ELSE judged_on END AS period_start,
  judged_on AS period_end,
  op,
  CAST(target_value AS DOUBLE) AS target_value,
  target_unit,
  target_of,
  binding,
  numerator,
  denominator,
  value,
  CASE WHEN op = 'gt' THEN reached > needed ELSE reached >= needed END AS met,
  reason,
  CAST(reached - needed AS DOUBLE) / NULLIF(scale, 0) AS gap,
  due
FROM measured
