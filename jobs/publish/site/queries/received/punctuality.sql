-- How complete and how timely each organisation of a province has sent, by dataset, over the months in `asked_month` (first_day, last_day, province_valid_from)
-- and by the days in `due` (day, due_on; due_on NULL: nothing is judged). months_expected: months in which the registry has the organisation in the province;
-- months_sent: those of them about whose days something is there. on_time: rows that had come by their day; seen_on_time: of these, rows of an object that the
-- warehouse itself had seen by then.
WITH expected AS (
  SELECT m.first_day, m.last_day, p.organ_id, max_by(p.level, p.from_day) AS level
  FROM asked_month AS m
  JOIN silver.organisation_period AS p
    ON p.from_day <= m.last_day AND (p.to_day IS NULL OR p.to_day >= m.first_day) AND p.province_valid_from = m.province_valid_from
  WHERE p.organ_id IS NOT NULL AND p.province_code = $province
  GROUP BY ALL
),
named AS (
  SELECT organ_id, max_by(organ_name, valid_from) AS organ_name FROM silver.organisation WHERE NOT withdrawn GROUP BY organ_id
),
in_month AS (
  SELECT
    s.dataset, s.organ_id, m.first_day, count(*) AS row_count,
    count(*) FILTER (WHERE s.landed_on <= d.due_on) AS on_time,
    count(*) FILTER (WHERE s.seen_on <= d.due_on) AS seen_on_time
  FROM sent AS s
  JOIN asked_month AS m ON s.day BETWEEN m.first_day AND m.last_day
  JOIN due AS d ON d.day = s.day
  GROUP BY ALL
)
SELECT
  k.dataset, e.organ_id, any_value(n.organ_name) AS organ_name, max_by(e.level, e.first_day) AS level,
  count(*) AS months_expected,
  count(i.row_count) AS months_sent,
  CAST(coalesce(sum(i.row_count), 0) AS BIGINT) AS row_count,
  CAST(coalesce(sum(i.on_time), 0) AS BIGINT) AS on_time,
  CAST(coalesce(sum(i.seen_on_time), 0) AS BIGINT) AS seen_on_time
FROM expected AS e
CROSS JOIN (SELECT unnest($datasets) AS dataset) AS k
LEFT JOIN named AS n USING (organ_id)
LEFT JOIN in_month AS i ON i.dataset = k.dataset AND i.organ_id = e.organ_id AND i.first_day = e.first_day
GROUP BY k.dataset, e.organ_id
ORDER BY k.dataset, CASE max_by(e.level, e.first_day) WHEN 'province' THEN 1 WHEN 'district' THEN 2 ELSE 3 END, organ_name COLLATE vi, e.organ_id
