-- A decision whose stars are not those that its points give: 90 to 100 five, 70 to 89 four, 50 to 69 three, 30 to 49 two, under 30 one (QĐ
-- 1048/QĐ-TTg of 21 August 2019, and the same in QĐ 148/QĐ-TTg of 24 February 2023). Earlier decisions went by no known rubric. The day is that of the
-- decision.
--
-- The bands are whole numbers. Points between two of them (89.5) may be read as either, so only a decision that both readings contradict is flagged;
-- under 30 is plain.
--
-- band: points of the stars are more than `above` and less than `below`.
WITH band AS (
  SELECT stars, above, below FROM VALUES (5, 89, 101), (4, 69, 90), (3, 49, 70), (2, 29, 50), (1, -1, 30) AS of_stars(stars, above, below)
)
SELECT
  o.in_unit_code AS unit_code, o.in_unit_valid_from AS unit_valid_from, 'commune' AS unit_level,
  o.district_code, o.district_valid_from, o.province_code, o.province_valid_from,
  o.decision_date AS day,
  CONCAT_WS(' ', o.product_code, o.decision_number) AS subject,
  CASE WHEN o.points >= b.below THEN 'fewer_than_points' ELSE 'more_than_points' END AS reason,
  CONCAT('stars=', CAST(o.stars AS STRING), ' points=', CAST(CAST(o.points AS DOUBLE) AS STRING)) AS detail,
  'silver/ocop_product' AS table_name,
  CONCAT_WS(' ', o.product_code, o.decision_number) AS record_key,
  o.object_id,
  o.line
FROM ocop_decisions AS o
JOIN band AS b ON b.stars = o.stars
WHERE
  o.decision_date >= DATE'2019-08-21'
  AND (o.points >= b.below OR o.points <= b.above OR (o.stars = 2 AND o.points < 30))
