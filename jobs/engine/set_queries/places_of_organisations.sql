-- Where each organisation that the batch names belongs, on the day that its rows are judged on.
--
-- A row whose day cannot be read is still known or unknown by its code: any day will do to find that out. But it belongs to no unit: where its organisation is
-- today says nothing of it.
--
-- In: named (code, reference_day; each pair once); organisations (by code and interval of days). Out: named, with status and the columns of the placement.
SELECT
  n.code, n.reference_day, o.status, o.organ_id,
  CASE WHEN n.reference_day IS NOT NULL THEN o.level END AS level,
  CASE WHEN n.reference_day IS NOT NULL THEN o.unit_code END AS unit_code,
  CASE WHEN n.reference_day IS NOT NULL THEN o.unit_valid_from END AS unit_valid_from,
  CASE WHEN n.reference_day IS NOT NULL THEN o.unit_level END AS unit_level,
  CASE WHEN n.reference_day IS NOT NULL THEN o.district_code END AS district_code,
  CASE WHEN n.reference_day IS NOT NULL THEN o.district_valid_from END AS district_valid_from,
  CASE WHEN n.reference_day IS NOT NULL THEN o.province_code END AS province_code,
  CASE WHEN n.reference_day IS NOT NULL THEN o.province_valid_from END AS province_valid_from
FROM named AS n
LEFT JOIN organisations AS o
  ON o.code = n.code AND coalesce(n.reference_day, DATE'9999-12-31') BETWEEN o.from_day AND o.to_day
