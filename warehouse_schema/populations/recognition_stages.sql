-- The stages that cases of appraisal and recognition passed up to each day of "as_of_days". Grain: day, unit, standard, case and stage.
--
-- A case is a unit and a standard. A new one begins with each 'registered', and after an end (recognised, refused, withdrawn) with whatever comes;
-- a recognition that is withdrawn belongs to its case. stage_until is the day on which the next stage began, NULL of the stage that the case is
-- in; days_in_stage counts to it, or to the day that is asked about. Cases are the unit's own and do not pass to a successor.
--
-- Stages of one day follow their usual order, but that the end of a case that was open before comes ahead of a new registration.
WITH dated AS (
  SELECT
    d.day, r.unit_code, r.unit_valid_from, r.standard, r.stage, r.stage_on, r.decision_number,
    CASE r.stage
      WHEN 'registered' THEN 1 WHEN 'self_assessed' THEN 2 WHEN 'appraised' THEN 3 WHEN 'surveyed' THEN 4 WHEN 'council' THEN 5
      WHEN 'recognised' THEN 6 WHEN 'refused' THEN 7 ELSE 8
    END AS usual_place,
    r.stage IN ('recognised', 'refused', 'withdrawn') AS is_end
  FROM silver.recognition_case AS r
  JOIN as_of_days AS d ON r.stage_on <= d.day
  WHERE NOT r.withdrawn
),
of_day AS (
  SELECT
    t.day, t.unit_code, t.unit_valid_from, t.standard, t.stage_on,
    MAX(CASE WHEN t.is_end THEN 1 ELSE 0 END) AS has_end,
    MAX(CASE WHEN t.stage = 'registered' THEN 1 ELSE 0 END) AS has_registration
  FROM dated AS t
  GROUP BY t.day, t.unit_code, t.unit_valid_from, t.standard, t.stage_on
),
before AS (
  SELECT
    o.*,
    LAG(CASE WHEN o.has_end = 1 AND o.has_registration = 0 THEN 0 ELSE 1 END) OVER (
      PARTITION BY o.day, o.unit_code, o.unit_valid_from, o.standard ORDER BY o.stage_on
    ) AS is_open
  FROM of_day AS o
),
ordered AS (
  SELECT
    t.*,
    CASE WHEN t.is_end AND b.is_open = 1 AND b.has_registration = 1 THEN 0 ELSE t.usual_place END AS place_in_order
  FROM dated AS t
  JOIN before AS b
    ON b.day = t.day AND b.unit_code = t.unit_code AND b.unit_valid_from = t.unit_valid_from AND b.standard = t.standard AND b.stage_on = t.stage_on
),
followed AS (
  SELECT
    o.*,
    LAG(o.is_end) OVER (PARTITION BY o.day, o.unit_code, o.unit_valid_from, o.standard ORDER BY o.stage_on, o.place_in_order, o.usual_place) AS after_end
  FROM ordered AS o
),
numbered AS (
  SELECT
    f.*,
    SUM(CASE WHEN f.after_end IS NULL OR f.stage = 'registered' OR (f.after_end AND f.stage <> 'withdrawn') THEN 1 ELSE 0 END) OVER (
      PARTITION BY f.day, f.unit_code, f.unit_valid_from, f.standard
      ORDER BY f.stage_on, f.place_in_order, f.usual_place
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS case_number
  FROM followed AS f
),
stage AS (
  SELECT
    n.*,
    LEAD(n.stage_on) OVER (
      PARTITION BY n.day, n.unit_code, n.unit_valid_from, n.standard, n.case_number ORDER BY n.stage_on, n.place_in_order, n.usual_place
    ) AS stage_until
  FROM numbered AS n
)
SELECT
  u.day, u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  u.unit_name, u.unit_type, u.is_rural,
  s.standard AS case_standard,
  CAST(s.case_number AS BIGINT) AS case_number,
  s.stage,
  s.stage_on,
  s.stage_until,
  s.decision_number,
  CAST(DATEDIFF(COALESCE(s.stage_until, s.day), s.stage_on) AS BIGINT) AS days_in_stage
FROM stage AS s
JOIN units AS u ON u.day = s.day AND u.unit_code = s.unit_code AND u.unit_valid_from = s.unit_valid_from
