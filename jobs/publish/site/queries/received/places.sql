-- Where the codes lie by which a row says whose it is: an organisation in any of its spellings, a unit, a village. Each code has one province, the one of its
-- newest period or identity by the day, so that no row is counted for two.
CREATE OR REPLACE TEMP TABLE place AS
WITH organ AS (
  SELECT upper(organ_code) AS code, max_by(organ_id, from_day) AS sender, max_by(province_code, from_day) AS province_code
  FROM silver.organisation_period
  WHERE organ_id IS NOT NULL AND province_code IS NOT NULL AND from_day <= $as_of
  GROUP BY upper(organ_code)
),
organ_name AS (
  SELECT organ_id, max_by(organ_name, valid_from) AS name FROM silver.organisation WHERE NOT withdrawn GROUP BY organ_id
),
unit AS (
  SELECT unit_code AS code, max_by(unit_name, unit_valid_from) AS name, max_by(province_code, unit_valid_from) AS province_code
  FROM silver.unit_name
  WHERE unit_valid_from <= $as_of AND province_code IS NOT NULL
  GROUP BY unit_code
)
SELECT 'organisation' AS kind, o.code, o.sender, n.name, o.province_code FROM organ AS o LEFT JOIN organ_name AS n ON n.organ_id = o.sender
UNION ALL
SELECT 'unit', code, code, name, province_code FROM unit
UNION ALL
SELECT 'village', upper(v.village_id), u.code, u.name, u.province_code FROM silver.village AS v JOIN unit AS u ON u.code = v.unit_code
