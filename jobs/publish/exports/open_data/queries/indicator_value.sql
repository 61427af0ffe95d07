-- The values without what is hidden; of indicators that count people without the periods that are left out. '_T' is the total, since an empty text is no value
-- in CSV.
SELECT
  v.indicator,
  CASE WHEN v.breakdown = '' THEN '_T' ELSE v.breakdown END AS breakdown,
  v.level, v.unit_code, v.unit_valid_from, v.unit_level, v.province_code, v.period_type, v.period_start, v.period_end,
  CASE WHEN h.indicator IS NULL THEN v.numerator END AS numerator,
  CASE WHEN h.indicator IS NULL THEN v.denominator END AS denominator,
  CASE WHEN h.indicator IS NULL THEN v.value END AS value,
  v.unit,
  nullif(v.formula, '') AS formula,
  h.indicator IS NOT NULL AS suppressed
FROM gold.indicator_value AS v
LEFT JOIN hidden AS h USING (indicator, breakdown, level, unit_code, unit_valid_from, period_type, period_start, period_end)
WHERE v.indicator NOT IN (SELECT indicator FROM protected) OR v.period_type NOT IN (SELECT period_type FROM left_out)
