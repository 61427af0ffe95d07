-- Share of work records (hồ sơ công việc) processed online: the 90/80/60 of the provincial plans under
-- Decision 924/QĐ-TTg (province, district and commune level of the agency).
--
--   numerator    work records closed on the day that were processed online
--   denominator  work records closed on the day, plus the paper records that the agency declares
--
-- State secrets are on neither side (Nghệ An, plan 132/KH-UBND, prints the rule): they never enter the warehouse.
-- No public text gives the exact formula. So the province decides, in the one-row relation "parameters", which parts
-- "online" asks for (requires_created_online, requires_processed_online, requires_signed_digitally) and whether
-- declared paper records count (include_paper_records). At commune level the agencies of all communes count, of wards and
-- townships too, unless the plan's setting work_record_communes says 'rural_communes'.
--
-- Breakdowns: '' total; 'source=e_office' and 'source=paper', which add up to it; and 'paper_files=unknown': the part
-- of the total that comes from agencies which declared no paper records for that month (a declared zero is a
-- declaration). A ratio over the e-office's own records alone drifts to 100 %, so a result that has rows of this
-- breakdown says "paper files unknown".
WITH closed_by_agency AS (
  -- One row an agency, unit and day. The unit, its district and its province are those of the closing day; the level is
  -- the agency's (a provincial department counts for the province's level, a People's Committee of a commune for the commune's).
  SELECT /*+ BROADCAST(p) */
    r.organ_id,
    r.unit_code, r.unit_valid_from, r.unit_level,
    r.district_code, r.district_valid_from, r.province_code, r.province_valid_from,
    r.level,
    r.closed_on,
    LAST_DAY(r.closed_on) AS month_end,
    COUNT(CASE
      WHEN
        (r.created_online OR NOT p.requires_created_online)
        AND (r.processed_online OR NOT p.requires_processed_online)
        AND (r.signed_digitally OR NOT p.requires_signed_digitally)
      THEN 1
    END) AS online,
    COUNT(*) AS total
  FROM silver.work_record AS r
  CROSS JOIN parameters AS p
  WHERE r.status = 'closed' AND NOT r.withdrawn
  GROUP BY
    r.organ_id,
    r.unit_code, r.unit_valid_from, r.unit_level,
    r.district_code, r.district_valid_from, r.province_code, r.province_valid_from,
    r.level,
    r.closed_on
),
closed AS (
  SELECT /*+ BROADCAST(p) */ c.*
  FROM closed_by_agency AS c
  CROSS JOIN parameters AS p
  WHERE
    c.level <> 'commune' OR p.work_record_communes = 'all_communes'
    OR EXISTS (
      SELECT 1 FROM silver.administrative_unit AS u
      WHERE
        u.unit_code = c.unit_code AND u.unit_valid_from = c.unit_valid_from AND u.is_rural
        AND u.version_from <= c.closed_on AND (u.version_to IS NULL OR c.closed_on <= u.version_to)
    )
),
declared AS (
  -- The sheet "paper_work_records": a month's paper records, dated the last day of the month.
  SELECT /*+ BROADCAST(p) */
    w.organ_id,
    w.unit_code, w.unit_valid_from, w.unit_level,
    w.district_code, w.district_valid_from, w.province_code, w.province_valid_from,
    w.level,
    w.declared_on,
    w.closed_count
  FROM silver.paper_work_record AS w
  CROSS JOIN parameters AS p
  WHERE
    NOT w.withdrawn AND p.include_paper_records
    AND (
      w.level <> 'commune' OR p.work_record_communes = 'all_communes'
      OR EXISTS (
        SELECT 1 FROM silver.administrative_unit AS u
        WHERE
          u.unit_code = w.unit_code AND u.unit_valid_from = w.unit_valid_from AND u.is_rural
          AND u.version_from <= w.declared_on AND (u.version_to IS NULL OR w.declared_on <= u.version_to)
      )
    )
),
declared_month AS (
  SELECT DISTINCT organ_id, declared_on FROM declared
),
e_office_part AS (
  SELECT breakdown FROM VALUES (''), ('source=e_office'), ('paper_files=unknown') AS part(breakdown)
),
paper_part AS (
  SELECT breakdown FROM VALUES (''), ('source=paper') AS part(breakdown)
)
SELECT /*+ BROADCAST(p, b, m) */
  c.unit_code, c.unit_valid_from, c.unit_level,
  c.district_code, c.district_valid_from, c.province_code, c.province_valid_from,
  c.level,
  -- Whether paper records are declared is known only when the month is over.
  CASE WHEN b.breakdown = 'paper_files=unknown' THEN c.month_end ELSE c.closed_on END AS day,
  b.breakdown,
  c.online AS numerator,
  c.total AS denominator
FROM closed AS c
CROSS JOIN parameters AS p
CROSS JOIN e_office_part AS b
LEFT JOIN declared_month AS m ON m.organ_id = c.organ_id AND m.declared_on = c.month_end
WHERE b.breakdown <> 'paper_files=unknown' OR (p.include_paper_records AND m.organ_id IS NULL)
UNION ALL
SELECT /*+ BROADCAST(b) */
  d.unit_code, d.unit_valid_from, d.unit_level,
  d.district_code, d.district_valid_from, d.province_code, d.province_valid_from,
  d.level,
  d.declared_on AS day,
  b.breakdown,
  CAST(0 AS BIGINT) AS numerator,
  d.closed_count AS denominator
FROM declared AS d
CROSS JOIN paper_part AS b
