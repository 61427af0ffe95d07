-- Whether records of the sample generator are among the data: it marks the names of its organisations.
SELECT count(*) > 0 AS is_generated FROM silver.organisation WHERE organ_name LIKE '%' || $marker || '%'
