-- Which criteria of the set in force each unit still lacks. Grain: unit, standard and criterion. A criterion that is listed and met is
-- not here. Of a set that silver.criterion does not list whole, what is not listed is unknown: one row with state 'unknown' and no criterion says so.
WITH listed AS (
  SELECT c.set_id, COUNT(c.parent) AS criteria FROM silver.criterion AS c GROUP BY c.set_id
)
SELECT
  n.day, n.province_code, n.district_code, n.unit_code, n.unit_valid_from, n.unit_level, u.unit_name, u.unit_type,
  n.standard AS criteria_standard, n.set_id, n.criterion, n.parent, n.name_vi,
  n.threshold_scheme, n.class, n.threshold,
  n.state, n.assessed_on, n.valid_to, n.decision_number, n.withdrawal_decision
FROM criteria_standing AS n
JOIN units AS u ON u.day = n.day AND u.unit_code = n.unit_code AND u.unit_valid_from = n.unit_valid_from
WHERE n.is_in_force AND n.is_listed AND n.state <> 'met'
UNION ALL
SELECT
  f.day, f.province_code, f.district_code, f.unit_code, f.unit_valid_from, f.unit_level, u.unit_name, u.unit_type,
  f.standard AS criteria_standard, f.set_id,
  CAST(NULL AS STRING) AS criterion, CAST(NULL AS STRING) AS parent, CAST(NULL AS STRING) AS name_vi,
  CAST(NULL AS STRING) AS threshold_scheme, CAST(NULL AS STRING) AS class, CAST(NULL AS STRING) AS threshold,
  'unknown' AS state,
  CAST(NULL AS DATE) AS assessed_on, CAST(NULL AS DATE) AS valid_to, CAST(NULL AS STRING) AS decision_number, CAST(NULL AS STRING) AS withdrawal_decision
FROM criteria_sets_of_units AS f
JOIN units AS u ON u.day = f.day AND u.unit_code = f.unit_code AND u.unit_valid_from = f.unit_valid_from
JOIN silver.criteria_set AS s ON s.set_id = f.set_id AND s.standard = f.standard
LEFT JOIN listed AS c ON c.set_id = f.set_id
WHERE f.is_in_force AND (s.sub_criteria IS NULL OR COALESCE(c.criteria, 0) < s.sub_criteria)
