-- Number of rural communes that meet both criteria 8.4 and 15.2 of the advanced new rural standard (QĐ 318/QĐ-TTg), on each day of
-- "as_of_days": the newest assessment of each says "met" and is in force (criteria_met).
--
-- A count: there is no denominator.
--
-- The plan may mean each criterion by itself ("135 communes meet 8.4 and [135] meet 15.2"): with the setting criteria_8_4_and_15_2 =
-- 'each_by_itself' the count is the smaller one of the two numbers, since a number that both reach is asked for. That is no sum over
-- communes, so the province alone has a row then; how many of a district's communes meet each of them is told by
-- communes_meeting_8_4_advanced and communes_meeting_15_2_advanced.
SELECT
  u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  'commune' AS level,
  u.day,
  '' AS breakdown,
  CAST(1 AS BIGINT) AS numerator,
  CAST(NULL AS BIGINT) AS denominator
FROM criteria_met AS u
CROSS JOIN parameters AS p
WHERE
  u.unit_level = 'commune' AND u.meets_8_4_advanced AND u.meets_15_2_advanced
  AND p.criteria_8_4_and_15_2 = 'same_commune'
UNION ALL
SELECT
  u.province_code AS unit_code, u.province_valid_from AS unit_valid_from, 'province' AS unit_level,
  CAST(NULL AS STRING) AS district_code, CAST(NULL AS DATE) AS district_valid_from, u.province_code, u.province_valid_from,
  'commune' AS level,
  u.day,
  '' AS breakdown,
  LEAST(
    COUNT(CASE WHEN u.meets_8_4_advanced THEN 1 END), COUNT(CASE WHEN u.meets_15_2_advanced THEN 1 END)
  ) AS numerator,
  CAST(NULL AS BIGINT) AS denominator
FROM criteria_met AS u
CROSS JOIN parameters AS p
WHERE u.unit_level = 'commune' AND p.criteria_8_4_and_15_2 = 'each_by_itself'
GROUP BY u.province_code, u.province_valid_from, u.day
