-- Share of the documents between agencies that are sent electronically, as edXML (QCVN 102:2016/BTTTT).
--
--   numerator    documents promulgated on the day that were sent as edXML
--   denominator  the same, plus the paper documents that the agency declares
--
-- A document counts once, for the organisation that sent it, in the period of the day on which it was promulgated: an update that comes a month later does
-- not move it. One that was recalled, or replaced by another, counts nowhere; the other one counts. Messages that only tell the status of a document are
-- none. Whether declared paper documents count is a setting (include_paper_documents). At commune level the agencies of all communes count, of wards and
-- townships too.
--
-- Breakdowns: '' total; 'source=edxml' and 'source=paper', which add up to it; and 'paper_documents=unknown': the part of the total that comes from agencies
-- which declared no paper documents for that month (a declared zero is a declaration). A ratio over edXML alone is always 100 %, so a result that has rows
-- of this breakdown says "paper documents unknown".
WITH sent AS (
  -- One row an agency, unit and day.
  SELECT
    d.organ_id,
    d.unit_code, d.unit_valid_from, d.unit_level,
    d.district_code, d.district_valid_from, d.province_code, d.province_valid_from,
    d.level,
    d.promulgated_on,
    LAST_DAY(d.promulgated_on) AS month_end,
    COUNT(*) AS total
  FROM silver.document AS d
  WHERE NOT d.withdrawn AND d.status_code IS NULL
  GROUP BY
    d.organ_id,
    d.unit_code, d.unit_valid_from, d.unit_level,
    d.district_code, d.district_valid_from, d.province_code, d.province_valid_from,
    d.level,
    d.promulgated_on
),
declared AS (
  -- The sheet "paper_documents": a month's paper documents, dated the last day of the month.
  SELECT /*+ BROADCAST(p) */
    w.organ_id,
    w.unit_code, w.unit_valid_from, w.unit_level,
    w.district_code, w.district_valid_from, w.province_code, w.province_valid_from,
    w.level,
    w.declared_on,
    w.sent_count
  FROM silver.paper_document AS w
  CROSS JOIN parameters AS p
  WHERE NOT w.withdrawn AND p.include_paper_documents
),
declared_month AS (
  SELECT DISTINCT organ_id, declared_on FROM declared
),
edxml_part AS (
  SELECT breakdown FROM VALUES (''), ('source=edxml'), ('paper_documents=unknown') AS part(breakdown)
),
paper_part AS (
  SELECT breakdown FROM VALUES (''), ('source=paper') AS part(breakdown)
)
SELECT /*+ BROADCAST(p, b, m) */
  c.unit_code, c.unit_valid_from, c.unit_level,
  c.district_code, c.district_valid_from, c.province_code, c.province_valid_from,
  c.level,
  -- Whether paper documents are declared is known only when the month is over.
  CASE WHEN b.breakdown = 'paper_documents=unknown' THEN c.month_end ELSE c.promulgated_on END AS day,
  b.breakdown,
  c.total AS numerator,
  c.total AS denominator
FROM sent AS c
CROSS JOIN parameters AS p
CROSS JOIN edxml_part AS b
LEFT JOIN declared_month AS m ON m.organ_id = c.organ_id AND m.declared_on = c.month_end
WHERE b.breakdown <> 'paper_documents=unknown' OR (p.include_paper_documents AND m.organ_id IS NULL)
UNION ALL
SELECT /*+ BROADCAST(b) */
  d.unit_code, d.unit_valid_from, d.unit_level,
  d.district_code, d.district_valid_from, d.province_code, d.province_valid_from,
  d.level,
  d.declared_on AS day,
  b.breakdown,
  CAST(0 AS BIGINT) AS numerator,
  d.sent_count AS denominator
FROM declared AS d
CROSS JOIN paper_part AS b
