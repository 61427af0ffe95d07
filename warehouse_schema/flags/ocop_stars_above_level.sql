-- A decision that gives a product more stars than its level may: a district up to three, a province up to four; five are given by the ministry alone (QĐ
-- 148/QĐ-TTg, QĐ 1489/QĐ-TTg). The day is that of the decision.
--
-- A higher level that gives fewer stars is not flagged: a product that was sent up may be found to have fewer points.
SELECT
  o.in_unit_code AS unit_code, o.in_unit_valid_from AS unit_valid_from, 'commune' AS unit_level,
  o.district_code, o.district_valid_from, o.province_code, o.province_valid_from,
  o.decision_date AS day,
  CONCAT_WS(' ', o.product_code, o.decision_number) AS subject,
  CASE o.recognised_by WHEN 'district' THEN 'district_above_three' ELSE 'province_above_four' END AS reason,
  CONCAT('stars=', CAST(o.stars AS STRING)) AS detail,
  'silver/ocop_product' AS table_name,
  CONCAT_WS(' ', o.product_code, o.decision_number) AS record_key,
  o.object_id,
  o.line
FROM ocop_decisions AS o
WHERE (o.recognised_by = 'district' AND o.stars > 3) OR (o.recognised_by = 'province' AND o.stars > 4)
