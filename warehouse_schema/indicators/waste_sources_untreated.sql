-- Share of sources of waste that are not treated, on each day of "as_of_days".
--
--   numerator    those of them that the sheet does not call treated (as it says now; an empty cell is "not said", and not treated)
--   denominator  sources with registered_on <= day < closed_on
--
-- A source counts where it is located on the day; where that cannot be told, for the province.
SELECT
  l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  'all' AS level,
  l.day,
  '' AS breakdown,
  COUNT(CASE WHEN COALESCE(w.treated, FALSE) THEN NULL ELSE 1 END) AS numerator,
  COUNT(*) AS denominator
FROM silver.waste_source AS w
JOIN located AS l ON l.in_unit_code = w.unit_code AND l.in_unit_valid_from = w.unit_valid_from
WHERE NOT w.withdrawn AND w.registered_on <= l.day AND (w.closed_on IS NULL OR l.day < w.closed_on)
GROUP BY
  l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  l.day
