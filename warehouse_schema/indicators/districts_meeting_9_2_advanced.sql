-- Share of districts that meet criterion 9.2 (of 9, security and public administration) of the advanced new rural standard
-- (QĐ 320/QĐ-TTg), on each day of "as_of_days".
--
--   numerator    districts whose newest assessment of it says "met" and is in force (criteria_met)
--   denominator  districts; none after 30 June 2025
--
-- A plan that names 6.5 and 9.2 in one breath may mean both by the same district: with the setting criteria_6_5_and_9_2 =
-- 'same_district' a district has to meet 6.5 too. A sentence that names no subject may mean the districts of the sentence before it:
-- with subject_of_criterion_9_2 = 'districts_meeting_9_5' those alone are counted, on both sides, that meet 9.5 of the new rural standard.
SELECT
  u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  'district' AS level,
  u.day,
  '' AS breakdown,
  CAST(CASE
    WHEN u.meets_9_2_advanced AND (u.meets_6_5_advanced OR p.criteria_6_5_and_9_2 = 'each_by_itself') THEN 1 ELSE 0
  END AS BIGINT) AS numerator,
  CAST(1 AS BIGINT) AS denominator
FROM criteria_met AS u
CROSS JOIN parameters AS p
WHERE u.unit_level = 'district' AND (u.meets_9_5_ntm OR p.subject_of_criterion_9_2 = 'districts')
