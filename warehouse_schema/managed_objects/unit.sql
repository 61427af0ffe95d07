-- Administrative units: an identity is a code and its first day. One row for each version of a unit's attributes.
--
-- It became the unit into which the whole of it went, the day after its end.
SELECT
  CONCAT(u.unit_code, '@', CAST(u.unit_valid_from AS STRING)) AS source_code,
  CAST(u.version_from AS TIMESTAMP) AS version_at,
  '' AS tie,
  ROW_NUMBER() OVER (PARTITION BY u.unit_code, u.unit_valid_from ORDER BY u.version_from DESC) = 1 AS holds,
  CONCAT(u.unit_type, ' ', u.unit_name) AS name,
  u.parent_code AS unit_code_sent,
  u.unit_code, u.unit_valid_from, u.province_code,
  u.unit_valid_from AS exists_from,
  u.unit_valid_to AS exists_to,
  FALSE AS withdrawn,
  CASE WHEN l.at_unit_level = u.level THEN 'became' END AS relation,
  'unit' AS related_kind,
  CASE WHEN l.at_unit_level = u.level THEN CONCAT(l.at_unit_code, '@', CAST(l.at_unit_valid_from AS STRING)) END AS related_code
FROM silver.administrative_unit AS u
LEFT JOIN silver.unit_lineage AS l
  ON l.unit_code = u.unit_code AND l.unit_valid_from = u.unit_valid_from AND l.from_day = DATE_ADD(u.unit_valid_to, 1)
