-- A commune that is exemplary on the day and in which no village is located that is recognised as smart on the day: QĐ 319/QĐ-TTg makes one a
-- condition, so something is missing in the sheets. The day is the first of the status.
--
-- A commune that was called exemplary before that decision is flagged too: the plans' targets count it likewise.
SELECT
  u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  s.standard_since AS day,
  '' AS subject,
  'no_smart_village' AS reason,
  '' AS detail,
  'silver/commune_status' AS table_name,
  CONCAT_WS(' ', u.unit_code, CAST(u.unit_valid_from AS STRING), CAST(s.standard_since AS STRING)) AS record_key,
  s.object_id,
  s.line
FROM rural_communes AS u
JOIN commune_standards AS s
  ON s.day = u.day AND s.unit_code = u.unit_code AND s.unit_valid_from = u.unit_valid_from AND s.standard = 'exemplary'
LEFT ANTI JOIN recognised_smart_villages AS v ON v.day = u.day AND v.unit_code = u.unit_code AND v.unit_valid_from = u.unit_valid_from
