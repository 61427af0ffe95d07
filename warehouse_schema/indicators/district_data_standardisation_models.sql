-- Number of districts that pilot standardised NTM data (QĐ 924/QĐ-TTg; Nghệ An, plan 132/KH-UBND) on each day of "as_of_days": districts
-- with accepted_on <= day, each once, as the decisions name them and of whatever type.
--
-- A count: there is no denominator. The selection is the district's own and passes to no successor: a pilot counts while its
-- district is a unit, none after 30 June 2025.
-- Breakdowns: '' total; 'stage=selected', the districts with selected_on <= day.
WITH pilot AS (
  SELECT
    s.unit_code, s.unit_valid_from,
    MIN(s.selected_on) AS selected_on,
    MIN(s.accepted_on) AS accepted_on
  FROM silver.data_standardisation_pilot AS s
  WHERE NOT s.withdrawn
  GROUP BY s.unit_code, s.unit_valid_from
),
stage AS (
  SELECT breakdown FROM VALUES (''), ('stage=selected') AS stage_name(breakdown)
)
SELECT /*+ BROADCAST(b) */
  l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  'district' AS level,
  l.day,
  b.breakdown,
  CAST(1 AS BIGINT) AS numerator,
  CAST(NULL AS BIGINT) AS denominator
FROM pilot AS s
-- On the days on which it is a unit, a district is located in itself.
JOIN located AS l
  ON l.in_unit_code = s.unit_code AND l.in_unit_valid_from = s.unit_valid_from
  AND l.unit_code = s.unit_code AND l.unit_valid_from = s.unit_valid_from
CROSS JOIN stage AS b
WHERE CASE WHEN b.breakdown = '' THEN s.accepted_on ELSE s.selected_on END <= l.day
