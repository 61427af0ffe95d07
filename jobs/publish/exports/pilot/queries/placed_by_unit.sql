-- Whether each standardised row of a dataset is of one of the pilot's units.
CREATE OR REPLACE TEMP VIEW placed AS
SELECT s.object_id, s.line, m.unit_code IS NOT NULL AS is_own
FROM standard AS s
LEFT JOIN member AS m USING (unit_code, unit_valid_from)
