-- Work records of a commune's own agency that were processed online, of the year to date, in percent.
SELECT v.unit_code, v.unit_valid_from, 100 * v.value AS value
FROM gold.indicator_value AS v
WHERE v.province_code = $province AND v.indicator = 'work_records_online' AND v.level = 'commune' AND v.unit_level = 'commune'
  AND v.breakdown = '' AND v.period_type = 'year_to_date' AND v.period_end = $as_of AND v.value IS NOT NULL
