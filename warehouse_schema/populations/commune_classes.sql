-- The class of each commune by each scheme of classification, on each day of "as_of_days": of the rows of commune_classification in force on the day
-- that with the greatest valid_from says it (then that written last, then the greater class). Classes are the unit's own and do not pass to a successor.
WITH in_force AS (
  SELECT
    d.day, c.unit_code, c.unit_valid_from, c.scheme, c.class,
    ROW_NUMBER() OVER (
      PARTITION BY d.day, c.unit_code, c.unit_valid_from, c.scheme
      ORDER BY c.valid_from DESC, c.updated_at DESC, c.class DESC
    ) AS newest_first
  FROM silver.commune_classification AS c
  JOIN as_of_days AS d ON c.valid_from <= d.day AND (c.valid_to IS NULL OR d.day <= c.valid_to)
  WHERE NOT c.withdrawn
)
SELECT
  u.day, u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  f.scheme,
  f.class
FROM in_force AS f
JOIN units AS u ON u.day = f.day AND u.unit_code = f.unit_code AND u.unit_valid_from = f.unit_valid_from
WHERE f.newest_first = 1
