-- From the facts of one indicator to its rows of gold/indicator_value.
--
-- Reads
--   facts           what the indicator's own SQL file gives (any grain)
--   indicator       one row: indicator (its name), unit ('ratio' or 'count'), formula (name and version; '' where there is one only)
--   periods         period_type, period_start, period_end; any set of periods, they may overlap
--   province_level  province_code, province_valid_from, level, from_day, to_day (last day that counts, NULL = open):
--                   the provinces that report at a level, and when
--
-- Every fact counts for its unit, for the unit's district and for the unit's province, each as of the day of the fact
-- and each once (a fact of a province's own department is one row, not three). Ratios are never averaged: numerators and
-- denominators are summed and divided once. A row is there where there is something on either side, and always one for the
-- province at each of its levels (nothing out of nothing: the value is NULL, for a count 0).
WITH boundary AS (
  SELECT period_end AS day FROM periods
  UNION
  SELECT CAST(DATE_SUB(period_start, 1) AS DATE) AS day FROM periods
),
cut AS (
  -- The days within a month on which a period ends (the run's day, as a rule): the month is cut in two there.
  SELECT
    LAST_DAY(day) AS month_end,
    LAG(day) OVER (PARTITION BY LAST_DAY(day) ORDER BY day) AS after_day,
    day AS until_day
  FROM boundary
  WHERE day <> LAST_DAY(day)
),
reach AS (
  SELECT counts_for FROM VALUES ('unit'), ('district'), ('province') AS reach_name(counts_for)
),
bucket AS (
  -- Facts are first summed to buckets, whole months or the parts of a month that is cut: every period is a union of
  -- buckets, so that the join with the (overlapping) periods meets few rows.
  SELECT /*+ BROADCAST(c) */
    f.level,
    f.unit_code, f.unit_valid_from, f.unit_level,
    f.district_code, f.district_valid_from, f.province_code, f.province_valid_from,
    f.breakdown,
    COALESCE(c.until_day, LAST_DAY(f.day)) AS bucket_day,
    MAX(f.day) AS newest_day,
    -- Exact beyond what a BIGINT holds; a total that does not fit into one fails the run and names the indicator.
    SUM(CAST(f.numerator AS DECIMAL(19, 0))) AS numerator,
    SUM(CAST(f.denominator AS DECIMAL(19, 0))) AS denominator
  FROM facts AS f
  LEFT JOIN cut AS c
    ON c.month_end = LAST_DAY(f.day)
    AND f.day <= c.until_day
    AND (c.after_day IS NULL OR c.after_day < f.day)
  GROUP BY
    f.level,
    f.unit_code, f.unit_valid_from, f.unit_level,
    f.district_code, f.district_valid_from, f.province_code, f.province_valid_from,
    f.breakdown,
    COALESCE(c.until_day, LAST_DAY(f.day))
),
reached AS (
  SELECT /*+ BROADCAST(r) */
    k.level,
    CASE r.counts_for
      WHEN 'unit' THEN k.unit_code WHEN 'district' THEN k.district_code ELSE k.province_code
    END AS unit_code,
    CASE r.counts_for
      WHEN 'unit' THEN k.unit_valid_from WHEN 'district' THEN k.district_valid_from ELSE k.province_valid_from
    END AS unit_valid_from,
    CASE r.counts_for WHEN 'unit' THEN k.unit_level ELSE r.counts_for END AS unit_level,
    k.province_code,
    k.breakdown,
    k.bucket_day,
    k.newest_day,
    k.numerator,
    k.denominator
  FROM bucket AS k
  CROSS JOIN reach AS r
  WHERE
    r.counts_for = 'unit'
    OR (r.counts_for = 'district' AND k.district_code IS NOT NULL AND k.unit_level NOT IN ('district', 'province'))
    OR (r.counts_for = 'province' AND k.unit_level <> 'province')
),
part AS (
  SELECT /*+ BROADCAST(p) */
    k.level, k.unit_code, k.unit_valid_from, k.unit_level, k.province_code, k.breakdown,
    p.period_type, p.period_start, p.period_end,
    k.newest_day,
    k.numerator,
    k.denominator,
    0 AS always
  FROM reached AS k
  JOIN periods AS p ON k.bucket_day BETWEEN p.period_start AND p.period_end
  UNION ALL
  SELECT /*+ BROADCAST(p, i) */
    v.level, v.province_code AS unit_code, v.province_valid_from AS unit_valid_from, 'province' AS unit_level,
    v.province_code, '' AS breakdown,
    p.period_type, p.period_start, p.period_end,
    p.period_start AS newest_day,
    0 AS numerator,
    CASE WHEN i.unit = 'ratio' THEN 0 END AS denominator,
    1 AS always
  FROM province_level AS v
  JOIN periods AS p ON v.from_day <= p.period_end AND (v.to_day IS NULL OR p.period_start <= v.to_day)
  CROSS JOIN indicator AS i
),
sum_under_province AS (
  SELECT
    level, unit_code, unit_valid_from, unit_level, province_code, breakdown,
    period_type, period_start, period_end,
    MAX(newest_day) AS newest_day,
    SUM(numerator) AS numerator,
    SUM(denominator) AS denominator,
    MAX(always) AS always
  FROM part
  GROUP BY level, unit_code, unit_valid_from, unit_level, province_code, breakdown, period_type, period_start, period_end
),
total AS (
  -- A unit may change its province within a period and stay the same unit: it is one row, under its newest province.
  -- (Summed in two steps: the first, over all rows, is of a kind that Spark can do without sorting them.)
  SELECT
    level, unit_code, unit_valid_from, unit_level,
    MAX_BY(province_code, CONCAT(CAST(newest_day AS STRING), province_code)) AS province_code,
    breakdown,
    period_type, period_start, period_end,
    CAST(SUM(numerator) AS BIGINT) AS numerator,
    CAST(SUM(denominator) AS BIGINT) AS denominator
  FROM sum_under_province
  GROUP BY level, unit_code, unit_valid_from, unit_level, breakdown, period_type, period_start, period_end
  HAVING SUM(numerator) <> 0 OR SUM(denominator) <> 0 OR MAX(always) = 1
)
SELECT /*+ BROADCAST(i) */
  i.indicator,
  t.breakdown,
  t.level,
  t.unit_code, t.unit_valid_from, t.unit_level,
  t.province_code,
  t.period_type, t.period_start, t.period_end,
  t.numerator,
  t.denominator,
  CASE
    WHEN i.unit = 'count' THEN CAST(t.numerator AS DOUBLE)
    ELSE CAST(t.numerator AS DOUBLE) / NULLIF(t.denominator, 0)
  END AS value,
  i.unit,
  i.formula
FROM total AS t
CROSS JOIN indicator AS i
