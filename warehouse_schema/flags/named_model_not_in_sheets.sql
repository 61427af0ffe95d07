-- A commune that a plan names as a model of smart or of e-commerce communes, of which the sheet of these models has no row. The day is that of the plan.
--
-- A row of the same kind that names the commune is enough, whatever it says of selection and recognition. The commune is known by its identity: a row of
-- the commune that it lies in today is another one's. There is no row behind it, since that is what is missing.
--
-- model: the indicator of the target, and the kind in the sheet.
WITH model AS (
  SELECT indicator, kind FROM VALUES ('smart_communes', 'smart'), ('ecommerce_communes', 'ecommerce') AS of_indicator(indicator, kind)
)
SELECT
  n.unit_code, n.unit_valid_from, u.level AS unit_level,
  l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  n.named_on AS day,
  CONCAT_WS(' ', n.plan_id, n.indicator) AS subject,
  'not_in_the_sheets' AS reason,
  CONCAT('kind=', m.kind) AS detail,
  CAST(NULL AS STRING) AS table_name,
  CAST(NULL AS STRING) AS record_key,
  CAST(NULL AS STRING) AS object_id,
  CAST(NULL AS BIGINT) AS line
FROM named_unit AS n
JOIN model AS m ON m.indicator = n.indicator
JOIN silver.unit_name AS u ON u.unit_code = n.unit_code AND u.unit_valid_from = n.unit_valid_from
JOIN located AS l ON l.in_unit_code = n.unit_code AND l.in_unit_valid_from = n.unit_valid_from AND n.named_on <= l.day
LEFT ANTI JOIN silver.smart_commune AS s
  ON s.unit_code = n.unit_code AND s.unit_valid_from = n.unit_valid_from AND s.kind = m.kind AND NOT s.withdrawn
