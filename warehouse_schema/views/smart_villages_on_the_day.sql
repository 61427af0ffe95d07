-- Villages that were assessed as smart villages by the day, with what the newest assessment by each set of criteria found. Grain: village_id and
-- criteria_set.
--
-- The shares are of the village's households (residents) as its sheet has them. How much a part has to reach is the plan's (plans.md) and is not judged here.
WITH newest AS (
  SELECT
    d.day,
    a.*,
    ROW_NUMBER() OVER (PARTITION BY d.day, a.village_id, a.criteria_set ORDER BY a.assessed_on DESC) AS newest_first
  FROM silver.smart_village_assessment AS a
  JOIN as_of_days AS d ON a.assessed_on <= d.day OR a.recognised_from <= d.day
  WHERE NOT a.withdrawn
)
SELECT
  p.day, p.province_code, p.district_code, p.unit_code, p.unit_valid_from, p.unit_level, p.commune_name, p.commune_type, p.is_rural,
  p.standard, p.area_i_ii_iii, p.mountainous, p.ethnic_minority, p.group_2026,
  v.village_id,
  v.name AS village_name,
  n.criteria_set,
  n.assessed_on,
  n.field,
  n.digital_team,
  n.communication_channel,
  n.ecommerce,
  n.culture_house_wifi,
  CAST(n.digital_address_households AS DOUBLE) / NULLIF(v.households, 0) AS digital_address_share,
  CAST(n.fibre_households AS DOUBLE) / NULLIF(v.households, 0) AS fibre_share,
  CAST(n.smartphone_households AS DOUBLE) / NULLIF(v.households, 0) AS smartphone_share,
  CAST(n.residents_guided_health_app AS DOUBLE) / NULLIF(v.residents, 0) AS guided_health_app_share,
  n.traceability,
  n.news_last_month,
  n.recognised_by_decision,
  n.recognised_from,
  n.recognised_to,
  r.village_id IS NOT NULL AS recognised
FROM newest AS n
JOIN silver.village AS v ON v.village_id = n.village_id AND NOT v.withdrawn
JOIN places AS p ON p.day = n.day AND p.in_unit_code = v.unit_code AND p.in_unit_valid_from = v.unit_valid_from
LEFT JOIN (SELECT DISTINCT day, village_id FROM recognised_smart_villages) AS r ON r.day = n.day AND r.village_id = n.village_id
WHERE n.newest_first = 1
