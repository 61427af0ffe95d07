-- Share of public-service dossiers (hồ sơ thủ tục hành chính) received online, of the procedures offered online.
-- Feeds the online-service ratios that criteria 15.2, 9.5 and 9.2 (Decisions 318, 319, 320/QĐ-TTg) are judged by.
--
--   numerator    dossiers received on the day through the channel "online"
--   denominator  dossiers received on the day through the channels "online" and "in person"
--
-- Post (BCCI) is a channel of its own and on neither side. Only procedures of the levels "full" (toàn trình) and
-- "partial" (một phần) are offered online; "information" is not counted. A dossier that is only registered (state 1) or was
-- not received (state 3) is not received; one that the citizen withdrew (state 7) is on neither side, unless the one-row relation
-- "parameters" says counts_withdrawn.
--
-- Breakdowns: '' total; 'service_level=full|partial'; 'applicant=citizen|business|state_agency|other|unknown'.
WITH received AS (
  -- One row a unit, day, service level and kind of applicant; the place is that of the reception day.
  SELECT /*+ BROADCAST(p) */
    d.unit_code, d.unit_valid_from, d.unit_level,
    d.district_code, d.district_valid_from, d.province_code, d.province_valid_from,
    d.level,
    d.received_on,
    d.service_level,
    COALESCE(d.applicant_type, 'unknown') AS applicant,
    COUNT(CASE WHEN d.channel = 'online' THEN 1 END) AS online,
    COUNT(*) AS total
  FROM silver.dossier AS d
  CROSS JOIN parameters AS p
  WHERE
    d.received_on IS NOT NULL
    AND d.channel IN ('online', 'in_person')
    AND d.service_level IN ('full', 'partial')
    AND d.state NOT IN ('registered', 'not_received')
    AND (d.state <> 'withdrawn' OR p.counts_withdrawn)
  GROUP BY
    d.unit_code, d.unit_valid_from, d.unit_level,
    d.district_code, d.district_valid_from, d.province_code, d.province_valid_from,
    d.level,
    d.received_on,
    d.service_level,
    COALESCE(d.applicant_type, 'unknown')
),
dimension AS (
  SELECT name FROM VALUES ('total'), ('service_level'), ('applicant') AS dimension_name(name)
)
SELECT /*+ BROADCAST(b) */
  r.unit_code, r.unit_valid_from, r.unit_level,
  r.district_code, r.district_valid_from, r.province_code, r.province_valid_from,
  r.level,
  r.received_on AS day,
  CASE b.name
    WHEN 'service_level' THEN CONCAT('service_level=', r.service_level)
    WHEN 'applicant' THEN CONCAT('applicant=', r.applicant)
    ELSE ''
  END AS breakdown,
  r.online AS numerator,
  r.total AS denominator
FROM received AS r
CROSS JOIN dimension AS b
