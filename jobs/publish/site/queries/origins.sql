-- Of each figure the landed objects that its rows came in, the largest first; those after the first $most are summed: object_id NULL, objects: how many.
--
-- Reads
--   by_object    rows of gold/indicator_value with an object's id as breakdown
--   landed       landed.sql
--   newest       the figures that are asked about: level, unit_code, unit_valid_from, period_type, period_start, period_end
WITH ranked AS (
  SELECT
    o.level, o.province_code, o.unit_code, o.unit_valid_from, o.breakdown, o.numerator, o.denominator,
    row_number() OVER (
      PARTITION BY o.level, o.unit_code, o.unit_valid_from
      ORDER BY coalesce(o.denominator, o.numerator) DESC, o.numerator DESC, o.breakdown
    ) AS place
  FROM by_object AS o
  SEMI JOIN newest AS n USING (level, unit_code, unit_valid_from, period_type, period_start, period_end)
  WHERE o.breakdown <> ''
),
shown AS (
  SELECT
    level, province_code, unit_code, unit_valid_from,
    CASE WHEN place <= $most THEN breakdown END AS object_id,
    min(place) AS place,
    count(*) AS objects,
    CAST(sum(numerator) AS BIGINT) AS numerator,
    CAST(sum(denominator) AS BIGINT) AS denominator
  FROM ranked
  GROUP BY ALL
)
SELECT s.*, l.folder, l.received_at
FROM shown AS s
LEFT JOIN landed AS l USING (object_id)
ORDER BY s.level, s.unit_code, s.unit_valid_from, s.place
