-- Cooperatives that are registered and not dissolved, on each day of "as_of_days", where they are located on that day.
-- registered_on is the first day that counts, dissolved_on the first that does not.
--
-- in_linkage: the cooperative takes part in a linkage to sell key produce on the day (linkage_to is the last day that counts).
SELECT
  l.day, l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  c.cooperative_id,
  COALESCE(c.linkage_from <= l.day AND (c.linkage_to IS NULL OR l.day <= c.linkage_to), FALSE) AS in_linkage
FROM silver.cooperative AS c
JOIN located AS l ON l.in_unit_code = c.unit_code AND l.in_unit_valid_from = c.unit_valid_from
WHERE NOT c.withdrawn AND c.registered_on <= l.day AND (c.dissolved_on IS NULL OR l.day < c.dissolved_on)
