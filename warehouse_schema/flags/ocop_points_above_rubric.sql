-- A decision in which a part has more points than the rubric of its day gives: A 40, B 25, C 35 since QĐ 148/QĐ-TTg of 24 February 2023; A 35, B 25, C 40
-- before, by QĐ 1048/QĐ-TTg of 21 August 2019. Earlier decisions went by no known rubric. The day is that of the decision.
--
-- A product is judged by the rubric of the day on which it was decided, whenever its dossier began.
--
-- rubric: the most points of each part, from `from_day` up to the day before `until_day`.
WITH rubric AS (
  SELECT from_day, until_day, most_a, most_b, most_c
  FROM VALUES
    (DATE'2019-08-21', DATE'2023-02-24', 35, 25, 40),
    (DATE'2023-02-24', DATE'9999-12-31', 40, 25, 35)
    AS of_day(from_day, until_day, most_a, most_b, most_c)
)
SELECT
  o.in_unit_code AS unit_code, o.in_unit_valid_from AS unit_valid_from, 'commune' AS unit_level,
  o.district_code, o.district_valid_from, o.province_code, o.province_valid_from,
  o.decision_date AS day,
  CONCAT_WS(' ', o.product_code, o.decision_number) AS subject,
  'part_above_maximum' AS reason,
  CONCAT(
    'a=', CAST(CAST(o.score_a AS DOUBLE) AS STRING), '/', CAST(r.most_a AS STRING),
    ' b=', CAST(CAST(o.score_b AS DOUBLE) AS STRING), '/', CAST(r.most_b AS STRING),
    ' c=', CAST(CAST(o.score_c AS DOUBLE) AS STRING), '/', CAST(r.most_c AS STRING)
  ) AS detail,
  'silver/ocop_product' AS table_name,
  CONCAT_WS(' ', o.product_code, o.decision_number) AS record_key,
  o.object_id,
  o.line
FROM ocop_decisions AS o
JOIN rubric AS r ON r.from_day <= o.decision_date AND o.decision_date < r.until_day
WHERE o.score_a > r.most_a OR o.score_b > r.most_b OR o.score_c > r.most_c
