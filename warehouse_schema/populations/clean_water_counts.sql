-- Communes, of whatever type, whose households with clean water were counted, on each day of "as_of_days": the newest count up to the day.
--
-- A count is of the unit that it was made for: the successor of a merged unit has to be counted anew.
WITH counted AS (
  SELECT
    w.unit_code, w.unit_valid_from, w.measured_on, w.households, w.households_with_clean_water,
    LEAD(w.measured_on) OVER (PARTITION BY w.unit_code, w.unit_valid_from ORDER BY w.measured_on) AS next_measured_on
  FROM silver.clean_water AS w
  WHERE NOT w.withdrawn
)
SELECT
  u.day, u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  w.measured_on,
  w.households,
  w.households_with_clean_water
FROM units AS u
JOIN counted AS w
  ON w.unit_code = u.unit_code AND w.unit_valid_from = u.unit_valid_from
  AND w.measured_on <= u.day
  AND (w.next_measured_on IS NULL OR u.day < w.next_measured_on)
