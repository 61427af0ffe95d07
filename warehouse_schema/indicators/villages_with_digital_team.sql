-- Share of villages with an active community digital team (Lạng Sơn, plan 09/KH-UBND), on each day of "as_of_days".
--
--   numerator    villages with team_active_from <= day <= team_active_to
--   denominator  villages, those of wards and townships too
--
-- Nothing tells since when there is a village: each one of the register is in the denominator on every day. It counts where it is
-- located on the day; where that cannot be told, for the province.
--
-- The plan says "communes with 100 % of their villages". With the setting digital_team_share = 'of_communes' rural communes are counted: those
-- in which every village has a team, of all; a commune of which no village is known has none.
WITH village_by_unit AS (
  SELECT
    l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
    l.day,
    COUNT(CASE
      WHEN v.team_active_from <= l.day AND (v.team_active_to IS NULL OR l.day <= v.team_active_to) THEN 1
    END) AS with_team,
    COUNT(*) AS villages
  FROM silver.village AS v
  JOIN located AS l ON l.in_unit_code = v.unit_code AND l.in_unit_valid_from = v.unit_valid_from
  WHERE NOT v.withdrawn
  GROUP BY
    l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
    l.day
)
SELECT
  v.unit_code, v.unit_valid_from, v.unit_level, v.district_code, v.district_valid_from, v.province_code, v.province_valid_from,
  'village' AS level,
  v.day,
  '' AS breakdown,
  v.with_team AS numerator,
  v.villages AS denominator
FROM village_by_unit AS v
CROSS JOIN parameters AS p
WHERE p.digital_team_share = 'of_villages'
UNION ALL
SELECT
  u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  'village' AS level,
  u.day,
  '' AS breakdown,
  CAST(CASE WHEN v.with_team = v.villages THEN 1 ELSE 0 END AS BIGINT) AS numerator,
  CAST(1 AS BIGINT) AS denominator
FROM rural_communes AS u
CROSS JOIN parameters AS p
LEFT JOIN village_by_unit AS v ON v.day = u.day AND v.unit_code = u.unit_code AND v.unit_valid_from = u.unit_valid_from
WHERE p.digital_team_share = 'of_communes'
