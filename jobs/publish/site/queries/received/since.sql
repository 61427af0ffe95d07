-- Since when something of a province's organisations has been coming in; NULL: nothing has.
SELECT min(landed_on) AS since
FROM sent SEMI JOIN (SELECT organ_id FROM silver.organisation_period WHERE province_code = $province) USING (organ_id)
