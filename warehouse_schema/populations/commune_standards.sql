-- Communes, of whatever type, with the standard of new rural areas that they have, on each day of "as_of_days".
--
-- standard: of the rows of commune_status in force on the day, what the one with the greatest valid_from says (then that written last, then
-- the greater decision_number); 'none' is said too. A row withdrawn in law counts until its valid_to; without a valid_to on no day. A status is
-- the unit's own and does not pass to a successor. A commune of which no row says anything is not here.
-- object_id, line: where the row that says it stands.
WITH in_force AS (
  SELECT
    d.day,
    s.unit_code,
    s.unit_valid_from,
    s.status,
    s.valid_from,
    s.decision_number,
    s.object_id,
    s.line,
    ROW_NUMBER() OVER (
      PARTITION BY d.day, s.unit_code, s.unit_valid_from
      ORDER BY s.valid_from DESC, s.updated_at DESC, s.decision_number DESC
    ) AS newest_first
  FROM silver.commune_status AS s
  JOIN as_of_days AS d ON s.valid_from <= d.day AND (s.valid_to IS NULL OR d.day <= s.valid_to)
  WHERE NOT s.withdrawn AND (s.withdrawal_decision IS NULL OR s.valid_to IS NOT NULL)
)
SELECT
  u.day, u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  s.status AS standard,
  s.valid_from AS standard_since,
  s.decision_number,
  s.object_id,
  s.line
FROM in_force AS s
JOIN units AS u ON u.day = s.day AND u.unit_code = s.unit_code AND u.unit_valid_from = s.unit_valid_from
WHERE s.newest_first = 1
