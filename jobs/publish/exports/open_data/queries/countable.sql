-- The figures of indicators that count people and their affairs, of the periods that are published: what small ones are looked for in.
-- Reads protected (indicator), left_out (period_type).
SELECT
  indicator, level, formula, province_code, breakdown, unit_code, unit_valid_from, period_type, period_start, period_end,
  numerator, coalesce(denominator, numerator) AS denominator
FROM gold.indicator_value
WHERE indicator IN (SELECT indicator FROM protected) AND period_type NOT IN (SELECT period_type FROM left_out)
ORDER BY ALL
