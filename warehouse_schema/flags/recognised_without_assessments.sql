-- A unit that is recognised as having reached a standard (its status in force on the day, or a case that ended in recognition) while no assessment says that
-- it meets a criterion of that standard: QĐ 318, 319 and 320/QĐ-TTg of 8 March 2022 have each criterion assessed. The day is that of the recognition.
--
-- Without the assessments: at no time from the recognition to the day was there one in force, of that unit and that standard, with the result "met". One
-- assessment is enough, of whatever criterion: which ones have to be there is not known for every set. An assessment is in force from assessed_on until its
-- valid_to or the next assessment of the same criterion and set, whichever comes first; withdrawn in law without a valid_to it is left out.
--
-- Units that have ended are left out. A case is recognised where no later one of the unit and standard says "withdrawn". A status and a case of one day are
-- one contradiction with two rows behind it.
WITH recognised AS (
  SELECT
    d.day, s.unit_code, s.unit_valid_from, s.status AS standard, s.valid_from AS recognised_on,
    'silver/commune_status' AS table_name,
    CONCAT_WS(' ', s.unit_code, CAST(s.unit_valid_from AS STRING), CAST(s.valid_from AS STRING)) AS record_key,
    s.object_id, s.line
  FROM silver.commune_status AS s
  JOIN as_of_days AS d ON s.valid_from <= d.day AND (s.valid_to IS NULL OR d.day <= s.valid_to)
  WHERE NOT s.withdrawn AND s.status <> 'none' AND (s.withdrawal_decision IS NULL OR s.valid_to IS NOT NULL)
  UNION ALL
  SELECT
    d.day, s.unit_code, s.unit_valid_from, s.status AS standard, s.valid_from AS recognised_on,
    'silver/district_status' AS table_name,
    CONCAT_WS(' ', s.unit_code, CAST(s.unit_valid_from AS STRING), CAST(s.valid_from AS STRING)) AS record_key,
    s.object_id, s.line
  FROM silver.district_status AS s
  JOIN as_of_days AS d ON s.valid_from <= d.day AND (s.valid_to IS NULL OR d.day <= s.valid_to)
  WHERE NOT s.withdrawn AND s.status <> 'none'
  UNION ALL
  SELECT
    d.day, c.unit_code, c.unit_valid_from, c.standard, c.stage_on AS recognised_on,
    'silver/recognition_case' AS table_name,
    CONCAT_WS(' ', c.unit_code, CAST(c.unit_valid_from AS STRING), c.standard, c.stage, CAST(c.stage_on AS STRING)) AS record_key,
    c.object_id, c.line
  FROM silver.recognition_case AS c
  JOIN as_of_days AS d ON c.stage_on <= d.day
  LEFT ANTI JOIN silver.recognition_case AS w
    ON w.unit_code = c.unit_code AND w.unit_valid_from = c.unit_valid_from AND w.standard = c.standard
    AND w.stage = 'withdrawn' AND NOT w.withdrawn AND c.stage_on <= w.stage_on AND w.stage_on <= d.day
  WHERE c.stage = 'recognised' AND NOT c.withdrawn
),
assessed AS (
  SELECT
    a.unit_code, a.unit_valid_from, a.standard, a.result, a.assessed_on, a.valid_to,
    LEAD(a.assessed_on) OVER (
      PARTITION BY a.unit_code, a.unit_valid_from, a.criteria_set, a.criterion, a.standard
      ORDER BY a.assessed_on, a.updated_at, a.decision_number
    ) AS next_assessed_on
  FROM silver.criterion_assessment AS a
  WHERE NOT a.withdrawn AND (a.withdrawal_decision IS NULL OR a.valid_to IS NOT NULL)
)
SELECT
  l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  r.recognised_on AS day,
  r.standard AS subject,
  'no_assessment_met' AS reason,
  CONCAT('standard=', r.standard) AS detail,
  r.table_name, r.record_key, r.object_id, r.line
FROM recognised AS r
JOIN located AS l
  ON l.day = r.day AND l.in_unit_code = r.unit_code AND l.in_unit_valid_from = r.unit_valid_from
  AND l.unit_code = r.unit_code AND l.unit_valid_from = r.unit_valid_from
LEFT ANTI JOIN assessed AS a
  ON a.unit_code = r.unit_code AND a.unit_valid_from = r.unit_valid_from AND a.standard = r.standard AND a.result = 'met'
  AND a.assessed_on <= r.day
  AND (a.valid_to IS NULL OR r.recognised_on <= a.valid_to)
  AND (a.next_assessed_on IS NULL OR (r.recognised_on < a.next_assessed_on AND a.assessed_on < a.next_assessed_on))
