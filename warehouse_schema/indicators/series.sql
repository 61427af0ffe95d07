-- An indicator by months, for the units of a chosen day, or each value for its own unit.
--
-- Reads
--   asked                      one row: indicator, breakdown, level (NULL: all), province_code (NULL: all), units_of (a day; NULL: each value's own
--                              unit), from_day, to_day, of_units (what it counts passes to no successor)
--   gold.indicator_value       of a flow the months, of a stock the states on month ends
--   silver.unit_lineage        for which unit an earlier (or later) unit's figures count on the chosen day: only where succession is whole
--   silver.unit_successor      which units share territory though it is not
--   silver.unit_name, silver.administrative_unit
--
-- Gives a row for each level, formula, unit and period; numerators and denominators are summed and divided once. A row has a reason and no figure where the
-- figure cannot be told, all of it or a part:
--   divided        some of it is the figure of a unit that did not go wholly into this one, or of which nothing is known; a unit without a known successor
--                  or predecessor on the chosen day stands for itself
--   later          some of it is the figure of a unit that began after the chosen day, out of several or of parts
--   own_property   the indicator counts units by what is their own, and the figure is another unit's
--   not_reported   a province that went into this one has no figure at all for the period
-- Values of two formulas are never summed: formula is part of the key.
WITH value AS (
  SELECT
    v.level, v.formula, v.unit, v.unit_code, v.unit_valid_from, v.unit_level, v.province_code,
    v.period_type, v.period_start, v.period_end, v.breakdown, v.numerator, v.denominator
  FROM gold.indicator_value AS v
  CROSS JOIN asked AS a
  WHERE
    v.indicator = a.indicator
    AND v.breakdown IN ('', a.breakdown)
    AND (a.level IS NULL OR v.level = a.level)
    AND v.period_end BETWEEN a.from_day AND a.to_day
    AND (v.period_type = 'month' OR (v.period_type = 'as_of' AND v.period_end = LAST_DAY(v.period_end)))
),
lineage AS (
  SELECT l.unit_code, l.unit_valid_from, l.at_unit_code, l.at_unit_valid_from, l.at_unit_level, l.province_code
  FROM silver.unit_lineage AS l
  JOIN asked AS a ON l.from_day <= a.units_of AND (l.to_day IS NULL OR a.units_of <= l.to_day)
),
on_day AS (
  SELECT u.unit_code, u.unit_valid_from, u.level, u.province_code
  FROM silver.administrative_unit AS u
  JOIN asked AS a ON u.version_from <= a.units_of AND (u.version_to IS NULL OR a.units_of <= u.version_to)
),
home AS (
  -- The province of the chosen day in which a unit lies, lay or will lie.
  SELECT n.unit_code, n.unit_valid_from, MAX(l.at_unit_code) AS province_code
  FROM silver.unit_name AS n
  JOIN lineage AS l ON l.unit_code = n.province_code AND l.unit_valid_from = n.province_valid_from
  GROUP BY n.unit_code, n.unit_valid_from
),
placed AS (
  SELECT
    v.level, v.formula, v.unit, v.unit_code, v.unit_valid_from, v.unit_level, v.period_type, v.period_start, v.period_end, v.breakdown,
    v.numerator, v.denominator,
    CASE WHEN a.units_of IS NULL THEN v.unit_code WHEN l.at_unit_level = v.unit_level THEN l.at_unit_code END AS whole_code,
    CASE WHEN a.units_of IS NULL THEN v.unit_valid_from WHEN l.at_unit_level = v.unit_level THEN l.at_unit_valid_from END AS whole_valid_from,
    CASE WHEN a.units_of IS NULL THEN v.province_code ELSE COALESCE(l.province_code, h.province_code, v.province_code) END AS province_code,
    a.of_units,
    v.unit_valid_from > a.units_of AS is_later
  FROM value AS v
  CROSS JOIN asked AS a
  LEFT JOIN lineage AS l ON l.unit_code = v.unit_code AND l.unit_valid_from = v.unit_valid_from
  LEFT JOIN home AS h ON h.unit_code = v.unit_code AND h.unit_valid_from = v.unit_valid_from
),
told AS (
  SELECT
    p.level, p.formula, p.unit, p.unit_level, p.period_type, p.period_start, p.period_end,
    p.whole_code AS unit_code, p.whole_valid_from AS unit_valid_from, p.province_code,
    p.breakdown, p.numerator, p.denominator,
    CASE WHEN p.of_units AND (p.whole_code <> p.unit_code OR p.whole_valid_from <> p.unit_valid_from) THEN 'own_property' ELSE '' END AS reason
  FROM placed AS p
  WHERE p.whole_code IS NOT NULL
),
shared AS (
  SELECT s.unit_code, s.unit_valid_from, s.successor_code AS other_code, s.successor_valid_from AS other_valid_from FROM silver.unit_successor AS s
  UNION ALL
  SELECT s.successor_code, s.successor_valid_from, s.unit_code, s.unit_valid_from FROM silver.unit_successor AS s
),
shared_on_day AS (
  SELECT s.unit_code, s.unit_valid_from, d.unit_code AS other_code, d.unit_valid_from AS other_valid_from, d.level, d.province_code
  FROM shared AS s
  JOIN on_day AS d ON d.unit_code = s.other_code AND d.unit_valid_from = s.other_valid_from
),
untold AS (
  SELECT
    p.level, p.formula, p.unit, p.unit_level, p.period_type, p.period_start, p.period_end,
    COALESCE(s.other_code, p.unit_code) AS unit_code, COALESCE(s.other_valid_from, p.unit_valid_from) AS unit_valid_from,
    COALESCE(s.province_code, p.province_code) AS province_code,
    p.breakdown,
    CAST(NULL AS BIGINT) AS numerator,
    CAST(NULL AS BIGINT) AS denominator,
    CASE WHEN p.of_units THEN 'own_property' WHEN p.is_later THEN 'later' ELSE 'divided' END AS reason
  FROM placed AS p
  LEFT JOIN shared_on_day AS s ON s.unit_code = p.unit_code AND s.unit_valid_from = p.unit_valid_from AND s.level = p.unit_level
  WHERE p.whole_code IS NULL
),
source AS (
  -- The provinces whose figures make those of a province of the chosen day.
  SELECT l.unit_code, l.unit_valid_from, l.at_unit_code, l.at_unit_valid_from, MIN(u.unit_valid_to) AS unit_valid_to
  FROM lineage AS l
  JOIN silver.unit_name AS u ON u.unit_code = l.unit_code AND u.unit_valid_from = l.unit_valid_from AND u.level = 'province'
  GROUP BY l.unit_code, l.unit_valid_from, l.at_unit_code, l.at_unit_valid_from
),
partial AS (
  SELECT
    t.level, t.formula, t.unit, t.unit_level, t.period_type, t.period_start, t.period_end,
    t.unit_code, t.unit_valid_from, t.province_code, t.breakdown,
    CAST(NULL AS BIGINT) AS numerator,
    CAST(NULL AS BIGINT) AS denominator,
    'not_reported' AS reason
  FROM told AS t
  JOIN source AS s
    ON s.at_unit_code = t.unit_code AND s.at_unit_valid_from = t.unit_valid_from
    AND s.unit_valid_from <= t.period_end AND (s.unit_valid_to IS NULL OR t.period_start <= s.unit_valid_to)
  -- A province that reports has a row of its total at each of its levels, even where nothing happened.
  LEFT JOIN value AS v
    ON v.unit_code = s.unit_code AND v.unit_valid_from = s.unit_valid_from AND v.level = t.level AND v.formula = t.formula
    AND v.breakdown = '' AND v.period_type = t.period_type AND v.period_end = t.period_end
  WHERE t.unit_level = 'province' AND v.unit_code IS NULL
),
part AS (
  SELECT * FROM told
  UNION ALL
  SELECT * FROM untold
  UNION ALL
  SELECT * FROM partial
)
SELECT
  p.level, p.formula,
  p.unit_code, p.unit_valid_from, p.unit_level, MAX(n.unit_name) AS unit_name, MAX(p.province_code) AS province_code,
  p.period_type, p.period_start, p.period_end,
  CASE WHEN MAX(p.reason) = '' THEN CAST(SUM(p.numerator) AS BIGINT) END AS numerator,
  CASE WHEN MAX(p.reason) = '' THEN CAST(SUM(p.denominator) AS BIGINT) END AS denominator,
  CASE
    WHEN MAX(p.reason) <> '' THEN NULL
    WHEN p.unit = 'count' THEN CAST(SUM(p.numerator) AS DOUBLE)
    ELSE CAST(SUM(p.numerator) AS DOUBLE) / NULLIF(SUM(p.denominator), 0)
  END AS value,
  p.unit,
  MAX(p.reason) AS reason
FROM part AS p
CROSS JOIN asked AS a
LEFT JOIN silver.unit_name AS n ON n.unit_code = p.unit_code AND n.unit_valid_from = p.unit_valid_from
WHERE p.breakdown = a.breakdown AND (a.province_code IS NULL OR p.province_code = a.province_code)
GROUP BY
  p.level, p.formula, p.unit_code, p.unit_valid_from, p.unit_level, p.period_type, p.period_start, p.period_end, p.unit
ORDER BY
  p.level, p.formula,
  CASE p.unit_level WHEN 'province' THEN 1 WHEN 'district' THEN 2 ELSE 3 END,
  p.unit_code, p.unit_valid_from, p.period_end
