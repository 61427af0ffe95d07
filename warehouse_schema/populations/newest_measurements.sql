-- The newest measurement of each parameter of a station, on each day of "as_of_days", where the station is on that day.
--
-- limit_value is the greatest value allowed. over_limit: the value is greater; NULL where no limit is told. The station stands where its
-- newest row up to the day (of whatever parameter) was written for.
WITH measured AS (
  SELECT
    m.station_id, m.parameter, m.measured_at, m.measured_on, m.value, m.unit AS measured_in, m.limit_value,
    m.unit_code, m.unit_valid_from,
    LEAD(m.measured_on) OVER (PARTITION BY m.station_id, m.parameter ORDER BY m.measured_at) AS next_measured_on
  FROM silver.environment_measurement AS m
  WHERE NOT m.withdrawn
),
newest AS (
  SELECT
    d.day, m.station_id, m.parameter, m.measured_at, m.measured_on, m.value, m.measured_in, m.limit_value,
    FIRST_VALUE(m.unit_code) OVER (PARTITION BY d.day, m.station_id ORDER BY m.measured_at DESC, m.parameter) AS in_unit_code,
    FIRST_VALUE(m.unit_valid_from) OVER (PARTITION BY d.day, m.station_id ORDER BY m.measured_at DESC, m.parameter) AS in_unit_valid_from
  FROM measured AS m
  JOIN as_of_days AS d ON m.measured_on <= d.day AND (m.next_measured_on IS NULL OR d.day < m.next_measured_on)
)
SELECT
  l.day, l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  n.station_id,
  n.parameter,
  n.measured_at,
  n.value,
  n.measured_in,
  n.limit_value,
  n.value > n.limit_value AS over_limit
FROM newest AS n
JOIN located AS l ON l.day = n.day AND l.in_unit_code = n.in_unit_code AND l.in_unit_valid_from = n.in_unit_valid_from
