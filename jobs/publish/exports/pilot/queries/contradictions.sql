-- Contradictions between the pilot's records on the release's day, by flag.
SELECT flag, count(*) AS flag_count
FROM gold.flag
WHERE district_code = $unit AND district_valid_from = $valid_from OR (unit_code, unit_valid_from) IN (SELECT (unit_code, unit_valid_from) FROM member)
GROUP BY flag
ORDER BY flag
