-- Where each case of appraisal and recognition stands. Grain: unit, standard and case.
WITH whole AS (
  SELECT
    s.day, s.unit_code, s.unit_valid_from, s.case_standard, s.case_number,
    MIN(s.stage_on) AS begun_on,
    COUNT(*) AS stages
  FROM recognition_stages AS s
  GROUP BY s.day, s.unit_code, s.unit_valid_from, s.case_standard, s.case_number
)
SELECT
  s.day, s.province_code, s.district_code, s.unit_code, s.unit_valid_from, s.unit_level, s.unit_name, s.unit_type, s.is_rural,
  c.standard, c.area_i_ii_iii, c.mountainous, c.ethnic_minority, c.group_2026,
  s.case_standard, s.case_number,
  w.begun_on,
  w.stages,
  s.stage, s.stage_on, s.decision_number,
  s.stage NOT IN ('recognised', 'refused', 'withdrawn') AS open,
  s.days_in_stage,
  CAST(DATEDIFF(
    CASE WHEN s.stage IN ('recognised', 'refused', 'withdrawn') THEN s.stage_on ELSE s.day END, w.begun_on
  ) AS BIGINT) AS days
FROM recognition_stages AS s
JOIN whole AS w
  ON w.day = s.day AND w.unit_code = s.unit_code AND w.unit_valid_from = s.unit_valid_from
  AND w.case_standard = s.case_standard AND w.case_number = s.case_number
LEFT JOIN communes AS c ON c.day = s.day AND c.unit_code = s.unit_code AND c.unit_valid_from = s.unit_valid_from
WHERE s.stage_until IS NULL
