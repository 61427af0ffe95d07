-- The targets of a province's plan as of the last stored day before the release's: the end of a month, from the same release.
SELECT * FROM gold.target_status
WHERE province_code = $province
  AND as_of = (SELECT max(t.as_of) FROM gold.target_status AS t WHERE t.province_code = $province AND t.as_of < $as_of)
