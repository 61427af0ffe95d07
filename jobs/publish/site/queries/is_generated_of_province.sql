-- Whether records of the sample generator are among a province's data: of an organisation that is, or was, in it. One of which the registry cannot say where it
-- is may be anywhere, and so is in every province.
SELECT count(*) > 0 AS is_generated
FROM silver.organisation AS o
LEFT JOIN silver.organisation_period AS p ON p.organ_id = o.organ_id AND p.province_code IS NOT NULL
WHERE o.organ_name LIKE '%' || $marker || '%' AND coalesce(p.province_code = $province, true)
