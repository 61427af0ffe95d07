-- Computed values that differ from the stored ones of the same periods, and stored values of these periods that are computed no more.
--
-- A unit keeps its identity when its province changes: the province is no part of the key.
--
-- In: computed and stored (gold/indicator_value without run_id and computed_at), inside (indicator and period: what was computed).
-- Out: the columns of computed, gone. Grain: a value to insert, replace or delete.
WITH existing AS (
  SELECT s.*
  FROM stored AS s
  LEFT SEMI JOIN inside AS i
    ON i.indicator = s.indicator AND i.period_type = s.period_type AND i.period_start = s.period_start AND i.period_end = s.period_end
)
SELECT
  c.indicator, c.breakdown, c.level, c.unit_code, c.unit_valid_from, c.unit_level, c.province_code, c.period_type, c.period_start, c.period_end,
  c.numerator, c.denominator, c.value, c.unit, c.formula, false AS gone
FROM computed AS c
LEFT JOIN existing AS s
  ON s.indicator = c.indicator AND s.breakdown = c.breakdown AND s.level = c.level
  AND s.unit_code = c.unit_code AND s.unit_valid_from = c.unit_valid_from
  AND s.period_type = c.period_type AND s.period_start = c.period_start AND s.period_end = c.period_end
WHERE s.indicator IS NULL
  OR NOT (s.province_code <=> c.province_code AND s.unit_level <=> c.unit_level AND s.numerator <=> c.numerator AND s.denominator <=> c.denominator AND s.value <=> c.value AND s.unit <=> c.unit AND s.formula <=> c.formula)
UNION ALL
SELECT
  s.indicator, s.breakdown, s.level, s.unit_code, s.unit_valid_from, s.unit_level, s.province_code, s.period_type, s.period_start, s.period_end,
  s.numerator, s.denominator, s.value, s.unit, s.formula, true AS gone
FROM existing AS s
LEFT ANTI JOIN computed AS c
  ON s.indicator = c.indicator AND s.breakdown = c.breakdown AND s.level = c.level
  AND s.unit_code = c.unit_code AND s.unit_valid_from = c.unit_valid_from
  AND s.period_type = c.period_type AND s.period_start = c.period_start AND s.period_end = c.period_end
