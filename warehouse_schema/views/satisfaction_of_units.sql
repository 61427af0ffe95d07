-- How satisfied people are, by unit, subject and channel: surveys opened by the day. Grain: unit, subject and channel.
SELECT
  u.day, u.province_code, u.district_code, u.unit_code, u.unit_valid_from, u.unit_level, u.unit_name, u.unit_type, u.is_rural,
  c.standard, c.area_i_ii_iii, c.mountainous, c.ethnic_minority, c.group_2026,
  s.subject,
  s.channel,
  COUNT(*) AS surveys,
  COUNT(CASE WHEN s.responses IS NULL OR s.satisfied IS NULL THEN 1 END) AS surveys_without_numbers,
  MAX(s.opened_on) AS last_opened_on,
  CAST(SUM(CASE WHEN s.satisfied IS NOT NULL THEN s.responses END) AS BIGINT) AS responses,
  CAST(SUM(CASE WHEN s.responses IS NOT NULL THEN s.satisfied END) AS BIGINT) AS satisfied,
  CAST(SUM(CASE WHEN s.responses IS NOT NULL THEN s.satisfied END) AS DOUBLE)
    / NULLIF(SUM(CASE WHEN s.satisfied IS NOT NULL THEN s.responses END), 0) AS share
FROM silver.satisfaction_survey AS s
JOIN units AS u ON u.unit_code = s.unit_code AND u.unit_valid_from = s.unit_valid_from AND s.opened_on <= u.day
LEFT JOIN communes AS c ON c.day = u.day AND c.unit_code = u.unit_code AND c.unit_valid_from = u.unit_valid_from
WHERE NOT s.withdrawn
GROUP BY
  u.day, u.province_code, u.district_code, u.unit_code, u.unit_valid_from, u.unit_level, u.unit_name, u.unit_type, u.is_rural,
  c.standard, c.area_i_ii_iii, c.mountainous, c.ethnic_minority, c.group_2026,
  s.subject, s.channel
