-- What gold holds of flows for a period of exactly these days, whatever its type: of an indicator with several, one. For all provinces, so that an
-- indicator without a row is one that the days are not stored of.
SELECT indicator, breakdown, level, unit_code, unit_valid_from, unit_level, province_code, numerator, denominator, value, unit, formula
FROM gold.indicator_value
WHERE period_start = $start AND period_end = $end AND period_type <> 'as_of'
QUALIFY dense_rank() OVER (PARTITION BY indicator ORDER BY period_type) = 1
