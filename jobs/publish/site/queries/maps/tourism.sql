-- Sites of rural tourism in a commune.
SELECT unit_code, unit_valid_from, count(*) AS value
FROM gold.tourism_sites_on_the_day
WHERE province_code = $province AND unit_level = 'commune'
GROUP BY unit_code, unit_valid_from
