-- Communes and districts with the criteria of the plans that they meet, on each day of "as_of_days" (QĐ 318/QĐ-TTg and 320/QĐ-TTg
-- of 8 March 2022). One row for each unit of the population communes_and_districts and day.
--
-- A criterion of a standard is met when the newest assessment of it up to the day says so and is in force: a newer one that
-- says "not met", or one that has expired since (valid_to is the last day that counts), ends an older one that says "met".
-- An assessment withdrawn in law counts until its valid_to; without a valid_to it is left out, and the one before it counts
-- again. Of several on one day that written last counts (updated_at, then the greater decision_number).
--
-- An assessment is a property of the unit that was assessed: the successor of a merged unit has to be assessed anew.
WITH assessed AS (
  SELECT
    a.unit_code, a.unit_valid_from, a.criterion, a.standard, a.result, a.assessed_on, a.valid_to,
    LEAD(a.assessed_on) OVER (
      PARTITION BY a.unit_code, a.unit_valid_from, a.criterion, a.standard
      ORDER BY a.assessed_on, a.updated_at, a.decision_number
    ) AS next_assessed_on
  FROM silver.criterion_assessment AS a
  WHERE NOT a.withdrawn AND (a.withdrawal_decision IS NULL OR a.valid_to IS NOT NULL)
),
met AS (
  SELECT
    d.day, a.unit_code, a.unit_valid_from,
    MAX(CASE WHEN a.criterion = '8.4' AND a.standard = 'ntm' THEN 1 ELSE 0 END) AS meets_8_4_ntm,
    MAX(CASE WHEN a.criterion = '8.4' AND a.standard = 'advanced' THEN 1 ELSE 0 END) AS meets_8_4_advanced,
    MAX(CASE WHEN a.criterion = '15.2' AND a.standard = 'advanced' THEN 1 ELSE 0 END) AS meets_15_2_advanced,
    MAX(CASE WHEN a.criterion = '9.5' AND a.standard = 'ntm' THEN 1 ELSE 0 END) AS meets_9_5_ntm,
    MAX(CASE WHEN a.criterion = '6.5' AND a.standard = 'advanced' THEN 1 ELSE 0 END) AS meets_6_5_advanced,
    MAX(CASE WHEN a.criterion = '9.2' AND a.standard = 'advanced' THEN 1 ELSE 0 END) AS meets_9_2_advanced
  FROM assessed AS a
  JOIN as_of_days AS d
    ON a.assessed_on <= d.day
    AND (a.next_assessed_on IS NULL OR d.day < a.next_assessed_on)
    AND (a.valid_to IS NULL OR d.day <= a.valid_to)
  WHERE a.result = 'met' AND a.criterion IN ('8.4', '15.2', '9.5', '6.5', '9.2')
  GROUP BY d.day, a.unit_code, a.unit_valid_from
)
SELECT
  u.day, u.unit_code, u.unit_valid_from, u.unit_level,
  u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  COALESCE(m.meets_8_4_ntm = 1, FALSE) AS meets_8_4_ntm,
  COALESCE(m.meets_8_4_advanced = 1, FALSE) AS meets_8_4_advanced,
  COALESCE(m.meets_15_2_advanced = 1, FALSE) AS meets_15_2_advanced,
  COALESCE(m.meets_9_5_ntm = 1, FALSE) AS meets_9_5_ntm,
  COALESCE(m.meets_6_5_advanced = 1, FALSE) AS meets_6_5_advanced,
  COALESCE(m.meets_9_2_advanced = 1, FALSE) AS meets_9_2_advanced
FROM communes_and_districts AS u
LEFT JOIN met AS m ON m.day = u.day AND m.unit_code = u.unit_code AND m.unit_valid_from = u.unit_valid_from
