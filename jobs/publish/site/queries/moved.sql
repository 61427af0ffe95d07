-- The figures of which the compared releases said different things: each state, with the first of them that said it; the newest period and state first.
SELECT *
FROM known_then
QUALIFY count(*) OVER (PARTITION BY indicator, level, unit_code, unit_valid_from, period_type, period_start, period_end) > 1
ORDER BY indicator, level, unit_code, unit_valid_from, period_end DESC, period_start, period_type, sequence DESC
