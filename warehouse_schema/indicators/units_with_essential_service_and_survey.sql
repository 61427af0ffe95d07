-- Share of communes and districts that give an essential service online and asked the people online how satisfied they are with the
-- results of the new rural programme (QĐ 924/QĐ-TTg), on each day of "as_of_days".
--
--   numerator    units with a service online (online_since <= day <= online_until), whatever service it is, and a survey on NTM
--                results by the channel "online" opened on the day or before it, closed since or not
--   denominator  rural communes and, until 30 June 2025, districts
--
-- The level is 'mixed': the row of a district holds the district itself and its rural communes. Services and surveys are the unit's own
-- and do not pass to a successor.
--
-- Where a semicolon stands between the two parts, a plan may mean the first alone: setting service_and_survey = 'service_alone'.
WITH service AS (
  SELECT DISTINCT d.day, s.unit_code, s.unit_valid_from
  FROM silver.essential_service AS s
  JOIN as_of_days AS d ON s.online_since <= d.day AND (s.online_until IS NULL OR d.day <= s.online_until)
  WHERE NOT s.withdrawn
),
survey AS (
  SELECT q.unit_code, q.unit_valid_from, MIN(q.opened_on) AS asked_since
  FROM silver.satisfaction_survey AS q
  WHERE NOT q.withdrawn AND q.subject = 'ntm_results' AND q.channel = 'online'
  GROUP BY q.unit_code, q.unit_valid_from
)
SELECT
  u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  'mixed' AS level,
  u.day,
  '' AS breakdown,
  CAST(CASE
    WHEN s.unit_code IS NOT NULL AND (q.asked_since <= u.day OR p.service_and_survey = 'service_alone') THEN 1 ELSE 0
  END AS BIGINT) AS numerator,
  CAST(1 AS BIGINT) AS denominator
FROM communes_and_districts AS u
CROSS JOIN parameters AS p
LEFT JOIN service AS s ON s.day = u.day AND s.unit_code = u.unit_code AND s.unit_valid_from = u.unit_valid_from
LEFT JOIN survey AS q ON q.unit_code = u.unit_code AND q.unit_valid_from = u.unit_valid_from
