SELECT
  plan_id, plan_title, document_number, province_code, province_valid_from, indicator, label_vi, label_en, level, op, target_value, target_unit, target_of,
  binding, due
FROM targets
