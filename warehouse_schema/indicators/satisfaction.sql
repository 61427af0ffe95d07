-- Share of people who are satisfied with the results of the new rural programme, of those who answered an online survey, on each day of
-- "as_of_days".
--
--   numerator    satisfied answers
--   denominator  answers
--
-- Of surveys with subject = 'ntm_results' and channel = 'online' that were opened on the day or before it, closed since or not. One whose
-- numbers are not filled in yet is on neither side. Surveys are the unit's own and do not pass to a successor.
SELECT
  u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  'all' AS level,
  u.day,
  '' AS breakdown,
  CAST(SUM(s.satisfied) AS BIGINT) AS numerator,
  CAST(SUM(s.responses) AS BIGINT) AS denominator
FROM silver.satisfaction_survey AS s
JOIN units AS u ON u.unit_code = s.unit_code AND u.unit_valid_from = s.unit_valid_from AND s.opened_on <= u.day
WHERE
  NOT s.withdrawn AND s.subject = 'ntm_results' AND s.channel = 'online'
  AND s.responses IS NOT NULL AND s.satisfied IS NOT NULL
GROUP BY u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from, u.day
