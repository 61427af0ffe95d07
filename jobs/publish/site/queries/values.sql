-- The totals of a province's units by period. Of a unit that has ended nothing that reaches beyond its last day, and nothing of periods that begin after the
-- release's day.
SELECT
  v.indicator, v.level, v.unit_code, v.unit_valid_from, v.unit_level, v.period_type, v.period_start, v.period_end,
  v.numerator, v.denominator, v.value, v.unit, v.formula
FROM gold.indicator_value AS v
JOIN silver.unit_name AS n USING (unit_code, unit_valid_from)
WHERE v.province_code = $province AND v.breakdown = '' AND v.period_type IN ('month', 'year_to_date', 'as_of')
  AND v.period_start <= $as_of
  AND (v.period_type = 'month' OR v.period_end <= coalesce(n.unit_valid_to, DATE '9999-12-31'))
ORDER BY v.indicator, v.level, v.period_end, v.period_start, v.period_type, v.unit_code, v.unit_valid_from
