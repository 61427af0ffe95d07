-- How units stand by what was assessed, on each day of "as_of_days". One row for each day, unit that lives on it, set, standard and criterion
-- that an assessment of the unit up to the day names.
--
--   set_id     set of criteria of the assessment: the one that it names, else the national one of its standard, its day and the unit's level
--              (and type, where the set is for some only); NULL where none is known. 8 of one set is not 8 of another.
--   state      'met' or 'not_met': what the newest assessment says, while it is in force. 'expired': its valid_to has passed, which ends an
--              older one too. 'withdrawn': it was withdrawn in law, and its valid_to has passed; or it has none, and there is no other
--   assessed_on, valid_to, decision_number, withdrawal_decision: of that assessment
--
-- An assessment withdrawn in law counts until its valid_to; without a valid_to it is left out, and the one before it counts again. Of several on
-- one day that written last counts (updated_at, then the greater decision_number). An assessment is a property of the unit that was assessed:
-- the successor of a merged unit has to be assessed anew.
WITH assessed AS (
  SELECT
    u.day, u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
    COALESCE(a.criteria_set, n.set_id) AS set_id,
    a.standard, a.criterion, a.result, a.assessed_on, a.valid_to, a.decision_number, a.withdrawal_decision,
    a.withdrawal_decision IS NULL OR a.valid_to IS NOT NULL AS counts,
    a.updated_at
  FROM silver.criterion_assessment AS a
  JOIN units AS u ON u.unit_code = a.unit_code AND u.unit_valid_from = a.unit_valid_from AND a.assessed_on <= u.day
  LEFT JOIN silver.criteria_set AS n
    ON a.criteria_set IS NULL
    AND n.province_code IS NULL
    AND n.standard = a.standard
    AND n.unit_level = u.unit_level
    AND (n.unit_types IS NULL OR CONCAT('; ', n.unit_types, ';') LIKE CONCAT('%; ', u.unit_type, ';%'))
    AND n.valid_from <= a.assessed_on
    AND (n.valid_to IS NULL OR a.assessed_on <= n.valid_to)
  WHERE NOT a.withdrawn
),
ordered AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY day, unit_code, unit_valid_from, set_id, standard, criterion
      ORDER BY counts DESC, assessed_on DESC, updated_at DESC, decision_number DESC NULLS LAST
    ) AS place
  FROM assessed
)
SELECT
  day, unit_code, unit_valid_from, unit_level, district_code, district_valid_from, province_code, province_valid_from,
  set_id, standard, criterion,
  CASE
    WHEN NOT counts OR (valid_to < day AND withdrawal_decision IS NOT NULL) THEN 'withdrawn'
    WHEN valid_to < day THEN 'expired'
    ELSE result
  END AS state,
  assessed_on, valid_to, decision_number, withdrawal_decision
FROM ordered
WHERE place = 1
