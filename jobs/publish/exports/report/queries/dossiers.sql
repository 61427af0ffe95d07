-- Dossiers received in the period, as the indicator dossiers_online_qd766 counts them: by organisation, with service level and channel apart.
-- An organisation's name is its newest of the period. unit_*, district_*: where it counted on the day of the newest of its dossiers.
WITH counted AS (
  SELECT
    organ_id, level,
    max_by(unit_code, received_on) AS unit_code, max_by(unit_valid_from, received_on) AS unit_valid_from,
    max_by(district_code, received_on) AS district_code, max_by(district_valid_from, received_on) AS district_valid_from,
    count(*) AS total,
    count(*) FILTER (WHERE channel = 'online') AS online,
    count(*) FILTER (WHERE channel = 'in_person') AS in_person,
    count(*) FILTER (WHERE channel = 'post') AS post,
    count(*) FILTER (WHERE service_level = 'full') AS full_total,
    count(*) FILTER (WHERE service_level = 'full' AND channel = 'online') AS full_online,
    count(*) FILTER (WHERE service_level = 'partial') AS partial_total,
    count(*) FILTER (WHERE service_level = 'partial' AND channel = 'online') AS partial_online,
    count(*) FILTER (WHERE service_level = 'information') AS information_total,
    count(*) FILTER (WHERE service_level = 'information' AND channel = 'online') AS information_online
  FROM silver.dossier
  WHERE
    received_on BETWEEN $start AND $end
    AND state NOT IN ('registered', 'not_received') AND (state <> 'withdrawn' OR $counts_withdrawn)
    AND province_code = $province AND province_valid_from = $province_valid_from
  GROUP BY organ_id, level
),
named AS (
  SELECT organ_id, max_by(organ_name, valid_from) AS organ_name FROM silver.organisation WHERE NOT withdrawn AND valid_from <= $end GROUP BY organ_id
)
SELECT c.*, n.organ_name
FROM counted AS c
LEFT JOIN named AS n USING (organ_id)
ORDER BY CASE c.level WHEN 'province' THEN 1 WHEN 'district' THEN 2 ELSE 3 END, n.organ_name COLLATE vi, c.organ_id
