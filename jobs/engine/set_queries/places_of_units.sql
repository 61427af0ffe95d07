-- Which administrative unit each code that the batch names means, on the day that it was written, or by the day that says the unit outright.
--
-- A spreadsheet program eats leading zeros, and where codes of several lengths may stand nobody can say how many: a code that is no unit's is filled up where
-- exactly one unit of that day could be meant. A code that is a unit's as it stands is taken for that one; whether another one could be meant is told beside it.
--
-- A unit may be named instead: then it is the one that the name says on that day, where it says one. A code that is there holds; a name beside it that says other
-- units only is told.
--
-- In: named (code, unit_named, reference_day, stated_day; each once); units (by code and interval of days); named_units (what names say; readings: codes).
-- Out: named, with status, detail and the unit; is_filled_up; has_other_reading (with zeros before it the code is another unit's); has_several_readings and
-- has_another_name (of the name). Grain: as named.
WITH coded AS (
  SELECT DISTINCT code, reference_day, stated_day FROM named WHERE code IS NOT NULL
),
dated AS (
  SELECT
    n.code, n.reference_day, n.stated_day,
    u.code AS unit_code, u.from_day, u.province_code, u.status, u.detail
  FROM coded AS n
  LEFT JOIN units AS u
    ON u.code = n.code
    AND CASE WHEN n.stated_day IS NOT NULL THEN n.stated_day = u.from_day ELSE n.reference_day BETWEEN u.from_day AND u.to_day END
),
with_zeros AS (
  -- Joined by equal codes: compared by a condition, each code that is named would be held against every unit of the country.
  SELECT code, reference_day, stated_day, lpad(code, 2, '0') AS filled FROM coded WHERE length(code) < 2
  UNION ALL
  SELECT code, reference_day, stated_day, lpad(code, 3, '0') AS filled FROM coded WHERE length(code) < 3
  UNION ALL
  SELECT code, reference_day, stated_day, lpad(code, 5, '0') AS filled FROM coded WHERE length(code) < 5
),
filled_up AS (
  SELECT
    n.code, n.reference_day, n.stated_day,
    min(u.code) AS unit_code, min(u.from_day) AS from_day, min(u.province_code) AS province_code, count(*) AS readings
  FROM with_zeros AS n
  JOIN units AS u
    ON u.code = n.filled
    AND u.status = 'valid'
    AND CASE WHEN n.stated_day IS NOT NULL THEN n.stated_day = u.from_day ELSE n.reference_day BETWEEN u.from_day AND u.to_day END
  GROUP BY n.code, n.reference_day, n.stated_day
),
by_code AS (
  SELECT
    d.*,
    f.unit_code AS filled_code, f.from_day AS filled_from, f.province_code AS filled_province,
    coalesce(d.status, '') <> 'valid' AND coalesce(f.readings, 0) = 1 AS is_filled_up,
    coalesce(d.status, '') = 'valid' AND d.stated_day IS NULL AND coalesce(f.readings, 0) > 0 AS has_other_reading
  FROM dated AS d
  LEFT JOIN filled_up AS f
    ON f.code = d.code AND f.reference_day <=> d.reference_day AND f.stated_day <=> d.stated_day
),
placed AS (
  SELECT
    code, reference_day, stated_day, is_filled_up, has_other_reading,
    CASE WHEN is_filled_up THEN 'valid' ELSE status END AS status,
    CASE WHEN NOT is_filled_up THEN detail END AS detail,
    CASE WHEN status = 'valid' THEN unit_code WHEN is_filled_up THEN filled_code END AS unit_code,
    CASE WHEN status = 'valid' THEN from_day WHEN is_filled_up THEN filled_from END AS unit_valid_from,
    CASE WHEN status = 'valid' THEN province_code WHEN is_filled_up THEN filled_province END AS province_code
  FROM by_code
)
SELECT
  n.code, n.unit_named, n.reference_day, n.stated_day,
  CASE WHEN n.code IS NOT NULL THEN p.status WHEN size(t.readings) = 1 THEN 'valid' END AS status,
  CASE
    WHEN n.code IS NULL THEN t.detail
    WHEN size(t.readings) > 0 AND NOT coalesce(array_contains(t.readings, p.unit_code), false)
      THEN concat_ws('; ', p.detail, concat('the name beside it is that of ', array_join(t.readings, ', ')))
    ELSE p.detail
  END AS detail,
  CASE WHEN n.code IS NOT NULL THEN p.unit_code ELSE t.unit_code END AS unit_code,
  CASE WHEN n.code IS NOT NULL THEN p.unit_valid_from ELSE t.unit_valid_from END AS unit_valid_from,
  CASE WHEN n.code IS NOT NULL THEN p.province_code ELSE t.province_code END AS province_code,
  p.is_filled_up,
  p.has_other_reading,
  n.code IS NULL AND size(t.readings) > 1 AS has_several_readings,
  p.status = 'valid' AND size(t.readings) > 0 AND NOT array_contains(t.readings, p.unit_code) AS has_another_name
FROM named AS n
LEFT JOIN placed AS p
  ON p.code = n.code AND p.reference_day <=> n.reference_day AND p.stated_day <=> n.stated_day
LEFT JOIN named_units AS t
  ON t.unit_named = n.unit_named AND t.reference_day <=> n.reference_day AND t.stated_day <=> n.stated_day
