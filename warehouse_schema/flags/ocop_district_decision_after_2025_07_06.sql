-- A decision of a district on an OCOP product that is dated after 6 July 2025, from when on the province recognises three and four stars
-- (QĐ 1489/QĐ-TTg). The day is that of the decision.
--
-- A decision dated on 6 July 2025 itself is not flagged: the decision of the Prime Minister is of that day.
SELECT
  o.in_unit_code AS unit_code, o.in_unit_valid_from AS unit_valid_from, 'commune' AS unit_level,
  o.district_code, o.district_valid_from, o.province_code, o.province_valid_from,
  o.decision_date AS day,
  CONCAT_WS(' ', o.product_code, o.decision_number) AS subject,
  'district_decides_no_more' AS reason,
  CONCAT('stars=', CAST(o.stars AS STRING)) AS detail,
  'silver/ocop_product' AS table_name,
  CONCAT_WS(' ', o.product_code, o.decision_number) AS record_key,
  o.object_id,
  o.line
FROM ocop_decisions AS o
WHERE o.recognised_by = 'district' AND o.decision_date > DATE'2025-07-06'
