-- The newest measurement of each parameter of a station, whether it is over the limit, and when one was over it last. Grain: station and parameter.
WITH past AS (
  SELECT
    d.day, m.station_id, m.parameter,
    MAX(CASE WHEN m.value > m.limit_value THEN m.measured_at END) AS last_over_limit_at,
    COUNT(CASE WHEN m.value > m.limit_value AND m.measured_on > ADD_MONTHS(d.day, -12) THEN 1 END) AS times_over_limit_in_12_months
  FROM silver.environment_measurement AS m
  JOIN as_of_days AS d ON m.measured_on <= d.day
  WHERE NOT m.withdrawn
  GROUP BY d.day, m.station_id, m.parameter
)
SELECT
  n.day, n.province_code, n.district_code, n.unit_code, n.unit_valid_from, n.unit_level,
  c.unit_name AS commune_name, c.unit_type AS commune_type, c.is_rural,
  c.standard, c.area_i_ii_iii, c.mountainous, c.ethnic_minority, c.group_2026,
  n.station_id,
  n.parameter,
  n.measured_at,
  n.value,
  n.measured_in,
  n.limit_value,
  n.over_limit,
  h.last_over_limit_at,
  h.times_over_limit_in_12_months
FROM newest_measurements AS n
JOIN past AS h ON h.day = n.day AND h.station_id = n.station_id AND h.parameter = n.parameter
LEFT JOIN communes AS c ON c.day = n.day AND c.unit_code = n.unit_code AND c.unit_valid_from = n.unit_valid_from
