-- What in a row as received says that it is the pilot's, by kind of code: an organisation of the registry in any of its spellings, a unit, a village.
CREATE OR REPLACE TEMP TABLE own_code AS
SELECT DISTINCT 'organisation' AS kind, upper(organ_code) AS code
FROM silver.organisation_period SEMI JOIN member USING (unit_code, unit_valid_from)
WHERE organ_id IS NOT NULL AND NOT ambiguous AND from_day <= $day
UNION ALL
SELECT DISTINCT 'unit', unit_code FROM member
UNION ALL
SELECT DISTINCT 'village', upper(village_id) FROM silver.village SEMI JOIN member USING (unit_code, unit_valid_from)
