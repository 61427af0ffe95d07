-- Number of smart communes (xã nông thôn mới thông minh; QĐ 924/QĐ-TTg) on each day of "as_of_days": communes with recognised_on <= day
-- (commune_models), each once, as the decisions name them and of whatever type.
--
-- A count: there is no denominator. A commune counts where it lies on the day; where that cannot be told, for the province.
-- Breakdowns: '' total; 'stage=selected', the communes with selected_on <= day.
WITH stage AS (
  SELECT breakdown FROM VALUES (''), ('stage=selected') AS stage_name(breakdown)
)
SELECT /*+ BROADCAST(b) */
  m.unit_code, m.unit_valid_from, m.unit_level, m.district_code, m.district_valid_from, m.province_code, m.province_valid_from,
  'commune' AS level,
  m.day,
  b.breakdown,
  COUNT(*) AS numerator,
  CAST(NULL AS BIGINT) AS denominator
FROM commune_models AS m
CROSS JOIN stage AS b
WHERE m.kind = 'smart' AND CASE WHEN b.breakdown = '' THEN m.recognised ELSE m.selected END
GROUP BY
  m.unit_code, m.unit_valid_from, m.unit_level, m.district_code, m.district_valid_from, m.province_code, m.province_valid_from,
  m.day,
  b.breakdown
