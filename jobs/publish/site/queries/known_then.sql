-- What a release says of figures otherwise than the releases before it, whose states "known_then" has: totals of periods that were over on its day.
WITH said AS (
  SELECT
    CAST($sequence AS BIGINT) AS sequence,
    indicator, level, unit_code, unit_valid_from, period_type, period_start, period_end, numerator, denominator, value, unit
  FROM gold.indicator_value
  WHERE breakdown = '' AND period_type IN ('month', 'year_to_date', 'as_of') AND period_end <= $as_of
    AND (period_end > $shown_from OR (month(period_end) = 12 AND day(period_end) = 31))
),
known AS (
  SELECT
    indicator, level, unit_code, unit_valid_from, period_type, period_start, period_end,
    max(sequence) AS since, arg_max((numerator, denominator), sequence) AS state
  FROM known_then
  GROUP BY ALL
)
SELECT s.*
FROM said AS s
LEFT JOIN known AS k USING (indicator, level, unit_code, unit_valid_from, period_type, period_start, period_end)
WHERE k.since IS NULL OR k.state IS DISTINCT FROM (s.numerator, s.denominator)
