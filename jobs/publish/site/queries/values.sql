-- The totals of a province's units by period, with the rank of each among the units of its level that have a value: the highest is first, equal ones share a rank.
SELECT
  indicator, level, unit_code, unit_valid_from, unit_level, period_type, period_start, period_end, numerator, denominator, value, unit, formula,
  CASE WHEN value IS NOT NULL THEN
    rank() OVER (PARTITION BY indicator, level, unit_level, period_type, period_start, period_end ORDER BY value DESC NULLS LAST)
  END AS place,
  count(value) OVER (PARTITION BY indicator, level, unit_level, period_type, period_start, period_end) AS among
FROM gold.indicator_value
WHERE province_code = $province AND breakdown = '' AND period_type IN ('month', 'year_to_date', 'as_of')
ORDER BY indicator, level, period_end, period_start, unit_code, unit_valid_from
