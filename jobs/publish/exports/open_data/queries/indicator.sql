SELECT
  indicator, label_vi, label_en, kind, unit, levels, numerator_vi, numerator_en, denominator_vi, denominator_en, has_target,
  indicator IN (SELECT indicator FROM protected) AS small_figures_hidden
FROM catalogue
