-- Sites of rural tourism in a commune.
SELECT unit_code, unit_valid_from, name, kind, recognised_on, ocop_stars
FROM gold.tourism_sites_on_the_day
WHERE province_code = $province
ORDER BY name COLLATE vi, site_id
