-- What of the pilot has an identifier, or an assessment, on the day. numerator of denominator.
WITH product AS (
  SELECT o.* FROM gold.ocop_products AS o SEMI JOIN member USING (unit_code, unit_valid_from) WHERE o.recognised
), known_area AS (
  SELECT growing_area_code FROM silver.growing_area WHERE NOT withdrawn
), own_village AS (
  SELECT v.village_id FROM silver.village AS v SEMI JOIN member USING (unit_code, unit_valid_from) WHERE NOT v.withdrawn
), commune AS (
  SELECT unit_code, unit_valid_from FROM member WHERE level = 'commune' AND is_there
)
SELECT 'ocop_gtin' AS name, count(gtin) AS numerator, count(*) AS denominator FROM product
UNION ALL
SELECT 'ocop_growing_area', count(growing_area_code), count(*) FROM product
UNION ALL
SELECT 'ocop_growing_area_known', count(*) FILTER (WHERE growing_area_code IN (FROM known_area)), count(growing_area_code) FROM product
UNION ALL
SELECT
  'villages_assessed',
  count(*) FILTER (WHERE village_id IN (SELECT village_id FROM silver.smart_village_assessment WHERE NOT withdrawn AND assessed_on <= $day)),
  count(*)
FROM own_village
UNION ALL
SELECT
  'communes_assessed',
  count(*) FILTER (
    WHERE (unit_code, unit_valid_from) IN (
      SELECT (unit_code, unit_valid_from) FROM silver.criterion_assessment WHERE NOT withdrawn AND assessed_on <= $day
    )
  ),
  count(*)
FROM commune
