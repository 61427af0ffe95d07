-- Organisations of the registry that are valid on a day of the period, with what they have sent about its days, by dataset; 0 rows: nothing.
-- Of paper sheets, which are declared by months, how many of the months that end in the period are there.
WITH expected AS (
  SELECT
    organ_id,
    max_by(level, from_day) AS level,
    max_by(unit_code, from_day) AS unit_code, max_by(unit_valid_from, from_day) AS unit_valid_from,
    max_by(district_code, from_day) AS district_code, max_by(district_valid_from, from_day) AS district_valid_from
  FROM silver.organisation_period
  WHERE
    from_day <= $end AND (to_day IS NULL OR to_day >= $start) AND organ_id IS NOT NULL
    AND province_code = $province AND province_valid_from = $province_valid_from
  GROUP BY organ_id
),
named AS (
  SELECT organ_id, max_by(organ_name, valid_from) AS organ_name FROM silver.organisation WHERE NOT withdrawn AND valid_from <= $end GROUP BY organ_id
),
in_period AS (
  SELECT dataset, organ_id, count(*) AS row_count, max(day) AS last_day, count(DISTINCT day) AS days
  FROM sent_record WHERE day BETWEEN $start AND $end GROUP BY dataset, organ_id
),
months AS (
  SELECT count(*) AS month_count FROM generate_series(CAST($start AS TIMESTAMP), CAST($end AS TIMESTAMP), INTERVAL 1 DAY) AS g(day)
  WHERE last_day(CAST(day AS DATE)) = CAST(day AS DATE)
)
SELECT
  d.dataset, e.*, n.organ_name, coalesce(p.row_count, 0) AS row_count, p.last_day,
  CASE WHEN d.by_month THEN coalesce(p.days, 0) END AS months_sent,
  CASE WHEN d.by_month THEN m.month_count END AS months_expected
FROM expected AS e
CROSS JOIN (SELECT dataset, starts_with(dataset, 'registry/') AS by_month FROM (SELECT unnest($datasets) AS dataset)) AS d
CROSS JOIN months AS m
LEFT JOIN named AS n USING (organ_id)
LEFT JOIN in_period AS p ON p.organ_id = e.organ_id AND p.dataset = d.dataset
ORDER BY d.dataset, CASE e.level WHEN 'province' THEN 1 WHEN 'district' THEN 2 ELSE 3 END, n.organ_name COLLATE vi, e.organ_id
