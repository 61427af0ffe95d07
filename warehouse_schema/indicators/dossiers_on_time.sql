-- Share of public-service dossiers (hồ sơ thủ tục hành chính) finished on time.
--
--   numerator    dossiers finished on the day, on or before the day they were due: date(NgayKetThucXuLy) <= date(NgayHenTra)
--   denominator  dossiers finished on the day that had a due date
--
-- A dossier without a due date is on neither side: to count it as on time would flatter the ratio. Such dossiers are
-- counted apart, in the breakdown 'due_date=unknown': its denominator is their number and its numerator is always 0 (whether
-- they were on time is not known), so read the denominator there and not the value.
--
-- A dossier that is only registered (state 1) or was not received (state 3) is on neither side, and neither is one that the
-- citizen withdrew, unless the setting counts_withdrawn says otherwise.
--
-- The unit is that of reception, moved forward to the finishing day by succession: a dossier that a commune received in
-- June 2025 and finished in July counts for the commune that took it over, or, where it was divided or its level was
-- abolished, for the province. The level stays that of the agency that received it.
--
-- Breakdowns: '' total; 'service_level=full|partial|information'; 'due_date=unknown'.
WITH finished AS (
  -- One row a unit of reception, finishing day, service level and whether there was a due date.
  SELECT /*+ BROADCAST(p) */
    d.unit_code, d.unit_valid_from, d.unit_level,
    d.district_code, d.district_valid_from, d.province_code, d.province_valid_from,
    d.level,
    d.finished_on,
    d.service_level,
    d.due_on IS NULL AS due_date_unknown,
    COUNT(CASE WHEN d.finished_on <= d.due_on THEN 1 END) AS on_time,
    COUNT(*) AS total
  FROM silver.dossier AS d
  CROSS JOIN parameters AS p
  WHERE
    d.finished_on IS NOT NULL
    AND d.state NOT IN ('registered', 'not_received')
    AND (d.state <> 'withdrawn' OR p.counts_withdrawn)
  GROUP BY
    d.unit_code, d.unit_valid_from, d.unit_level,
    d.district_code, d.district_valid_from, d.province_code, d.province_valid_from,
    d.level,
    d.finished_on,
    d.service_level,
    d.due_on IS NULL
),
placed AS (
  -- Where the lineage tells nothing for the finishing day, the dossier stays where it was received: none is lost.
  SELECT
    CASE WHEN l.unit_code IS NULL THEN f.unit_code ELSE l.at_unit_code END AS unit_code,
    CASE WHEN l.unit_code IS NULL THEN f.unit_valid_from ELSE l.at_unit_valid_from END AS unit_valid_from,
    CASE WHEN l.unit_code IS NULL THEN f.unit_level ELSE l.at_unit_level END AS unit_level,
    CASE WHEN l.unit_code IS NULL THEN f.district_code ELSE l.district_code END AS district_code,
    CASE WHEN l.unit_code IS NULL THEN f.district_valid_from ELSE l.district_valid_from END AS district_valid_from,
    CASE WHEN l.unit_code IS NULL THEN f.province_code ELSE l.province_code END AS province_code,
    CASE WHEN l.unit_code IS NULL THEN f.province_valid_from ELSE l.province_valid_from END AS province_valid_from,
    f.level,
    f.finished_on,
    f.service_level,
    f.due_date_unknown,
    f.on_time,
    f.total
  FROM finished AS f
  LEFT JOIN silver.unit_lineage AS l
    ON l.unit_code = f.unit_code
    AND l.unit_valid_from = f.unit_valid_from
    AND l.from_day <= f.finished_on
    AND (l.to_day IS NULL OR f.finished_on <= l.to_day)
),
dimension AS (
  SELECT name FROM VALUES ('total'), ('service_level'), ('due_date') AS dimension_name(name)
)
SELECT /*+ BROADCAST(b) */
  r.unit_code, r.unit_valid_from, r.unit_level,
  r.district_code, r.district_valid_from, r.province_code, r.province_valid_from,
  r.level,
  r.finished_on AS day,
  CASE b.name
    WHEN 'service_level' THEN CONCAT('service_level=', r.service_level)
    WHEN 'due_date' THEN 'due_date=unknown'
    ELSE ''
  END AS breakdown,
  r.on_time AS numerator,
  r.total AS denominator
FROM placed AS r
CROSS JOIN dimension AS b
WHERE r.due_date_unknown = (b.name = 'due_date')
