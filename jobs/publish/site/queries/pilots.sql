-- Pilot districts of data standardisation that were selected by the day, each once: its newest selection, with the unit's newest name.
-- accepted_on: as the sheet has it, even where that is after the day or after the district's end; the reader has to be told.
SELECT
  p.unit_code, p.unit_valid_from, n.unit_valid_to, a.unit_name,
  a.province_code AS in_province, a.province_valid_from AS in_province_valid_from,
  p.selected_on, p.accepted_on, p.decision_number
FROM silver.data_standardisation_pilot AS p
JOIN silver.unit_name AS n ON n.unit_code = p.unit_code AND n.unit_valid_from = p.unit_valid_from
JOIN silver.administrative_unit AS a ON a.unit_code = p.unit_code AND a.unit_valid_from = p.unit_valid_from AND a.version_from <= $as_of
WHERE NOT p.withdrawn AND p.selected_on <= $as_of
QUALIFY row_number() OVER (PARTITION BY p.unit_code, p.unit_valid_from ORDER BY p.selected_on DESC, a.version_from DESC) = 1
ORDER BY p.unit_code, p.unit_valid_from
