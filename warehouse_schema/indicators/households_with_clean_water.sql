-- Share of households with clean water in rural communes, on each day of "as_of_days".
--
--   numerator    households_with_clean_water of the newest count up to the day (clean_water_counts)
--   denominator  households of the same count
--
-- A commune that was never counted is on neither side, nor is one whose newest count has more households with clean water than households: the
-- count cannot be right (flag clean_water_above_households), and would make a share above 1.
SELECT
  u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  'all' AS level,
  u.day,
  '' AS breakdown,
  w.households_with_clean_water AS numerator,
  w.households AS denominator
FROM rural_communes AS u
JOIN clean_water_counts AS w ON w.day = u.day AND w.unit_code = u.unit_code AND w.unit_valid_from = u.unit_valid_from
WHERE w.households_with_clean_water <= w.households
