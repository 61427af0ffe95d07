-- Share of public-service dossiers that are in time as QĐ 766/QĐ-TTg scores it (metric 2.1 of the national portal), beside our own
-- dossiers_on_time; of the year up to each day of "as_of_days". Only figures of this formula compare with the portal's.
--
--   numerator    of these: finished by then, on or before the day they were due; and not finished by then, and due that day or later
--   denominator  dossiers received from 1 January to the day, and those finished in these days that were received before
--
-- A dossier counts once however many of its days lie in the period, so that months do not add up to a quarter: the figure is that of a
-- day (a stock), never a sum of facts.
--
-- Left out of the formula, since the records do not hold it: the time of supplement, which the portal takes off, and the longest legal time of
-- the procedure, by which it judges a dossier without a due date. Such a dossier is on neither side and counted apart in the breakdown
-- 'due_date=unknown' (read the denominator), unless the setting days_without_due_date (over 0) tells how many days after its reception it is due.
--
-- In process is what was received, and waits for nothing or for a supplement or a payment. One that is processed, returned or stopped without the day
-- on which it was finished is on neither side, since nobody can say whether it was in time: breakdown 'finish_date=unknown' (read the denominator).
--
-- A dossier that is only registered (state 1) or was not received (state 3) is on neither side, and neither is one that the citizen withdrew,
-- unless the setting counts_withdrawn says otherwise. The unit is that of reception, moved forward to the day by succession; where the lineage
-- tells nothing of it for the day (a district that ended), the dossier counts for the province of the day.
WITH dossier AS (
  SELECT /*+ BROADCAST(p) */
    d.unit_code, d.unit_valid_from, d.unit_level, d.district_code, d.district_valid_from, d.province_code, d.province_valid_from,
    d.level, d.received_on, d.finished_on,
    COALESCE(d.due_on, CASE WHEN p.days_without_due_date > 0 THEN DATE_ADD(d.received_on, p.days_without_due_date) END) AS due_on,
    d.finished_on IS NULL AND d.state NOT IN ('received', 'in_process', 'supplement_requested', 'payment_requested') AS finish_date_unknown
  FROM silver.dossier AS d
  CROSS JOIN parameters AS p
  WHERE
    d.received_on IS NOT NULL
    AND d.state NOT IN ('registered', 'not_received')
    AND (d.state <> 'withdrawn' OR p.counts_withdrawn)
),
alike AS (
  -- Days repeat: what is joined with the days that are asked about is summed first.
  SELECT
    d.unit_code, d.unit_valid_from, d.unit_level, d.district_code, d.district_valid_from, d.province_code, d.province_valid_from,
    d.level, d.received_on, d.finished_on, d.due_on, d.finish_date_unknown,
    COUNT(*) AS dossiers
  FROM dossier AS d
  GROUP BY
    d.unit_code, d.unit_valid_from, d.unit_level, d.district_code, d.district_valid_from, d.province_code, d.province_valid_from,
    d.level, d.received_on, d.finished_on, d.due_on, d.finish_date_unknown
),
of_year AS (
  SELECT a.day, d.*
  FROM alike AS d
  JOIN as_of_days AS a ON d.received_on <= a.day AND MAKE_DATE(YEAR(a.day), 1, 1) <= d.received_on
  UNION ALL
  SELECT a.day, d.*
  FROM alike AS d
  JOIN as_of_days AS a
    ON d.finished_on <= a.day AND MAKE_DATE(YEAR(a.day), 1, 1) <= d.finished_on AND d.received_on < MAKE_DATE(YEAR(a.day), 1, 1)
),
summed AS (
  SELECT
    o.day,
    o.unit_code, o.unit_valid_from, o.unit_level, o.district_code, o.district_valid_from, o.province_code, o.province_valid_from,
    o.level,
    CASE WHEN o.finish_date_unknown THEN 'finish_date=unknown' WHEN o.due_on IS NULL THEN 'due_date=unknown' ELSE '' END AS breakdown,
    SUM(CASE WHEN NOT o.finish_date_unknown AND LEAST(COALESCE(o.finished_on, o.day), o.day) <= o.due_on THEN o.dossiers ELSE 0 END) AS in_time,
    SUM(o.dossiers) AS total
  FROM of_year AS o
  GROUP BY
    o.day,
    o.unit_code, o.unit_valid_from, o.unit_level, o.district_code, o.district_valid_from, o.province_code, o.province_valid_from,
    o.level,
    CASE WHEN o.finish_date_unknown THEN 'finish_date=unknown' WHEN o.due_on IS NULL THEN 'due_date=unknown' ELSE '' END
)
SELECT
  COALESCE(l.at_unit_code, o.at_unit_code, s.unit_code) AS unit_code,
  COALESCE(l.at_unit_valid_from, o.at_unit_valid_from, s.unit_valid_from) AS unit_valid_from,
  COALESCE(l.at_unit_level, o.at_unit_level, s.unit_level) AS unit_level,
  CASE WHEN l.unit_code IS NOT NULL THEN l.district_code WHEN o.unit_code IS NULL THEN s.district_code END AS district_code,
  CASE WHEN l.unit_code IS NOT NULL THEN l.district_valid_from WHEN o.unit_code IS NULL THEN s.district_valid_from END AS district_valid_from,
  COALESCE(l.province_code, o.province_code, s.province_code) AS province_code,
  COALESCE(l.province_valid_from, o.province_valid_from, s.province_valid_from) AS province_valid_from,
  s.level,
  s.day,
  s.breakdown,
  CAST(s.in_time AS BIGINT) AS numerator,
  CAST(s.total AS BIGINT) AS denominator
FROM summed AS s
LEFT JOIN silver.unit_lineage AS l
  ON l.unit_code = s.unit_code
  AND l.unit_valid_from = s.unit_valid_from
  AND l.from_day <= s.day
  AND (l.to_day IS NULL OR s.day <= l.to_day)
LEFT JOIN silver.unit_lineage AS o
  ON o.unit_code = s.province_code
  AND o.unit_valid_from = s.province_valid_from
  AND o.from_day <= s.day
  AND (o.to_day IS NULL OR s.day <= o.to_day)
