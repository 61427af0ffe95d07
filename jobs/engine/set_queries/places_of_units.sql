-- Which administrative unit each code that the batch names means, on the day that it was written, or by the day that says the unit outright.
--
-- In: named (code, reference_day, stated_day; each once); units (by code and interval of days). Out: named, with status, detail and the unit.
SELECT
  n.code, n.reference_day, n.stated_day, u.status, u.detail,
  CASE WHEN u.status = 'valid' THEN u.code END AS unit_code,
  CASE WHEN u.status = 'valid' THEN u.from_day END AS unit_valid_from,
  CASE WHEN u.status = 'valid' THEN u.province_code END AS province_code
FROM named AS n
LEFT JOIN units AS u
  ON u.code = n.code
  AND CASE WHEN n.stated_day IS NOT NULL THEN n.stated_day = u.from_day ELSE n.reference_day BETWEEN u.from_day AND u.to_day END
