-- Whether each standardised row of a dataset is of a village that lies in one of the pilot's units.
CREATE OR REPLACE TEMP VIEW placed AS
SELECT s.object_id, s.line, m.unit_code IS NOT NULL AS is_own
FROM standard AS s
LEFT JOIN silver.village AS v USING (village_id)
LEFT JOIN member AS m ON m.unit_code = v.unit_code AND m.unit_valid_from = v.unit_valid_from
