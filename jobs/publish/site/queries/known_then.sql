-- What a release says of figures otherwise than the releases before it, whose states "known_then" has: totals of periods that were over on its day. A figure
-- that it has no more is a state without numbers.
WITH said AS (
  SELECT indicator, level, unit_code, unit_valid_from, period_type, period_start, period_end, numerator, denominator, value, unit
  FROM gold.indicator_value
  WHERE breakdown = '' AND period_type IN ('month', 'year_to_date', 'as_of') AND period_end < $as_of
    AND (period_end > $shown_from OR (month(period_end) = 12 AND day(period_end) = 31))
),
known AS (
  SELECT
    indicator, level, unit_code, unit_valid_from, period_type, period_start, period_end,
    any_value(unit) AS unit,
    arg_max((numerator, denominator), sequence) AS state
  FROM known_then
  GROUP BY ALL
)
SELECT
  CAST($sequence AS BIGINT) AS sequence,
  indicator, level, unit_code, unit_valid_from, period_type, period_start, period_end,
  s.numerator, s.denominator, s.value, coalesce(s.unit, k.unit) AS unit
FROM said AS s
FULL JOIN known AS k USING (indicator, level, unit_code, unit_valid_from, period_type, period_start, period_end)
WHERE
  CASE
    WHEN k.unit IS NULL THEN true
    -- The day of an earlier run has made way for the next one's, and a run as of an earlier day takes later periods along.
    WHEN s.unit IS NULL THEN k.state IS DISTINCT FROM (NULL::BIGINT, NULL::BIGINT) AND period_end < $as_of AND (period_type = 'month' OR last_day(period_end) = period_end)
    ELSE k.state IS DISTINCT FROM (s.numerator, s.denominator)
  END
