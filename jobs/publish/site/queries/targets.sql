-- The targets of a province's plan as of the day.
SELECT * FROM gold.target_status WHERE province_code = $province AND as_of = $as_of ORDER BY plan_id, indicator, level
