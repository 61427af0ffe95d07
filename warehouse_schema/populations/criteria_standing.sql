-- Where each unit stands with each criterion of each set that is for it, on each day of "as_of_days": what it meets, and what it still lacks.
-- One row for each day, unit, set, standard and criterion: those that the reference lists (silver.criterion), and those that only an assessment
-- names. Of communes the rural ones (xã) have criteria. It is for one day or few: over many days an indicator reads assessed_criteria.
--
--   set_id       NULL where an assessment names no set and none is known for its standard and day
--   is_in_force  the set is the one in force for the unit, the standard and the day (criteria_sets_of_units)
--   is_listed    the reference lists the criterion. Where it lists fewer than the set has (criteria_set.sub_criteria), a row that is not there is
--                a criterion that nobody knows, and not one that is met
--   class        the class of the commune by the scheme on which the threshold hangs; NULL where none does, or the class is not known
--   threshold    what has to be reached by this unit; NULL where it is not known
--   state        as in assessed_criteria, or 'never_assessed'
WITH listed AS (
  SELECT f.day, f.unit_code, f.unit_valid_from, f.set_id, f.standard, c.code AS criterion
  FROM criteria_sets_of_units AS f
  JOIN silver.criterion AS c ON c.set_id = f.set_id
),
named AS (
  SELECT day, unit_code, unit_valid_from, set_id, standard, criterion FROM listed
  UNION
  SELECT day, unit_code, unit_valid_from, set_id, standard, criterion FROM assessed_criteria
)
SELECT
  u.day, u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  n.standard, n.set_id,
  COALESCE(f.is_in_force, FALSE) AS is_in_force,
  n.criterion,
  c.code IS NOT NULL AS is_listed,
  c.parent, c.group_vi, c.name_vi,
  c.threshold_scheme, k.class,
  CASE WHEN c.threshold_scheme IS NULL THEN c.threshold ELSE t.threshold END AS threshold,
  COALESCE(a.state, 'never_assessed') AS state,
  a.assessed_on, a.valid_to, a.decision_number, a.withdrawal_decision
FROM named AS n
JOIN units AS u ON u.day = n.day AND u.unit_code = n.unit_code AND u.unit_valid_from = n.unit_valid_from
LEFT JOIN criteria_sets_of_units AS f
  ON f.day = n.day AND f.unit_code = n.unit_code AND f.unit_valid_from = n.unit_valid_from AND f.set_id = n.set_id AND f.standard = n.standard
LEFT JOIN silver.criterion AS c ON c.set_id = n.set_id AND c.code = n.criterion
LEFT JOIN commune_classes AS k
  ON k.day = n.day AND k.unit_code = n.unit_code AND k.unit_valid_from = n.unit_valid_from AND k.scheme = c.threshold_scheme
LEFT JOIN silver.criterion_threshold AS t
  ON t.set_id = c.set_id AND t.code = c.code AND t.scheme = c.threshold_scheme AND t.class = k.class
LEFT JOIN assessed_criteria AS a
  ON a.day = n.day AND a.unit_code = n.unit_code AND a.unit_valid_from = n.unit_valid_from
  AND a.set_id IS NOT DISTINCT FROM n.set_id AND a.standard = n.standard AND a.criterion = n.criterion
WHERE u.unit_level <> 'commune' OR u.is_rural
