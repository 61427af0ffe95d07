-- How long each stage of appraisal and recognition took. Grain: unit, standard, case and stage.
SELECT
  s.day, s.province_code, s.district_code, s.unit_code, s.unit_valid_from, s.unit_level, s.unit_name, s.unit_type, s.is_rural,
  c.standard, c.area_i_ii_iii, c.mountainous, c.ethnic_minority, c.group_2026,
  s.case_standard, s.case_number, s.stage, s.stage_on, s.stage_until, s.days_in_stage, s.decision_number
FROM recognition_stages AS s
LEFT JOIN communes AS c ON c.day = s.day AND c.unit_code = s.unit_code AND c.unit_valid_from = s.unit_valid_from
