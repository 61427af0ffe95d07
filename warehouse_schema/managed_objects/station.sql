-- Measuring stations, which only their measurements tell of: one row for each moment at which something was measured.
WITH moment AS (
  SELECT
    m.station_id, m.measured_at, m.unit_code, m.unit_valid_from, m.province_code, m.commune_code, m.withdrawn,
    ROW_NUMBER() OVER (PARTITION BY m.station_id, m.measured_at ORDER BY m.withdrawn, m.parameter) AS one_of_moment
  FROM silver.environment_measurement AS m
)
SELECT
  m.station_id AS source_code,
  m.measured_at AS version_at,
  '' AS tie,
  ROW_NUMBER() OVER (PARTITION BY m.station_id ORDER BY m.withdrawn, m.measured_at DESC) = 1 AS holds,
  m.commune_code AS unit_code_sent,
  m.unit_code, m.unit_valid_from, m.province_code,
  m.withdrawn
FROM moment AS m
WHERE m.one_of_moment = 1
