-- Criteria of the sets in force that a unit still lacks.
SELECT unit_code, unit_valid_from, criteria_standard, criterion, name_vi, threshold, state, assessed_on
FROM gold.criteria_lacking
WHERE province_code = $province AND criterion IS NOT NULL
ORDER BY criteria_standard, criterion
