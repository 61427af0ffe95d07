-- Share of managers at every level who take part in the new rural programme that have been trained in digital transformation
-- (QĐ 924/QĐ-TTg), on each day of "as_of_days".
--
--   numerator    officials in their role on the day with a course on the day or before it (trained_on; empty: not yet)
--   denominator  officials in their role on the day
--
-- An official counts once, however many roles and courses there are: in role when any of the rows covers the day (in_role_from to
-- in_role_to, the last day that counts). Any course counts, also one taken in a role that has ended. The unit is that of the
-- row written last among all rows of the official (updated_at, then the greater course), moved to the day by succession.
-- The level is 'all': what is asked for is the sum over the levels.
WITH official AS (
  SELECT
    t.official_id, t.unit_code, t.unit_valid_from,
    MIN(t.trained_on) OVER (PARTITION BY t.official_id) AS trained_from,
    ROW_NUMBER() OVER (PARTITION BY t.official_id ORDER BY t.updated_at DESC, t.course DESC) AS newest_first
  FROM silver.official_training AS t
  WHERE NOT t.withdrawn
),
in_role AS (
  SELECT DISTINCT d.day, t.official_id
  FROM silver.official_training AS t
  JOIN as_of_days AS d ON t.in_role_from <= d.day AND (t.in_role_to IS NULL OR d.day <= t.in_role_to)
  WHERE NOT t.withdrawn
)
SELECT
  l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  'all' AS level,
  l.day,
  '' AS breakdown,
  COUNT(CASE WHEN o.trained_from <= l.day THEN 1 END) AS numerator,
  COUNT(*) AS denominator
FROM official AS o
JOIN in_role AS r ON r.official_id = o.official_id
JOIN located AS l ON l.in_unit_code = o.unit_code AND l.in_unit_valid_from = o.unit_valid_from AND l.day = r.day
WHERE o.newest_first = 1
GROUP BY
  l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  l.day
